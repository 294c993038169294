"""Series, stretches and recordings."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.analytics.series import EMPTY, Recording, Series, Stretches

minutes = st.integers(0, 200)
spans = st.lists(st.tuples(minutes, minutes), max_size=12)


def covered_by(rows):
    """Each whole minute that lies in one of some spans, the plain way."""
    return {minute for start, end in rows for minute in range(start, end)}


def minutes_of(stretches):
    return covered_by(
        (int(a), int(b)) for a, b in zip(stretches.starts, stretches.ends, strict=True)
    )


def made(rows):
    return Stretches.of([row[0] for row in rows], [row[1] for row in rows])


@given(st.lists(st.tuples(st.integers(0, 50), st.floats()), max_size=40))
def test_a_series_is_ordered_unique_and_finite(rows):
    series = Series.of([row[0] for row in rows], [row[1] for row in rows])
    assert np.all(np.diff(series.times) > 0)
    assert np.all(np.isfinite(series.values))
    last = {when: value for when, value in rows if math.isfinite(value)}
    assert dict(zip(series.times.tolist(), series.values.tolist(), strict=True)) == last


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(-9, 9)), max_size=20), minutes, minutes)
def test_within_keeps_what_lies_from_start_up_to_end(rows, start, end):
    series = Series.of([row[0] for row in rows], [row[1] for row in rows])
    part = series.within(start, end)
    assert part.times.tolist() == [one for one in series.times if start <= one < end]


def test_a_value_holds_until_the_next():
    values, known = Series.of([10, 20], [1.0, 2.0]).held(np.array([5.0, 10.0, 19.0, 20.0, 99.0]))
    assert values.tolist() == [0.0, 1.0, 1.0, 2.0, 2.0]
    assert known.tolist() == [False, True, True, True, True]
    assert not EMPTY.held(np.array([1.0]))[1].any()


@given(st.sets(minutes, max_size=20), st.sets(minutes, max_size=20), st.booleans())
def test_the_value_at_an_instant_is_the_newest_up_to_then(told, asked, every):
    times = np.array(sorted(told), np.float64)
    instants = times[len(times) // 3 :] if every else np.array(sorted(asked), np.float64)
    values, known = Series(times, times * 2.0).held(instants)
    newest = [max((one for one in times if one <= instant), default=None) for instant in instants]
    assert known.tolist() == [one is not None for one in newest]
    assert values.tolist() == [0.0 if one is None else one * 2.0 for one in newest]


@given(spans)
def test_stretches_are_the_union_of_their_parts(rows):
    stretches = made(rows)
    assert minutes_of(stretches) == covered_by(rows)
    assert np.all(stretches.ends > stretches.starts)
    assert np.all(stretches.starts[1:] > stretches.ends[:-1])
    assert stretches.seconds == len(covered_by(rows))


@given(spans, spans)
def test_and_is_the_intersection(one, other):
    assert minutes_of(made(one) & made(other)) == covered_by(one) & covered_by(other)


@given(spans, minutes, minutes)
def test_within_cuts_stretches(rows, start, end):
    inside = covered_by(rows) & set(range(start, end))
    assert minutes_of(made(rows).within(start, end)) == inside


@given(spans, st.lists(minutes, max_size=20))
def test_contain_says_whether_an_instant_lies_inside(rows, instants):
    found = made(rows).contain(np.array(instants, dtype=np.float64))
    assert found.tolist() == [instant in covered_by(rows) for instant in instants]


def test_a_silence_of_more_than_a_quarter_of_an_hour_is_not_covered():
    recording = Recording.of(0.0, 3600.0, {"x": Series.of([0, 900, 1801, 3600], [1, 1, 1, 1])})
    assert recording.covered.seconds == 900.0
    assert recording.coverage == pytest.approx(0.25)


def test_a_part_of_a_recording_keeps_the_value_that_holds_at_its_start():
    recording = Recording.of(0.0, 100.0, {"x": Series.of([0, 40, 60, 90], [1, 2, 3, 4])})
    part = recording.within(50.0, 70.0)
    assert part["x"].times.tolist() == [40.0, 60.0, 90.0]
    assert (part.start, part.end) == (50.0, 70.0)
    assert part.has(("x",))
    assert not part.has(("x", "y"))
    assert part["y"] is EMPTY
