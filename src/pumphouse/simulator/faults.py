"""Faults on request: what to break, and how a broken vendor answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final, Protocol

from starlette.responses import HTMLResponse, Response

from pumphouse.core.errors import UsageError
from pumphouse.simulator.oauth.grants import GrantBook

__all__ = ["Fault", "FaultKind", "FaultReplies", "Faults", "Refuser", "TibberFault"]

HOLD_SECS: Final = 60.0


class FaultKind(StrEnum):
    """What can go wrong."""

    RATE_LIMIT = "rate_limit"
    SERVER_ERROR = "server_error"
    HTML_ERROR = "html_error"
    MALFORMED_JSON = "malformed_json"
    TIMEOUT = "timeout"
    DISCONNECT = "disconnect"
    UNAUTHORIZED = "unauthorized"
    EXPIRE_TOKENS = "expire_tokens"
    REVOKE_GRANTS = "revoke_grants"
    MAINTENANCE = "maintenance"


class TibberFault(StrEnum):
    """What can go wrong at Tibber alone: with its streams, its sockets and its scopes."""

    EVICTED = "evicted"
    STREAM_ERROR = "stream_error"
    CLOSE_4429 = "close_4429"
    CLOSE_4403 = "close_4403"
    CLOSE_4500 = "close_4500"
    CLOSE_1001 = "close_1001"
    SCOPE_MISSING = "scope_missing"


#: where alone each of Tibber's own faults can strike
_PLACES: Final[Mapping[TibberFault, str]] = {
    TibberFault.EVICTED: "/v1/homes/*/live-events",
    TibberFault.STREAM_ERROR: "/v1/homes/*/live-events",
    TibberFault.CLOSE_4429: "/v1-beta/gql/subscriptions",
    TibberFault.CLOSE_4403: "/v1-beta/gql/subscriptions",
    TibberFault.CLOSE_4500: "/v1-beta/gql/subscriptions",
    TibberFault.CLOSE_1001: "/v1-beta/gql/subscriptions",
    TibberFault.SCOPE_MISSING: "/v1/*",
}
#: addresses where no access token is needed that could have expired
_LOGIN: Final = ("/oauth/", "/connect/authorize", "/connect/token")


@dataclass(slots=True)
class Fault:
    """What happens to the next `count` matching requests.

    A fault of Tibber's streams and sockets also strikes those that are open, and first.

    Attributes:
        path: beginning or glob of the path, below the vendor's base or whole; None: any path.
        seconds: how long a time-out holds the request, or what a limit or a maintenance page
            gives as `Retry-After`; None: the vendor's habit.
    """

    vendor: str
    kind: FaultKind | TibberFault
    count: int = 1
    path: str | None = None
    seconds: float | None = None

    def matches(self, vendor: str, base: str, path: str) -> bool:
        """Whether a request for `path`, which begins with `base`, is to fail."""
        below = path.removeprefix(base)
        if vendor != self.vendor or self.count < 1:
            return False
        if self.kind is FaultKind.EXPIRE_TOKENS and below.startswith(_LOGIN):
            return False
        if isinstance(self.kind, TibberFault) and not fnmatchcase(below, _PLACES[self.kind]):
            return False
        wanted = self.path
        return wanted is None or any(
            seen.startswith(wanted) or fnmatchcase(seen, wanted) for seen in (below, path)
        )


class Faults:
    """The faults that are still to happen, first come first served."""

    def __init__(self, vendors: tuple[str, ...]) -> None:
        self._vendors = vendors
        self._pending: list[Fault] = []
        self._watchers: list[Callable[[Fault], int]] = []

    def watch(self, strike: Callable[[Fault], int]) -> None:
        """Tell `strike` of every new fault; it returns how many open connections it hit."""
        self._watchers.append(strike)

    @property
    def pending(self) -> tuple[Fault, ...]:
        """What is still to happen."""
        return tuple(self._pending)

    def add(
        self,
        vendor: str,
        kind: str,
        count: int = 1,
        path: str | None = None,
        seconds: float | None = None,
    ) -> Fault:
        """Make the next `count` matching requests fail.

        Raises:
            UsageError: there is no such vendor or kind, or the count is not positive.
        """
        if vendor not in self._vendors:
            raise UsageError(f"vendor is {vendor!r}: give one of {', '.join(self._vendors)}")
        kinds: list[FaultKind | TibberFault] = [*FaultKind]
        if vendor == "tibber":
            kinds += TibberFault
        known = next((one for one in kinds if one == kind), None)
        if known is None:
            raise UsageError(f"kind is {kind!r}: give one of {', '.join(kinds)}")
        if count < 1:
            raise UsageError(f"count is {count}: give 1 or more")
        fault = Fault(vendor, known, count, path, seconds)
        left = count - sum(strike(fault) for strike in self._watchers)
        if left > 0:
            self._pending.append(fault)
        fault.count = max(0, left)
        return fault

    def clear(self) -> None:
        """Forget all of them."""
        self._pending.clear()

    def take(self, vendor: str, base: str, path: str) -> Fault | None:
        """The fault that hits this request, used up by one."""
        for fault in self._pending:
            if fault.matches(vendor, base, path):
                fault.count -= 1
                if not fault.count:
                    self._pending.remove(fault)
                return fault
        return None


class Refuser(Protocol):
    """How a vendor says no where nothing has been looked at yet."""

    def rate_limited(self, headers: Mapping[str, str], path: str = "") -> Response:
        """The answer to too many requests."""
        ...

    def failed(self, path: str = "") -> Response:
        """The answer when its own server fails."""
        ...

    def unauthorized(self, path: str = "") -> Response:
        """The answer to a missing, expired or invalid token."""
        ...


class FaultReplies:
    """One vendor's broken answers.

    Args:
        guard: knows the vendor's error bodies.
        book: its tokens and grants, to be ended.
        limit_headers: what the vendor says with a 429, given the seconds to wait.
    """

    def __init__(
        self,
        guard: Refuser,
        book: GrantBook,
        limit_headers: Callable[[float | None], Mapping[str, str]],
    ) -> None:
        self._guard = guard
        self._book = book
        self._limit_headers = limit_headers

    def prepare(self, fault: Fault) -> None:
        """Do what a fault does behind the scenes; the request itself then fails by nature."""
        if fault.kind is FaultKind.EXPIRE_TOKENS:
            self._book.expire_tokens()
        elif fault.kind is FaultKind.REVOKE_GRANTS:
            self._book.revoke_grants()

    def reply(self, fault: Fault, path: str) -> Response | None:
        """The answer at a path, None where the request goes on to the endpoint."""
        reply: Response | None = None
        match fault.kind:
            case FaultKind.RATE_LIMIT:
                reply = self._guard.rate_limited(self._limit_headers(fault.seconds), path)
            case FaultKind.SERVER_ERROR:
                reply = self._guard.failed(path)
            case FaultKind.UNAUTHORIZED:
                reply = self._guard.unauthorized(path)
            case FaultKind.HTML_ERROR:
                reply = _page("Bad Gateway", 502)
            case FaultKind.TIMEOUT:
                reply = _page("Gateway Time-out", 504)
            case FaultKind.MAINTENANCE:
                reply = _page("Down for maintenance", 503, fault.seconds)
            case FaultKind.MALFORMED_JSON:
                cut = '{"page": 1, "objects": [{"sys'
                reply = Response(cut, media_type="application/json")
        return reply


def _page(title: str, status: int, retry_after: float | None = None) -> Response:
    head = f"<head><title>{title}</title></head>"
    text = f"<!DOCTYPE html><html>{head}<body><h1>{title}</h1></body></html>"
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return HTMLResponse(text, status, headers)
