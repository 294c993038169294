"""Compressor runs: from when to when, what for, how warm, and how often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from pumphouse.analytics.accuracy import NORMAL
from pumphouse.analytics.compared import Compared
from pumphouse.analytics.coverage import enough
from pumphouse.analytics.energy import counter_increase
from pumphouse.analytics.event_energy import electricity_of, heat_of
from pumphouse.analytics.figure import Figure, Provenance
from pumphouse.analytics.heat import flow_temperature
from pumphouse.analytics.modes import Mode, mode_stretches
from pumphouse.analytics.running import compressor, unseen_starts
from pumphouse.analytics.series import LONGEST_STEP, Flags, Floats, Recording, Series, Stretches
from pumphouse.analytics.starts import Rises, counted_starts
from pumphouse.analytics.states import (
    HOUR,
    Switching,
    means,
    seen_beginnings,
    seen_hours,
)

__all__ = ["SHORT_RUN", "CycleFigures", "Phase", "Run", "cycle_figures", "runs"]

#: s: a shorter run wears the compressor more than it warms the house (heatpumpmonitor.org)
SHORT_RUN = 600.0
#: s: samples no farther apart tell a run's length well enough to take it as it is
_SHARP_STEP = 60.0
_NOTHING = Compared()

Modes: TypeAlias = Mapping[Mode, Stretches]


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a run in which the compressor worked for one thing.

    Attributes:
        start: seconds since 1970.
        end: seconds since 1970.
        mode: what for.
    """

    start: float
    end: float
    mode: Mode


@dataclass(frozen=True, slots=True)
class Run:
    """The compressor from a start to the next stop.

    Attributes:
        start: first seen running, seconds since 1970.
        end: first seen standing again, seconds since 1970.
        start_seen: whether it started then; if not, it ran on from before the period or a silence.
        end_seen: whether it stopped then.
        phases: what it worked for, in order; empty where the device tells no priority.
        mode: what it worked for longest; None where that is unknown.
        flow_temperature: mean at the condenser's outlet, else of the supply, °C.
        return_temperature: mean, °C.
        outdoor_temperature: mean, °C.
        brine_in_temperature: mean of the brine from the ground, °C.
        electricity: of the whole pump meanwhile, kWh; None where its power is not told.
        heat: by the compressor, kWh, from flow and temperatures; None where these are not told.
    """

    start: float
    end: float
    start_seen: bool
    end_seen: bool
    phases: tuple[Phase, ...]
    mode: Mode | None
    flow_temperature: float | None
    return_temperature: float | None
    outdoor_temperature: float | None
    brine_in_temperature: float | None
    electricity: float | None
    heat: float | None

    @property
    def seconds(self) -> float:
        """How long it was seen to run."""
        return self.end - self.start

    @property
    def whole(self) -> bool:
        """Whether both its start and its stop were seen."""
        return self.start_seen and self.end_seen


@dataclass(frozen=True, slots=True)
class CycleFigures:
    """How often and how long the compressor ran in a period.

    A figure is None where there is not enough data.

    Attributes:
        coverage: share of the period for which there is data, 0 to 1.
        starts: how often it started.
        short_runs: runs of less than 10 minutes, those included that only the counter knows.
        run_hours: hours it ran.
        run_hours_hot_water: the part of them for hot water.
        run_hours_heating: the part of them for heating.
        longest_pause: the longest that it was seen to stand, in hours.
    """

    coverage: float
    starts: Compared = _NOTHING
    short_runs: Figure | None = None
    run_hours: Compared = _NOTHING
    run_hours_hot_water: Compared = _NOTHING
    run_hours_heating: Compared = _NOTHING
    longest_pause: Figure | None = None


