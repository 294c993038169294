"""Feeding a sink of messages: what is due together is one message, sent once it was confirmed.

What was told is kept in the store, so a restart tells nothing twice; between a confirmation and its
note a message may come twice, never not at all.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from pumphouse.config.alarms import MessageSinkSettings
from pumphouse.core.errors import Unreachable
from pumphouse.core.model import Event, Interval, Site
from pumphouse.core.ports import Clock, MessageSink, Store
from pumphouse.runtime.alarms.telling import Notice, Policy, due
from pumphouse.runtime.alarms.wording import message_of
from pumphouse.runtime.sink_ledger import Progress, SinkLedger
from pumphouse.runtime.wake import Wake

__all__ = ["MessageFeed", "Telling"]

log = structlog.get_logger()

#: how often it is looked for something to tell, in seconds
LOOK_EVERY: Final = 20.0
#: what becomes due within this time is one message, in seconds
GROUPED_WITHIN: Final = 60.0
#: how long sending may take, in seconds; a sink has shorter deadlines of its own
SEND_DEADLINE: Final = 180.0
#: how far back is looked for what has ended, and for how often something came
MEMORY: Final = timedelta(days=7)
_AHEAD: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Telling:
    """What a sink of messages is to tell, and for whom.

    Attributes:
        settings: what it is to tell, and when not.
        site: its name is in every message, its zone decides what is told at which hour.
    """

    settings: MessageSinkSettings = field(
        default_factory=lambda: MessageSinkSettings(type="messages")
    )
    site: Site = field(default_factory=Site)


class MessageFeed:
    """Tells people of alarms by one sink.

    Args:
        sources: the configured ones; alarms of others are left out.
    """

    def __init__(
        self,
        name: str,
        sink: MessageSink,
        store: Store,
        *,
        telling: Telling,
        sources: Collection[str],
        ledger: SinkLedger,
        wake: Wake,
        clock: Clock,
    ) -> None:
        self._name = name
        self._sink = sink
        self._store = store
        self._settings = telling.settings
        self._site = telling.site
        self._zone = ZoneInfo(telling.site.timezone)
        self._sources = frozenset(sources)
        self._ledger = ledger
        self._wake = wake
        self._clock = clock
        self._since = clock.now()

    async def begin(self) -> None:
        """Fix since when a new sink tells, before it is known whether it answers."""
        self._since = await self._store.enrol_teller(self._name)

    async def serve(self) -> None:
        """Tell what is due until the sink fails; never returns.

        Raises:
            SourceError: the sink's.
            StoreError: the store's.
        """
        first: float | None = None
        while True:
            notices = await self._due()
            now = self._clock.monotonic()
            if not notices:
                first = None
                await self._ledger.recovered()
            elif first is None:
                first = now
            elif now - first >= GROUPED_WITHIN:
                await self._tell(notices)
                first = None
            rest = LOOK_EVERY if first is None else GROUPED_WITHIN - (now - first)
            await self._wake.wait(min(max(rest, 0.0), LOOK_EVERY))

    async def _due(self) -> Sequence[Notice]:
        """What is to be told now; what is only to be noted is noted."""
        now = self._clock.now()
        lately = Interval(now - MEMORY, now + _AHEAD)
        lasting = await self._store.lasting_events()
        found = due(
            [one for one in lasting if self._concerns(one)],
            await self._store.ended_events(lately),
            await self._store.events(lately),
            {one.alarm: one for one in await self._store.told(self._name)},
            now,
            self._policy(),
        )
        if found.noted:
            await self._store.save_told(self._name, found.noted)
        return found.notices

    def _concerns(self, event: Event) -> bool:
        """Whether it is of a configured source, and not about this very sink."""
        own = event.source is None and event.detail.get("subject") == self._name
        return not own and (event.source is None or event.source in self._sources)

    def _policy(self) -> Policy:
        settings = self._settings
        return Policy(
            since=self._since,
            zone=self._zone,
            least=settings.least,
            quiet=settings.quiet(),
            errors_break_quiet=settings.errors_break_quiet,
            recoveries=settings.recoveries,
        )

    async def _tell(self, notices: Sequence[Notice]) -> None:
        devices = await self._store.devices()
        message = message_of(
            notices,
            site=self._site.name,
            names={(one.source, one.id): one.name for one in devices},
            zone=self._zone,
            now=self._clock.now(),
        )
        try:
            async with asyncio.timeout(SEND_DEADLINE):
                problems = await self._sink.send(message)
        except TimeoutError:
            raise Unreachable(
                f"{self._name}: a message was not taken within {SEND_DEADLINE:.0f} s"
            ) from None
        await self._store.save_told(self._name, [one.told for one in notices])
        end = await self._store.journal_end()
        await self._ledger.advanced(Progress(1, cursor=end))
        if problems:
            log.warning("message not taken by all", sink=self._name, error="; ".join(problems))
