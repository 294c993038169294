"""Running one sink for years: entered, fed, and entered again after every failure.

The sink does one thing once; everything about *when* and *again* is here. Each sink has a task of
its own, so that none waits for another and no poll waits for any.
"""

import asyncio
import math
import random
from collections.abc import Collection
from contextlib import AsyncExitStack
from datetime import timedelta

import structlog

from pumphouse.core.errors import (
    BadResponse,
    ConfigurationError,
    PermanentError,
    SourceError,
    StoreError,
    TransientError,
    Unreachable,
)
from pumphouse.core.ports import (
    Clock,
    CursorSink,
    LiveSink,
    MessageSink,
    Sink,
    Store,
    SupportsCommands,
)
from pumphouse.runtime.commands import Commands
from pumphouse.runtime.cursor_feed import CursorFeed
from pumphouse.runtime.ending import end
from pumphouse.runtime.live_feed import LiveFeed
from pumphouse.runtime.message_feed import MessageFeed, Telling
from pumphouse.runtime.sink_ledger import SinkLedger
from pumphouse.runtime.wake import Wake

__all__ = ["Delivery"]

log = structlog.get_logger()

#: the pause after a first failure and the longest one, in seconds; each is twice the one before
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
#: how long to leave a sink alone after an error that only a person can mend, in seconds
PERMANENT_PAUSE = 600.0
#: how long to wait for a store that cannot be used, in seconds, where no poll ends sooner
STORE_PAUSE = 30.0
#: how long entering may take, in seconds
ENTER_DEADLINE = 60.0


class Delivery:
    """Serves one sink until it is cancelled.

    Args:
        sources: the configured ones, which are all that a live sink hears of.
        backfill: whether a new cursor sink begins with everything that was ever stored.
        telling: what a sink of messages is to tell.
        commands: whom to ask for what may be set, and to give what is asked for; without them a
            sink's commands are not listened to.

    Raises:
        ConfigurationError: the plugin is no sink.
    """

    def __init__(
        self,
        sink: Sink,
        store: Store,
        *,
        sources: Collection[str] = (),
        backfill: bool = False,
        telling: Telling | None = None,
        clock: Clock,
        rng: random.Random,
        commands: Commands | None = None,
    ) -> None:
        self._sink = sink
        self._commands = commands if isinstance(sink, SupportsCommands) else None
        self._clock = clock
        self._rng = rng
        self._wake = Wake(clock)
        self._store_failed_at = -math.inf
        live = not isinstance(sink, CursorSink)
        self._ledger = SinkLedger(sink.name, store, live=live, clock=clock)
        self._feed: CursorFeed | LiveFeed | MessageFeed
        if isinstance(sink, CursorSink):
            self._feed = CursorFeed(
                sink.name,
                sink,
                store,
                backfill=backfill,
                ledger=self._ledger,
                wake=self._wake,
                clock=clock,
            )
        elif isinstance(sink, LiveSink):
            self._feed = LiveFeed(
                sink,
                store,
                sources=sources,
                ledger=self._ledger,
                wake=self._wake,
                clock=clock,
                rng=rng,
                commands=self._commands,
            )
        elif isinstance(sink, MessageSink):
            self._feed = MessageFeed(
                sink.name,
                sink,
                store,
                telling=telling or Telling(),
                sources=sources,
                ledger=self._ledger,
                wake=self._wake,
                clock=clock,
            )
        else:
            raise ConfigurationError(
                [f"sinks.{sink.name}: the plugin takes neither readings nor messages"]
            )

    def wake(self) -> None:
        """Say that something was stored, or that a source has changed its state."""
        self._wake.call()

    async def run(self) -> None:
        """Serve the sink until cancelled; never fails."""
        while True:
            await self._clock.sleep(await self._attempt())

    async def _attempt(self) -> float:
        """Serve the sink until something fails; the seconds until the next attempt."""
        name = self._sink.name
        try:
            await self._feed.begin()
            async with AsyncExitStack() as stack:
                await self._enter(stack)
                await self._serve()
        except StoreError as error:
            await self._outlast(error)
            return 0.0
        except Exception as error:  # noqa: BLE001  (a plugin's bug must not end the house)
            failure = _as_sink_error(error, name)
        pause = self._pause(failure)
        await self._ledger.failed(failure, self._clock.now() + timedelta(seconds=pause))
        return pause

    async def _outlast(self, error: StoreError) -> None:
        """Wait until a poll may have been stored again; said as often as if there were none."""
        now = self._clock.monotonic()
        if now - self._store_failed_at >= STORE_PAUSE:
            self._store_failed_at = now
            log.error("store fails", sink=self._sink.name, error=str(error))
        await self._wake.wait(STORE_PAUSE)

    async def _serve(self) -> None:
        """Feed the sink, and carry out what is asked for by it, until one of both fails."""
        if self._commands is None or not isinstance(self._sink, SupportsCommands):
            await self._feed.serve()
            return
        tasks = [
            asyncio.ensure_future(self._feed.serve()),
            asyncio.ensure_future(self._commands.obey(self._sink)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            await end(tasks)
        for task in tasks:
            if not task.cancelled():
                task.result()

    async def _enter(self, stack: AsyncExitStack) -> None:
        try:
            async with asyncio.timeout(ENTER_DEADLINE):
                await stack.enter_async_context(self._sink)
        except TimeoutError:
            raise Unreachable(
                f"{self._sink.name}: no answer within {ENTER_DEADLINE:.0f} s"
            ) from None

    def _pause(self, error: SourceError) -> float:
        """Seconds until the next attempt; with some chance in it, for others wait too."""
        if isinstance(error, PermanentError):
            return PERMANENT_PAUSE
        doubled = FIRST_PAUSE * 2.0 ** min(self._ledger.failures, 16)
        pause = min(doubled, LONGEST_PAUSE) * self._rng.uniform(0.5, 1.0)
        named = error.retry_after if isinstance(error, TransientError) else None
        return max(named or 0.0, pause)


def _as_sink_error(error: Exception, sink: str) -> SourceError:
    """`error` itself, or a sentence for a bug, whose own text may hold a secret."""
    if isinstance(error, SourceError):
        return error
    log.debug("bug in a sink", sink=sink, exc_info=error)
    return BadResponse(
        f"{sink}: delivering failed in an unforeseen way ({type(error).__name__}). This is a bug in"
        " Pumphouse, please report it; nothing is lost, it is tried again."
    )
