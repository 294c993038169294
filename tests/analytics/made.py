"""Recordings made by hand, and what was so in the simulated house, for tests of events."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from tests.analytics.house_recordings import DeviceRecord

from pumphouse.analytics.series import Flags, Floats, Recording, Series

Thing = TypeVar("Thing")

#: a round hour, seconds since 1970
NOON = 1_764_590_400.0


def told(found: Thing | None) -> Thing:
    """What should have been told."""
    assert found is not None
    return found


def made(
    columns: Mapping[str, Sequence[float]] | None = None,
    /,
    *,
    step: float = 60.0,
    settings: Mapping[str, float] | None = None,
    **more: Sequence[float],
) -> Recording:
    """A device heard every `step` seconds from `NOON` on, with a value of each metric each time."""
    values = {**(columns or {}), **more}
    count = max((len(one) for one in values.values()), default=0)
    heard: Floats = np.asarray(NOON + step * np.arange(count), dtype=np.float64)
    series = {name: Series.of(heard[: len(one)], one) for name, one in values.items()}
    return Recording(NOON, NOON + step * max(count - 1, 0), series, heard, settings or {})


def pattern(*parts: tuple[float, int]) -> list[float]:
    """Values in a row, each as often as said."""
    return [value for value, times in parts for _ in range(times)]


def without(recording: Recording, *metrics: str) -> Recording:
    """The same device, if it did not tell some metrics."""
    series = {name: one for name, one in recording.series.items() if name not in metrics}
    return Recording(recording.start, recording.end, series, recording.heard, recording.settings)


def true_events(record: DeviceRecord, happening: Flags) -> tuple[Floats, Floats]:
    """Starts and ends of what happened in some of the minutes of a truth.

    The truth at an instant is that of the minute before.
    """
    edges = np.flatnonzero(np.diff(happening, prepend=False, append=False))
    return record.minutes[edges[::2]] - 60.0, record.minutes[edges[1::2] - 1]
