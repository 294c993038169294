"""Deleting single readings that are older than their owner wants them; their sums stay.

The table `retained` tells of which hours the readings are gone. It is written in the transaction
that deletes, a month at a time, so that an interruption leaves nothing half done. What comes late
for these hours is not stored: it is in their sums already, as far as anybody knows.
"""

import sqlite3
from typing import Final

from pumphouse.core.model import PointKey
from pumphouse.stores.sqlite import archive, queries
from pumphouse.stores.sqlite.archive import StoreConnection, month_of, month_start
from pumphouse.stores.sqlite.archiving import bring_back
from pumphouse.stores.sqlite.instants import HOUR

__all__ = ["deletable", "delete_next", "deleted", "retained"]

#: the newest reading of a point stays, however old it is
_OLD: Final = """
    FROM samples WHERE point = :point AND time >= :start AND time < :end AND time < coalesce(
        (SELECT max(time) FROM recent WHERE point = :point),
        (SELECT max(time) FROM samples WHERE point = :point))"""
_OLD_TEXTS: Final = """
    DELETE FROM texts WHERE point = :point AND time >= :start AND time < :end AND NOT EXISTS (
        SELECT 1 FROM readings WHERE readings.point = texts.point AND readings.time = texts.time)"""
_NOTE: Final = """
    INSERT INTO retained (point, oldest, since) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET oldest = min(oldest, excluded.oldest),
        since = max(since, excluded.since)"""
_EARLIEST: Final = -(1 << 62)


def retained(connection: sqlite3.Connection) -> dict[int, tuple[int, int]]:
    """Between which instants the readings of a point were deleted."""
    rows = connection.execute("SELECT point, oldest, since FROM retained")
    return {point: (oldest, since) for point, oldest, since in rows}


def deleted(connection: sqlite3.Connection, point: int) -> tuple[int, int] | tuple[()]:
    """Between which whole hours the readings of one point were deleted, if any were."""
    query = "SELECT oldest, since FROM retained WHERE point = ?"
    found: tuple[int, int] | None = connection.execute(query, (point,)).fetchone()
    return found or ()


def deletable(connection: StoreConnection, key: PointKey, before: int) -> int:
    """How many readings of a point `delete_next` would delete in the end."""
    bounds = _bounds(connection, key, _EARLIEST, before)
    (count,) = connection.execute(f"SELECT count(*) {_OLD}", bounds).fetchone()
    filed = archive.series_of(connection, key, archive.FIRST, _settled(connection, before))
    return int(count) + sum(len(part.times) for part in filed)


def delete_next(connection: StoreConnection, key: PointKey, before: int) -> int | None:
    """Delete the oldest month of a point, as far as it is older than an instant.

    A month that lies in a file is brought back before; archiving writes it again later. Inside a
    transaction of the caller's.

    Returns:
        how many readings went; None where there is nothing left to delete.
    """
    number, until = queries.number_of(connection, key), _settled(connection, before)
    start = _oldest(connection, key, until)
    if start is None:
        return None
    month = month_of(start)
    for filed in archive.months(connection, key.source, key.device, start, month_start(month + 1)):
        bring_back(connection, filed)
    end = min(until, month_start(month + 1))
    bounds = _bounds(connection, key, start, end)
    count = connection.execute(f"DELETE {_OLD}", bounds).rowcount
    connection.execute(_OLD_TEXTS, bounds)
    connection.execute("UPDATE state SET samples = samples - ?", (count,))
    connection.execute(_NOTE, (number, start // HOUR * HOUR, end))
    return count


def _oldest(connection: StoreConnection, key: PointKey, until: int) -> int | None:
    """The oldest instant of a point that may go, None where there is none before `until`."""
    bounds = _bounds(connection, key, _EARLIEST, until)
    (oldest,) = connection.execute(f"SELECT min(time) {_OLD}", bounds).fetchone()
    filed = next(archive.series_of(connection, key, archive.FIRST, until), None)
    found = [] if filed is None else [int(filed.times[0])]
    return min([*found, oldest] if oldest is not None else found, default=None)


def _bounds(connection: sqlite3.Connection, key: PointKey, start: int, end: int) -> dict[str, int]:
    return {
        "point": queries.number_of(connection, key),
        "start": start,
        "end": _settled(connection, end),
    }


def _settled(connection: sqlite3.Connection, before: int) -> int:
    """The last whole hour before an instant whose readings have their sums."""
    return min(before // HOUR * HOUR, queries.state(connection).folded_until)
