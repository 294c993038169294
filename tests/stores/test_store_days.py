"""Days of a zone: every instant lies in exactly one, and they follow one another."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.stores.sqlite.days import Days
from pumphouse.stores.sqlite.instants import HOUR, first_at, instant, milliseconds

ZONES = (
    "UTC",
    "Europe/Stockholm",
    "America/St_Johns",
    "America/Havana",
    "Pacific/Apia",
    "Asia/Gaza",
)
instants = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize("zone", ZONES)
@given(time=instants)
def test_an_instant_lies_in_its_day(zone, time):
    days = Days(zone)
    stored = milliseconds(time)
    day = days.at(stored)
    assert days.start(day) <= stored < days.start(day + 1)


@pytest.mark.parametrize("zone", ZONES[:4])
@given(time=st.datetimes(datetime(2012, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_day_is_the_date_on_the_wall(zone, time):
    date = time.astimezone(ZoneInfo(zone)).date()
    assert (
        Days(zone).at(milliseconds(time))
        == date.toordinal() - datetime(1970, 1, 1, tzinfo=UTC).toordinal()
    )


@pytest.mark.parametrize(
    ("zone", "date", "hours"),
    [
        ("Europe/Stockholm", datetime(2025, 3, 30, tzinfo=UTC), 23),
        ("Europe/Stockholm", datetime(2025, 10, 26, tzinfo=UTC), 25),
        ("Europe/Stockholm", datetime(2025, 7, 1, tzinfo=UTC), 24),
        ("Australia/Lord_Howe", datetime(2025, 10, 5, tzinfo=UTC), 23.5),
        ("Pacific/Apia", datetime(2011, 12, 30, tzinfo=UTC), 0),
    ],
)
def test_a_day_is_as_long_as_its_zone_says(zone, date, hours):
    days = Days(zone)
    day = (date - datetime(1970, 1, 1, tzinfo=UTC)).days
    assert days.start(day + 1) - days.start(day) == hours * HOUR


@given(time=instants)
def test_an_instant_is_kept_to_the_millisecond(time):
    kept = instant(milliseconds(time))
    assert timedelta(0) <= time - kept < timedelta(milliseconds=1)
    assert milliseconds(kept) == milliseconds(time)
    assert instant(first_at(kept)) == kept
    assert first_at(time) - milliseconds(time) == (time != kept)
