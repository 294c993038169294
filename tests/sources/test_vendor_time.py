"""Instants as vendors write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.sources.vendor_time import instant


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2021-04-21T14:43:08Z", 14),
        ("2021-04-21T14:43:08+0", 14),
        ("2021-04-21T14:43:08+2", 12),
        ("2021-04-21T14:43:08-1", 15),
        ("2021-04-21T14:43:08+02:00", 12),
        ("2021-04-21T14:43:08", 14),
    ],
)
def test_times_are_told_in_utc(text, hour):
    assert instant(text) == datetime(2021, 4, 21, hour, 43, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        None, "", "now", "2021-13-01T00:00:00Z",
        "0001-01-01T00:00:00", "9999-12-31T23:59:59.9999999-05:00",
    ],
)  # fmt: skip
def test_what_is_no_time_is_none(text):
    assert instant(text) is None


@given(st.text())
def test_no_text_is_too_odd(text):
    time = instant(text)
    assert time is None or time.tzinfo is UTC


@given(st.integers(978_307_200, 4_070_908_800))
def test_every_instant_survives_writing_and_reading(unix):
    time = datetime.fromtimestamp(unix, UTC)
    assert instant(time.isoformat()) == time
