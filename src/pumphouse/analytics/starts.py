"""How often a compressor started, from its counter: exact, and blind to when."""

import math
from dataclasses import dataclass

import numpy as np

from pumphouse.analytics.accuracy import NORMAL
from pumphouse.analytics.figure import Figure, Provenance
from pumphouse.analytics.series import LONGEST_STEP, Floats, Recording, Series

__all__ = ["Rises", "counted_starts", "rises"]

#: no compressor starts more often than once in so many seconds: its control makes it rest
_SHORTEST_CYCLE = 180.0


@dataclass(frozen=True, slots=True, eq=False)
class Rises:
    """When a counter was seen higher than before, and by how much.

    Attributes:
        instants: seconds since 1970.
        counts: how many it rose by at each.
    """

    instants: Floats
    counts: Floats

    def between(self, start: float, end: float) -> float:
        """How much it rose behind one instant and up to another."""
        first, last = np.searchsorted(self.instants, (start, end), side="right")
        return float(np.sum(self.counts[first:last]))


def rises(series: Series) -> Rises:
    """The rises of a counter of starts.

    A counter that falls has been reset and counts on from 0. What rises faster than a compressor
    can start (a new circuit board with another count, a misread value) is no start.
    """
    growth = np.diff(series.values)
    growth = np.where(growth < 0, series.values[1:], growth)
    moved = np.flatnonzero(growth)
    instants, counts = series.times[1:][moved], growth[moved]
    waits = np.diff(np.append(series.times[:1], instants))
    possible = (counts > 0) & (counts <= 1.0 + waits / _SHORTEST_CYCLE)
    return Rises(instants[possible], counts[possible])


def counted_starts(recording: Recording) -> Figure | None:
    """The starts of the period by the device's counter (43416, 1959); None without readings.

    Exact where the device was heard at both edges of the period. A start between the two samples
    around an edge belongs to the period in which it was told; those in a silence across an edge are
    shared out by time. Either may be wrong, which is the error.
    """
    series = recording["compressor_starts"]
    start, end = recording.start, recording.end
    if not len(series) or end <= start or series.times[0] >= end:
        return None
    risen = rises(series)
    first, doubt = _count_at(risen, recording, start)
    last, doubt_too = _count_at(risen, recording, end)
    value = last - first
    known = max(series.times[-1:].tolist() + recording.heard[-1:].tolist())
    unknown = max(0.0, float(series.times[0]) - start) + max(0.0, end - known)
    unknown = unknown if unknown > LONGEST_STEP else 0.0
    doubt += math.ceil(value * unknown / max(1.0, end - start - unknown))
    return Figure(value, doubt + doubt_too, Provenance.DEVICE_METER)


def _count_at(risen: Rises, recording: Recording, edge: float) -> tuple[float, float]:
    """The starts since the first reading up to an edge, and how far they may be off."""
    told = risen.between(-math.inf, edge)
    before, after = _told_around(recording, edge)
    rise = risen.between(before, after)
    step = after - before
    if not rise or before == edge:
        return told, 0.0
    if step <= LONGEST_STEP:
        return told, rise
    share = (edge - before) / step
    early = float(round(rise * share))
    spread = NORMAL * math.sqrt(2.0 * rise * share * (1.0 - share))
    return told + early, min(1.0 + spread, max(early, rise - early))


def _told_around(recording: Recording, edge: float) -> tuple[float, float]:
    """When the device was heard last up to an edge, and first behind it; the edge if never."""
    befores, afters = [], []
    for instants in (recording.heard, recording["compressor_starts"].times):
        place = int(np.searchsorted(instants, edge, side="right"))
        befores += instants[max(0, place - 1) : place].tolist()
        afters += instants[place : place + 1].tolist()
    if not befores or not afters:
        return edge, edge
    return max(befores), min(afters)
