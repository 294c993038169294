"""How fast a vendor may be asked: a limiter for each credential, shared by all who use it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

__all__ = ["Credential", "Limiter", "Limiters", "RateBudget"]


@dataclass(frozen=True, slots=True)
class RateBudget:
    """How much a vendor still lets us ask.

    Attributes:
        requests: how many requests were sent with the credential since the start.
        remaining: how many may be sent now; None where the vendor has not said yet.
        resumes_at: when requests go on, if they are held back now.
    """

    requests: int
    remaining: int | None
    resumes_at: datetime | None = None


class Limiter(Protocol):
    """Says when the next request may go."""

    async def acquire(self) -> None:
        """Wait for permission to send one request.

        Raises:
            RateLimited: the wait would be too long; it carries `retry_after`.
        """
        ...

    def observe(self, status: int, headers: Mapping[str, str]) -> None:
        """Learn from a reply."""
        ...

    def refused(self, retry_after: float | None) -> float:
        """Hold everybody back after the vendor refused a request for its rate.

        Returns:
            for how many seconds: the vendor's wish, else growing with each refusal in a row; with
            some jitter on top, so that several programs do not come back at once.
        """
        ...

    def budget(self) -> RateBudget:
        """What may be asked now."""
        ...


class Credential(NamedTuple):
    """What a vendor counts requests by: the address of its service and our client id there."""

    service: str
    client_id: str


class Limiters:
    """The limiters of one process: whoever uses the same credential gets the same one."""

    def __init__(self) -> None:
        self._made: dict[Credential, Limiter] = {}

    def of(self, credential: Credential, make: Callable[[], Limiter]) -> Limiter:
        """The limiter of `credential`; the first who asks for it has it made."""
        if credential not in self._made:
            self._made[credential] = make()
        return self._made[credential]
