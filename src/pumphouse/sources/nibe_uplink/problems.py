"""What NIBE Uplink's own error numbers mean, and who has to act."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pumphouse.core.errors import (
    AccessDenied,
    BadResponse,
    RateLimited,
    RequestRefused,
    ServiceClosed,
    SourceError,
    TransientError,
    Unreachable,
)
from pumphouse.http.problems import Failure

__all__ = ["explain", "explaining_silence"]

_RATE_LIMIT: Final = 28
_UNSPECIFIC: Final = (0, 1)
_INNER: Final = re.compile(r"Error (-?\d+)\s*:")
_UNAUTHORIZED: Final = 401
_SERVER_FAILURE: Final = 500

_OFFLINE: Final = {
    5: "The pump has to be connected to NIBE Uplink again.",
    26: "The pump is offline; it may come back by itself.",
    29: "This is not available now.",
}
_DENIED: Final = {
    4: "NIBE Uplink does not allow this to a service user.",
    11: "The account may not do this on this system: ask its owner for a higher access level.",
    12: "The system has no Premium Manage subscription, which changing settings needs.",
    20: "The consent does not cover this. Log in again with the permissions it needs.",
    21: "The account's role does not cover this.",
    22: "NIBE Uplink does not allow this to the registered application.",
    23: "NIBE Uplink does not let the registered application do this.",
    24: "NIBE Uplink does not let this group of applications do this.",
    25: "A demonstration account may not do this.",
}
_REFUSED: Final = {
    -2: "NIBE Uplink says that this changes nothing: it is set to this value already.",
    2: "NIBE Uplink does not know this system, or it is not on this account.",
    7: "NIBE Uplink does not find what was asked for.",
    8: "This is not possible on this system.",
    9: "The system has no such unit.",
    10: "The system has no such climate system.",
    13: "Too much was asked for at once.",
    14: "NIBE Uplink does not take this setting from outside.",
    15: "The value is out of range; it has to be in the unit people read (22.0, not 220).",
    16: "This parameter cannot be set.",
    17: "NIBE Uplink knows no limits for this parameter and does not set it.",
    18: "NIBE Uplink does not know this parameter.",
}


def explain(failure: Failure) -> SourceError | None:
    """The error that a reply of the API stands for, None where its status says it all.

    Every refusal carries an `errorCode`. Code 1 (format) hides the real reason in `details`, as
    `Error 15: Value out of range 47398`. Code 28 is the rate limit, sent with status 400 too.
    """
    code = _code(failure.body)
    if code is None or failure.status == _UNAUTHORIZED:
        return None
    if code == _RATE_LIMIT:
        return RateLimited("NIBE Uplink asks to slow down: it takes one request per 4 seconds.")
    if failure.status >= _SERVER_FAILURE:
        return None
    return _by_code(code)


def _by_code(code: int) -> SourceError | None:
    said = f"(NIBE Uplink error {code})"
    if code in _OFFLINE:
        return TransientError(f"{_OFFLINE[code]} {said}")
    if code in _DENIED:
        return AccessDenied(f"{_DENIED[code]} {said}")
    if code in _REFUSED:
        return RequestRefused(f"{_REFUSED[code]} {said}", code=code)
    return None


def _code(body: object) -> int | None:
    """The error number of a body, taken from its details where the number itself says nothing."""
    if not isinstance(body, dict) or not isinstance(body.get("errorCode"), int):
        return None
    code: int = body["errorCode"]
    details = body.get("details")
    if code in _UNSPECIFIC and isinstance(details, list):
        for detail in details:
            if found := _INNER.search(str(detail)):
                return int(found[1])
    return code


CLOSED: Final = (
    "NIBE Uplink was closed by NIBE in autumn 2024 and does not answer any more. "
    'Your pump is at myUplink now: use a source of type = "myuplink" instead.'
)


@contextmanager
def explaining_silence(*, vendors_own_host: bool) -> Iterator[None]:
    """Say that the service has ended where the vendor's own host does not answer any more.

    Raises:
        ServiceClosed: instead of `Unreachable` and `BadResponse`, for the vendor's own host.
    """
    try:
        yield
    except (Unreachable, BadResponse) as problem:
        if not vendors_own_host:
            raise
        raise ServiceClosed(CLOSED) from problem
