"""What is wrong with a whole request, as a table: a status becomes an error with a way out."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from pumphouse.core.errors import (
    AccessDenied,
    BadResponse,
    CredentialsRefused,
    RateLimited,
    RequestRefused,
    ServerFailure,
    SourceError,
    TransientError,
)
from pumphouse.http.wire import Reply
from pumphouse.sinks.influxdb.answers import words_of

__all__ = ["problem"]

_Row = tuple[type[SourceError], str]

_NO_DATABASE: Final[_Row] = (
    RequestRefused,
    "The server of '{sink}' has no '{database}'{says}: {creation}, or correct {section}.",
)
_NO_POLICY: Final[_Row] = (
    RequestRefused,
    "'{database}' has no such retention policy{says}: create it or correct {section}.",
)
_WRONG_PLACE: Final[_Row] = (
    RequestRefused,
    "Nothing takes readings there (HTTP {status}): correct `url` or `version` in {section}.",
)
_UNDOCUMENTED: Final[_Row] = (
    BadResponse,
    "What answers '{sink}' (HTTP {status}) is no database: see `url` in {section}.",
)
# A round hundred stands for all statuses of its class that have no row of their own.
_BY_STATUS: Final[Mapping[int, _Row]] = {
    300: (
        RequestRefused,
        "The server of '{sink}' is elsewhere (HTTP {status}): correct `url` in {section}.",
    ),
    400: (
        RequestRefused,
        "The server of '{sink}' refuses the request (HTTP {status}){says}: check {section}.",
    ),
    401: (
        CredentialsRefused,
        "The server of '{sink}' does not accept the login{says}: correct it in {section}.",
    ),
    403: (
        AccessDenied,
        "The login of '{sink}' may not write to '{database}'{says}: allow it on the server.",
    ),
    404: _WRONG_PLACE,
    405: _WRONG_PLACE,
    408: (ServerFailure, "The server of '{sink}' did not take the request in time."),
    410: _WRONG_PLACE,
    413: (
        RequestRefused,
        "The server of '{sink}' refuses even the smallest request as too large: raise its limit.",
    ),
    425: (ServerFailure, "The server of '{sink}' does not take requests yet."),
    429: (RateLimited, "The server of '{sink}' asks to slow down{says}."),
    500: (ServerFailure, "The server of '{sink}' fails (HTTP {status}){says}."),
}


def problem(
    reply: Reply, *, sink: str, database: str, creation: str, wait: float | None
) -> SourceError:
    """The error for an answer about the whole request.

    Args:
        reply: neither a confirmation nor a refusal of some readings.
        sink: the configured name.
        database: what the server was asked to write to.
        creation: how to make it.
        wait: for how many seconds the server asks to be left alone.
    """
    words = words_of(reply)
    kind, sentence = _row(reply.status, words)
    message = sentence.format(
        sink=sink,
        section=f"[sinks.{sink}]",
        database=database,
        creation=creation,
        status=reply.status,
        says=f" ({words})" if words else "",
    )
    if issubclass(kind, TransientError):
        return kind(message, retry_after=wait)
    return kind(message)


def _row(status: int, words: str) -> _Row:
    """InfluxDB 1 answers HTTP 500 where the retention policy is missing: the words decide."""
    if "retention policy not found" in words:
        return _NO_POLICY
    if status == HTTPStatus.NOT_FOUND and "not found" in words:
        return _NO_DATABASE
    return _BY_STATUS.get(status) or _BY_STATUS.get(status // 100 * 100) or _UNDOCUMENTED
