import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.core.model import (
    Device,
    Event,
    EventKind,
    Interval,
    Option,
    Point,
    PointKey,
    Reading,
)

KEY = PointKey("house", "1", "40004")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAIVE = NOON.replace(tzinfo=None)


@given(st.floats(allow_nan=False, allow_infinity=False), st.timezones())
def test_a_reading_holds_any_finite_number_and_any_zone(value, zone):
    time = NOON.astimezone(zone)

    assert Reading(KEY, time, value).value == value


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_reading_that_is_no_number_cannot_be_made(value):
    with pytest.raises(ValueError, match="40004 is"):
        Reading(KEY, NOON, value)


def test_a_reading_without_a_time_zone_cannot_be_made():
    with pytest.raises(ValueError, match="no time zone"):
        Reading(KEY, NAIVE, 1.0)


def test_a_reading_has_a_value_or_a_text_and_never_both():
    assert Reading(KEY, NOON, None, "9542R2").text == "9542R2"
    with pytest.raises(ValueError, match="neither a value nor a text"):
        Reading(KEY, NOON, None)
    with pytest.raises(ValueError, match="both a value and a text"):
        Reading(KEY, NOON, 1.0, "one")


def test_an_empty_text_is_a_text():
    assert Reading(KEY, NOON, None, "").text == ""


def test_readings_of_the_same_instant_in_two_zones_are_equal():
    east = NOON.astimezone(timezone(timedelta(hours=2)))

    assert Reading(KEY, NOON, 1.0) == Reading(KEY, east, 1.0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Device("house", "1", "Pump", last_seen=NAIVE),
        lambda: Event("1", NAIVE, EventKind.ALARM, "Alarm"),
        lambda: Event("1", NOON, EventKind.ALARM, "Alarm", ended=NAIVE),
        lambda: Interval(NAIVE, NOON),
        lambda: Interval(NOON, NAIVE),
    ],
)
def test_nothing_with_a_time_without_zone_can_be_made(make):
    with pytest.raises(ValueError, match="no time zone"):
        make()


def test_an_interval_that_ends_before_it_starts_cannot_be_made():
    with pytest.raises(ValueError, match="before it starts"):
        Interval(NOON, NOON - timedelta(seconds=1))


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=365)))
def test_an_interval_is_as_long_as_its_bounds_are_apart(length):
    assert Interval(NOON, NOON + length).duration == length


def test_a_point_labels_the_codes_of_its_enumeration():
    point = Point(KEY, "Priority", options=(Option(10, "Off"), Option(20, "Hot water")))

    assert point.label(20) == "Hot water"
    assert point.label(20.0) == "Hot water"
    assert point.label(99) == "unknown (99)"
    assert point.label(None) is None


def test_a_point_that_is_no_enumeration_has_no_labels():
    assert Point(KEY, "Outdoor temperature").label(20) is None
