"""When electricity was used: its power over time, for whatever depends on the hour.

How much it was, a meter knows better (see `electricity`); this says how that was spread.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pumphouse.analytics.accuracy import NORMAL
from pumphouse.analytics.coverage import enough
from pumphouse.analytics.electricity import power_used
from pumphouse.analytics.energy import JOULES_PER_KWH
from pumphouse.analytics.integral import integral
from pumphouse.analytics.knots import ANYWHERE
from pumphouse.analytics.modes import RUNNING_POWER, only_in
from pumphouse.analytics.series import (
    LONGEST_STEP,
    Floats,
    Recording,
    Series,
    Stretches,
    remembered,
    union,
)

__all__ = ["Usage", "heater_usage", "usage"]

_HEATER: Final = "additional_heat_power"
_WHOLE: Final = ("electricity_used",)
_PURPOSES: Final = (
    "electricity_used_heating",
    "electricity_used_hot_water",
    "electricity_used_additional_heating",
    "electricity_used_additional_hot_water",
)
_COMPRESSOR: Final = "electricity_used_compressor"


@dataclass(frozen=True, slots=True, eq=False)
class Usage:
    """Power over time.

    Attributes:
        power: W, each value held until the next.
        doubts: J; what may have been used beside the step of each value instead of in it (half of
            a 90 % interval).
    """

    power: Series
    doubts: Floats

    def within(self, stretches: Stretches) -> "Usage":
        """The part of it that falls into `stretches`."""
        power = only_in(self.power, stretches)
        return Usage(power, np.where(power.values > 0, self.doubts_at(power.times), 0.0))

    @property
    def standby(self) -> "Usage":
        """The part of it that is too little for a pump that works."""
        below = self.power.values < RUNNING_POWER
        power = Series(self.power.times, np.where(below, self.power.values, 0.0))
        return Usage(power, np.where(below, self.doubts, 0.0))

    def energy(self, edges: Floats) -> Floats:
        """What was used between instants, one after the other, kWh."""
        result: Floats = np.diff(integral(self.power, edges)) / JOULES_PER_KWH
        return result

    def doubts_at(self, instants: Floats) -> Floats:
        """What may have been used on the other side of each instant, J."""
        step = np.searchsorted(self.power.times, instants, side="right") - 1
        if not len(self.doubts):
            return np.zeros(len(instants))
        return np.where(step >= 0, self.doubts[np.maximum(step, 0)], 0.0)


@remembered
def usage(recording: Recording) -> Usage | None:
    """When the pump used electricity, from the best sign of it; None where there is none.

    Its sampled power comes first. Then the growth of its counters: of the whole, of all purposes,
    or of the compressor, with the sampled power of the additional heat on top.
    """
    power = power_used(recording)
    if len(power) and enough(recording):
        return _of_samples(power, recording)
    for names in (_WHOLE, _PURPOSES):
        parts = _of_counters(recording, names)
        if parts:
            return _together(parts)
    parts = _of_counters(recording, (_COMPRESSOR,))
    heater = heater_usage(recording)
    if parts and heater is not None:
        parts.append(heater)
    return _together(parts) if parts else None


@remembered
def heater_usage(recording: Recording) -> Usage | None:
    """When the additional heat used electricity; None where its power is not sampled."""
    power = recording[_HEATER]
    return _of_samples(power, recording) if len(power) else None


def _of_samples(power: Series, recording: Recording) -> Usage:
    """A power that changes between two samples does so at an unknown moment (Δ/√12)."""
    heard = only_in(power, recording.covered)
    steps = np.minimum(np.diff(heard.times), LONGEST_STEP)
    late = NORMAL * np.abs(np.diff(heard.values)) * steps / math.sqrt(12.0)
    return Usage(heard, np.append(late, 0.0)[: len(heard)])


def _of_counters(recording: Recording, names: Sequence[str]) -> list[Usage]:
    return [_of_counter(recording[name]) for name in names if len(recording[name]) > 1]


def _of_counter(counter: Series) -> Usage:
    """Growth between two moves of a counter may have been used at any time between them."""
    moved = np.append(True, np.diff(counter.values) != 0)
    moved[-1] = True  # it has not moved since
    times, values = counter.times[moved], counter.values[moved]
    growth = np.maximum(np.diff(values), 0.0) * JOULES_PER_KWH  # a reset is no growth
    power = np.append(growth / np.diff(times), 0.0)
    return Usage(Series(times, power), ANYWHERE * np.append(growth, 0.0))


def _together(parts: Sequence[Usage]) -> Usage:
    """The sum of several; what one is off by is no news of the others."""
    if len(parts) == 1:
        return parts[0]
    instants = union([one.power.times for one in parts])
    power = np.sum([one.power.held(instants)[0] for one in parts], axis=0)
    doubts = np.sqrt(np.sum([np.square(one.doubts_at(instants)) for one in parts], axis=0))
    return Usage(Series(instants, power), doubts)
