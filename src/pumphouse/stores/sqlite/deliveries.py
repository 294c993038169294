"""How deliveries go: cursors, the status of sinks, and what was refused."""

import sqlite3
from collections.abc import Sequence
from typing import Final

from pumphouse.core.model import PointKey, Reading
from pumphouse.core.ports import Backfill, DeadLetter, SinkState, SinkStatus
from pumphouse.stores.sqlite import debts, journal, queries
from pumphouse.stores.sqlite.instants import instant, milliseconds
from pumphouse.stores.sqlite.rows import Row, stored, told

__all__ = ["KEPT_DEAD_LETTERS", "dead_letters", "enrol", "save", "save_cursor", "statuses"]

#: how many refused readings of one sink are kept, the newest
KEPT_DEAD_LETTERS: Final = 10_000

_STORE_STATUS: Final = """
    INSERT OR REPLACE INTO sinks
        (sink, state, since, last_success, last_error, delivered, dropped, resumes_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_SELECT_STATUSES: Final = """
    SELECT sink, state, since, last_success, last_error, delivered, dropped, resumes_at,
        live, sequence, (SELECT total(remaining) FROM debts WHERE debts.sink = sinks.sink),
        (SELECT count(*) FROM dead_letters WHERE dead_letters.sink = sinks.sink)
    FROM sinks LEFT JOIN cursors USING (sink) ORDER BY sink"""
_STORE_CURSOR: Final = """
    INSERT INTO cursors (sink, sequence, live) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET sequence = excluded.sequence, live = excluded.live"""
_STORE_LETTER: Final = """
    INSERT OR REPLACE INTO dead_letters (sink, point, time, value, text, reason, noted_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""
_FORGET_LETTERS: Final = """
    DELETE FROM dead_letters WHERE sink = :sink AND id <= (
        SELECT id FROM dead_letters WHERE sink = :sink ORDER BY id DESC LIMIT 1 OFFSET :kept)"""
_SELECT_LETTERS: Final = """
    SELECT dead_letters.sink, source, device, points.point, time, value, text, reason, noted_at
    FROM dead_letters JOIN points ON points.id = dead_letters.point
    WHERE :sink IS NULL OR dead_letters.sink = :sink ORDER BY dead_letters.id DESC"""


def enrol(connection: sqlite3.Connection, sink: str, *, backfill: bool) -> int:
    """See `core.ports.Store.enrol_sink`."""
    row = connection.execute(
        "SELECT sequence FROM cursors WHERE sink = ? AND NOT live", (sink,)
    ).fetchone()
    if row is not None:
        return int(row[0])
    sequence = journal.newest(connection)
    save_cursor(connection, sink, sequence)
    if backfill:
        debts.owe_everything(connection, sink)
    return sequence


def save_cursor(
    connection: sqlite3.Connection, sink: str, sequence: int, *, live: bool = False
) -> None:
    """Remember how far `sink` has read."""
    connection.execute(_STORE_CURSOR, (sink, sequence, live))


def save(
    connection: sqlite3.Connection,
    status: SinkStatus,
    backfill: Backfill | None,
    letters: Sequence[DeadLetter],
) -> None:
    """See `core.ports.Store.save_sink_status`."""
    connection.execute(_STORE_STATUS, _status_row(status))
    if status.cursor is not None:
        save_cursor(connection, status.sink, status.cursor, live=status.live)
    if backfill is not None:
        debts.pay(connection, backfill)
    if letters:
        connection.executemany(_STORE_LETTER, [_letter_row(connection, one) for one in letters])
        connection.execute(_FORGET_LETTERS, {"sink": status.sink, "kept": KEPT_DEAD_LETTERS})


def statuses(connection: sqlite3.Connection) -> list[SinkStatus]:
    """The status of every sink, by name."""
    return [_status_from(connection, row) for row in connection.execute(_SELECT_STATUSES)]


def dead_letters(connection: sqlite3.Connection, sink: str | None = None) -> list[DeadLetter]:
    """What was refused, newest first."""
    return [_letter_from(row) for row in connection.execute(_SELECT_LETTERS, {"sink": sink})]


def _status_row(status: SinkStatus) -> Row:
    return (
        status.sink,
        status.state.value,
        milliseconds(status.since),
        stored(status.last_success),
        status.last_error,
        status.delivered,
        status.dropped,
        stored(status.resumes_at),
    )


def _status_from(connection: sqlite3.Connection, row: Row) -> SinkStatus:
    sink, state, since, success, error, delivered, dropped, resumes_at, *computed = row
    live, cursor, owed, kept = computed
    return SinkStatus(
        sink=sink,
        state=SinkState(state),
        since=instant(since),
        live=bool(live),
        cursor=cursor,
        lag=0 if cursor is None else journal.unread(connection, cursor) + int(owed),
        last_success=told(success),
        last_error=error,
        delivered=delivered,
        dropped=dropped,
        rejected=kept,
        resumes_at=told(resumes_at),
    )


def _letter_row(connection: sqlite3.Connection, letter: DeadLetter) -> Row:
    reading = letter.reading
    return (
        letter.sink,
        queries.number_of(connection, reading.key),
        milliseconds(reading.time),
        reading.value,
        reading.text,
        letter.reason,
        milliseconds(letter.noted_at),
    )


def _letter_from(row: Row) -> DeadLetter:
    sink, source, device, point, time, value, text, reason, noted_at = row
    reading = Reading(PointKey(source, device, point), instant(time), value, text)
    return DeadLetter(sink, reading, reason, instant(noted_at))
