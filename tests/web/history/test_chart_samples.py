"""Series on one axis: what holds, and where a line breaks."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.analytics.series import LONGEST_STEP
from pumphouse.core.model import PointKey, Reading
from pumphouse.core.ports import Bucket
from pumphouse.web.history.samples import (
    EMPTY,
    Samples,
    align,
    common_axis,
    heard_by,
    longest_silence,
    unbroken,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
ZERO = START.timestamp()
POLL = 300.0
LONGEST = longest_silence(POLL)
KEY = PointKey("pump", "d1", "40004")


def told(*pairs: tuple[float, float | str]) -> Samples:
    """Samples of readings, given as minutes and values."""
    return Samples.of_readings(
        Reading(KEY, START + timedelta(minutes=minute), None, value)
        if isinstance(value, str)
        else Reading(KEY, START + timedelta(minutes=minute), value)
        for minute, value in pairs
    )


def minutes(*instants: float):
    return [ZERO + 60.0 * minute for minute in instants]


@pytest.mark.parametrize(("step", "silence"), [(60.0, 900.0), (300.0, 900.0), (3600.0, 7200.0)])
def test_a_line_breaks_after_fifteen_minutes_or_two_steps(step, silence):
    assert longest_silence(step) == silence


def test_a_chart_breaks_where_the_efficiency_figures_have_a_gap():
    assert longest_silence(60) == LONGEST_STEP


def test_a_value_holds_while_its_device_is_heard():
    samples = told((0, 20.0), (30, 21.0))
    axis = minutes(0, 10, 20, 30)
    line = align(samples, axis, axis, LONGEST)
    assert line.values == [20.0, 20.0, 20.0, 21.0]


def test_nothing_is_known_while_the_device_is_silent():
    samples = told((0, 20.0), (60, 21.0))
    known = samples.times
    axis = common_axis([known], LONGEST)
    line = align(samples, known, axis, LONGEST)
    assert axis == minutes(0, 30, 60)
    assert line.values == pytest.approx([20.0, nan, 21.0], nan_ok=True)


def test_nothing_is_known_behind_the_last_word_of_the_device():
    samples = told((0, 20.0))
    line = align(samples, samples.times, minutes(0, 5), LONGEST)
    assert line.values == pytest.approx([20.0, nan], nan_ok=True)


def test_the_value_from_before_the_view_holds_until_the_first_sample():
    samples = told((10, 21.0))
    axis = minutes(0, 5, 10)
    line = align(samples, axis, axis, LONGEST, 20.0)
    assert line.values == [20.0, 20.0, 21.0]


def test_a_point_without_samples_holds_its_old_value():
    axis = minutes(0, 5)
    assert align(EMPTY, axis, axis, LONGEST, 3.0).values == [3.0, 3.0]


def test_of_texts_nothing_is_drawn():
    assert len(told((0, "9482"), (5, "9483"))) == 0


@pytest.mark.parametrize(
    ("values", "repeats"),
    [
        ([20.0] * 20, True),
        ([20.0, 20.0, 20.1, 20.1] * 5, True),
        ([float(n) for n in range(20)], False),
        ([20.0] * 5, False),
    ],
    ids=["the same", "often the same", "always another", "too few to tell"],
)
def test_a_point_that_repeats_itself_is_told_at_every_poll(values, repeats):
    assert told(*((5.0 * n, value) for n, value in enumerate(values))).repeats is repeats


def test_a_bucket_is_drawn_in_its_middle_and_its_last_value_holds():
    buckets = [Bucket(START, 12, 18.0, 24.0, 20.0, 22.0)]
    samples = Samples.of_buckets(buckets, 3600, repeats=False)
    axis = minutes(30, 90)
    line = align(samples, axis, axis, longest_silence(3600))
    assert (line.values, line.low, line.high) == (
        [20.0, 22.0],
        [18.0, 22.0],
        [24.0, 22.0],
    )


def test_of_an_enumeration_the_newest_code_stands_for_a_bucket():
    buckets = [Bucket(START, 2, 20.0, 60.0, 40.0, 60.0)]
    assert Samples.of_buckets(buckets, 600, repeats=True).latest().values == [60.0]


instants = st.lists(st.integers(0, 500), max_size=30, unique=True).map(sorted)


@given(instants, instants)
def test_the_axis_holds_every_instant_once_and_in_order(one, other):
    axis = common_axis([minutes(*one), minutes(*other)], LONGEST)
    assert set(minutes(*one)) | set(minutes(*other)) <= set(axis)
    assert all(one < following for one, following in pairwise(axis))


@given(instants)
def test_each_sample_is_on_the_axis_with_its_own_value_and_each_silence_is_a_break(when):
    samples = told(*((minute, float(minute)) for minute in when))
    axis = common_axis([samples.times], LONGEST)
    line = align(samples, heard_by([samples]), axis, LONGEST)
    drawn = dict(zip(axis, line.values, strict=True))
    assert all(drawn[ZERO + 60 * minute] == minute for minute in when)
    assert sum(map(isnan, line.values)) == sum(b - a > LONGEST for a, b in pairwise(samples.times))


@given(
    st.lists(st.integers(0, 10**6), unique=True, max_size=40).map(sorted), st.integers(60, 10_000)
)
def test_what_is_announced_has_no_silence_within_a_day(times, longest):
    filled = unbroken(times, longest)
    assert set(times) <= set(filled)
    assert list(filled) == sorted(set(filled))
    for first, second in pairwise(times):
        inside = [time for time in filled if first <= time <= second]
        if second - first <= 25 * 3600:
            assert max(b - a for a, b in pairwise(inside)) <= longest
        else:
            assert inside == [first, second]
