"""A grant: the consent of a user to a client, and the door to where grants are kept."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

__all__ = ["Grant", "GrantStore"]


@dataclass(frozen=True, slots=True)
class Grant:
    """Tokens and what they cover; the tokens never appear in its `repr`.

    Attributes:
        kind: the OAuth 2 grant it came from: `authorization_code`, `client_credentials`,
            `implicit`.
        scope: what the vendor granted, as a set: the order means nothing.
        expires_at: when the access token ends, by our clock at the time of the reply.
        refresh_token: None where the vendor gives none; then a new login is needed at the end.
        generation: grows by one with each saved grant; two processes compare it to see whether
            the other has refreshed already.
    """

    access_token: str = field(repr=False)
    kind: str
    scope: frozenset[str]
    expires_at: datetime
    refresh_token: str | None = field(default=None, repr=False)
    generation: int = 0


class GrantStore(Protocol):
    """Where grants are kept, one per configured source, shared by all processes."""

    async def load(self, source: str) -> Grant | None:
        """The saved grant of `source`, None where there is none."""
        ...

    async def save(self, source: str, grant: Grant) -> Grant:
        """Save durably and return what was saved (with its new generation).

        When this returns, a crash at any later instant finds this grant.
        """
        ...

    async def forget(self, source: str) -> bool:
        """Remove the grant; False where there was none."""
        ...

    async def replace(
        self,
        source: str,
        seen: int,
        renew: Callable[[Grant | None], Awaitable[Grant]],
    ) -> Grant:
        """Compare and set, across tasks and processes.

        Under an exclusive lock: where the saved generation differs from `seen`, somebody else has
        renewed already and the saved grant is returned; otherwise `renew` is called with the saved
        grant and its result is saved before it is returned.
        """
        ...
