"""Listening to a source that speaks by itself, for years: connected again and again, with books.

The source opens one connection and tells what comes; everything about *when* and *again* is here.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from datetime import datetime, timedelta
from typing import Final, Protocol

from pumphouse.core.errors import (
    LoginRequired,
    PermanentError,
    SourceError,
    TransientError,
    Unreachable,
)
from pumphouse.core.model import Batch
from pumphouse.core.ports import Clock, Source, Store, SupportsLive
from pumphouse.runtime.ending import finish
from pumphouse.runtime.inbox import Inbox
from pumphouse.runtime.ledger import SourceLedger, listening
from pumphouse.runtime.poller import PERMANENT_PAUSE, as_source_error
from pumphouse.runtime.sensors.intake import as_it_is

__all__ = ["Listener", "LiveSource", "ledger_name"]

#: the pause after a connection that failed, and what it grows to with each further failure, seconds
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 120.0
#: a connection that lasted so long was a good one: the pauses begin anew, in seconds
GOOD_AFTER: Final = 60.0
#: how often the books note that the source is still heard, in seconds
BOOKS_EVERY: Final = 60.0
#: so many different sentences about what was not understood are noted at once
MOST_PROBLEMS: Final = 10


class LiveSource(Source, SupportsLive, Protocol):
    """A source that speaks by itself."""


def ledger_name(source: LiveSource) -> str:
    """Under which name the books of listening are kept: its own, unless the polls have that."""
    return listening(source.name) if source.polled else source.name


class Listener:
    """Listens to one source, keeps its books and its unstored readings.

    Every batch, an empty one too, is a sign of life of the connection. A source that gave none for
    two and a half `interval` has a gap.

    Args:
        interval: how long it may be silent, in seconds.
        stored: called whenever something was stored.
        failed: called with what ended each connection.
        checked: what a batch has to pass before it is stored.
    """

    def __init__(
        self,
        source: LiveSource,
        store: Store,
        *,
        interval: float,
        clock: Clock,
        rng: random.Random,
        stored: Callable[[], None] = lambda: None,
        failed: Callable[[SourceError], None] = lambda _: None,
        checked: Callable[[Batch], Awaitable[Batch]] = as_it_is,
    ) -> None:
        self._source = source
        self._interval = interval
        self._clock = clock
        self._rng = rng
        self._failed = failed
        self._inbox = Inbox(source.name, store, clock, stored, checked=checked)
        self._ledger = SourceLedger(ledger_name(source), store, interval=interval, clock=clock)
        self._problems: dict[str, None] = {}
        self._opened: datetime | None = None
        self._heard: datetime | None = None
        self._booked: datetime | None = None
        self._failures = 0

    async def run(self) -> None:
        """Listen until cancelled; what has come by then is stored."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._inbox.run())
                while True:
                    await self.listen()
        finally:
            await finish(self._end())

    async def listen(self) -> None:
        """One connection to its end, and the pause behind it."""
        self._opened = self._heard = self._booked = None
        error = await self._connection()
        self._failed(error)
        pause = self._pause(error)
        await self._note()
        resumes_at = self._clock.now() + timedelta(seconds=pause)
        await self._ledger.failed(error, None, resumes_at)
        await self._clock.sleep(pause)

    async def _end(self) -> None:
        await self._inbox.flush()
        await self._note()

    async def _connection(self) -> SourceError:
        """Take what comes until nothing comes any more; why that is so."""
        name = self._source.name
        try:
            stream = self._source.live()
            async with _closed(stream):
                async for batch in stream:
                    await self._take(batch)
        except Exception as error:  # noqa: BLE001  (a plugin's bug must not end the house)
            return as_source_error(error, name)
        return Unreachable(f"{name}: the connection has ended; it is opened again")

    async def _take(self, batch: Batch) -> None:
        await self._inbox.put(batch)
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.update(dict.fromkeys(batch.problems))
        self._heard = self._clock.now()
        if self._opened is None:
            self._opened = self._heard
        if self._booked is None or self._heard - self._booked >= timedelta(seconds=BOOKS_EVERY):
            await self._note()

    async def _note(self) -> None:
        """Write into the books when the source was heard last."""
        if self._heard is None or self._heard == self._booked:
            return
        first, self._booked = self._booked is None, self._heard
        problems, self._problems = tuple(self._problems), {}
        await self._ledger.heard(self._heard, problems, opened=first)

    def _pause(self, error: SourceError) -> float:
        """Seconds until the next connection: nobody who failed is asked at once, or in step."""
        if isinstance(error, LoginRequired):
            return self._interval
        if isinstance(error, PermanentError):
            return max(self._interval, PERMANENT_PAUSE)
        if self._was_good():
            self._failures = 0
        wait = min(FIRST_PAUSE * 2.0 ** min(self._failures, 20), LONGEST_PAUSE)
        self._failures += 1
        wait *= self._rng.uniform(0.5, 1.0)
        named = (error.retry_after or 0.0) if isinstance(error, TransientError) else 0.0
        return max(wait, named * self._rng.uniform(1.0, 1.1))

    def _was_good(self) -> bool:
        if self._opened is None:
            return False
        return self._clock.now() - self._opened >= timedelta(seconds=GOOD_AFTER)


def _closed(stream: AsyncIterator[Batch]) -> AbstractAsyncContextManager[object]:
    """Closes what can be closed; a generator left open keeps its connection."""
    return aclosing(stream) if isinstance(stream, AsyncGenerator) else nullcontext()
