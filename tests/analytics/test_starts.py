"""Starts by the device's counter."""

import numpy as np
import pytest
from tests.analytics.house_recordings import with_gaps
from tests.analytics.made import NOON, made, pattern

from pumphouse.analytics.series import Series
from pumphouse.analytics.starts import counted_starts, rises


def counted(recording):
    figure = counted_starts(recording)
    assert figure is not None
    return figure.value, figure.error


def test_a_counter_tells_how_often_exactly():
    recording = made(compressor_starts=pattern((100, 10), (101, 30), (102, 20), (104, 20)))
    assert counted(recording) == (4.0, 0.0)


def test_without_readings_nothing_is_told():
    assert counted_starts(made(priority=[10.0, 10.0])) is None
    assert counted_starts(made(compressor_starts=[100.0])) is None


def test_a_reset_counter_counts_on_from_zero():
    recording = made(compressor_starts=pattern((5000, 30), (0, 30), (1, 30), (2, 30)))
    assert counted(recording) == (2.0, 0.0)


@pytest.mark.parametrize("wrong", [0.0, 4900.0, 65535.0])
def test_a_misread_value_is_no_start(wrong):
    recording = made(compressor_starts=pattern((5000, 30), (wrong, 1), (5000, 30), (5001, 30)))
    assert counted(recording) == (1.0, 0.0)


def test_another_count_after_a_repair_is_no_start():
    recording = made(compressor_starts=pattern((12, 60), (8000, 60), (8001, 60)))
    assert counted(recording) == (1.0, 0.0)


def test_a_start_around_an_edge_belongs_to_the_period_in_which_it_is_told():
    recording = made(step=300, compressor_starts=pattern((7, 4), (8, 4), (9, 4)))
    edge = NOON + 1000.0
    first = recording.within(NOON, edge)
    second = recording.within(edge, recording.end)
    assert counted(first) == (0.0, 1.0)
    assert counted(second) == (2.0, 1.0)


@pytest.mark.parametrize("edge", [0.25, 0.5, 0.75])
def test_starts_in_a_silence_across_an_edge_are_shared_out_and_none_is_lost(edge):
    readings = pattern((0, 60), *[(count, 30) for count in range(1, 21)], (20, 60))
    recording = made(compressor_starts=readings)
    silent = with_gaps(recording, np.delete(recording.heard, slice(60, 660)))
    middle = NOON + 60 * (60 + 600 * edge)
    parts = [silent.within(NOON, middle), silent.within(middle, recording.end)]
    values = [counted(part) for part in parts]
    assert sum(value for value, _ in values) == 20.0
    for part, (value, error) in zip(parts, values, strict=True):
        truth, _ = counted(recording.within(part.start, part.end))
        assert abs(value - truth) <= error < 20.0


def test_rises_are_told_with_the_sample_that_shows_them():
    found = rises(Series.of([0, 600, 1200, 1800], [3.0, 4.0, 4.0, 6.0]))
    assert found.instants.tolist() == [600.0, 1800.0]
    assert found.counts.tolist() == [1.0, 2.0]
    assert found.between(600.0, 1800.0) == 2.0
    assert len(rises(Series.of([], [])).instants) == 0
