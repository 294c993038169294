"""The writing side: a batch becomes one transaction, and what is known already costs nothing.

Another process may write too: SQLite's `data_version` tells, inside the transaction, whether one
has; then what is known is read anew.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Final, TypeVar

from pumphouse.core.model import Batch, PointKey
from pumphouse.core.ports import (
    Acknowledgement,
    Backfill,
    Clock,
    DeadLetter,
    Gap,
    ImportProgress,
    SinkStatus,
    SourceStatus,
    Told,
)
from pumphouse.core.ports.sensors import Binding, SensorName
from pumphouse.stores.sqlite import (
    alarms,
    deliveries,
    file,
    imports,
    journal,
    queries,
    retention,
    sensors,
)
from pumphouse.stores.sqlite.archive import (
    FiledMonth,
    StoreConnection,
    all_months,
    month_of,
)
from pumphouse.stores.sqlite.archiving import (
    archive_month,
    bring_back,
    next_candidate,
    remove_unused,
    write_manifest,
)
from pumphouse.stores.sqlite.days import Days, days_of
from pumphouse.stores.sqlite.instants import HOUR, milliseconds
from pumphouse.stores.sqlite.known import Changes, Known
from pumphouse.stores.sqlite.rollup_check import repair, wrong_rollups
from pumphouse.stores.sqlite.rollups import (
    FOLD_AFTER,
    days_with,
    fold,
    is_cut,
    rebuild_days,
    summarise,
)
from pumphouse.stores.sqlite.rows import (
    STORE_EVENT,
    STORE_GAP,
    STORE_SOURCE,
    Row,
    event_row,
    gap_row,
    source_row,
)

__all__ = ["Writer"]

T = TypeVar("T")

_ROWS_AT_ONCE: Final = 32
_STORE: Final = """
    INSERT INTO {table} (point, time, value) VALUES {rows}
    ON CONFLICT DO UPDATE SET value = excluded.value"""
_STORE_TEXT: Final = """
    INSERT INTO texts (point, time, text) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET text = excluded.text"""
_FORGET_TEXT: Final = "DELETE FROM texts WHERE point = ? AND time = ?"
_ROW: Final = "(?, ?, ?)"
_ROWS: Final = ", ".join([_ROW] * _ROWS_AT_ONCE)


class Writer:
    """Everything that changes the file, over the one connection that may; not thread-safe."""

    def __init__(self, connection: StoreConnection, path: Path, clock: Clock) -> None:
        self._connection = connection
        self._path = path
        self._clock = clock
        self._known: Known | None = None
        self._version = 0
        self._state = queries.State("UTC", 0)
        self._journaled = 0

    def adopt_zone(self, timezone: str) -> None:
        """Make the days those of `timezone`, summing them up anew where they were another's.

        Raises:
            StoreCorrupt: they need a file of the archive that is damaged; nothing has changed.
        """
        days = days_of(timezone)
        with file.transaction(self._connection):
            if queries.state(self._connection).timezone != timezone:
                self._connection.execute("UPDATE state SET timezone = ?", (timezone,))
                if rebuild_days(self._connection, days):
                    repair(self._connection, wrong_rollups(self._connection, days))

    def append(self, batch: Batch) -> int:
        """Store a batch; see `core.ports.Store.append`."""
        try:
            with file.transaction(self._connection):
                known = self._catch_up()
                known.describe(batch.devices, batch.points)
                events = known.events(batch.events)
                self._connection.executemany(STORE_EVENT, map(event_row, events))
                suspects = known.suspects(batch.suspects)
                self._connection.executemany(sensors.STORE_SUSPECT, suspects)
                changes = known.changes(batch.readings)
                if changes.rows:
                    self._store(changes)
                return len(changes.rows)
        except BaseException:
            self._known = None  # what it takes for written is not
            raise

    def make_sure(self) -> None:
        """Commit a page that says what it said before: it fails where nothing can be written."""
        with file.transaction(self._connection):
            self._connection.execute("UPDATE state SET samples = samples + 1")
            self._connection.execute("UPDATE state SET samples = samples - 1")

    def carry_out(self, change: Callable[[StoreConnection], T]) -> T:
        """Carry out a change of tables that nothing here remembers, in one transaction."""
        with file.transaction(self._connection):
            return change(self._connection)

    def name_sensor(self, name: SensorName) -> None:
        """See `core.ports.SensorBook.save_name`."""
        with file.transaction(self._connection):
            sensors.save_name(self._connection, name)

    def bind(self, binding: Binding) -> int:
        """See `core.ports.SensorBook.bind`."""
        with file.transaction(self._connection):
            self._known = None  # what it takes for known moves
            return sensors.bind(self._connection, binding, self._days())

    def unbind(self, source: str, hardware: str) -> int:
        """See `core.ports.SensorBook.unbind`."""
        with file.transaction(self._connection):
            self._known = None
            return sensors.unbind(self._connection, source, hardware, self._days())

    def _days(self) -> Days:
        return days_of(queries.state(self._connection).timezone)

    def save_cursor(self, sink: str, sequence: int) -> None:
        """See `core.ports.Store.save_cursor`."""
        with file.transaction(self._connection):
            deliveries.save_cursor(self._connection, sink, sequence)

    def enrol_sink(self, sink: str, *, backfill: bool) -> int:
        """See `core.ports.Store.enrol_sink`."""
        with file.transaction(self._connection):
            return deliveries.enrol(self._connection, sink, backfill=backfill)

    def save_sink_status(
        self, status: SinkStatus, backfill: Backfill | None, letters: Sequence[DeadLetter]
    ) -> None:
        """See `core.ports.Store.save_sink_status`."""
        with file.transaction(self._connection):
            deliveries.save(self._connection, status, backfill, letters)

    def save_source_status(self, status: SourceStatus) -> None:
        """See `core.ports.Store.save_source_status`."""
        with file.transaction(self._connection):
            self._connection.execute(STORE_SOURCE, source_row(status))

    def acknowledge(self, given: Sequence[Acknowledgement]) -> None:
        """See `core.ports.AlarmLog.acknowledge`."""
        with file.transaction(self._connection):
            alarms.acknowledge(self._connection, given)

    def enrol_teller(self, sink: str) -> datetime:
        """See `core.ports.AlarmLog.enrol_teller`."""
        with file.transaction(self._connection):
            return alarms.enrol_teller(self._connection, sink, self._clock.now())

    def save_told(self, sink: str, told: Sequence[Told]) -> None:
        """See `core.ports.AlarmLog.save_told`."""
        with file.transaction(self._connection):
            alarms.save_told(self._connection, sink, told)

    def save_import_progress(self, progress: ImportProgress) -> None:
        """See `core.ports.Store.save_import_progress`."""
        with file.transaction(self._connection):
            imports.save(self._connection, progress)

    def prune(self, sinks: Collection[str] | None, limit: int | None) -> Mapping[str, int]:
        """See `core.ports.Store.prune`."""
        with file.transaction(self._connection):
            sensors.forget_old_suspects(self._connection, self._clock)
            return journal.prune(self._connection, sinks, limit)

    def open_gap(self, gap: Gap) -> None:
        """See `core.ports.Store.open_gap`."""
        with file.transaction(self._connection):
            self._connection.execute(STORE_GAP, gap_row(gap))

    def close_gap(self, source: str, end: datetime) -> None:
        """See `core.ports.Store.close_gap`."""
        with file.transaction(self._connection):
            self._connection.execute(
                "UPDATE gaps SET ended = max(started, ?) WHERE source = ? AND ended IS NULL",
                (milliseconds(end), source),
            )

    def _catch_up(self) -> Known:
        """What is known; read anew where it is not, or where another process has written."""
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        if self._known is None or version != self._version:
            file.check(self._connection, self._path)
            self._state = queries.state(self._connection)
            self._known = Known(self._connection)
            self._version = version
        return self._known

    def _store(self, changes: Changes) -> None:
        """Write readings, roll-ups and journal."""
        rows = list(changes.rows.values())
        until = self._next_boundary(rows)
        folding = until - self._state.folded_until >= FOLD_AFTER
        touched = self._fold(until) if folding else set()
        boundary = self._state.folded_until
        late = sorted(row for row in rows if row[1] < boundary)
        touched.update((row[0], row[1] // HOUR) for row in late)
        if touched or changes.archived:
            self._bring_back(changes, touched)
        if late:
            self._upsert("samples", late)
            added = len(late) - sum(row[:2] in changes.replaced for row in late)
            self._connection.execute("UPDATE state SET samples = samples + ?", (added,))
        if len(late) < len(rows):
            on_time = [row for row in rows if row[1] >= boundary] if late else rows
            self._upsert("recent", on_time)
        texts = ((*place, text) for place, text in changes.texts.items())
        self._connection.executemany(_STORE_TEXT, texts)
        numbers = changes.replaced & (changes.rows.keys() - changes.texts.keys())
        self._connection.executemany(_FORGET_TEXT, numbers)
        if touched:
            summarise(self._connection, touched, days_of(self._state.timezone))
        journal.note(self._connection, rows, changes.texts)
        self._journaled += len(rows)
        if folding or self._journaled > journal.KEPT_READINGS:
            journal.prune(self._connection)
            self._journaled = 0

    def _bring_back(self, changes: Changes, touched: set[tuple[int, int]]) -> None:
        """Bring back the archived months that change, or that touched (point, hour) pairs need."""
        months = changes.archived | self._of_cut_days(touched)
        for month in months:
            bring_back(self._connection, month)
        if months:
            self._known = None

    def _of_cut_days(self, hours: set[tuple[int, int]]) -> set[FiledMonth]:
        """The archived months that share a day with touched hours which is summed up of readings.

        Their readings are needed for its sums.
        """
        archived = {one[:3]: one for one in all_months(self._connection)}
        if not archived:
            return set()
        days = self._days()
        edges = {
            (point, edge)
            for point, day in days_with(hours, days)
            if is_cut(day, days)
            for edge in (days.start(day), days.start(day + 1) - 1)
        }
        rows = self._connection.execute("SELECT id, source, device FROM points")
        owners = {number: owner for number, *owner in rows}
        wanted = {(*owners[point], month_of(edge)) for point, edge in edges}
        return {archived[one] for one in wanted & archived.keys()}

    def archive_next(self, before: datetime) -> FiledMonth | None:
        """Move the oldest month that ends before an instant into a file; None where there is none.

        Raises:
            OSError: the file cannot be written; nothing has changed.
        """
        found = next_candidate(self._connection, milliseconds(before))
        if found is None:
            return None
        self._known = None
        return archive_month(self._connection, *found)

    def delete_next(self, key: PointKey, before: datetime) -> int | None:
        """See `core.ports.Store.delete_older`: one month."""
        with file.transaction(self._connection):
            self._known = None
            return retention.delete_next(self._connection, key, milliseconds(before))

    def tidy_archive(self) -> None:
        """See `core.ports.Store.tidy_archive`."""
        remove_unused(self._connection, self._clock.now().timestamp())
        write_manifest(self._connection)  # where the disk was full when it was due
        file.shrink(self._connection)

    def _next_boundary(self, rows: list[Row]) -> int:
        """The hour of the newest reading, but never beyond our own clock's.

        So a device whose clock runs ahead cannot push the boundary into the future.
        """
        newest: int = max(row[1] for row in rows)
        return min(newest, milliseconds(self._clock.now())) // HOUR * HOUR

    def _fold(self, until: int) -> set[tuple[int, int]]:
        self._state = queries.State(self._state.timezone, until)
        return fold(self._connection, until)

    def _upsert(self, table: str, rows: list[Row]) -> None:
        """Write rows, many with one statement: that takes a third less time than one by one."""
        whole = len(rows) - len(rows) % _ROWS_AT_ONCE
        many, one = (_STORE.format(table=table, rows=rows) for rows in (_ROWS, _ROW))
        cells = list(chain.from_iterable(rows))
        width = 3 * _ROWS_AT_ONCE
        for start in range(0, 3 * whole, width):
            self._connection.execute(many, cells[start : start + width])
        self._connection.executemany(one, rows[whole:])
