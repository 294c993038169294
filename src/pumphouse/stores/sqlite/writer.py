"""The writing side: a batch becomes one transaction, and what is known already costs nothing.

Another process may write too: SQLite's `data_version` tells, inside the transaction, whether one
has; then what is known is read anew.
"""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Final

from pumphouse.core.model import Batch
from pumphouse.core.ports import Backfill, Clock, DeadLetter, Gap, SinkStatus, SourceStatus
from pumphouse.stores.sqlite import deliveries, file, journal, queries
from pumphouse.stores.sqlite.days import days_of
from pumphouse.stores.sqlite.instants import HOUR, milliseconds
from pumphouse.stores.sqlite.known import Changes, Known
from pumphouse.stores.sqlite.rollups import FOLD_AFTER, fold, rebuild_days, summarise
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

_ROWS_AT_ONCE: Final = 32
_STORE: Final = """
    INSERT INTO {table} (point, time, value) VALUES {rows}
    ON CONFLICT DO UPDATE SET value = excluded.value"""
_STORE_TEXT: Final = """
    INSERT INTO texts (point, time, text) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET text = excluded.text"""
_ROW: Final = "(?, ?, ?)"
_ROWS: Final = ", ".join([_ROW] * _ROWS_AT_ONCE)


class Writer:
    """Everything that changes the file, over the one connection that may; not thread-safe."""

    def __init__(self, connection: sqlite3.Connection, path: Path, clock: Clock) -> None:
        self._connection = connection
        self._path = path
        self._clock = clock
        self._known: Known | None = None
        self._version = 0
        self._state = queries.State("UTC", 0)
        self._journaled = 0

    def adopt_zone(self, timezone: str) -> None:
        """Make the days those of `timezone`, summing them up anew where they were another's."""
        days = days_of(timezone)
        with file.transaction(self._connection):
            if queries.state(self._connection).timezone != timezone:
                self._connection.execute("UPDATE state SET timezone = ?", (timezone,))
                rebuild_days(self._connection, days)

    def append(self, batch: Batch) -> int:
        """Store a batch; see `core.ports.Store.append`."""
        try:
            with file.transaction(self._connection):
                known = self._catch_up()
                known.describe(batch.devices, batch.points)
                self._connection.executemany(STORE_EVENT, map(event_row, batch.events))
                changes = known.changes(batch.readings)
                if changes.rows:
                    self._store(changes)
                return len(changes.rows)
        except BaseException:
            self._known = None  # what it takes for written is not
            raise

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

    def prune(self, sinks: Collection[str] | None, limit: int | None) -> Mapping[str, int]:
        """See `core.ports.Store.prune`."""
        with file.transaction(self._connection):
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
        if late:
            touched.update((row[0], row[1] // HOUR) for row in late)
            self._upsert("samples", late)
            added = len(late) - sum(row[:2] in changes.replaced for row in late)
            self._connection.execute("UPDATE state SET samples = samples + ?", (added,))
        if len(late) < len(rows):
            on_time = [row for row in rows if row[1] >= boundary] if late else rows
            self._upsert("recent", on_time)
        texts = ((*place, text) for place, text in changes.texts.items())
        self._connection.executemany(_STORE_TEXT, texts)
        if touched:
            summarise(self._connection, touched, days_of(self._state.timezone))
        journal.note(self._connection, rows, changes.texts)
        self._journaled += len(rows)
        if folding or self._journaled > journal.KEPT_READINGS:
            journal.prune(self._connection)
            self._journaled = 0

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
