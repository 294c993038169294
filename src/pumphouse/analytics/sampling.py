"""A recording cut into the steps in which nothing was told, for what has to be multiplied."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pumphouse.analytics.series import Flags, Floats, Recording, Series, remembered

__all__ = ["Steps", "steps_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """The steps of a period in which the device was heard, each with the values held in it.

    Attributes:
        starts: where each step begins, seconds since 1970.
        seconds: how long it lasts; gaps are no steps.
        series: by metric, whose values they are.
    """

    starts: Floats
    seconds: Floats
    series: Mapping[str, Series]

    def __len__(self) -> int:
        return len(self.starts)

    def values(self, metric: str) -> Floats | None:
        """The value of a metric in each step; None where the device does not tell it.

        In steps before its first value a metric is taken to have had that already.
        """
        series = self.series.get(metric)
        if series is None or not len(series):
            return None
        held, known = series.held(self.starts)
        return np.where(known, held, series.values[0])

    def mean(self, values: Floats, where: Flags) -> float | None:
        """The mean over time in some of the steps; None where those last no time."""
        weights = np.where(where, self.seconds, 0.0)
        whole = float(np.sum(weights))
        return float(np.sum(values * weights)) / whole if whole > 0 else None


@remembered
def steps_of(recording: Recording) -> Steps:
    """The steps between the instants at which the device was heard, gaps left out."""
    start, end = recording.start, recording.end
    inside = recording.heard[(recording.heard > start) & (recording.heard < end)]
    if end <= start:
        return Steps(np.empty(0), np.empty(0), recording.series)
    edges = np.concatenate(([start], inside, [end]))
    lengths = np.diff(edges)
    heard = recording.covered.contain(edges[:-1] + lengths / 2.0)
    return Steps(edges[:-1][heard], lengths[heard], recording.series)
