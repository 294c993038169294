"""Sums over time of values that hold, and how long nothing was heard before a value came."""

import numpy as np

from pumphouse.analytics.series import Floats, Series

__all__ = ["integral", "waits"]


def integral(series: Series, instants: Floats) -> Floats:
    """The sum of value times seconds from the first sample to each instant, each value held."""
    if not len(series):
        return np.zeros(len(instants))
    sums = np.append(0.0, np.cumsum(series.values[:-1] * np.diff(series.times)))
    index = np.maximum(np.searchsorted(series.times, instants, side="right") - 1, 0)
    beyond = np.maximum(0.0, instants - series.times[index])
    result: Floats = sums[index] + series.values[index] * beyond
    return result


def waits(times: Floats, heard: Floats | None) -> Floats:
    """Seconds between each instant and the last before it at which anything was told; 0 if none."""
    if heard is None or heard is times or not len(heard):
        return np.append(0.0, np.diff(times))[: len(times)]
    index = np.searchsorted(heard, times) - 1
    return np.where(index >= 0, times - heard[np.maximum(index, 0)], 0.0)
