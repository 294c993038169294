"""Figures from what a pump's own counters and sampled powers tell, with the meter's class."""

import math

from pumphouse.analytics.energy import CounterIncrease, counter_increase, energy_of_power
from pumphouse.analytics.figure import Boundary, Figure, Provenance, total
from pumphouse.analytics.series import Recording, Series, remembered

__all__ = ["of_counter", "of_counters", "of_power", "of_some_counters"]


def of_counter(
    recording: Recording,
    metric: str,
    accuracy: float,
    *,
    shape: Series | None = None,
    provenance: Provenance = Provenance.DEVICE_METER,
    boundary: Boundary | None = None,
) -> Figure | None:
    """What a counter grew by in the period, kWh; None where it tells too little.

    Args:
        metric: the counter's public name.
        accuracy: what its meter may be off, relative (half of a 90 % interval).
        shape: see `counter_increase`.
    """
    increase = _increase(recording, metric, shape)
    if increase is None:
        return None
    error = math.hypot(increase.error, accuracy * increase.value)
    return Figure(increase.value, error, provenance, boundary)


@remembered
def _increase(recording: Recording, metric: str, shape: Series | None) -> CounterIncrease | None:
    return counter_increase(
        recording[metric], recording.start, recording.end, shape=shape, heard=recording.heard
    )


def of_counters(
    recording: Recording,
    metrics: tuple[str, ...],
    accuracy: float,
    *,
    boundary: Boundary | None = None,
) -> Figure | None:
    """The sum of several counters of one meter, whose errors add up; None where one is missing."""
    parts = [of_counter(recording, metric, accuracy, boundary=boundary) for metric in metrics]
    return total(parts, independent=False)


def of_some_counters(
    recording: Recording, metrics: tuple[str, ...], accuracy: float
) -> Figure | None:
    """The same, over those that the pump has at all; None where it has none."""
    return of_counters(
        recording, tuple(metric for metric in metrics if len(recording[metric])), accuracy
    )


def of_power(
    recording: Recording,
    power: Series,
    accuracy: float,
    *,
    provenance: Provenance = Provenance.DERIVED,
    boundary: Boundary | None = None,
) -> Figure | None:
    """What a sampled power adds up to in the period, kWh; None where too little is known."""
    energy = energy_of_power(
        power, recording.covered, recording.start, recording.end, heard=recording.heard
    )
    if energy is None:
        return None
    error = math.hypot(energy.error, accuracy * energy.value)
    return Figure(energy.value, error, provenance, boundary)
