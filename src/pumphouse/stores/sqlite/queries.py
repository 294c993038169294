"""What is asked of the store, but for buckets and the journal: one query per question."""

import sqlite3
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from pumphouse.core.model import Device, Event, Interval, Point, PointKey, Reading
from pumphouse.core.ports import Columns, Gap, SourceStatus
from pumphouse.stores.sqlite.instants import first_at
from pumphouse.stores.sqlite.rows import (
    SELECT_DEVICES,
    SELECT_EVENTS,
    SELECT_GAPS,
    SELECT_POINTS,
    SELECT_SOURCES,
    Row,
    device_from,
    event_from,
    gap_from,
    point_from,
    readings_from,
    source_from,
)

__all__ = [
    "State",
    "columns",
    "count",
    "cursor",
    "devices",
    "events",
    "gaps",
    "has_texts",
    "latest",
    "newest",
    "number_of",
    "points",
    "problems",
    "readings",
    "sources",
    "state",
]


@dataclass(frozen=True, slots=True)
class State:
    """What the file says about itself.

    Attributes:
        timezone: whose days the roll-ups hold.
        folded_until: the boundary between `samples` and `recent`.
    """

    timezone: str
    folded_until: int


def state(connection: sqlite3.Connection) -> State:
    """What the file says about itself."""
    return State(*connection.execute("SELECT timezone, folded_until FROM state").fetchone())


def sources(connection: sqlite3.Connection) -> list[SourceStatus]:
    """The status of every source, by name."""
    return [source_from(row) for row in connection.execute(SELECT_SOURCES)]


def devices(connection: sqlite3.Connection) -> list[Device]:
    """Every device, ordered by source and id."""
    return [device_from(row) for row in connection.execute(SELECT_DEVICES)]


def points(
    connection: sqlite3.Connection, device: str | None = None, name: str | None = None
) -> Iterator[tuple[int, Point]]:
    """Points with their ids: of one device or all, of one native id or metric or all."""
    rows = connection.execute(SELECT_POINTS, {"device": device, "name": name})
    return ((row[0], point_from(row[1:])) for row in rows)


def number_of(connection: sqlite3.Connection, key: PointKey) -> int:
    """The id of a point, 0 where nobody has heard of it."""
    row = connection.execute(
        "SELECT id FROM points WHERE source = ? AND device = ? AND point = ?", key
    ).fetchone()
    return 0 if row is None else int(row[0])


def newest(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Row]:
    """The newest (time, value, text) of each point that has a reading."""
    times = dict(connection.execute("SELECT point, max(time) FROM recent GROUP BY point"))
    for point in ids:
        if point not in times:
            query = "SELECT max(time) FROM samples WHERE point = ?"
            (times[point],) = connection.execute(query, (point,)).fetchone()
    query = "SELECT time, value, text FROM readings WHERE point = ? AND time = ?"
    return {
        place[0]: connection.execute(query, place).fetchone()
        for place in times.items()
        if place[1] is not None
    }


def latest(
    connection: sqlite3.Connection, device: str | None = None
) -> list[tuple[Point, Reading]]:
    """The newest reading of each point that has one, ordered as `points`."""
    known = dict(points(connection, device))
    rows = newest(connection, known)
    return [
        (point, readings_from(point.key, [rows[number]])[0])
        for number, point in known.items()
        if number in rows
    ]


def readings(
    connection: sqlite3.Connection, key: PointKey, interval: Interval, limit: int = -1
) -> list[Reading]:
    """The first `limit` readings of a point in time order; all of them where it is negative."""
    rows = connection.execute(
        "SELECT time, value, text FROM readings"
        " WHERE point = ? AND time >= ? AND time < ? ORDER BY time LIMIT ?",
        (number_of(connection, key), first_at(interval.start), first_at(interval.end), limit),
    )
    return readings_from(key, rows.fetchall())


def columns(
    connection: sqlite3.Connection, key: PointKey, interval: Interval, *, held: bool = False
) -> Columns:
    """The numbers of a point in time order, led by the newest before `interval` where `held`."""
    point, first = number_of(connection, key), first_at(interval.start)
    if held:
        query = "SELECT max(time) FROM readings WHERE point = ? AND time < ? AND value IS NOT NULL"
        (before,) = connection.execute(query, (point, first)).fetchone()
        first = first if before is None else before
    rows = connection.execute(
        "SELECT time / 1000.0, value FROM readings"
        " WHERE point = ? AND time >= ? AND time < ? AND value IS NOT NULL ORDER BY time",
        (point, first, first_at(interval.end)),
    )
    mixed = array("d", chain.from_iterable(rows))  # the fastest way that needs no list of rows
    return Columns(mixed[::2], mixed[1::2])


def has_texts(connection: sqlite3.Connection, key: PointKey, interval: Interval) -> bool:
    """Whether a point has a reading that is a text."""
    row = connection.execute(
        "SELECT 1 FROM texts WHERE point = ? AND time >= ? AND time < ? LIMIT 1",
        (number_of(connection, key), first_at(interval.start), first_at(interval.end)),
    ).fetchone()
    return row is not None


def events(connection: sqlite3.Connection, interval: Interval) -> list[Event]:
    """What began in `interval`, in time order."""
    bounds = first_at(interval.start), first_at(interval.end)
    rows = connection.execute(SELECT_EVENTS, bounds)
    return [event_from(row) for row in rows]


def gaps(connection: sqlite3.Connection, sources: Iterable[str] | None = None) -> list[Gap]:
    """The gap ledger, newest first; of `sources` or of all."""
    wanted = None if sources is None else set(sources)
    rows = connection.execute(SELECT_GAPS)
    return [gap_from(row) for row in rows if wanted is None or row[0] in wanted]


def cursor(connection: sqlite3.Connection, sink: str) -> int | None:
    """How far `sink` has read the journal, None where it is new."""
    row = connection.execute("SELECT sequence FROM cursors WHERE sink = ?", (sink,)).fetchone()
    return None if row is None else int(row[0])


def count(connection: sqlite3.Connection) -> tuple[int, int]:
    """How many readings and how many points there are."""
    row = connection.execute(
        "SELECT (SELECT samples FROM state) + (SELECT count(*) FROM recent),"
        " (SELECT count(*) FROM points)"
    ).fetchone()
    return int(row[0]), int(row[1])


def problems(connection: sqlite3.Connection) -> list[str]:
    """What is wrong with the file, one line each; empty where it is whole. Reads all of it."""
    found = [str(line) for (line,) in connection.execute("PRAGMA integrity_check")]
    if found != ["ok"]:
        return found
    (counted,) = connection.execute("SELECT count(*) FROM samples").fetchone()
    (noted,) = connection.execute("SELECT samples FROM state").fetchone()
    if counted != noted:
        return [f"the store holds {counted} older readings but noted {noted}"]
    return []
