"""Isotonic regression."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.analytics.isotonic import falling

POINTS = st.lists(st.tuples(st.floats(-50, 80), st.floats(0.1, 50)), min_size=1, max_size=25)


def test_a_falling_sequence_stays_as_it_is():
    values = np.array([40.0, 35.0, 35.0, 20.0])
    assert np.array_equal(falling(values, np.ones(4)), values)


def test_a_rise_is_replaced_by_the_weighted_mean():
    fitted = falling(np.array([40.0, 30.0, 36.0, 20.0]), np.array([1.0, 1.0, 2.0, 1.0]))
    assert fitted.tolist() == [40.0, 34.0, 34.0, 20.0]


def test_nothing_gives_nothing():
    assert len(falling(np.empty(0), np.empty(0))) == 0


@given(POINTS)
def test_the_result_falls_and_keeps_the_weighted_mean(points):
    values, weights = map(np.array, zip(*points, strict=True))
    fitted = falling(values, weights)
    assert np.all(np.diff(fitted) <= 1e-9)
    assert np.average(fitted, weights=weights) == pytest.approx(
        np.average(values, weights=weights), abs=1e-6
    )


@given(st.lists(st.integers(0, 3), min_size=1, max_size=5))
def test_no_falling_sequence_of_whole_numbers_is_nearer(values):
    data = np.array(values, dtype=np.float64)
    best = float(np.sum((falling(data, np.ones(len(data))) - data) ** 2))
    for other in itertools.combinations_with_replacement((3, 2, 1, 0), len(data)):
        assert best <= float(np.sum((np.array(other) - data) ** 2)) + 1e-9
