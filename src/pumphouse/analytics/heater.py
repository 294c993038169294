"""Electricity of the additional heat, all of which becomes heat."""

import math
from dataclasses import dataclass

from pumphouse.analytics.accuracy import ELECTRICITY_METER
from pumphouse.analytics.figure import Figure, Provenance, total
from pumphouse.analytics.meters import of_counter, of_counters, of_power
from pumphouse.analytics.modes import Mode, mode_stretches, only_in
from pumphouse.analytics.series import Recording, remembered

__all__ = ["Heater", "heater"]

_COUNTERS = ("electricity_used_additional_heating", "electricity_used_additional_hot_water")
_METERS = (
    ("heat_produced_heating", "heat_produced_heating_compressor"),
    ("heat_produced_hot_water", "heat_produced_hot_water_compressor"),
)
_POWER = "additional_heat_power"


@dataclass(frozen=True, slots=True)
class Heater:
    """Energy of the additional heat in a period, kWh.

    Attributes:
        total: for all purposes.
        heating: for the house.
        hot_water: for the tank.
    """

    total: Figure | None
    heating: Figure | None
    hot_water: Figure | None


@remembered
def heater(recording: Recording) -> Heater:
    """The additional heat's energy, from the best that the pump tells.

    Its own counters of electricity come first. Else it is the difference between the heat meters
    with and without it, or its sampled power, shared out by what the pump was working for:
    whichever is the less uncertain. Meters cut off their readings, so that their difference says
    little about short uses, while samples show that there was none at all.
    """
    if recording.has(_COUNTERS):
        return _of_both(*(of_counter(recording, name, ELECTRICITY_METER) for name in _COUNTERS))
    sampled = _of_power(recording)
    certain = sampled.total is not None and sampled.total.error == 0 and sampled.heating is not None
    if certain or not recording.has([name for pair in _METERS for name in pair]):
        return sampled
    metered = _of_both(*(_difference(recording, *pair) for pair in _METERS))
    if metered.total is None or sampled.heating is None or sampled.total is None:
        return sampled if metered.total is None else metered
    return sampled if sampled.total.error < metered.total.error else metered


def _of_power(recording: Recording) -> Heater:
    """From the sampled power; by purpose only where the pump says what it works for."""
    power = recording[_POWER]
    whole = of_power(recording, power, ELECTRICITY_METER) if len(power) else None
    if whole is None or not len(recording["priority"]):
        return Heater(whole, None, None)
    tank = mode_stretches(recording)[Mode.HOT_WATER]
    hot_water = of_power(recording, only_in(power, tank), ELECTRICITY_METER)
    if hot_water is None:
        return Heater(whole, None, None)
    heating = Figure(max(0.0, whole.value - hot_water.value), whole.error, Provenance.DERIVED)
    return Heater(whole, heating, hot_water)


def _of_both(heating: Figure | None, hot_water: Figure | None) -> Heater:
    return Heater(total((heating, hot_water), independent=False), heating, hot_water)


def _difference(recording: Recording, both: str, compressor: str) -> Figure | None:
    """One heat meter minus another that sees the same water: what they are off by cancels."""
    upper, lower = of_counters(recording, (both,), 0.0), of_counters(recording, (compressor,), 0.0)
    if upper is None or lower is None:
        return None
    value = max(0.0, upper.value - lower.value)
    error = math.hypot(upper.error, lower.error)
    return Figure(value, error + ELECTRICITY_METER * value, Provenance.DERIVED)
