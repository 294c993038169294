"""What went wrong, as a table: an HTTP status or a broken connection becomes a `SourceError`.

A vendor's own error body is asked first (`Explain`); this table speaks where the vendor is silent.
"""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import aiohttp

from pumphouse.core.errors import (
    AccessDenied,
    BadResponse,
    LoginRequired,
    PermanentError,
    RateLimited,
    RequestRefused,
    ServerFailure,
    ServiceClosed,
    SourceError,
    TransientError,
    Unreachable,
)
from pumphouse.http.rate_headers import read_rate_headers

__all__ = [
    "Explain",
    "Failure",
    "explain_nothing",
    "login_hint",
    "printable",
    "refusal",
    "transport",
]

_SHOWN = 200

# A round hundred stands for all statuses of its class that have no row of their own.
_TABLE: Mapping[int, tuple[type[SourceError], str]] = {
    400: (RequestRefused, "it refuses the request itself."),
    401: (LoginRequired, "the login is not accepted. {login}"),
    403: (
        AccessDenied,
        "a scope or a paid subscription is missing. After a change of `write`: {login}",
    ),
    408: (ServerFailure, "it did not take the request in time."),
    410: (ServiceClosed, "the vendor has ended this service."),
    425: (ServerFailure, "it does not take the request yet."),
    429: (RateLimited, "too many requests."),
    500: (ServerFailure, "failure or maintenance there."),
}
_UNDOCUMENTED = (BadResponse, "that is no answer it documents.")


@dataclass(frozen=True, slots=True)
class Failure:
    """A reply that is no success.

    Attributes:
        body: the parsed JSON, None where the body is empty or no JSON.
    """

    status: int
    body: object | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


Explain = Callable[[Failure], SourceError | None]
"""A vendor's reading of its own error bodies; None leaves it to the table by status."""


def explain_nothing(_failure: Failure) -> SourceError | None:
    """The `Explain` of a vendor without error bodies of its own."""
    return None


def login_hint(source: str) -> str:
    """What to type to give consent again."""
    return f"Run `pumphouse login {source}`."


def printable(text: str) -> str:
    """A stranger's text made safe for a terminal: one short line without control characters."""
    line = "".join(c if c.isprintable() else " " for c in text[: 2 * _SHOWN])
    line = " ".join(line.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def refusal(
    failure: Failure,
    *,
    what: str,
    vendor: str,
    source: str,
    now: datetime,
    explain: Explain = explain_nothing,
) -> SourceError:
    """The error for a reply that is no success.

    Args:
        what: the request in words, `GET /v2/systems/me`; without a query.
        vendor: the name people know the vendor by.
        source: the configured name.
        now: the wall clock, for waits given as instants.
    """
    wait = read_rate_headers(failure.headers, now).wait_secs
    explained = explain(failure)
    if explained is None:
        return _by_status(failure.status, f"{vendor} answers {what} with HTTP", source, wait)
    if isinstance(explained, RateLimited) and explained.retry_after is None:
        explained.retry_after = wait
    return explained


def _by_status(status: int, answers: str, source: str, wait: float | None) -> SourceError:
    kind, why = _TABLE.get(status) or _TABLE.get(status // 100 * 100) or _UNDOCUMENTED
    message = f"{answers} {status}: {why.format(source=source, login=login_hint(source))}"
    if issubclass(kind, TransientError):
        return kind(message, retry_after=wait)
    return kind(message)


def transport(error: Exception, *, vendor: str, place: str) -> TransientError | PermanentError:
    """The error for a request that got no complete answer.

    Args:
        error: what aiohttp or the operating system raised; none of its text is repeated, because
            it may quote the address with its query.
        vendor: the name people know the vendor by.
        place: `host:port`.
    """
    match error:
        case aiohttp.InvalidURL():
            return RequestRefused(f"The address of {vendor} is not a web address: see `base_url`.")
        case TimeoutError():
            why = "did not answer in time"
        case aiohttp.ClientConnectorDNSError():
            why = "was not found: the name does not resolve, or this machine is offline"
        case aiohttp.ClientConnectorCertificateError() | ssl.SSLError() | aiohttp.ClientSSLError():
            why = "shows no certificate this machine trusts; is its clock right?"
        case aiohttp.ClientConnectorError():
            why = "refuses connections or cannot be reached from here"
        case aiohttp.ClientConnectionError() | aiohttp.ClientPayloadError() | OSError():
            why = "cut the connection before its answer was complete"
        case _:
            return BadResponse(f"{vendor} ({place}) does not answer as HTTP prescribes.")
    return Unreachable(f"{vendor} ({place}) {why}.")
