"""Degree minutes, with which a NIBE decides when its compressor starts, counted again.

Each minute adds supply minus calculated supply temperature; the sum is at most +100, stands at 0
while heating is not permitted, and is set to +1 when the supply is more than 10 K too warm, which
stops the compressor (VVM 320 installer manual p. 17; F1145 and SMO are alike).
"""

from array import array
from dataclasses import dataclass

import numpy as np

from pumphouse.analytics.accuracy import NORMAL
from pumphouse.analytics.coverage import enough
from pumphouse.analytics.figure import Figure, Provenance
from pumphouse.analytics.series import EMPTY, LONGEST_STEP, Flags, Floats, Recording, Series

__all__ = ["Replay", "Thresholds", "replay", "supply_temperature", "thresholds"]

_HIGHEST = 100.0
_AFTER_FORCED_STOP = 1.0
_MINUTE = 60.0
#: what a pump is delivered with: compressor at -60, and the smaller of the usual 400 and 700
_COMPRESSOR_START = -60.0
_ADDITIONAL_HEAT_DIFFERENCE = 400.0
#: K: a supply that is warmer by more stops the compressor, or the additional heat
_FORCED_STOP = 10.0
#: s: so long the sum is counted on before it is compared with the reported one and set to it
_WINDOW = 3600.0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where degree minutes switch something.

    Attributes:
        compressor_start: adjustable -30…-1000, factory setting -60.
        additional_heat_start: of its first step: the difference below the compressor's start.
        told: whether the device tells them; if not they are what it was delivered with.
        compressor_stop: where the compressor stops again.
    """

    compressor_start: float
    additional_heat_start: float
    told: bool
    compressor_stop: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """Degree minutes counted again from what the pump measured.

    Attributes:
        counted: DM; set to the reported value every hour and behind each silence, where there is a
            reported value; else counted on from 0.
        drift: how far the count departs from the reported value within an hour, mean of amounts,
            DM/h; None where the pump reports none, or too little is known. Much drift says that
            supply, calculated supply and degree minutes of this recording do not belong together.
        bias: the same departure with its sign, as kelvin of supply temperature: 60 DM/h are 1 K.
    """

    counted: Series
    drift: Figure | None
    bias: Figure | None


def thresholds(recording: Recording) -> Thresholds:
    """Where this pump's degree minutes start the compressor and the additional heat."""
    settings = recording.settings
    start = settings.get("degree_minutes_compressor_start", _COMPRESSOR_START)
    difference = settings.get("degree_minutes_additional_heat_difference")
    told = "degree_minutes_compressor_start" in settings and difference is not None
    below = _ADDITIONAL_HEAT_DIFFERENCE if difference is None else difference
    return Thresholds(start, start - below, told)


def supply_temperature(recording: Recording) -> Series:
    """The supply that degree minutes count: the external sensor (BT25) if fitted, else BT2."""
    external = recording["external_supply_temperature"]
    return external if len(external) else recording["supply_temperature"]


def replay(recording: Recording) -> Replay:
    """Count the degree minutes of a period again.

    DM(k+1) = DM(k) + Δt · mean of (supply - calculated supply), Δt in minutes, between the instants
    at which the device was heard, with the rules of this module. Heating counts as not permitted
    while the day's mean outdoor temperature is not below `stop_heating_temperature`, and while the
    reported value stands at exactly 0.
    """
    supply, wanted = supply_temperature(recording), recording["calculated_supply_temperature"]
    instants = _instants(recording, supply, wanted)
    if not len(instants):
        return Replay(EMPTY, None, None)
    excess = supply.held(instants)[0] - wanted.held(instants)[0]
    reported, known = recording["degree_minutes"].held(instants)
    frozen = _frozen(recording, instants, reported, known)
    counted, departures = _count(instants, excess, frozen, np.where(known, reported, np.nan))
    drift, bias = _drift(departures) if enough(recording) else (None, None)
    return Replay(Series(instants, counted), drift, bias)


def _instants(recording: Recording, supply: Series, wanted: Series) -> Floats:
    """The instants heard in the period, with the last before it, at which both are known."""
    if not len(supply) or not len(wanted):
        return np.empty(0)
    heard = recording.heard
    first = max(0, int(np.searchsorted(heard, recording.start, side="right")) - 1)
    last = int(np.searchsorted(heard, recording.end, side="right"))
    inside = heard[first:last]
    known: Floats = inside[inside >= max(supply.times[0], wanted.times[0])]
    return known


def _frozen(recording: Recording, instants: Floats, reported: Floats, known: Flags) -> Flags:
    """Whether the sum stood at 0 in the step before each instant."""
    zero = known & (reported == 0)
    standing: Flags = zero & np.append(False, zero[:-1])
    limit = recording.settings.get("stop_heating_temperature")
    if limit is None:
        return standing
    outdoor, told = recording["outdoor_temperature_average"].held(instants)
    standing |= told & (outdoor >= limit)
    return standing


def _count(
    instants: Floats, excess: Floats, frozen: Flags, reported: Floats
) -> tuple[Floats, list[tuple[float, float]]]:
    """The sum at each instant; and of each window its length in s and how far it departed."""
    minutes = np.diff(instants) / _MINUTE
    grown = minutes * (excess[:-1] + excess[1:]) / 2.0
    value = 0.0 if np.isnan(reported[0]) else float(reported[0])
    since = float(instants[0])
    counted, departures = array("d", [value]), []
    for instant, step, growth, warm, stands, told in zip(
        instants[1:].data,  # in a third of the time of lists, and without their memory
        (minutes * _MINUTE).data,
        grown.data,
        (excess[1:] > _FORCED_STOP).data,
        frozen[1:].data,
        reported[1:].data,
        strict=True,
    ):
        known = told == told  # noqa: PLR0124  (false for NaN alone, and much faster than isnan)
        if step > LONGEST_STEP:
            value, since = told if known else value, instant
        elif stands:
            value = 0.0
        else:
            value = _AFTER_FORCED_STOP if warm else min(_HIGHEST, value + growth)
        counted.append(value)
        if known and instant - since >= _WINDOW:
            departures.append((instant - since, value - told))
            value, since = told, instant
    return np.array(counted), departures


def _drift(departures: list[tuple[float, float]]) -> tuple[Figure | None, Figure | None]:
    """Mean amount of the departures per hour, and mean departure as kelvin."""
    if not departures:
        return None, None
    hours, steps = np.array(departures).T / np.array([[3600.0], [1.0]])
    rates = steps / hours
    doubt = NORMAL / np.sqrt(len(rates))
    drift = Figure(
        float(np.mean(np.abs(rates))), float(doubt * np.std(np.abs(rates))), Provenance.DERIVED
    )
    bias = Figure(
        float(np.mean(rates)) / _MINUTE, float(doubt * np.std(rates)) / _MINUTE, Provenance.DERIVED
    )
    return drift, bias
