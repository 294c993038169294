"""Means over time of values that hold until the next one."""

import numpy as np

from pumphouse.analytics.energy import integral
from pumphouse.analytics.series import Floats, Recording, Series, Stretches

__all__ = ["mean_across_gaps", "mean_by_bin", "mean_within"]


def mean_within(series: Series, stretches: Stretches) -> float | None:
    """The mean over time of the held value within `stretches`; None where it is not known."""
    means, seconds = mean_by_bin(series, stretches, np.empty(0))
    return float(means[0]) if seconds[0] > 0 else None


def mean_by_bin(series: Series, stretches: Stretches, edges: Floats) -> tuple[Floats, Floats]:
    """The mean over time of the held value in each bin, as far as it lies within `stretches`.

    Args:
        edges: increasing instants that separate bins; the first bin lies before the first of them,
            the last behind the last.

    Returns:
        The means, 0 where nothing is known, and for how many seconds they are known; both have one
        value more than there are edges.
    """
    bins = len(edges) + 1
    if not len(series):
        return np.zeros(bins), np.zeros(bins)
    known = stretches.within(float(series.times[0]), np.inf)
    inner = edges[known.contain(edges)]
    starts = np.sort(np.concatenate((known.starts, inner)))
    ends = np.sort(np.concatenate((known.ends, inner)))
    bounds = integral(series, np.concatenate((starts, ends)))
    sums = bounds[len(starts) :] - bounds[: len(starts)]
    places = np.searchsorted(edges, (starts + ends) / 2)
    seconds = np.bincount(places, ends - starts, bins).astype(np.float64)
    total = np.bincount(places, sums, bins).astype(np.float64)
    means = np.divide(total, seconds, out=np.zeros(bins), where=seconds > 0)
    return means, seconds


def mean_across_gaps(recording: Recording, metric: str) -> float | None:
    """The mean over the whole period of what changes slowly, such as the outdoor temperature.

    Straight lines join what was known before and behind a gap: the mean of the known hours alone
    would be that of nights where days are missing. None where nothing is known.
    """
    values, known = recording[metric].held(recording.heard)
    if not known.any() or recording.end <= recording.start:
        return None
    times, values = recording.heard[known], values[known]
    inside = times[(times > recording.start) & (times < recording.end)]
    knots = np.concatenate(([recording.start], inside, [recording.end]))
    area = np.trapezoid(np.interp(knots, times, values), knots)
    return float(area) / (recording.end - recording.start)
