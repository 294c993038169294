from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pumphouse.http.rate_headers import RateHeaders, read_rate_headers

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, RateHeaders()),
        ({"Retry-After": "17"}, RateHeaders(retry_after_secs=17.0)),
        ({"retry-after": "Thu, 01 Jan 2026 12:01:30 GMT"}, RateHeaders(retry_after_secs=90.0)),
        ({"Retry-After": "Thu, 01 Jan 2026 11:00:00 GMT"}, RateHeaders(retry_after_secs=0.0)),
        (
            {
                "Date": "Thu, 01 Jan 2026 15:00:00 GMT",
                "Retry-After": "Thu, 01 Jan 2026 15:00:20 GMT",
            },
            RateHeaders(retry_after_secs=20.0),
        ),
        ({"Retry-After": "soon"}, RateHeaders()),
        (
            {"RateLimit-Limit": "25", "RateLimit-Remaining": "3", "RateLimit-Reset": "41"},
            RateHeaders(25, 3, 41.0),
        ),
        ({"RateLimit-Limit": "25, 25;w=60"}, RateHeaders(limit=25)),
        (
            {
                "X-Rate-Limit-Limit": "1h",
                "X-Rate-Limit-Remaining": "899",
                "X-Rate-Limit-Reset": "2026-01-01T12:30:00.0000000Z",
            },
            RateHeaders(None, 899, 1800.0),
        ),
        (
            {"X-RateLimit-Reset": str(int(NOW.timestamp()) + 30)},
            RateHeaders(reset_secs=30.0),
        ),
        (
            {"X-RateLimit-Reset": str(int(NOW.timestamp() * 1000) + 30_000)},
            RateHeaders(reset_secs=30.0),
        ),
        ({"Retry-After": "9" * 8}, RateHeaders(retry_after_secs=86400.0)),
        ({"Retry-After": "Thu, 01 Jan 9026 12:00:00 GMT"}, RateHeaders(retry_after_secs=86400.0)),
    ],
)
def test_every_spelling_of_the_rate_headers_is_read(headers, expected):
    assert read_rate_headers(headers, NOW) == expected


def test_the_wait_is_retry_after_else_the_reset():
    assert RateHeaders(reset_secs=9.0, retry_after_secs=2.0).wait_secs == 2.0
    assert RateHeaders(reset_secs=9.0).wait_secs == 9.0
    assert RateHeaders().wait_secs is None


@example("0\x1f", "")
@given(st.text(), st.text())
def test_nonsense_counts_as_silence_and_never_as_an_error(value, other):
    read = read_rate_headers(
        {"Retry-After": value, "RateLimit-Reset": other, "RateLimit-Remaining": value}, NOW
    )
    assert read.retry_after_secs is None or read.retry_after_secs >= 0


@given(st.integers(0, 86400))
def test_seconds_and_http_date_mean_the_same(seconds):
    date = (NOW + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert read_rate_headers({"Retry-After": date}, NOW) == read_rate_headers(
        {"Retry-After": str(seconds)}, NOW
    )