def runs(recording: Recording) -> Sequence[Run]:
    """The compressor's runs in a period, in order; those cut by its edges or a silence included.

    A mode change is no start. A counter of starts that rises between two samples which both say
    "running" tells of a stop and a start in between: there the run is split. A run that lies
    wholly between two samples is known to the counter only and not listed.
    """
    state = compressor(recording)
    if state is None:
        return ()
    spans = _spans(state, unseen_starts(recording, state))
    starts, ends = spans.starts, spans.ends
    columns = zip(
        starts.tolist(),
        ends.tolist(),
        spans.start_seen.tolist(),
        spans.end_seen.tolist(),
        _phases(mode_stretches(recording), starts, ends),
        means(flow_temperature(recording), starts, ends),
        means(recording["return_temperature"], starts, ends),
        means(recording["outdoor_temperature"], starts, ends),
        means(recording["brine_in_temperature"], starts, ends),
        electricity_of(recording, starts, ends),
        heat_of(recording, starts, ends),
        strict=True,
    )
    return tuple(
        Run(start, end, began, ended, phases, _longest(phases), *measured)
        for start, end, began, ended, phases, *measured in columns
    )


def cycle_figures(recording: Recording) -> CycleFigures:
    """How often and how long the compressor ran in a period.

    From counters where there are such (43416, 43420, 43424 and their like), and from samples. The
    samples' hours are those seen; whatever the device was silent for is in the error.
    """
    coverage = recording.coverage
    if not enough(recording):
        return CycleFigures(coverage)
    state = compressor(recording)
    counted = counted_starts(recording)
    if state is None or not len(state.instants):
        return CycleFigures(coverage, Compared(counted))
    unseen = unseen_starts(recording, state)
    return CycleFigures(
        coverage,
        Compared(counted, seen_beginnings(state)),
        _short_runs(state, unseen),
        *_hours(recording, state),
        _longest_pause(state, unseen),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Spans:
    """From when to when the compressor ran."""

    starts: Floats
    ends: Floats
    start_seen: Flags
    end_seen: Flags


def _spans(state: Switching, unseen: Rises) -> _Spans:
    """Where it was seen on, split where an unseen start lies inside."""
    stretches = state.stretches()
    splits = _inside(unseen.instants, stretches)
    starts = np.sort(np.concatenate((stretches.starts, splits)))
    ends = np.sort(np.concatenate((stretches.ends, splits)))
    return _Spans(
        starts,
        ends,
        np.isin(starts, np.append(state.sharp(state.began), splits)),
        np.isin(ends, np.append(state.sharp(state.ended), splits)),
    )


def _inside(instants: Floats, stretches: Stretches) -> Floats:
    """Those of some instants that lie in a stretch and not at its start."""
    within = stretches.contain(instants) & ~np.isin(instants, stretches.starts)
    return instants[within]


def _phases(modes: Modes, starts: Floats, ends: Floats) -> list[tuple[Phase, ...]]:
    """What each run worked for."""
    found: list[list[Phase]] = [[] for _ in starts]
    if not len(starts):
        return []
    edges = [starts, ends]
    for stretches in modes.values():
        edges += [stretches.starts, stretches.ends]
    cuts = np.unique(np.concatenate(edges))
    middles = (cuts[:-1] + cuts[1:]) / 2
    owner = np.searchsorted(starts, middles, side="right") - 1
    inside = (owner >= 0) & (middles < ends[owner])
    for mode, stretches in modes.items():
        if mode is Mode.IDLE:
            continue
        for piece in np.flatnonzero(inside & stretches.contain(middles)):
            phase = Phase(float(cuts[piece]), float(cuts[piece + 1]), mode)
            found[owner[piece]].append(phase)
    return [_joined(sorted(phases, key=lambda phase: phase.start)) for phases in found]


def _joined(phases: Sequence[Phase]) -> tuple[Phase, ...]:
    """Phases in order, neighbours for the same thing made one."""
    joined: list[Phase] = []
    for phase in phases:
        if joined and joined[-1].mode is phase.mode and joined[-1].end == phase.start:
            joined[-1] = Phase(joined[-1].start, phase.end, phase.mode)
        else:
            joined.append(phase)
    return tuple(joined)


def _longest(phases: Sequence[Phase]) -> Mode | None:
    seconds: dict[Mode, float] = {}
    for phase in phases:
        seconds[phase.mode] = seconds.get(phase.mode, 0.0) + phase.end - phase.start
    return max(seconds, key=seconds.__getitem__) if seconds else None


def _short_runs(state: Switching, unseen: Rises) -> Figure:
    """Whole runs below the limit; a run that fitted between two samples was short as well."""
    spans = _spans(state, unseen)
    lengths = (spans.ends - spans.starts)[spans.start_seen & spans.end_seen]
    coarse = state.step if state.step > _SHARP_STEP else 0.0
    likely = _below(SHORT_RUN - lengths, coarse)
    splits = np.count_nonzero(np.isin(unseen.instants, spans.starts))
    close = state.waits(unseen.instants) <= SHORT_RUN
    hidden = max(0.0, float(np.sum(unseen.counts[close])) - splits)
    doubtful = np.count_nonzero(np.abs(lengths - SHORT_RUN) < state.step)
    return Figure(
        round(float(np.sum(likely))) + hidden,
        NORMAL / 2.0 * float(np.sqrt(doubtful)),
        Provenance.DERIVED,
    )


def _below(margins: Floats, step: float) -> Floats:
    """How likely a run is shorter than a limit whose seen length is below it by a margin.

    Each edge lies anywhere in one step: lengths are spread like a triangle of ± one step.
    """
    if step <= 0:
        return (margins > 0).astype(np.float64)
    share = np.clip(margins / step, -1.0, 1.0)
    return np.where(share < 0, (1.0 + share) ** 2 / 2.0, 1.0 - (1.0 - share) ** 2 / 2.0)


def _hours(recording: Recording, state: Switching) -> tuple[Compared, Compared, Compared]:
    """Hours running: altogether, for hot water, for heating."""
    on = state.stretches()
    modes = mode_stretches(recording)
    told = len(recording["priority"]) > 0
    on_water, on_heating = on & modes[Mode.HOT_WATER], on & modes[Mode.HEATING]
    total = _counted_hours(recording, "compressor_run_time", state, on)
    water = _counted_hours(recording, "compressor_run_time_hot_water", state, on_water)
    heating = _counted_hours(recording, "compressor_run_time_heating", state, on_heating)
    if heating is None and total is not None and water is not None:
        rest = max(0.0, total.value - water.value)
        heating = Figure(rest, total.error + water.error, Provenance.DEVICE_METER)
    return (
        Compared(total, seen_hours(on, state)),
        Compared(water, seen_hours(on_water, state) if told else None),
        Compared(heating, seen_hours(on_heating, state) if told else None),
    )


def _counted_hours(
    recording: Recording, metric: str, state: Switching, on: Stretches
) -> Figure | None:
    """Hours by a counter; between two of its moves they are shared out as the compressor ran.

    How it ran is not known where the device was silent: then they are shared out evenly.
    """
    series = recording[metric]
    if not len(series):
        return None
    silent = state.silence > LONGEST_STEP or not len(on)
    shape = (
        None if silent else Series(state.instants, on.contain(state.instants).astype(np.float64))
    )
    risen = counter_increase(
        series, recording.start, recording.end, shape=shape, heard=recording.heard
    )
    if risen is None:
        return None
    return Figure(risen.value / HOUR, risen.error / HOUR, Provenance.DEVICE_METER)


def _longest_pause(state: Switching, unseen: Rises) -> Figure | None:
    """The longest standstill that no silence and no unseen start interrupts."""
    pauses = state.stretches(on=False)
    if not len(pauses):
        return None
    splits = _inside(unseen.instants, pauses)
    starts = np.sort(np.concatenate((pauses.starts, splits)))
    ends = np.sort(np.concatenate((pauses.ends, splits)))
    longest = float(np.max(ends - starts))
    error = NORMAL * state.step / np.sqrt(6.0)
    return Figure(longest / HOUR, float(error) / HOUR, Provenance.DERIVED)
