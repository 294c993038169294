"""Additional heat: how long, how much, and what made the pump ask for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from pumphouse.analytics.charging import charging
from pumphouse.analytics.coverage import enough
from pumphouse.analytics.defrosts import defrosting
from pumphouse.analytics.degree_minutes import thresholds
from pumphouse.analytics.event_energy import energy_of
from pumphouse.analytics.figure import Figure, ratio
from pumphouse.analytics.heater import heater
from pumphouse.analytics.running import compressor
from pumphouse.analytics.series import Flags, Floats, Recording, Stretches, remembered
from pumphouse.analytics.states import HOUR, Switching, seen_hours, switching

__all__ = ["AdditionalHeat", "Cause", "Use", "additional_heat", "uses"]

#: s: a pump makes up for a defrost for so long after it
_AFTER_DEFROST = 600.0
#: s: a pump rests between two runs and calls itself blocked meanwhile, but not for so long
_REST = 900.0
#: DM above its start at which the last step of additional heat is off again, at most
_HYSTERESIS = 100.0
_SIGNS: Mapping[str, Callable[[Floats], Flags]] = MappingProxyType(
    {
        "additional_heat_power": lambda watts: watts > 0,
        "additional_heat_status": lambda codes: np.isin(codes, (2.0, 6.0)),
        "additional_heat_step": lambda steps: steps > 0,
    }
)


class Cause(StrEnum):
    """What made the pump ask for additional heat, the plainest cause first."""

    COMPRESSOR_OUT = "compressor blocked or in alarm"
    DEFROST = "defrost"
    HOT_WATER = "hot water"
    DEGREE_MINUTES = "degree minutes"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Use:
    """Additional heat from its switching on to its switching off.

    Attributes:
        start: first seen on, seconds since 1970.
        end: first seen off, seconds since 1970.
        cause: of most of it.
        energy: kWh; None where its power is not told.
    """

    start: float
    end: float
    cause: Cause
    energy: float | None


@dataclass(frozen=True, slots=True)
class AdditionalHeat:
    """Additional heat of a period; each figure is None where there is not enough data.

    Attributes:
        coverage: share of the period for which there is data, 0 to 1.
        hours: that it was on, with any of its power.
        energy: kWh, electricity and heat alike.
        share_of_electricity: of all the pump used, 0 to 1.
        share_of_heat: of all the pump gave, 0 to 1.
        hours_by_cause: those of its hours that were seen, by what caused them.
    """

    coverage: float
    hours: Figure | None = None
    energy: Figure | None = None
    share_of_electricity: Figure | None = None
    share_of_heat: Figure | None = None
    hours_by_cause: Mapping[Cause, float] = field(default_factory=dict)


@remembered
def uses(recording: Recording) -> Sequence[Use]:
    """When additional heat was on, in order, and why.

    The cause is looked for in this order: the compressor stands because of an alarm, or because it
    is blocked for longer than a rest; a defrost, or the ten minutes after it; hot water; degree
    minutes below the limit at which additional heat starts.
    """
    state = _on(recording)
    if state is None or not state.on.any():
        return ()
    stretches = state.stretches()
    starts, ends = stretches.starts, stretches.ends
    columns = zip(
        starts.tolist(),
        ends.tolist(),
        _causes(recording, state, starts, ends),
        energy_of(recording["additional_heat_power"], starts, ends),
        strict=True,
    )
    return tuple(Use(*row) for row in columns)


def additional_heat(
    recording: Recording, *, used: Figure | None = None, delivered: Figure | None = None
) -> AdditionalHeat:
    """How long additional heat was on, what it used, which share that is, and why.

    Args:
        recording: of the period.
        used: all electricity of the same period, kWh, for the share of it.
        delivered: all heat of the same period, kWh, for the share of it.
    """
    coverage = recording.coverage
    if not enough(recording):
        return AdditionalHeat(coverage)
    energy = heater(recording).total
    state = _on(recording)
    by_cause: dict[Cause, float] = {}
    for use in uses(recording):
        by_cause[use.cause] = by_cause.get(use.cause, 0.0) + (use.end - use.start) / HOUR
    return AdditionalHeat(
        coverage,
        None if state is None else seen_hours(state.stretches(), state),
        energy,
        ratio(energy, used),
        ratio(energy, delivered),
        by_cause,
    )


def _on(recording: Recording) -> Switching | None:
    """Whether additional heat was on, by the best sign the device gives; None without one."""
    for metric, is_on in _SIGNS.items():
        state = switching(recording, metric, is_on)
        if state is not None:
            return state
    return None


def _causes(recording: Recording, state: Switching, starts: Floats, ends: Floats) -> list[Cause]:
    """For each use the cause that held at most of its samples."""
    instants = state.instants[state.on]
    signs = {
        Cause.COMPRESSOR_OUT: _compressor_out(recording, instants),
        Cause.DEFROST: _defrosted(recording, instants),
        Cause.HOT_WATER: _charged(recording, instants),
        Cause.DEGREE_MINUTES: _lacking(recording, instants),
        Cause.UNKNOWN: np.ones(len(instants), dtype=np.bool_),
    }
    codes = np.argmax(np.stack(list(signs.values())), axis=0)
    places = zip(np.searchsorted(instants, starts), np.searchsorted(instants, ends), strict=True)
    found = [np.bincount(codes[first:last], minlength=1) for first, last in places]
    # A use that was on already before the period has no sample of its own at its start.
    return [
        list(signs)[int(np.argmax(counts))] if counts.any() else Cause.UNKNOWN for counts in found
    ]


def _compressor_out(recording: Recording, instants: Floats) -> Flags:
    running = compressor(recording)
    if running is None:
        return np.zeros(len(instants), dtype=np.bool_)
    turned = running.instants[running.on]
    place = np.searchsorted(turned, instants, side="right") - 1
    stood = np.full(len(instants), np.inf)
    if len(turned):
        stood = np.where(place >= 0, instants - turned[np.maximum(place, 0)], np.inf)
    alarm, _ = recording["alarm_active"].held(instants)
    blocked, _ = recording["compressor_blocked"].held(instants)
    return ((alarm > 0) & (stood > 0)) | ((blocked > 0) & (stood > _REST))


def _defrosted(recording: Recording, instants: Floats) -> Flags:
    state = defrosting(recording)
    if state is None:
        return np.zeros(len(instants), dtype=np.bool_)
    found = state.stretches()
    return Stretches.of(found.starts, found.ends + _AFTER_DEFROST).contain(instants)


def _charged(recording: Recording, instants: Floats) -> Flags:
    state = charging(recording)
    if state is None:
        return np.zeros(len(instants), dtype=np.bool_)
    return np.isin(instants, state.instants[state.on])


def _lacking(recording: Recording, instants: Floats) -> Flags:
    value, known = recording["degree_minutes"].held(instants)
    return known & (value <= thresholds(recording).additional_heat_start + _HYSTERESIS)
