"""What a store must offer."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol

from pumphouse.core.model import (
    Batch,
    Device,
    Event,
    Interval,
    Point,
    PointKey,
    Reading,
    Suspect,
)
from pumphouse.core.ports.alarms import AlarmLog
from pumphouse.core.ports.control import WriteLog
from pumphouse.core.ports.sensors import SensorBook
from pumphouse.core.ports.sinks import DeadLetter, SinkStatus
from pumphouse.core.ports.sources import SourceStatus
from pumphouse.core.ports.stored import (
    ArchivedMonth,
    Backfill,
    Bucket,
    Columns,
    Gap,
    ImportProgress,
    JournalEntry,
    StoreFigures,
)

__all__ = ["Store"]


class Store(AlarmLog, AbstractAsyncContextManager["Store"], Protocol):
    """Where readings stay. All methods may raise `StoreError`; nothing committed is ever lost."""

    async def append(self, batch: Batch) -> int:
        """Store a batch in one transaction: samples, roll-ups, journal, devices, points, events.

        Storing the same batch again changes nothing; a new value for a stored instant replaces it.
        What bound hardware says is stored as said by the device that it is bound to.

        Returns:
            how many readings were new or changed.
        """
        ...

    async def devices(self) -> Sequence[Device]:
        """Every device ever seen, ordered by source and id."""
        ...

    async def points(self, device: str | None = None) -> Sequence[Point]:
        """Every point ever seen, of one device or of all, ordered by source, device and id."""
        ...

    async def latest(self, device: str | None = None) -> Sequence[tuple[Point, Reading]]:
        """The newest reading of each point that has one, ordered as `points`.

        Of a point that is announced before its time it is the newest that is not later than now.
        """
        ...

    async def earliest(self, device: str | None = None) -> Sequence[tuple[Point, Reading]]:
        """The oldest reading of each point that has one, ordered as `points`."""
        ...

    async def readings(self, key: PointKey, interval: Interval) -> Sequence[Reading]:
        """The readings of one point in time order."""
        ...

    async def columns(self, key: PointKey, interval: Interval, *, held: bool = False) -> Columns:
        """The numbers of one point in time order; readings that are texts are left out.

        Args:
            held: whether to begin with the newest number before `interval`, whose value still
                holds at its start.
        """
        ...

    async def has_texts(self, key: PointKey, interval: Interval) -> bool:
        """Whether a reading of one point is a text, which `columns` would leave out."""
        ...

    async def buckets(self, key: PointKey, interval: Interval, step: float) -> Sequence[Bucket]:
        """One point's readings summed up in buckets of `step` seconds; empty buckets are absent.

        Steps of whole days begin at midnight in the site's zone, all others at multiples of the
        step counted from midnight UTC. Steps from two hours on are answered from roll-ups.
        """
        ...

    async def suspects(self, interval: Interval, key: PointKey | None = None) -> Sequence[Suspect]:
        """The values that were not believed, of one point or of all, in time order."""
        ...

    @property
    def sensors(self) -> SensorBook:
        """The owner's names for his sensors, and the hardware behind them."""
        ...

    async def events(self, interval: Interval) -> Sequence[Event]:
        """What happened in `interval`, in time order."""
        ...

    async def journal(
        self, after: int, limit: int, readings: int | None = None
    ) -> Sequence[JournalEntry]:
        """Up to `limit` entries behind `after`, in order.

        Args:
            readings: no more than so many readings; the first entry comes whole all the same.
        """
        ...

    async def journal_end(self) -> int:
        """The sequence of the newest entry, 0 where there is none."""
        ...

    async def cursor(self, sink: str) -> int | None:
        """How far `sink` has read, None where it is new."""
        ...

    async def save_cursor(self, sink: str, sequence: int) -> None:
        """Remember that `sink` has delivered everything up to `sequence`."""
        ...

    async def enrol_sink(self, sink: str, *, backfill: bool) -> int:
        """The cursor of `sink`; one that is new begins at the end of the journal.

        Args:
            backfill: whether a new sink is owed everything that was stored before.
        """
        ...

    async def backfill(
        self, sink: str, limit: int, after: Backfill | None = None
    ) -> Backfill | None:
        """Up to `limit` of the readings that `sink` is owed, None where it is owed nothing.

        Args:
            after: the piece before, where it was delivered but is not noted yet; behind the last
                piece of a debt there is nothing until that is noted.
        """
        ...

    async def save_sink_status(
        self,
        status: SinkStatus,
        *,
        backfill: Backfill | None = None,
        dead_letters: Sequence[DeadLetter] = (),
    ) -> None:
        """Replace what is known about a sink, its cursor included, in one transaction.

        Args:
            backfill: what was delivered of a debt.
            dead_letters: what was refused; the oldest make room where there are too many.
        """
        ...

    async def sink_statuses(self) -> Sequence[SinkStatus]:
        """What is known about every sink that there ever was, by name."""
        ...

    async def dead_letters(self, sink: str | None = None) -> Sequence[DeadLetter]:
        """What was refused, of one sink or of all, newest first."""
        ...

    async def open_gap(self, gap: Gap) -> None:
        """Note that a source brings nothing since `gap.start`; an open gap is left as it is."""
        ...

    async def close_gap(self, source: str, end: datetime) -> None:
        """Note that a source brings data again."""
        ...

    async def gaps(self, sources: Iterable[str] | None = None) -> Sequence[Gap]:
        """The gap ledger, newest first."""
        ...

    async def save_source_status(self, status: SourceStatus) -> None:
        """Replace what is known about a source."""
        ...

    async def source_statuses(self) -> Sequence[SourceStatus]:
        """What is known about every source that was ever polled, by name."""
        ...

    async def prune(
        self, sinks: Collection[str] | None = None, *, limit: int | None = None
    ) -> Mapping[str, int]:
        """Drop journal entries that were read by everyone whose cursor counts.

        A sink is owed the readings of entries that are dropped before it has read them.

        Args:
            sinks: whose cursors count; everyone's where it is None.
            limit: how many readings the journal may hold at most, whoever has not read them.

        Returns:
            by sink whose cursor counts, how many readings it had not read yet; empty as a rule.
        """
        ...

    async def find_points(self, name: str, device: str | None = None) -> Sequence[Point]:
        """The points whose native id or metric is `name`, of one device or of all."""
        ...

    def export(self, interval: Interval) -> AsyncIterator[tuple[Point, Reading]]:
        """Every reading in `interval`, by point and then by time, without holding all of them."""
        ...

    async def archive_next(self, before: datetime) -> ArchivedMonth | None:
        """Move the oldest month that was over before an instant into a file of its own.

        It is read with the rest as before; late readings bring it back.

        Returns:
            what was moved; None where there is nothing to move, or another process writes just now.
        """
        ...

    async def archived(self) -> Sequence[ArchivedMonth]:
        """The months that lie in files, by device."""
        ...

    async def tidy_archive(self) -> None:
        """Remove files that nothing needs any more, and give unused room back to the disk."""
        ...

    async def deletable(self, key: PointKey, before: datetime) -> int:
        """How many readings of a point `delete_older` would delete."""
        ...

    async def delete_older(self, key: PointKey, before: datetime) -> int:
        """Delete the readings of a point that are older than an instant, but for its newest.

        What was summed up of them by hours and days stays; late readings of that time are not
        stored any more. An interruption leaves whole months deleted or not.

        Returns:
            how many there were.
        """
        ...

    async def import_progress(self, identity: str) -> ImportProgress | None:
        """How far an import has come; None where it never began."""
        ...

    async def save_import_progress(self, progress: ImportProgress) -> None:
        """Replace what is known of an import."""
        ...

    async def damage(self, *, known_for: timedelta | None = None) -> Sequence[str]:
        """What the disk has changed of what was written, one sentence each; empty as a rule.

        Args:
            known_for: where all was found whole not longer ago than this, and no other program has
                written there since, it is not read again.
        """
        ...

    async def check(self) -> Sequence[str]:
        """What is wrong with the store, one sentence each; empty where nothing is."""
        ...

    @property
    def write_log(self) -> WriteLog:
        """The log of changes and the overrides."""
        ...

    async def figures(self) -> StoreFigures:
        """How big the store is."""
        ...
