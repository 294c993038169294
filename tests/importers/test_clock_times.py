from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.importers.clock_times import Times, style_of

STOCKHOLM = ZoneInfo("Europe/Stockholm")


@given(
    hour=st.integers(0, 20 * 8766),
    pattern=st.sampled_from(["%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y, %I:%M:%S %p"]),
)
def test_a_month_of_days_tells_day_and_month_apart(hour, pattern):
    start = datetime(2015, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
    written = [(start + timedelta(days=n)).strftime(pattern) for n in range(40)]
    times = Times(style_of(written), ZoneInfo("UTC"))
    assert [times.instant(text) for text in written] == [
        start + timedelta(days=n) for n in range(40)
    ]


@pytest.mark.parametrize(
    ("first", "day"),
    [("2025-04-01", "2025-04-03"), ("2025-03-01", "2025-03-04")],
)
def test_the_promised_period_tells_what_one_time_does_not(first, day):
    within = (datetime.fromisoformat(first), datetime.fromisoformat(first) + timedelta(days=9))
    times = Times(style_of(["03/04/2025 12:00"], within), ZoneInfo("UTC"))
    assert times.instant("03/04/2025 12:00") == datetime.fromisoformat(f"{day}T12:00Z")


def test_the_hour_that_comes_twice_is_summer_time_first():
    written = ["2025-10-26 01:30:00"]
    written += [f"2025-10-26 02:{minute:02}:00" for minute in (0, 30, 59)] * 2
    written += ["2025-10-26 03:10:00"]
    times = Times(style_of(written), STOCKHOLM)
    instants = [times.instant(text).astimezone(UTC) for text in written]
    assert [f"{one:%H:%M}" for one in instants] == [
        "23:30", "00:00", "00:30", "00:59", "01:00", "01:30", "01:59", "02:10",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "2025-11-21 20:49:25",
        "2025/11/21, 20:49:25",
        "21.11.2025, 20:49:25",
        "21. 11. 2025 20:49:25",
        "21. 11. 2025. 20:49:25",
        "2025. 11. 21. 20:49:25",
        "21.11.2025 20.49.25",
        "21.11.2025 klo 20.49.25",
        "21.11.2025\u202f\u0433., 20:49:25\u202f\u0447.",
        "21/11/2025 20:49:25",
        "11/21/2025, 8:49:25\u202fPM",
        "21/11/2025, 8:49:25\u202fp.m.",
        "21-11-2025 8:49:25 p. m.",
        "Fri Nov 21 2025 20:49:25 GMT+0100 (Central European Standard Time)",
        "1763754565",
    ],
)
def test_every_language_of_a_browser_is_understood(text):
    instant = Times(style_of([text]), STOCKHOLM).instant(text)
    assert instant == datetime(2025, 11, 21, 20, 49, 25, tzinfo=STOCKHOLM)


@pytest.mark.parametrize(
    ("text", "hour"),
    [("21/11/2025 12:10 AM", 0), ("21/11/2025 12:10 p.m.", 12), ("21/11/2025 1:10 a.m.", 1)],
)
def test_twelve_comes_before_one(text, hour):
    instant = Times(style_of([text]), STOCKHOLM).instant(text)
    assert instant == datetime(2025, 11, 21, hour, 10, tzinfo=STOCKHOLM)


@pytest.mark.parametrize("text", ["21/11/2025 13:10 PM", "21/11/2025 0:10 AM", "21/11/25 10:00"])
def test_half_days_and_years_are_whole(text):
    with pytest.raises(ValueError, match="is no time"):
        Times(style_of([text]), STOCKHOLM).instant(text)


@pytest.mark.parametrize("text", ["", "soon", "32/13/2025 10:00", "2025-13-01 10:00", "12"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match="is no time"):
        Times(style_of([text]), STOCKHOLM).instant(text)
