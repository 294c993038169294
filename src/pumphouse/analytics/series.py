"""Values at instants, stretches of time, and what one device told over a period.

Times are seconds since 1970 in UTC as floats: arrays have no time zones, and days are cut out by
whoever knows the site's zone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Concatenate, ParamSpec, TypeAlias, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "EMPTY",
    "LONGEST_STEP",
    "Floats",
    "Recording",
    "Series",
    "Stretches",
    "remembered",
    "union",
]

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Asked = ParamSpec("Asked")
Found = TypeVar("Found")

#: a device that is silent for longer is not known in between, in seconds; the reference project
#: of openenergymonitor fills gaps below 900 s with the last value and leaves longer ones open
LONGEST_STEP = 900.0


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Values at instants, in order of time, each instant once, all of them finite.

    Attributes:
        times: seconds since 1970, strictly increasing.
        values: in the metric's canonical unit.
    """

    times: Floats
    values: Floats

    @classmethod
    def of(cls, times: ArrayLike, values: ArrayLike) -> "Series":
        """A series from samples in any order; of two at one instant the later given one counts."""
        instants = np.asarray(times, dtype=np.float64).ravel()
        figures = np.asarray(values, dtype=np.float64).ravel()
        finite = np.isfinite(instants) & np.isfinite(figures)
        instants, figures = instants[finite], figures[finite]
        order = np.argsort(instants, kind="stable")
        instants, figures = instants[order], figures[order]
        last = np.append(np.diff(instants) > 0, True)[: len(instants)]
        return cls(instants[last], figures[last])

    def __len__(self) -> int:
        return len(self.times)

    def within(self, start: float, end: float) -> "Series":
        """The samples from `start` up to, but not at, `end`."""
        first, last = np.searchsorted(self.times, (start, end))
        return Series(self.times[first:last], self.values[first:last])

    def held(self, instants: Floats) -> tuple[Floats, Flags]:
        """The newest value at each instant, and whether there was one (0 where there was not).

        A value holds until the next one; whether the device was heard meanwhile is a question for
        `Recording.covered`: some vendors tell a value only when it changes.
        """
        if not len(self):
            return np.zeros(len(instants)), np.zeros(len(instants), dtype=np.bool_)
        first = int(np.searchsorted(self.times, instants[0])) if len(instants) else 0
        same = slice(first, first + len(instants))
        if np.array_equal(self.times[same], instants):  # told at each of them: no need to search
            return self.values[same], np.ones(len(instants), dtype=np.bool_)
        index = np.searchsorted(self.times, instants, side="right") - 1
        known = index >= 0
        return np.where(known, self.values[np.maximum(index, 0)], 0.0), known


