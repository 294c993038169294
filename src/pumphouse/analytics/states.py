"""Whether something was on, from samples, and what a value was on average between two instants."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pumphouse.analytics.accuracy import NORMAL
from pumphouse.analytics.energy import integral
from pumphouse.analytics.figure import Figure, Provenance
from pumphouse.analytics.series import LONGEST_STEP, Flags, Floats, Recording, Series, Stretches

__all__ = [
    "HOUR",
    "Switching",
    "means",
    "seen_beginnings",
    "seen_hours",
    "switching",
]

#: in seconds
HOUR = 3600.0
#: share of a period: who missed more cannot say how much more there was
_MOST_MISSED = 0.9


@dataclass(frozen=True, eq=False)
class Switching:
    """Whether something was on whenever the device was heard, from a period's start to its end.

    What is seen on at one instant and off at the next was on until that next instant: both edges
    are seen up to one step late, so lengths are right on average.

    Attributes:
        instants: when the device was heard, seconds since 1970; the first may lie before the
            period and the last behind it.
        on: whether it was on at each of them.
        start: where the period begins.
        end: where it ends.
    """

    instants: Floats
    on: Flags
    start: float
    end: float

    @cached_property
    def began(self) -> Floats:
        """When it was seen on after having been seen off, behind the start and up to the end."""
        return self._edges(self.on[1:] & ~self.on[:-1])

    @cached_property
    def ended(self) -> Floats:
        """When it was seen off after having been seen on, behind the start and up to the end."""
        return self._edges(~self.on[1:] & self.on[:-1])

    def stretches(self, *, on: bool = True) -> Stretches:
        """When it was on (or off), cut where the device was silent for too long."""
        return self._stretches_on if on else self._stretches_off

    @cached_property
    def silence(self) -> float:
        """Seconds of the period of which nothing is known."""
        steps = np.diff(np.clip(self.instants, self.start, self.end))
        return max(0.0, float(self.end - self.start - np.sum(steps[self._close])))

    def sharp(self, edges: Floats) -> Floats:
        """Those instants before which no silence was: an edge there was seen when it came."""
        return edges[self.waits(edges) <= LONGEST_STEP]

    def late_by(self, edges: Floats) -> Floats:
        """By how many seconds at most each edge was seen late; 0 at the period's and a silence."""
        waits = self.waits(edges)
        real = (waits <= LONGEST_STEP) & (edges > self.start) & (edges < self.end)
        after = np.searchsorted(self.instants, edges, side="right")
        following = np.append(self.instants, np.inf)[after]
        return np.where(real & (following - edges <= LONGEST_STEP), waits, 0.0)

    def waits(self, instants: Floats) -> Floats:
        """Seconds from the last time the device was heard before each instant; 0 if never."""
        if not len(self.instants):
            return np.zeros(len(instants))
        index = np.searchsorted(self.instants, instants) - 1
        earlier = self.instants[np.maximum(index, 0)]
        return np.where(index >= 0, instants - earlier, 0.0)

    @cached_property
    def steps(self) -> Floats:
        """Seconds between the instants at which the device was heard, silences left out."""
        steps = np.diff(self.instants)
        return steps[steps <= LONGEST_STEP]

    @cached_property
    def step(self) -> float:
        """The mean of them; 0 with one instant."""
        return float(np.mean(self.steps)) if len(self.steps) else 0.0

    @cached_property
    def _close(self) -> Flags:
        """Whether each instant but the first follows the one before without a silence."""
        return np.diff(self.instants) <= LONGEST_STEP

    @cached_property
    def _stretches_on(self) -> Stretches:
        return self._where(self.on[:-1])

    @cached_property
    def _stretches_off(self) -> Stretches:
        return self._where(~self.on[:-1])

    def _where(self, held: Flags) -> Stretches:
        edges = np.flatnonzero(np.diff(held & self._close, prepend=False, append=False))
        starts = np.maximum(self.instants[edges[::2]], self.start)
        ends = np.minimum(self.instants[edges[1::2]], self.end)
        inside = ends > starts
        return Stretches(starts[inside], ends[inside])

    def _edges(self, changed: Flags) -> Floats:
        instants = self.instants[1:][changed]
        return instants[(instants > self.start) & (instants <= self.end)]


def switching(
    recording: Recording, metric: str, is_on: Callable[[Floats], Flags]
) -> Switching | None:
    """The state that a metric's values show; None where the device does not tell the metric."""
    series = recording[metric]
    if not len(series):
        return None
    heard = recording.heard
    first = max(0, int(np.searchsorted(heard, recording.start, side="right")) - 1)
    last = int(np.searchsorted(heard, recording.end)) + 1
    instants = heard[first:last]
    values, known = series.held(instants)
    return Switching(instants[known], is_on(values[known]), recording.start, recording.end)


def means(series: Series, starts: Floats, ends: Floats) -> list[float | None]:
    """The mean over time between instants, each value held; None where it is not known."""
    if not len(series):
        return [None] * len(starts)
    lengths = ends - starts
    known = (starts >= series.times[0]) & (lengths > 0)
    sums = integral(series, ends) - integral(series, np.maximum(starts, series.times[0]))
    shares = np.where(known, sums / np.where(known, lengths, 1.0), 0.0)
    return [float(mean) if sure else None for mean, sure in zip(shares, known, strict=True)]


def seen_beginnings(state: Switching) -> Figure:
    """How often it was seen to begin.

    Nothing is added for what was not seen. The error holds what silences and long steps may hide:
    as many per time as were seen, spread like chance; and the doubt about what was about as brief
    as the steps.
    """
    value = float(len(state.began))
    pieces = [one for one in (state.stretches(), state.stretches(on=False)) if len(one)]
    lengths = [one.ends - one.starts for one in pieces]
    if not lengths:
        return Figure(value, value + NORMAL, Provenance.DERIVED)
    typical = min(float(np.sort(one)[len(one) // 2]) for one in lengths)
    period = float(state.end - state.start)
    between = float(np.sum(np.maximum(0.0, state.steps - typical)))
    missed = min(state.silence + between, _MOST_MISSED * period)
    hidden = max(value, 1.0) * missed / (period - missed)
    brief = sum(np.count_nonzero(one < 2.0 * state.step) for one in lengths)
    # What is hidden varies, and so does the rate that it is inferred from.
    variance = hidden * period / (period - missed) + float(brief) / 4.0
    error = hidden + NORMAL * math.sqrt(variance)
    return Figure(value, error, Provenance.DERIVED)


def seen_hours(stretches: Stretches, state: Switching) -> Figure:
    """How many hours something was seen to last.

    It began and ended somewhere between two samples: it is taken to be halfway, which is off by
    Δ/√12 (standard deviation). Of silences nothing is added, and all of it may be missing.

    Args:
        stretches: when it was seen, between instants of `state`.
        state: of which those are a part.
    """
    if not len(stretches):
        return Figure(0.0, state.silence / HOUR, Provenance.DERIVED)
    early, late = state.late_by(stretches.starts), state.late_by(stretches.ends)
    seconds = stretches.seconds + float(np.sum(early) - np.sum(late)) / 2.0
    squares = float(np.sum(np.square(early)) + np.sum(np.square(late)))
    # At the edges of the period, too, it began or ended between two samples.
    squares += 2.0 * state.step**2
    sampled = NORMAL * math.sqrt(squares / 12.0)
    return Figure(max(0.0, seconds) / HOUR, (sampled + state.silence) / HOUR, Provenance.DERIVED)
