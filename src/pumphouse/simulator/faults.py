"""Faults on request: what to break, and how a broken vendor answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

from starlette.responses import HTMLResponse, Response

from pumphouse.core.errors import UsageError
from pumphouse.simulator.guard import Guard
from pumphouse.simulator.oauth.grants import GrantBook

__all__ = ["Fault", "FaultKind", "FaultReplies", "Faults"]

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


@dataclass(slots=True)
class Fault:
    """What happens to the next `count` matching requests.

    Attributes:
        path: beginning or glob of the path, below the vendor's base or whole; None: any path.
        seconds: how long a time-out holds the request, or what a limit or a maintenance page
            gives as `Retry-After`; None: the vendor's habit.
    """

    vendor: str
    kind: FaultKind
    count: int = 1
    path: str | None = None
    seconds: float | None = None

    def matches(self, vendor: str, base: str, path: str) -> bool:
        """Whether a request for `path`, which begins with `base`, is to fail."""
        below = path.removeprefix(base)
        if vendor != self.vendor or self.count < 1:
            return False
        if self.kind is FaultKind.EXPIRE_TOKENS and below.startswith("/oauth/"):
            return False  # no access token there that could have expired
        wanted = self.path
        return wanted is None or any(
            seen.startswith(wanted) or fnmatchcase(seen, wanted) for seen in (below, path)
        )


class Faults:
    """The faults that are still to happen, first come first served."""

    def __init__(self, vendors: tuple[str, ...]) -> None:
        self._vendors = vendors
        self._pending: list[Fault] = []

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
        if kind not in list(FaultKind):
            raise UsageError(f"kind is {kind!r}: give one of {', '.join(FaultKind)}")
        if count < 1:
            raise UsageError(f"count is {count}: give 1 or more")
        fault = Fault(vendor, FaultKind(kind), count, path, seconds)
        self._pending.append(fault)
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


class FaultReplies:
    """One vendor's broken answers.

    Args:
        guard: knows the vendor's error bodies.
        book: its tokens and grants, to be ended.
        limit_headers: what the vendor says with a 429, given the seconds to wait.
    """

    def __init__(
        self,
        guard: Guard,
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

    def reply(self, fault: Fault) -> Response | None:
        """The answer, None where the request goes on to the endpoint."""
        reply: Response | None = None
        match fault.kind:
            case FaultKind.RATE_LIMIT:
                reply = self._guard.rate_limited(self._limit_headers(fault.seconds))
            case FaultKind.SERVER_ERROR:
                reply = self._guard.failed()
            case FaultKind.UNAUTHORIZED:
                reply = self._guard.unauthorized()
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
