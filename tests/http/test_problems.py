import asyncio
import ssl
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.core.errors import (
    AccessDenied,
    BadResponse,
    LoginRequired,
    RateLimited,
    RequestRefused,
    ServerFailure,
    ServiceClosed,
    SourceError,
    TransientError,
    Unreachable,
)
from pumphouse.http.problems import Failure, printable, refusal, transport

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def explained(status, headers=None, body=None, explain=lambda _failure: None):
    return refusal(
        Failure(status, body, headers or {}),
        what="GET /api/v1/systems",
        vendor="Fake Cloud",
        source="house",
        now=NOW,
        explain=explain,
    )


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RequestRefused),
        (401, LoginRequired),
        (403, AccessDenied),
        (404, RequestRefused),
        (408, ServerFailure),
        (409, RequestRefused),
        (410, ServiceClosed),
        (418, RequestRefused),
        (425, ServerFailure),
        (429, RateLimited),
        (500, ServerFailure),
        (502, ServerFailure),
        (503, ServerFailure),
        (504, ServerFailure),
        (304, BadResponse),
        (100, BadResponse),
    ],
)
def test_each_status_has_its_error(status, kind):
    error = explained(status)
    assert type(error) is kind
    assert "Fake Cloud answers GET /api/v1/systems with HTTP" in str(error)


@given(st.integers(100, 999), st.dictionaries(st.text(), st.text()))
def test_every_status_ends_in_a_source_error(status, headers):
    assert isinstance(explained(status, headers), SourceError)


def test_a_refused_login_says_what_to_type():
    assert "`pumphouse login house`" in str(explained(401))


@pytest.mark.parametrize("status", [429, 503])
def test_the_vendors_wait_is_carried(status):
    error = explained(status, {"Retry-After": "Thu, 01 Jan 2026 00:00:12 GMT"})
    assert isinstance(error, TransientError)
    assert error.retry_after == 12.0


def test_the_vendor_is_asked_first_and_need_not_read_headers():
    error = explained(
        400,
        {"RateLimit-Reset": "40"},
        {"errorCode": 28},
        lambda failure: RateLimited("too fast") if failure.body == {"errorCode": 28} else None,
    )
    assert isinstance(error, RateLimited)
    assert error.retry_after == 40.0


KEY = ConnectionKey("api.example.com", 443, True, True, None, None, None)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (TimeoutError(), Unreachable, "in time"),
        (aiohttp.ConnectionTimeoutError(), Unreachable, "in time"),
        (aiohttp.ClientConnectorDNSError(KEY, OSError(1, "x")), Unreachable, "resolve"),
        (aiohttp.ClientConnectorError(KEY, OSError(1, "x")), Unreachable, "refuses connections"),
        (
            aiohttp.ClientConnectorCertificateError(KEY, ssl.CertificateError(1, "x")),
            Unreachable,
            "clock",
        ),
        (aiohttp.ServerDisconnectedError(), Unreachable, "cut"),
        (aiohttp.ClientPayloadError(), Unreachable, "cut"),
        (ConnectionResetError(), Unreachable, "cut"),
        (aiohttp.ClientError("?code=geheim"), BadResponse, "HTTP"),
        (aiohttp.InvalidURL("http://x/?code=geheim"), RequestRefused, "base_url"),
    ],
)
def test_each_broken_connection_has_its_sentence(error, kind, words):
    problem = transport(error, vendor="Fake Cloud", place="api.example.com:443")
    assert type(problem) is kind
    assert words in str(problem)
    assert "geheim" not in str(problem)


def test_asyncio_and_builtin_timeouts_are_the_same():
    assert asyncio.TimeoutError is TimeoutError


@given(st.text())
def test_a_strangers_text_becomes_one_short_line(text):
    line = printable(text)
    assert line.isprintable()
    assert len(line) <= 200
