"""The store: one thread that writes, a few that read, and an event loop that never waits."""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Concatenate, Final, ParamSpec, Self, TypeVar

from pumphouse.core.errors import StoreCorrupt, StoreError
from pumphouse.core.model import (
    Batch,
    Device,
    Event,
    Interval,
    Point,
    PointKey,
    Reading,
    Site,
    Suspect,
)
from pumphouse.core.ports import (
    Acknowledgement,
    ArchivedMonth,
    Backfill,
    Bucket,
    Clock,
    Columns,
    DeadLetter,
    Gap,
    ImportProgress,
    JournalEntry,
    SinkStatus,
    SourceStatus,
    StoreFigures,
    Told,
)
from pumphouse.stores.sqlite import (
    alarms,
    debts,
    deliveries,
    file,
    imports,
    queries,
    retention,
    sensors,
)
from pumphouse.stores.sqlite.archive import FileGone, StoreConnection, all_months
from pumphouse.stores.sqlite.buckets import buckets
from pumphouse.stores.sqlite.connections import Connections
from pumphouse.stores.sqlite.control import SqliteWriteLog
from pumphouse.stores.sqlite.instants import milliseconds
from pumphouse.stores.sqlite.journal import entries, newest
from pumphouse.stores.sqlite.problems import explaining
from pumphouse.stores.sqlite.sensor_book import SqliteSensorBook
from pumphouse.stores.sqlite.writer import Writer

__all__ = ["SqliteStore", "open_store"]

P = ParamSpec("P")
T = TypeVar("T")

_EXPORTED_AT_ONCE: Final = 4096
_MILLISECOND: Final = timedelta(milliseconds=1)
#: a damaged reading must not be given a file with a checksum of its own
_LOOK_KEPT: Final = timedelta(days=1)


def open_store(path: Path, *, site: Site, clock: Clock) -> "SqliteStore":
    """A store in the file at `path`; nothing is opened or made before it is entered.

    Args:
        path: the file; it and its folder are made where they do not exist.
        site: its zone decides what a day is.
        clock: says which hours are over.
    """
    return SqliteStore(path, site=site, clock=clock)


