"""Series of several points put on one axis of time, with honest gaps.

Some vendors tell a value at every poll, others only when it changes. So a value holds until the
next one as long as its *device* is heard; where the device was silent the line breaks. A point
that often repeats a value is told at every poll, and breaks where the point itself is silent.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, nan
from typing import Final

from pumphouse.core.model import Reading
from pumphouse.core.ports import Bucket

__all__ = [
    "EMPTY",
    "Floats",
    "Line",
    "Samples",
    "align",
    "common_axis",
    "heard_by",
    "longest_silence",
    "unbroken",
]

Floats = Sequence[float]

#: a device that is silent for longer is not known in between, in seconds: as in the efficiency
#: figures, and in the reference project of openenergymonitor
_LONGEST_STEP: Final = 900.0
#: prices are announced a day at a time; the longest day has 25 hours
_ANNOUNCED_FOR: Final = 25 * 3600.0
#: of a point that is told when it changes hardly any reading equals the one before; of one that is
#: told at every poll many do: temperatures come in tenths of a degree
_REPEATING: Final = 0.25
#: fewer readings prove nothing
_PROOF: Final = 12


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """What the store knows of one point: single readings, or buckets.

    Attributes:
        times: seconds since 1970, strictly increasing; the middles of buckets.
        values: readings, or means.
        low: minima; the same as `values` for single readings.
        high: maxima.
        last: the newest value of each bucket: what holds from there on.
        repeats: whether it is told at every poll, so that its own silence means something.
    """

    times: Floats
    values: Floats
    low: Floats
    high: Floats
    last: Floats
    repeats: bool

    @classmethod
    def of_readings(cls, readings: Iterable[Reading]) -> "Samples":
        """From single readings; texts are left out."""
        told = [(one.time.timestamp(), one.value) for one in readings if one.value is not None]
        times, values = [time for time, _ in told], [value for _, value in told]
        equal = sum(value == following for value, following in pairwise(values))
        repeats = len(values) >= _PROOF and equal > _REPEATING * (len(values) - 1)
        return cls(times, values, values, values, values, repeats)

    @classmethod
    def of_buckets(cls, buckets: Sequence[Bucket], step: float, *, repeats: bool) -> "Samples":
        """From buckets of `step` seconds, which do not say themselves whether values repeat."""
        return cls(
            [one.start.timestamp() + step / 2 for one in buckets],
            [one.mean for one in buckets],
            [one.minimum for one in buckets],
            [one.maximum for one in buckets],
            [one.last for one in buckets],
            repeats,
        )

    def latest(self) -> "Samples":
        """The same with the newest value of each bucket in place of all others."""
        return replace(self, values=self.last, low=self.last, high=self.last)

    def __len__(self) -> int:
        return len(self.times)


EMPTY: Final = Samples.of_readings(())


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One series on the common axis; "not a number" where nothing is known."""

    values: Floats
    low: Floats
    high: Floats


def longest_silence(step: float) -> float:
    """How long nothing may be heard before a line breaks: 15 minutes, or two steps."""
    return max(_LONGEST_STEP, 2 * step)


def heard_by(samples: Iterable[Samples]) -> Floats:
    """The instants at which at least one of several points was told."""
    return sorted({time for one in samples for time in one.times})


def unbroken(times: Floats, longest: float) -> Floats:
    """`times` with more between them: what was announced holds until the next announcement.

    Instants more than a day apart are two announcements with nothing between them.
    """
    filled: set[float] = set(times)
    for first, second in pairwise(times):
        if longest < second - first <= _ANNOUNCED_FOR:
            pieces = ceil((second - first) / longest)
            filled.update(first + (second - first) * piece / pieces for piece in range(1, pieces))
    return sorted(filled)


def common_axis(known: Iterable[Floats], longest: float) -> Floats:
    """All instants at which something is known, and one in every silence, for lines to break at."""
    instants: set[float] = set()
    for times in known:
        instants.update(times)
        instants.update((a + b) / 2 for a, b in pairwise(times) if b - a > longest)
    return sorted(instants)


def align(
    samples: Samples, known: Floats, axis: Floats, longest: float, before: float | None = None
) -> Line:
    """`samples` on `axis`.

    Args:
        known: the instants at which the point is known to be what it was told last.
        longest: between two of them that lie further apart nothing is known.
        before: the value that held before the first sample.
    """
    own = {time: index for index, time in enumerate(samples.times)}
    index = [own.get(time) for time in axis]
    held = list(_held(samples, known, axis, longest, nan if before is None else before))

    def drawn(column: Floats) -> Floats:
        return [
            old if place is None else column[place] for place, old in zip(index, held, strict=True)
        ]

    values = drawn(samples.values)
    if samples.low is samples.values is samples.high:
        return Line(values, values, values)
    return Line(values, drawn(samples.low), drawn(samples.high))


def _held(
    samples: Samples, known: Floats, axis: Floats, longest: float, value: float
) -> Iterator[float]:
    """What holds at each instant from earlier on, first of all `value`."""
    place = 0
    for time, is_known in zip(axis, _within(known, axis, longest), strict=True):
        while place < len(samples.times) and samples.times[place] <= time:
            value = samples.last[place]
            place += 1
        yield value if is_known else nan


def _within(known: Floats, axis: Floats, longest: float) -> Iterator[bool]:
    """Whether each instant is known, or lies between two known ones that are close."""
    place = 0
    for time in axis:
        while place < len(known) and known[place] <= time:
            place += 1
        if place == 0:
            yield False
        elif known[place - 1] == time:
            yield True
        else:
            yield place < len(known) and known[place] - known[place - 1] <= longest
