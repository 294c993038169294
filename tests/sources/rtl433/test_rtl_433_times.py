"""Times in all the ways rtl_433 can be told to write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.sources.rtl433.times import heard_at

ZONE = ZoneInfo("Europe/Stockholm")
ARRIVED = datetime(2026, 11, 22, 11, 18, 20, tzinfo=UTC)
HEARD = datetime(2026, 11, 22, 11, 18, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-22 12:18:15",
        "2026-11-22T12:18:15",
        "2026-11-22 11:18:15",
        "2026-11-22T11:18:15",
        "2026-11-22T11:18:15Z",
        "2026-11-22 12:18:15+0100",
        "2026-11-22T12:18:15+0100",
        "1795346295",
        1795346295,
    ],
)
def test_every_way_of_writing_names_the_instant(written):
    assert heard_at(written, ARRIVED, ZONE) == HEARD


@pytest.mark.parametrize("written", ["1795346295.25", "2026-11-22 12:18:15.250000"])
def test_microseconds_are_kept(written):
    assert heard_at(written, ARRIVED, ZONE) == HEARD + timedelta(milliseconds=250)


@pytest.mark.parametrize(
    "written",
    [
        None,
        "@0.000000s",
        "",
        "soon",
        "nan",
        "1e30",
        "0.000000",
        "1970-01-01 01:00:00",
        "2026-11-22 14:18:15",
        "2026-11-21 12:18:15",
        {"a": 1},
        True,
    ],
)
def test_nonsense_and_clocks_that_are_far_off_name_none(written):
    assert heard_at(written, ARRIVED, ZONE) is None


@pytest.mark.parametrize("arrived", ["2026-10-25T00:30:10", "2026-10-25T01:30:10"])
def test_the_hour_that_comes_twice_is_the_one_that_is_now(arrived):
    now = datetime.fromisoformat(arrived).replace(tzinfo=UTC)
    assert heard_at("2026-10-25 02:30:05", now, ZONE) == now - timedelta(seconds=5)


@given(st.datetimes(datetime(2001, 1, 1), datetime(2100, 1, 1)), st.integers(-119, 119))  # noqa: DTZ001
def test_local_time_near_the_arrival_is_always_understood(moment, late):
    heard = moment.replace(tzinfo=UTC, microsecond=0)
    written = heard.astimezone(ZONE).replace(tzinfo=None).isoformat(" ")
    found = heard_at(written, heard + timedelta(seconds=late), ZONE)
    assert found == heard
