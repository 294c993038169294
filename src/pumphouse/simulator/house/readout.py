"""What a device tells: its points, quantised as it would, and its settings."""

import math
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from pumphouse.simulator.house.noise import Noise
from pumphouse.simulator.house.plant import Plant
from pumphouse.simulator.house.settings import Setting

__all__ = ["Past", "Readout", "Values", "counted", "hundredths", "tenths"]

Values = tuple[float | None, ...]


class Past(NamedTuple):
    """What a device had counted before the simulation began: it is some years old.

    Attributes:
        starts: compressor starts.
        hours: compressor hours.
        hours_hot_water: the part of them for hot water.
        heating_kwh: heat for heating by the compressor.
        hot_water_kwh: heat for hot water by the compressor.
        addition_heating_kwh: heat for heating by the immersion heater.
        addition_hot_water_kwh: heat for hot water by the immersion heater.
        cop: heat per electricity in those years.
    """

    starts: int
    hours: float
    hours_hot_water: float
    heating_kwh: float
    hot_water_kwh: float
    addition_heating_kwh: float
    addition_hot_water_kwh: float
    cop: float

    @classmethod
    def of(cls, seed: int, device: str, *, heat_w: float, cop: float) -> "Past":
        """Three to nine plausible years of a pump that gives `heat_w` while it runs."""
        noise = Noise(seed, f"past {device}")
        years = 3.0 + 6.0 * noise.chance(0)
        heating = years * (9000.0 + 4000.0 * noise.chance(1))
        hot_water = years * (2300.0 + 800.0 * noise.chance(2))
        hours = (heating + hot_water) / heat_w * 1000.0
        return cls(
            starts=int(years * (2500.0 + 1500.0 * noise.chance(3))),
            hours=hours,
            hours_hot_water=hours * hot_water / (heating + hot_water),
            heating_kwh=heating,
            hot_water_kwh=hot_water,
            addition_heating_kwh=0.015 * heating * noise.chance(4),
            addition_hot_water_kwh=0.02 * hot_water * (1.0 + noise.chance(5)),
            cop=cop,
        )


class Readout(Protocol):
    """How one kind of device shows a plant.

    Attributes:
        ids: native ids of the measured points, in the order `measure` gives their values.
        fixed: points that never change.
        settings: points that can be written.
    """

    @property
    def ids(self) -> tuple[str, ...]:
        """Native ids of the measured points."""
        ...

    @property
    def fixed(self) -> Mapping[str, float | None]:
        """Points that never change."""
        ...

    @property
    def settings(self) -> Mapping[str, Setting]:
        """Points that can be written."""
        ...

    def measure(self, plant: Plant, past: Past) -> Values:
        """The measured points now, in human units; None where there is no sensor or value."""
        ...


def tenths(value: float) -> float:
    """As a device shows temperatures: to 0.1."""
    return round(value * 10.0) / 10.0


def hundredths(value: float) -> float:
    """As a device shows powers in kW and pressures in bar: to 0.01."""
    return round(value * 100.0) / 100.0


def counted(value: float, per_unit: float = 10.0) -> float:
    """As a counter shows a sum: cut off, never rounded up."""
    return math.floor(value * per_unit + 1e-6) / per_unit
