"""Debts: what sinks are owed beside the journal, paid from the readings in the order of time.

A new sink may be owed everything that was stored before it came, and any sink is owed what the
journal dropped before it was read. A debt is a stretch of time and a position in it; it is paid in
pieces, each of which reads the readings as they are then. What is stored or corrected meanwhile is
in the journal too, so that nothing is missed, whatever the order.
"""

import sqlite3
from typing import Final

from pumphouse.core.model import PointKey, Reading
from pumphouse.core.ports import Backfill
from pumphouse.stores.sqlite import archive, queries
from pumphouse.stores.sqlite.archive import StoreConnection
from pumphouse.stores.sqlite.instants import HOUR, instant
from pumphouse.stores.sqlite.rows import Row

__all__ = ["next_piece", "owe", "owe_everything", "pay"]

_FIRST: Final = """
    SELECT min((SELECT min(time) FROM samples WHERE point = points.id AND time >= ?)) FROM points"""
#: samples are in the order of point and time: they come in that order, stretch by stretch
_SAMPLES: Final = """
    SELECT time, samples.point, value FROM points CROSS JOIN samples ON samples.point = points.id
    WHERE time >= :time AND time < :end AND (time > :time OR samples.point > :point)"""
_RECENT: Final = """
    SELECT time, point, value FROM recent WHERE (time, point) > (:time, :point) AND time < :end
    ORDER BY time, point LIMIT :limit"""
_WIDEST: Final = 24 * HOUR


def owe(connection: sqlite3.Connection, sink: str, bounds: tuple[int, int], count: int) -> None:
    """Note that `sink` is owed `count` readings between two instants; a whole debt is widened."""
    start, end = bounds
    widened = connection.execute(
        "UPDATE debts SET started = min(started, ?1), ended = max(ended, ?2),"
        " time = min(started, ?1) - 1, remaining = remaining + ?3"
        " WHERE sink = ?4 AND time < started",
        (start, end, count, sink),
    )
    if not widened.rowcount:
        connection.execute(
            "INSERT INTO debts (sink, started, ended, time, point, remaining)"
            " VALUES (?, ?, ?, ?, 0, ?)",
            (sink, start, end, start - 1, count),
        )


def owe_everything(connection: sqlite3.Connection, sink: str) -> None:
    """Note that `sink` is owed every reading there is."""
    (first,) = connection.execute(_FIRST, (-(1 << 62),)).fetchone()  # always in the database
    oldest, newest = connection.execute("SELECT min(time), max(time) FROM recent").fetchone()
    folded = queries.state(connection).folded_until
    starts = [time for time in (first, oldest) if time is not None]
    if starts:
        end = folded if newest is None else newest + 1
        count, _ = queries.count(connection)
        owe(connection, sink, (min(starts), end), count)


def next_piece(
    connection: StoreConnection, sink: str, limit: int, after: Backfill | None = None
) -> Backfill | None:
    """Up to `limit` readings of the oldest debt to `sink`, None where there is none.

    A piece names the debt as it was when its first piece was read, the position behind the piece,
    and how many readings are left then.
    """
    if after is not None and after.complete:
        return None
    debt = connection.execute(
        "SELECT id, started, ended, remaining, time, point FROM debts"
        " WHERE sink = ? ORDER BY id LIMIT 1",
        (sink,),
    ).fetchone()
    if debt is None:
        return None
    *terms, time, point = debt
    left = terms[-1]
    if after is not None and after.debt[0] == terms[0]:
        *terms, time, point, left = after.debt
    rows = _behind(connection, (time, point), terms[2], limit)
    if rows:
        time, point = rows[-1][:2]
    left = max(left - len(rows), 0)
    readings = _readings(connection, rows)
    return Backfill((*terms, time, point, left), readings, complete=len(rows) < limit)


def pay(connection: sqlite3.Connection, piece: Backfill) -> None:
    """Move the position behind `piece`, unless the debt has been widened since it was read.

    Of a debt that was paid in part that is certain: only a whole one is widened.
    """
    *terms, time, point, left = piece.debt
    same = "id = ? AND (time >= started OR (started = ? AND ended = ? AND remaining = ?))"
    if piece.complete:
        connection.execute(f"DELETE FROM debts WHERE {same}", terms)  # noqa: S608  (ours)
        return
    connection.execute(
        f"UPDATE debts SET time = ?, point = ?, remaining = ? WHERE {same}",  # noqa: S608
        (time, point, left, *terms),
    )


def _behind(
    connection: StoreConnection, position: tuple[int, int], end: int, limit: int
) -> list[Row]:
    """Up to `limit` rows (time, point, value) behind a position, in the order of the first two."""
    rows = _samples(connection, position, end, limit)
    if len(rows) < limit:
        time, point = position
        bounds = {"time": time, "point": point, "end": end, "limit": limit - len(rows)}
        rows += connection.execute(_RECENT, bounds)
    return rows


def _samples(
    connection: StoreConnection, position: tuple[int, int], end: int, limit: int
) -> list[Row]:
    """Rows as `_behind`: stretches that are just long enough are sorted here."""
    rows: list[Row] = []
    time, point = position
    width = HOUR
    while len(rows) < limit:
        first = _first(connection, time)
        if first is None or first >= end:
            break
        if first > time:
            time, point = first, 0
        stop = min(time + width, end)
        bounds = {"time": time, "point": point, "end": stop}
        part = connection.execute(_SAMPLES, bounds).fetchall()
        part += archive.rows_by_time(connection, (time, point), stop)
        part.sort()
        rows += part
        time, point = stop, 0
        width = min(width * (limit - len(rows)) // max(len(part), 1) + 1, _WIDEST)
    return rows[:limit]


def _first(connection: StoreConnection, time: int) -> int | None:
    """The oldest instant from `time` on that may have a reading."""
    (first,) = connection.execute(_FIRST, (time,)).fetchone()
    return archive.first_from(connection, time, first)


def _readings(connection: StoreConnection, rows: list[Row]) -> tuple[Reading, ...]:
    if not rows:
        return ()
    times, points, values = zip(*rows, strict=True)
    keys = {
        number: PointKey(*key)
        for number, *key in connection.execute("SELECT id, source, device, point FROM points")
    }
    moments = {time: instant(time) for time in set(times)}
    texts: list[str | None] = [None] * len(rows)
    for i, (time, point, value) in enumerate(rows):
        if value is None:
            query = "SELECT text FROM texts WHERE point = ? AND time = ?"
            found = connection.execute(query, (point, time)).fetchone()
            texts[i] = found[0] if found else archive.text_at(connection, keys[point], time)
    named, dated = map(keys.__getitem__, points), map(moments.__getitem__, times)
    return tuple(map(Reading, named, dated, values, texts))
