"""How near starts, defrosts and charges come to the truth of the simulated house.

Used by the tests of events and by the table of `bench/efficiency_accuracy.py`. Two events match
where they overlap or touch: a sample shows the minute before it.
"""

from typing import NamedTuple

import numpy as np
from tests.analytics.house_recordings import DeviceRecord
from tests.analytics.made import true_events

from pumphouse.analytics.cycles import cycle_figures
from pumphouse.analytics.defrosts import defrosts
from pumphouse.analytics.hot_water import charges
from pumphouse.analytics.series import Floats

__all__ = ["EventRow", "matches", "rows_events"]


class EventRow(NamedTuple):
    """How well one kind of event was found.

    Attributes:
        name: what was looked for.
        truth: how many there were.
        found: how many were found.
        precision: share of those found that were real; of starts that counted or seen right.
        recall: share of the real ones that were found.
    """

    name: str
    truth: float
    found: float
    precision: float
    recall: float


def matches(starts: Floats, ends: Floats, others: tuple[Floats, Floats]) -> float:
    """The share of some stretches that overlap or touch one of others; 1 without stretches."""
    if not len(starts):
        return 1.0
    begun = np.searchsorted(others[0], ends, side="right")
    over = np.searchsorted(others[1], starts, side="left")
    return float(np.mean(begun > over))


def rows_events(record: DeviceRecord) -> list[EventRow]:
    """Starts by counter and by samples, defrosts and hot-water charges over the recorded days."""
    recording, truth = record.recording, record.truth
    starts = cycle_figures(recording).starts
    true_starts = record.true("starts", recording.start, recording.end)
    rows = []
    for name, figure in (("starts, counted", starts.counted), ("starts, seen", starts.seen)):
        assert figure is not None
        right = 1.0 - abs(figure.value - true_starts) / max(1.0, true_starts)
        rows.append(EventRow(name, true_starts, figure.value, right, right))
    found = [(one.start, one.end) for one in defrosts(recording)]
    rows.append(_row("defrosts", found, true_events(record, truth["status"] > 100)))
    found = [(one.start, one.end) for one in charges(recording)]
    rows.append(_row("hot-water charges", found, true_events(record, truth["charge"] > 0)))
    return rows


def _row(name: str, found: list[tuple[float, float]], real: tuple[Floats, Floats]) -> EventRow:
    starts, ends = np.array(found).reshape(-1, 2).T
    return EventRow(
        name,
        len(real[0]),
        len(found),
        matches(starts, ends, real),
        matches(*real, (starts, ends)),
    )