class SqliteStore:
    """A `core.ports.Store` in one SQLite file, which several processes may use at once.

    A commit is on the disk when `append` returns. A call that is cancelled may still be carried
    out. Closed or not yet entered, every method raises `StoreError`.

    Raises:
        StoreTooNew: a newer Pumphouse has written the file.
        StoreCorrupt: the file is damaged or is no store.
        StoreFull: the disk is full; the same call works again when there is room.
        StoreReadOnly: the file or its folder cannot be written.
        StoreError: anything else about the file.
    """

    def __init__(self, path: Path, *, site: Site, clock: Clock) -> None:
        self._path = path
        self._site = site
        self._clock = clock
        self._open: Connections | None = None

    async def __aenter__(self) -> Self:
        """Open the file, make or upgrade it."""
        if self._open is not None:
            raise StoreError(f"the store {self._path} is open already")
        opened = Connections(self._path, self._clock)
        try:
            await opened.write(lambda: opened.start(self._site.timezone))
        except BaseException:
            opened.close()
            raise
        self._open = opened
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Finish what is being written, interrupt what is being read, close the file."""
        opened, self._open = self._open, None
        if opened is not None:
            opened.close()

    async def append(self, batch: Batch) -> int:
        """Store a batch in one transaction; see `core.ports.Store.append`.

        Instants are kept to the millisecond. A reading of a point that no batch has described is
        kept under a bare point named by its native id.
        """
        return await self._write(Writer.append, batch)

    async def devices(self) -> Sequence[Device]:
        """Every device ever seen, ordered by source and id."""
        return await self._read(queries.devices)

    async def points(self, device: str | None = None) -> Sequence[Point]:
        """Every point ever seen, of one device or of all, ordered by source, device and id."""
        return await self._read(queries.described, device)

    async def find_points(self, name: str, device: str | None = None) -> Sequence[Point]:
        """The points whose native id or metric is `name`, of one device or of all."""
        return await self._read(queries.described, device, name)

    async def latest(self, device: str | None = None) -> Sequence[tuple[Point, Reading]]:
        """The newest reading of each point that has one; see `core.ports.Store.latest`."""
        return await self._read(queries.latest, self._clock.now(), device)

    async def earliest(self, device: str | None = None) -> Sequence[tuple[Point, Reading]]:
        """The oldest reading of each point that has one, ordered as `points`."""
        return await self._read(queries.earliest, device)

    async def readings(self, key: PointKey, interval: Interval) -> Sequence[Reading]:
        """The readings of one point in time order."""
        return await self._read(queries.readings, key, interval)

    async def columns(self, key: PointKey, interval: Interval, *, held: bool = False) -> Columns:
        """The numbers of one point in time order; see `core.ports.Store.columns`."""
        return await self._read(queries.columns, key, interval, held=held)

    async def has_texts(self, key: PointKey, interval: Interval) -> bool:
        """Whether a reading of one point is a text."""
        return await self._read(queries.has_texts, key, interval)

    async def export(self, interval: Interval) -> AsyncIterator[tuple[Point, Reading]]:
        """Every reading in `interval`, by point and then by time, a few thousand at once."""
        for point in await self.points():
            start = interval.start
            while True:
                rest = Interval(start, interval.end)
                part = await self._read(queries.readings, point.key, rest, _EXPORTED_AT_ONCE)
                for reading in part:
                    yield point, reading
                if len(part) < _EXPORTED_AT_ONCE:
                    break
                start = min(part[-1].time + _MILLISECOND, interval.end)

    async def buckets(self, key: PointKey, interval: Interval, step: float) -> Sequence[Bucket]:
        """One point's numbers in buckets of `step` seconds; see `core.ports.Store.buckets`.

        Raises:
            UsageError: the step is shorter than a millisecond.
        """
        return await self._read(buckets, key, interval, step)

    async def suspects(self, interval: Interval, key: PointKey | None = None) -> Sequence[Suspect]:
        """The values that were not believed, of one point or of all, in time order."""
        return await self._read(sensors.suspects, interval, key)

    @property
    def sensors(self) -> SqliteSensorBook:
        """The owner's names for his sensors, and the hardware behind them."""
        return SqliteSensorBook(self._read, self._write)

    async def events(self, interval: Interval) -> Sequence[Event]:
        """What began in `interval`, in time order."""
        return await self._read(queries.events, interval)

    async def lasting_events(self) -> Sequence[Event]:
        """Alarms and troubles of sensors that have not ended, in time order."""
        return await self._read(alarms.lasting)

    async def ended_events(self, interval: Interval) -> Sequence[Event]:
        """What ended in `interval`, whenever it began, in the order of its end."""
        return await self._read(alarms.ended, interval)

    async def find_events(self, name: str) -> Sequence[Event]:
        """The events with this id, at most one of each source, newest first."""
        return await self._read(alarms.found, name)

    async def acknowledge(self, acknowledgements: Sequence[Acknowledgement]) -> None:
        """Remember that events were taken note of; the first to do so stays named."""
        await self._write(Writer.acknowledge, acknowledgements)

    async def acknowledgements(self) -> Sequence[Acknowledgement]:
        """Every acknowledgement, in time order."""
        return await self._read(alarms.acknowledgements)

    async def enrol_teller(self, sink: str) -> datetime:
        """Since when `sink` tells people of alarms: now, where it is new."""
        return await self._write(Writer.enrol_teller, sink)

    async def told(self, sink: str) -> Sequence[Told]:
        """What was told by `sink`, by alarm."""
        return await self._read(alarms.told_by, sink)

    async def save_told(self, sink: str, told: Sequence[Told]) -> None:
        """Remember what was told by `sink`, in one transaction."""
        await self._write(Writer.save_told, sink, told)

    async def journal(
        self, after: int, limit: int, readings: int | None = None
    ) -> Sequence[JournalEntry]:
        """Up to `limit` entries behind `after`, in order; see `core.ports.Store.journal`."""
        return await self._read(entries, after, limit, readings)

    async def journal_end(self) -> int:
        """The sequence of the newest entry, 0 where there is none: where "from now" begins."""
        return await self._read(newest)

    async def prune(
        self, sinks: Collection[str] | None = None, *, limit: int | None = None
    ) -> Mapping[str, int]:
        """Drop journal entries that were read, but for the newest; see `core.ports.Store.prune`."""
        return await self._write(Writer.prune, sinks, limit)

    async def enrol_sink(self, sink: str, *, backfill: bool) -> int:
        """The cursor of `sink`; see `core.ports.Store.enrol_sink`."""
        return await self._write(Writer.enrol_sink, sink, backfill=backfill)

    async def backfill(
        self, sink: str, limit: int, after: Backfill | None = None
    ) -> Backfill | None:
        """Up to `limit` of the readings that `sink` is owed; see `core.ports.Store.backfill`."""
        return await self._read(debts.next_piece, sink, limit, after)

    async def save_sink_status(
        self,
        status: SinkStatus,
        *,
        backfill: Backfill | None = None,
        dead_letters: Sequence[DeadLetter] = (),
    ) -> None:
        """Replace what is known about a sink; see `core.ports.Store.save_sink_status`."""
        await self._write(Writer.save_sink_status, status, backfill, dead_letters)

    async def sink_statuses(self) -> Sequence[SinkStatus]:
        """What is known about every sink that there ever was, by name."""
        return await self._read(deliveries.statuses)

    async def dead_letters(self, sink: str | None = None) -> Sequence[DeadLetter]:
        """What was refused, of one sink or of all, newest first."""
        return await self._read(deliveries.dead_letters, sink)

    async def cursor(self, sink: str) -> int | None:
        """How far `sink` has read, None where it is new."""
        return await self._read(queries.cursor, sink)

    async def save_cursor(self, sink: str, sequence: int) -> None:
        """Remember that `sink` has delivered everything up to `sequence`."""
        await self._write(Writer.save_cursor, sink, sequence)

    async def open_gap(self, gap: Gap) -> None:
        """Note a gap: an open one is left as it is, one that is known by its start is amended."""
        await self._write(Writer.open_gap, gap)

    async def close_gap(self, source: str, end: datetime) -> None:
        """Note that a source brings data again."""
        await self._write(Writer.close_gap, source, end)

    async def gaps(self, sources: Iterable[str] | None = None) -> Sequence[Gap]:
        """The gap ledger, newest first."""
        return await self._read(queries.gaps, sources)

    async def save_source_status(self, status: SourceStatus) -> None:
        """Replace what is known about a source."""
        await self._write(Writer.save_source_status, status)

    async def source_statuses(self) -> Sequence[SourceStatus]:
        """What is known about every source that was ever polled, by name."""
        return await self._read(queries.sources)

    @property
    def write_log(self) -> SqliteWriteLog:
        """The log of changes and the overrides."""
        return SqliteWriteLog(self._read, self._transact)

    async def archive_next(self, before: datetime) -> ArchivedMonth | None:
        """Move the oldest month that was over before an instant from the database into a file.

        Returns:
            what was moved; None where there is nothing to move, or another process writes just now.

        Raises:
            StoreCorrupt: what would be moved may be damaged.
            StoreFull: there is no room for the file; nothing has changed.
            StoreReadOnly: the folder cannot be written.
        """
        if damage := await self.damage(known_for=_LOOK_KEPT):
            raise StoreCorrupt(f"{damage[0]}; nothing is archived: see `pumphouse check --deep`")
        with explaining(self._path.parent / "archive"):
            moved = await self._write(Writer.archive_next, before)
        return moved and moved.told

    async def tidy_archive(self) -> None:
        """Remove unused files; make the database smaller where a quarter of it is empty."""
        with explaining(self._path.parent / "archive"):
            await self._write(Writer.tidy_archive)

    async def archived(self) -> Sequence[ArchivedMonth]:
        """The months that lie in files, by device."""
        return [month.told for month in await self._read(all_months)]

    async def deletable(self, key: PointKey, before: datetime) -> int:
        """How many readings of a point `delete_older` would delete."""
        return await self._read(retention.deletable, key, milliseconds(before))

    async def delete_older(self, key: PointKey, before: datetime) -> int:
        """Delete single readings, month by month; see `core.ports.Store.delete_older`."""
        deleted = 0
        while (count := await self._write(Writer.delete_next, key, before)) is not None:
            deleted += count
        return deleted

    async def figures(self) -> StoreFigures:
        """How big the store is, its write-ahead log included."""
        readings, points = await self._read(queries.count)
        return StoreFigures(str(self._path), file.size(self._path), readings, points)

    async def import_progress(self, identity: str) -> ImportProgress | None:
        """How far an import has come; None where it never began."""
        return await self._read(imports.progress, identity)

    async def save_import_progress(self, progress: ImportProgress) -> None:
        """Replace what is known of an import."""
        await self._write(Writer.save_import_progress, progress)

    async def damage(self, *, known_for: timedelta | None = None) -> Sequence[str]:
        """What the disk has changed of what was written; see `core.ports.Store.damage`."""
        return await self._opened().damage(known_for)

    async def check(self) -> Sequence[str]:
        """What is wrong with the file, one sentence each; empty where it is whole. Reads all."""
        return await self._read(queries.problems)

    async def _read(
        self,
        query: Callable[Concatenate[StoreConnection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Answer a query in a reading thread."""
        opened = self._opened()
        try:
            return await opened.read(lambda c: query(c, *args, **kwargs))
        except FileGone:  # another state of the store names another file
            try:
                return await opened.read(lambda c: query(c, *args, **kwargs))
            except FileGone as gone:
                raise StoreCorrupt(
                    f"the archive file {gone} is missing: put it back from a backup"
                ) from None

    async def _write(
        self, change: Callable[Concatenate[Writer, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Carry out a change in the writing thread."""
        opened = self._opened()
        return await opened.write(lambda: change(opened.writer, *args, **kwargs))

    async def _transact(self, change: Callable[[StoreConnection], T]) -> T:
        """Carry out a change of the tables, all or nothing, in the writing thread."""
        return await self._write(lambda writer: writer.carry_out(change))

    def _opened(self) -> Connections:
        if self._open is None:
            raise StoreError(f"the store {self._path} is closed")
        return self._open
