"""Instants for people, in the site's zone."""

from datetime import UTC, datetime, timedelta

import pytest

from pumphouse.web.pages.times import Times, length

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def times(now: datetime = NOON) -> Times:
    return Times("Europe/Stockholm", now)


def test_today_is_written_as_an_hour_and_another_day_with_its_date():
    assert times().clock(NOON) == "13:00"
    assert times().clock(NOON - timedelta(days=1)) == "2026-01-14 13:00"


def test_the_day_is_that_of_the_site():
    assert times().day(datetime(2026, 1, 15, 23, 30, tzinfo=UTC)) == "2026-01-16"


def test_the_day_that_summer_time_begins_has_no_hour_from_two_to_three():
    before = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
    assert times(before).clock(before) == "01:59"
    assert times(before).clock(before + timedelta(minutes=1)) == "03:00"


def test_an_hour_that_comes_twice_says_which_one_it_is():
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert times(first).clock(first) == "02:30 CEST"
    assert times(first).clock(first + timedelta(hours=1)) == "02:30 CET"
    assert times(first).clock(first + timedelta(hours=2)) == "03:30"


def test_the_machine_readable_time_is_in_utc():
    assert times().iso(NOON) == "2026-01-15T12:00:00Z"
    assert times().full(NOON) == "2026-01-15 13:00:00 CET"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (7200, "2 h ago"),
        (3 * 86400, "3 d ago"),
        (-10, "just now"),
        (-600, "in 10 min"),
    ],
)
def test_an_age_is_in_one_unit(seconds, written):
    assert times().age(NOON - timedelta(seconds=seconds)) == written


def test_a_length_is_never_negative():
    assert length(timedelta(seconds=-5)) == "0 s"
