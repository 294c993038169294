"""What a plant expects of its compressor, whatever source that draws heat from."""

import math
from enum import IntEnum
from typing import Protocol

from pumphouse.simulator.house.weather import Sky

__all__ = ["ZERO_CELSIUS", "Compressor", "Machine", "Mode", "carnot", "cooled"]

ZERO_CELSIUS = 273.15  # kelvin


class Mode(IntEnum):
    """What the compressor is wanted for."""

    OFF = 0
    HEATING = 1
    HOT_WATER = 2


class Compressor(IntEnum):
    """What a compressor does; the numbers are NIBE's (43427, and 1965 on S-series)."""

    OFF = 20
    STARTING = 40
    RUNNING = 60
    STOPPING = 100
    DEFROST_BEGINS = 120
    DEFROSTING = 140
    DEFROST_ENDS = 160


class Machine(Protocol):
    """A compressor with its source, stepped by one minute.

    Attributes:
        status: what it does.
        running: whether the compressor turned in the last minute.
        heat_w: heat given to the sink; negative while a defrost takes it from the heating water.
        compressor_w: electric power of the compressor.
        source_w: electric power of brine pump or fan.
        starts: compressor starts since the beginning.
        defrosts: defrosts since the beginning.
    """

    status: Compressor
    running: bool
    heat_w: float
    compressor_w: float
    source_w: float
    starts: int
    defrosts: int

    def begin_hour(self, hour: int, sky: Sky) -> None:
        """Take over what changes slowly; harmless when called twice for one hour."""
        ...

    def step(
        self, mode: Mode, sink: float, outdoor: float, excess: float, degree_minutes: float
    ) -> None:
        """Let a minute pass.

        Args:
            mode: what the compressor is wanted for.
            sink: temperature of the water that leaves the condenser, °C.
            outdoor: outdoor temperature, °C.
            excess: supply minus calculated supply temperature, K.
            degree_minutes: the heating demand.
        """
        ...


def carnot(hot: float, cold: float) -> float:
    """The best COP that physics allows between two temperatures in °C (at least 4 K apart)."""
    return (hot + ZERO_CELSIUS) / max(4.0, hot - cold)


def cooled(hot: float, around: float, minutes: float, time_constant: float = 40.0) -> float:
    """What a sensor shows some minutes after its machine stopped, °C."""
    return around + (hot - around) * math.exp(-minutes / time_constant)
