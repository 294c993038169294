"""What was tapped, estimated from how fast the tank cooled."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pumphouse.analytics.charging import charging
from pumphouse.analytics.energy import JOULES_PER_KWH
from pumphouse.analytics.fluids import WATER_J_PER_L_K
from pumphouse.analytics.series import LONGEST_STEP, Floats, Recording

__all__ = ["TAPPING_ERROR", "Tapping", "tappings"]

#: relative: two sensors stand for a whole tank, and where cold and warm water mix is not known
TAPPING_ERROR = 0.3
#: K/min: a tank left alone cools ten times slower, one from which somebody showers ten times faster
_COOLING = 0.05
#: K: what two sensors of 0.1 K cannot feign
_LEAST_FALL = 0.3
_MINUTE = 60.0
#: °C at which litres are counted, and of the water that comes in (EN 16147 has 40 and 10)
_TAP = 40.0
_MAINS = 10.0
_SENSORS = ("hot_water_charging_temperature", "hot_water_top_temperature")


@dataclass(frozen=True, slots=True)
class Tapping:
    """Hot water taken from the tank; estimated.

    Attributes:
        start: seconds since 1970, the last sample before the tank cooled.
        end: seconds since 1970, the sample in which it had cooled.
        heat: kWh.
        litres: of water at 40 °C, mixed with mains water of 10 °C.
    """

    start: float
    end: float
    heat: float
    litres: float


def tappings(recording: Recording, *, tank_litres: float = 180.0) -> Sequence[Tapping] | None:
    """What was tapped while the tank was not charged; None where that cannot be told.

    Q = c·V·ΔT with the mean of the tank's sensors, wherever it falls faster than 0.05 K/min
    and by 0.3 K in all. What is tapped during a charge is not seen.

    Args:
        recording: of the period.
        tank_litres: what the tank holds.
    """
    state = charging(recording)
    told = [recording[name] for name in _SENSORS if len(recording[name])]
    if state is None or not told:
        return None
    instants = state.instants[~state.on]
    instants = instants[instants >= max(series.times[0] for series in told)]
    kelvin = np.mean([series.held(instants)[0] for series in told], axis=0)
    return tuple(
        _tapping(instants, kelvin, first, last, tank_litres)
        for first, last in _falls(instants, kelvin, state.waits(instants))
        if kelvin[first] - kelvin[last] >= _LEAST_FALL
    )


def _falls(instants: Floats, kelvin: Floats, waits: Floats) -> list[tuple[int, int]]:
    """From which to which place the tank cooled fast, sample by sample."""
    seconds = np.diff(instants)
    # Where a sample is missing in between, a charge or a silence was there.
    next_to = (seconds <= LONGEST_STEP) & (waits[1:] >= seconds)
    fast = next_to & (-np.diff(kelvin) * _MINUTE >= _COOLING * seconds)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], fast.astype(np.int8), [0]))))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _tapping(
    instants: Floats, kelvin: Floats, first: int, last: int, tank_litres: float
) -> Tapping:
    fall = float(kelvin[first] - kelvin[last])
    joules = tank_litres * WATER_J_PER_L_K * fall
    return Tapping(
        float(instants[first]),
        float(instants[last]),
        joules / JOULES_PER_KWH,
        joules / (WATER_J_PER_L_K * (_TAP - _MAINS)),
    )
