"""Consents begun in a browser: what is remembered until the vendor sends the browser back.

The state that travels with the browser is a secret of 256 bits, good once and for a quarter of an
hour: it proves that the answer belongs to a login begun here, in whichever browser it arrives.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pumphouse.core.errors import SourceError, UsageError
from pumphouse.core.grant import Grant
from pumphouse.core.ports import Host
from pumphouse.http.login import (
    Attempt,
    authorize_address,
    cautions,
    finish,
    log_in_by_credentials,
    redeem,
)
from pumphouse.http.messages import Registration

__all__ = ["Begun", "Logins", "Outcome"]

#: how long the vendor's pages may take, in seconds
PATIENCE_SECS: Final = 900.0
#: how many logins may be open at once; the oldest makes room
MOST_OPEN: Final = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the last login of a source.

    Attributes:
        succeeded: whether its vendor may now be asked.
        sentences: why not, or what else to know; for people.
    """

    succeeded: bool
    sentences: Sequence[str]
    time: datetime


@dataclass(slots=True)
class Begun:
    """A login whose answer is awaited.

    Attributes:
        origin: scheme, host and port under which the browser knows us.
        ends: when it is too late, on the monotonic clock.
        outcome: None until the answer has come; browsers may send it twice.
    """

    attempt: Attempt
    origin: str
    ends: float
    outcome: Outcome | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def source(self) -> str:
        """The name of the source in the configuration."""
        return self.attempt.registration.source


class Logins:
    """The logins of one house.

    Args:
        connected: what to do when a login to a source has succeeded, by its name.
    """

    def __init__(self, host: Host, connected: Mapping[str, Callable[[], None]]) -> None:
        self._host = host
        self._connected = connected
        self._begun: OrderedDict[str, Begun] = OrderedDict()
        self._outcomes: dict[str, Outcome] = {}

    def begin(self, registration: Registration, origin: str) -> Begun:
        """Begin a login; the browser then goes to `attempt.address`."""
        begun = Begun(
            authorize_address(registration), origin, self._host.clock.monotonic() + PATIENCE_SECS
        )
        self._begun[begun.attempt.state] = begun
        if len(self._begun) > MOST_OPEN:
            self._begun.popitem(last=False)
        return begun

    def find(self, state: str) -> Begun | None:
        """The login that this state belongs to, None where it is none of ours or too old."""
        now = self._host.clock.monotonic()
        for old in [key for key, begun in self._begun.items() if begun.ends <= now]:
            del self._begun[old]
        return self._begun.get(state)

    def newest(self, source: str) -> Begun | None:
        """The login of `source` that was begun last and has no answer yet."""
        waiting = (one for one in reversed(self._begun.values()) if one.outcome is None)
        return next((one for one in waiting if one.source == source), None)

    def lately(self) -> Mapping[str, Outcome]:
        """By source, what came of a login a short while ago; old news are told no more."""
        first = self._host.clock.now() - timedelta(seconds=PATIENCE_SECS)
        return {source: one for source, one in self._outcomes.items() if one.time >= first}

    def forget(self, source: str) -> None:
        """Tell nothing more about the last login of `source`."""
        self._outcomes.pop(source, None)

    async def answered(self, begun: Begun, fields: Mapping[str, str]) -> Outcome:
        """Finish a login with what the vendor's redirect holds; a second answer changes nothing."""
        async with begun.turn:
            if begun.outcome is None:
                registration = begun.attempt.registration
                begun.outcome = await self._outcome(
                    registration, redeem(begun.attempt, fields, host=self._host)
                )
        return begun.outcome

    async def pasted(self, begun: Begun, answer: str) -> Outcome:
        """Finish a login with what its user has copied; a wrong copy may be tried again."""
        async with begun.turn:
            registration = begun.attempt.registration
            outcome = await self._outcome(
                registration, finish(begun.attempt, answer, host=self._host)
            )
            begun.outcome = outcome if outcome.succeeded else None
        return outcome

    async def by_credentials(self, registration: Registration) -> Outcome:
        """Log in with client id and secret; no browser is needed."""
        return await self._outcome(
            registration, log_in_by_credentials(registration, host=self._host)
        )

    async def _outcome(self, registration: Registration, login: Awaitable[Grant]) -> Outcome:
        try:
            grant = await login
        except (SourceError, UsageError) as error:
            outcome = self._noted(succeeded=False, sentences=(str(error),))
        else:
            outcome = self._noted(succeeded=True, sentences=cautions(registration, grant))
            if tell := self._connected.get(registration.source):
                tell()
        self._outcomes[registration.source] = outcome
        return outcome

    def _noted(self, *, succeeded: bool, sentences: Sequence[str]) -> Outcome:
        return Outcome(succeeded, sentences, self._host.clock.now())
