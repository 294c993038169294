"""Keeping order in the store: the journal is pruned as far as every sink allows, and no further.

A sink that is away for very long would let the journal grow without end. At its limit the oldest
entries are dropped all the same; the store then owes their readings to the sink.
"""

from collections.abc import Mapping

import structlog

from pumphouse.core.errors import StoreError
from pumphouse.core.model import Batch, Event, EventKind, Severity
from pumphouse.core.ports import Clock, CursorSink, Sink, Store
from pumphouse.runtime.installation import Installation

__all__ = ["Housekeeping", "housekeeping"]

log = structlog.get_logger()

#: seconds between two rounds
INTERVAL = 3600.0


class Housekeeping:
    """Rounds through the store.

    Args:
        sinks: the configured ones; the journal waits for the cursor sinks among them.
        journal_limit: how many readings it holds at most, whoever has not read them.
    """

    def __init__(
        self, store: Store, sinks: Mapping[str, Sink], *, journal_limit: int, clock: Clock
    ) -> None:
        self._store = store
        self._sinks = frozenset(n for n, sink in sinks.items() if isinstance(sink, CursorSink))
        self._limit = journal_limit
        self._clock = clock
        self._bitten: frozenset[str] = frozenset()

    async def run(self) -> None:
        """A round now and every hour, until cancelled; a failure is for the log."""
        while True:
            try:
                await self.round()
            except StoreError as error:
                log.error("housekeeping fails", error=str(error))
            await self._clock.sleep(INTERVAL)

    async def round(self) -> None:
        """Prune the journal; a limit that begins to bite a sink is an event.

        Raises:
            StoreError: the store's.
        """
        unread = await self._store.prune(self._sinks, limit=self._limit)
        news = [self._event(name, unread[name]) for name in sorted(unread.keys() - self._bitten)]
        self._bitten = frozenset(unread)
        if news:
            await self._store.append(Batch("pumphouse", events=tuple(news)))
            for event in news:
                log.warning("journal limit", what=event.title)

    def _event(self, sink: str, count: int) -> Event:
        now = self._clock.now()
        return Event(
            id=f"journal-{sink}-{now.timestamp():.3f}",
            time=now,
            kind=EventKind.STORE,
            title=f"the journal is full (store.journal_limit = {self._limit}): {count} readings"
            f" that {sink} has not taken yet left it and will be delivered out of order",
            severity=Severity.WARNING,
        )


def housekeeping(installation: Installation, *own: Sink) -> Housekeeping:
    """The housekeeping of an installation.

    Args:
        own: sinks that no configuration names.
    """
    return Housekeeping(
        installation.store,
        {**installation.sinks, **{sink.name: sink for sink in own}},
        journal_limit=installation.settings.store.journal_limit,
        clock=installation.host.clock,
    )