EMPTY = Series(np.empty(0), np.empty(0))


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """Stretches of time in order, none touching another.

    Attributes:
        starts: seconds since 1970, included.
        ends: seconds since 1970, not included, each behind its start.
    """

    starts: Floats
    ends: Floats

    @classmethod
    def of(cls, starts: ArrayLike, ends: ArrayLike) -> "Stretches":
        """From stretches in any order; what overlaps or touches is joined, empty ones vanish."""
        begin, finish = np.asarray(starts, np.float64).ravel(), np.asarray(ends, np.float64).ravel()
        kept = finish > begin
        order = np.argsort(begin[kept], kind="stable")
        begin, finish = begin[kept][order], np.maximum.accumulate(finish[kept][order])
        if not len(begin):
            return cls(begin, finish)
        new = np.append(True, begin[1:] > finish[:-1])
        return cls(begin[new], finish[np.append(np.flatnonzero(new)[1:] - 1, len(begin) - 1)])

    @classmethod
    def heard(cls, instants: Floats, longest: float = LONGEST_STEP) -> "Stretches":
        """From each instant to the next, unless that comes more than `longest` seconds later."""
        close = np.diff(instants) <= longest
        return cls.of(instants[:-1][close], instants[1:][close])

    def __len__(self) -> int:
        return len(self.starts)

    def __and__(self, other: "Stretches") -> "Stretches":
        """What lies in both."""
        edges = np.unique(np.concatenate((self.starts, self.ends, other.starts, other.ends)))
        if len(edges) < 2:  # noqa: PLR2004  (a stretch has two ends)
            return Stretches(np.empty(0), np.empty(0))
        middles = (edges[:-1] + edges[1:]) / 2
        both = self.contain(middles) & other.contain(middles)
        return Stretches.of(edges[:-1][both], edges[1:][both])

    def within(self, start: float, end: float) -> "Stretches":
        """What lies between two instants, cut there."""
        return Stretches.of(np.maximum(self.starts, start), np.minimum(self.ends, end))

    def contain(self, instants: Floats) -> Flags:
        """Whether each instant lies in a stretch."""
        return np.searchsorted(self.starts, instants, side="right") > np.searchsorted(
            self.ends, instants, side="right"
        )

    @property
    def seconds(self) -> float:
        """How long they are together."""
        return float(np.sum(self.ends - self.starts))


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What one device told over a period.

    Attributes:
        start: where the period begins, seconds since 1970.
        end: where it ends.
        series: by metric, in canonical units; a sample before `start` may be there, so that a
            value that has not changed is known at the start.
        heard: the instants at which the device told anything at all, in order, each once.
        settings: limits and set points that are no series (`degree_minutes_compressor_start` …).
        memory: what was computed from it before, see `remembered`.
    """

    start: float
    end: float
    series: Mapping[str, Series]
    heard: Floats
    settings: Mapping[str, float] = field(default_factory=dict)
    memory: dict[object, object] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, start: float, end: float, series: Mapping[str, Series]) -> "Recording":
        """A recording whose device was heard whenever one of its series has a sample.

        Series with the same instants share one array of them: a device that tells all it knows in
        each answer needs half of the memory then.
        """
        axes: list[Floats] = []
        shared = {name: _sharing(one, axes) for name, one in series.items()}
        return cls(start, end, shared, union(axes))

    def __getitem__(self, metric: str) -> Series:
        """The series of a metric, empty where the device does not tell it."""
        return self.series.get(metric, EMPTY)

    def has(self, metrics: Sequence[str]) -> bool:
        """Whether every one of `metrics` has at least a sample."""
        return all(len(self[metric]) for metric in metrics)

    def within(self, start: float, end: float) -> "Recording":
        """The same device over a part of the period; the value that holds at `start` is kept."""
        cuts: dict[int, tuple[Floats, slice]] = {}
        series = {name: _with_held(one, start, end, cuts) for name, one in self.series.items()}
        first, last = np.searchsorted(self.heard, (start - LONGEST_STEP, end + LONGEST_STEP))
        return Recording(start, end, series, self.heard[first:last], self.settings)

    @property
    def covered(self) -> Stretches:
        """When the device was heard, within the period."""
        return _covered(self)

    @property
    def coverage(self) -> float:
        """The share of the period for which there is data, 0 to 1."""
        length = self.end - self.start
        return min(1.0, self.covered.seconds / length) if length > 0 else 0.0


def union(axes: Iterable[Floats]) -> Floats:
    """The instants of several series in order, each once; one and the same array counts once."""
    arrays = list({id(axis): axis for axis in axes}.values())
    if len(arrays) == 1:
        return arrays[0]
    return np.unique(np.concatenate(arrays)) if arrays else np.empty(0)


def remembered(
    function: Callable[Concatenate[Recording, Asked], Found],
) -> Callable[Concatenate[Recording, Asked], Found]:
    """A function that is computed once for each recording and what is asked about it.

    For what many figures of one recording are made of: without it a year's report would find out
    again and again what the pump worked for, and take twice as long.
    """

    @wraps(function)
    def found(recording: Recording, /, *args: Asked.args, **kwargs: Asked.kwargs) -> Found:
        key = (function, args, tuple(kwargs.items()))
        if key not in recording.memory:
            recording.memory[key] = function(recording, *args, **kwargs)
        return cast("Found", recording.memory[key])

    return found


@remembered
def _covered(recording: Recording) -> Stretches:
    return Stretches.heard(recording.heard).within(recording.start, recording.end)


def _sharing(series: Series, axes: list[Floats]) -> Series:
    """The series with the array among `axes` that holds its instants, which is put there if new."""
    for axis in axes:
        if axis is series.times:
            return series
        if np.array_equal(axis, series.times):
            return Series(axis, series.values)
    axes.append(series.times)
    return series


def _with_held(
    series: Series, start: float, end: float, cuts: dict[int, tuple[Floats, slice]]
) -> Series:
    """The samples of a period, the newest before it, and the first behind it.

    Args:
        cuts: by array of instants what was cut out of it before, so that it stays a shared one.
    """
    cut = cuts.get(id(series.times))
    if cut is None:
        first = max(0, int(np.searchsorted(series.times, start, side="right")) - 1)
        inside = slice(first, int(np.searchsorted(series.times, end)) + 1)
        cut = cuts[id(series.times)] = series.times[inside], inside
    times, inside = cut
    return Series(times, series.values[inside])
