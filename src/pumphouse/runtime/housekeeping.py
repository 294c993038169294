"""Keeping order in the store: the journal is pruned as far as every sink allows, and no further.

A sink that is away for very long would let the journal grow without end. At its limit the oldest
entries are dropped all the same; the store then owes their readings to the sink.

Once a day, and within a minute where another program has written into it, everything is compared
with its checksums: what a disk changes silently is told aloud.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import structlog

from pumphouse.config.retention import RetentionSettings
from pumphouse.core.errors import StoreError
from pumphouse.core.model import Batch, Event, EventKind, Severity
from pumphouse.core.ports import Clock, CursorSink, Sink, Store
from pumphouse.runtime.installation import Installation
from pumphouse.runtime.retention import delete_expired

__all__ = ["Housekeeping", "archive_months", "housekeeping"]

log = structlog.get_logger()

#: seconds between two rounds
INTERVAL = 3600.0
#: seconds between two looks whether somebody else has written into the file: that costs two stats
LOOK_INTERVAL = 60.0
#: for how long what was found whole is taken to be so; the round a day later looks again
_LOOK_KEPT = timedelta(hours=23, minutes=30)


class Housekeeping:
    """Rounds through the store.

    Args:
        sinks: the configured ones; the journal waits for the cursor sinks among them.
        journal_limit: how many readings it holds at most, whoever has not read them.
        archive_after: how many months stay in the database; all of them where it is None.
        retention: how long single readings are kept; it is not looked at unless it is automatic.
    """

    def __init__(
        self,
        store: Store,
        sinks: Mapping[str, Sink],
        *,
        journal_limit: int,
        archive_after: int | None = None,
        retention: RetentionSettings | None = None,
        clock: Clock,
    ) -> None:
        self._store = store
        self._sinks = frozenset(n for n, sink in sinks.items() if isinstance(sink, CursorSink))
        self._limit = journal_limit
        self._archive_after = archive_after
        self._retention = retention if retention is not None and retention.automatic else None
        self._deleted_on: date | None = None
        self._damage: frozenset[str] = frozenset()
        self._looking = asyncio.Lock()
        self._clock = clock
        self._bitten: frozenset[str] = frozenset()

    async def run(self) -> None:
        """A round now and every hour, until cancelled; a failure is for the log.

        Deleting waits for the second round: a start is busy enough.
        """
        is_first = True
        while True:
            try:
                await self.round()
                await self.look_for_damage()
                now = self._clock.now()
                if not is_first:
                    await self._delete_expired(now)
                if self._archive_after is not None:
                    await archive_months(self._store, now, self._archive_after)
            except StoreError as error:
                log.error("housekeeping fails", error=str(error))
            is_first = False
            await self._clock.sleep(INTERVAL)

    async def watch(self) -> None:
        """A look for damage every minute until there is some, and until cancelled."""
        while True:
            await self._clock.sleep(LOOK_INTERVAL)
            if self._damage:
                continue  # every look reads everything now: the hourly round's is enough
            try:
                await self.look_for_damage()
            except StoreError as error:
                log.error("looking for damage fails", error=str(error))

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

    async def look_for_damage(self) -> None:
        """What the disk has changed is an event, once.

        Raises:
            StoreError: the store's.
        """
        async with self._looking:
            now = self._clock.now()
            known = self._damage
            self._damage = frozenset(await self._store.damage(known_for=_LOOK_KEPT))
            if found := sorted(self._damage - known):
                for sentence in found:
                    log.error("damage", what=sentence)
                await self._store.append(Batch("pumphouse", events=(_damage_event(found, now),)))

    async def _delete_expired(self, now: datetime) -> None:
        """Delete once a day what is older than its owner wants it, where he said so."""
        if self._retention is not None and now.date() != self._deleted_on:
            await delete_expired(self._store, self._retention, now)
            self._deleted_on = now.date()

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


def _damage_event(found: Sequence[str], now: datetime) -> Event:
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return Event(
        id=f"damage-{now.timestamp():.3f}",
        time=now,
        kind=EventKind.STORE,
        title=f"the store is damaged: {found[0]}{more}; see `pumphouse check --deep`",
        severity=Severity.ERROR,
    )


async def archive_months(store: Store, now: datetime, keep: int) -> int:
    """Move every month into a file that was over `keep` months ago, one after the other.

    Returns:
        how many files were written.

    Raises:
        StoreError: the store's; what was moved until then stays moved.
    """
    count = 0
    months = now.year * 12 + now.month - 1 - keep
    before = datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)
    while moved := await store.archive_next(before):
        count += 1
        log.info("archived", file=moved.file, readings=moved.readings)
    await store.tidy_archive()
    return count


def housekeeping(installation: Installation, *own: Sink) -> Housekeeping:
    """The housekeeping of an installation.

    Args:
        own: sinks that no configuration names.
    """
    return Housekeeping(
        installation.store,
        {**installation.sinks, **{sink.name: sink for sink in own}},
        journal_limit=installation.settings.store.journal_limit,
        archive_after=installation.settings.store.archive_after_months,
        retention=installation.settings.retention,
        clock=installation.host.clock,
    )
