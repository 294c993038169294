"""Means over time of held values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.analytics.averages import mean_across_gaps, mean_by_bin, mean_within
from pumphouse.analytics.series import EMPTY, Recording, Series, Stretches

SERIES = Series.of([0.0, 100.0, 400.0], [10.0, 20.0, 0.0])


def test_a_value_counts_for_as_long_as_it_holds():
    whole = Stretches.of([0.0], [400.0])
    assert mean_within(SERIES, whole) == pytest.approx((100 * 10 + 300 * 20) / 400)


def test_what_is_outside_the_stretches_does_not_count():
    assert mean_within(SERIES, Stretches.of([50.0, 350.0], [100.0, 400.0])) == pytest.approx(15.0)


@pytest.mark.parametrize("stretches", [Stretches.of([], []), Stretches.of([-9.0], [0.0])])
def test_the_mean_of_nothing_known_is_none(stretches):
    assert mean_within(SERIES, stretches) is None
    assert mean_within(EMPTY, Stretches.of([0.0], [1.0])) is None


def test_each_bin_has_its_own_mean_and_what_comes_before_the_first_sample_is_unknown():
    means, seconds = mean_by_bin(
        SERIES, Stretches.of([-50.0, 150.0], [120.0, 450.0]), np.array([0.0, 100.0, 300.0])
    )
    assert seconds.tolist() == [0.0, 100.0, 170.0, 150.0]
    assert means.tolist() == pytest.approx([0.0, 10.0, 20.0, 100 * 20 / 150])


def rising(heard):
    """A day that warms by a degree an hour, as heard at some instants."""
    series = {"outdoor_temperature": Series.of(heard, np.asarray(heard) / 3600.0)}
    return Recording(0.0, 86_400.0, series, np.asarray(heard, dtype=np.float64))


def test_a_warm_afternoon_that_is_missing_does_not_make_the_day_colder():
    heard = np.append(np.arange(0.0, 12 * 3600.0, 300.0), np.arange(18 * 3600.0, 86_401.0, 300.0))
    day = rising(heard)
    assert mean_across_gaps(day, "outdoor_temperature") == pytest.approx(12.0)
    known = mean_within(day["outdoor_temperature"], day.covered)
    assert known is not None
    assert known < 11.5


@pytest.mark.parametrize(("heard", "expected"), [([], None), ([90_000.0], 25.0), ([7200.0], 2.0)])
def test_a_single_value_is_the_mean_and_none_gives_none(heard, expected):
    assert mean_across_gaps(rising(heard), "outdoor_temperature") == expected
    assert mean_across_gaps(rising(heard), "room_temperature") is None


def test_no_time_has_no_mean():
    nothing = Recording(0.0, 0.0, rising([0.0]).series, np.zeros(1))
    assert mean_across_gaps(nothing, "outdoor_temperature") is None


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(-50, 90)), min_size=1, max_size=30),
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e5)), max_size=10),
    st.lists(st.floats(0, 1e6), max_size=10, unique=True),
)
def test_bins_share_the_time_and_no_mean_leaves_the_range_of_the_values(samples, pieces, edges):
    series = Series.of(*zip(*samples, strict=True))
    stretches = Stretches.of([start for start, _ in pieces], [a + b for a, b in pieces])
    means, seconds = mean_by_bin(series, stretches, np.sort(np.array(edges)))
    known = stretches.within(series.times[0], np.inf).seconds
    assert float(np.sum(seconds)) == pytest.approx(known, abs=1e-3)
    long = seconds > 1.0
    assert np.all(means[long] >= series.values.min() - 1e-3)
    assert np.all(means[long] <= series.values.max() + 1e-3)
    assert np.all(np.isfinite(means))
