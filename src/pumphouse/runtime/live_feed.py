"""Feeding a live sink: the newest readings whenever they change, everything when it asks for it."""

import asyncio
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from pumphouse.core.errors import Unreachable
from pumphouse.core.model import Event, PointKey, Reading
from pumphouse.core.ports import Clock, LiveSink, News, SourceState, Store
from pumphouse.runtime.commands import Commands
from pumphouse.runtime.new_events import NewEvents
from pumphouse.runtime.sink_ledger import Progress, SinkLedger
from pumphouse.runtime.wake import Wake

__all__ = ["LiveFeed"]

#: how often the store is looked at for what another process has written, in seconds
STORE_POLL = 10.0
#: how often a sink is told that nothing has changed, in seconds: values grow old by time alone
REMINDER = 60.0
#: how long publishing everything may take, in seconds
PUBLISH_DEADLINE = 120.0
#: who asks for everything gets it after at most so many seconds, for others ask at the same time
LONGEST_DELAY = 5.0

_NOTHING = News((), {}, {}, frozenset(), {})


class LiveFeed:
    """Tells one sink the newest readings of the configured sources.

    Args:
        commands: knows what may be set; for a sink that takes commands.
    """

    def __init__(
        self,
        sink: LiveSink,
        store: Store,
        *,
        sources: Collection[str],
        ledger: SinkLedger,
        wake: Wake,
        clock: Clock,
        rng: random.Random,
        commands: Commands | None = None,
    ) -> None:
        self._sink = sink
        self._store = store
        self._sources = frozenset(sources)
        self._ledger = ledger
        self._wake = wake
        self._clock = clock
        self._rng = rng
        self._commands = commands
        self._told_at = clock.monotonic()

    async def begin(self) -> None:
        """Nothing has to be fixed: a live sink begins with how things are."""

    async def serve(self) -> None:
        """Publish everything and then what changes, until the sink fails; never returns.

        Raises:
            SourceError: the sink's.
            StoreError: the store's.
        """
        told: News | None = None
        events = NewEvents(self._store, sources=self._sources, clock=self._clock)
        asked = asyncio.ensure_future(self._sink.asked_again())
        try:
            while True:
                told = await self._tell(told, await events.take())
                await self._wake.wait(STORE_POLL, asked)
                if asked.done():
                    asked.result()
                    await self._clock.sleep(self._rng.uniform(0, LONGEST_DELAY))
                    asked = asyncio.ensure_future(self._sink.asked_again())
                    told = None
        finally:
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)

    async def _tell(self, told: News | None, events: Sequence[Event]) -> News:
        """Publish what has changed since `told`, everything where that is None."""
        end = await self._store.journal_end()
        news = await self._news((told or _NOTHING).latest)
        is_same = told is not None and replace(news, changed=told.changed) == told
        if is_same and not events and self._clock.monotonic() - self._told_at < REMINDER:
            return news
        await self._publish(replace(news, events=events))
        if not is_same:
            await self._ledger.advanced(Progress(len(news.changed), cursor=end))
        return news

    async def _lasting(self) -> Sequence[Event]:
        lasting = await self._store.lasting_events()
        return [one for one in lasting if one.source is None or one.source in self._sources]

    async def _publish(self, news: News) -> None:
        try:
            async with asyncio.timeout(PUBLISH_DEADLINE):
                await self._sink.publish(news)
        except TimeoutError:
            raise Unreachable(
                f"{self._ledger.sink}: publishing was not confirmed within {PUBLISH_DEADLINE:.0f} s"
            ) from None
        self._told_at = self._clock.monotonic()

    async def _news(self, told: Mapping[PointKey, Reading]) -> News:
        statuses = await self._store.source_statuses()
        states = {status.source: status.state for status in statuses}
        rows = [row for row in await self._store.latest() if row[0].key.source in self._sources]
        latest = {point.key: reading for point, reading in rows}
        points = [one for one in await self._store.points() if one.key.source in self._sources]
        devices = [one for one in await self._store.devices() if one.source in self._sources]
        return News(
            devices=devices,
            points={point.key: point for point in points},
            latest=latest,
            changed=frozenset(key for key in latest if latest[key] != told.get(key)),
            answering={name: states.get(name) is SourceState.OK for name in self._sources},
            settable=self._commands.settable(points) if self._commands else {},
            boosts=await self._commands.boosts() if self._commands else (),
            lasting=await self._lasting(),
        )
