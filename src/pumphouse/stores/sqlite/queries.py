"""What is asked of the store, but for buckets and the journal: one query per question."""

import sqlite3
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from pumphouse.core.model import Device, Event, Interval, Point, PointKey, Reading
from pumphouse.core.ports import Columns, Gap, SourceStatus
from pumphouse.stores.sqlite import archive
from pumphouse.stores.sqlite.archive import StoreConnection
from pumphouse.stores.sqlite.instants import first_at, milliseconds
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
    "described",
    "devices",
    "earliest",
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


def devices(connection: sqlite3.Connection, *, shown: bool = True) -> list[Device]:
    """Every device, ordered by source and id; where not `shown`, as the sources describe them."""
    query = SELECT_DEVICES.format(devices="shown_devices" if shown else "devices")
    return [device_from(row) for row in connection.execute(query)]


def points(
    connection: sqlite3.Connection,
    device: str | None = None,
    name: str | None = None,
    *,
    shown: bool = True,
) -> Iterator[tuple[int, Point]]:
    """Points with their ids: of one device or all, of one native id or metric or all.

    Where they are not `shown`, they are as the sources describe them.
    """
    query = SELECT_POINTS.format(points="shown_points" if shown else "points")
    rows = connection.execute(query, {"device": device, "name": name})
    return ((row[0], point_from(row[1:])) for row in rows)


def described(
    connection: sqlite3.Connection, device: str | None, name: str | None = None
) -> list[Point]:
    """The same without their ids."""
    return [point for _, point in points(connection, device, name)]


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
    connection: sqlite3.Connection, now: datetime, device: str | None = None
) -> list[tuple[Point, Reading]]:
    """The newest reading of each point that has one, ordered as `points`.

    Of what is announced before its time, it is the newest that is not later than `now`.
    """
    known = dict(points(connection, device))
    rows = newest(connection, known)
    present = milliseconds(now)
    for number, point in known.items():
        if point.announced and number in rows and rows[number][0] > present:
            del rows[number]
            rows |= _in_force(connection, number, present)
    return [
        (point, readings_from(point.key, [rows[number]])[0])
        for number, point in known.items()
        if number in rows
    ]


def earliest(
    connection: sqlite3.Connection, device: str | None = None
) -> list[tuple[Point, Reading]]:
    """The oldest reading of each point that has one, ordered as `points`."""
    times = dict(connection.execute("SELECT point, min(time) FROM recent GROUP BY point"))
    found = []
    for number, point in points(connection, device):
        query = "SELECT min(time) FROM samples WHERE point = ?"
        (time,) = connection.execute(query, (number,)).fetchone()
        query = "SELECT time, value, text FROM readings WHERE point = ? AND time = ?"
        oldest = times.get(number) if time is None else time
        rows = connection.execute(query, (number, oldest)).fetchall()
        found += [(point, reading) for reading in readings_from(point.key, rows)]
    return found


def _in_force(connection: sqlite3.Connection, point: int, now: int) -> dict[int, Row]:
    """The newest (time, value, text) of a point that is not later than `now`, if there is one."""
    row = connection.execute(
        "SELECT time, value, text FROM readings WHERE point = ? AND time <= ?"
        " ORDER BY time DESC LIMIT 1",
        (point, now),
    ).fetchone()
    return {} if row is None else {point: row}


def readings(
    connection: StoreConnection, key: PointKey, interval: Interval, limit: int = -1
) -> list[Reading]:
    """The first `limit` readings of a point in time order; all of them where it is negative."""
    start, end = first_at(interval.start), first_at(interval.end)
    rows = connection.execute(
        "SELECT time, value, text FROM readings"
        " WHERE point = ? AND time >= ? AND time < ? ORDER BY time LIMIT ?",
        (number_of(connection, key), start, end, limit),
    ).fetchall()
    if archived := archive.rows_of(connection, key, start, end, limit):
        rows = sorted(chain(archived, rows))[: limit if limit >= 0 else None]
    return readings_from(key, rows)


def columns(
    connection: StoreConnection, key: PointKey, interval: Interval, *, held: bool = False
) -> Columns:
    """The numbers of a point in time order, led by the newest before `interval` where `held`."""
    point, first = number_of(connection, key), first_at(interval.start)
    if held:
        query = "SELECT max(time) FROM readings WHERE point = ? AND time < ? AND value IS NOT NULL"
        (before,) = connection.execute(query, (point, first)).fetchone()
        earlier = (before, archive.newest_number(connection, key, first))
        first = max((time for time in earlier if time is not None), default=first)
    end = first_at(interval.end)
    if archive.months(connection, key.source, key.device, first, end):
        return _with_archive(connection, key, point, (first, end))
    rows = connection.execute(
        "SELECT time / 1000.0, value FROM readings"
        " WHERE point = ? AND time >= ? AND time < ? AND value IS NOT NULL ORDER BY time",
        (point, first, end),
    )
    mixed = array("d", chain.from_iterable(rows))  # the fastest way that needs no list of rows
    return Columns(mixed[::2], mixed[1::2])


def _with_archive(
    connection: StoreConnection, key: PointKey, point: int, bounds: tuple[int, int]
) -> Columns:
    """The numbers of a point, of which some lie in files."""
    rows = connection.execute(
        "SELECT time, value FROM readings"
        " WHERE point = ? AND time >= ? AND time < ? AND value IS NOT NULL",
        (point, *bounds),
    )
    found = archive.numbers_of(connection, key, *bounds, rows.fetchall())
    times, values = array("d"), array("d")
    times.frombytes((found.times / 1000.0).tobytes())
    values.frombytes(found.values.tobytes())
    return Columns(times, values)


def has_texts(connection: StoreConnection, key: PointKey, interval: Interval) -> bool:
    """Whether a point has a reading that is a text."""
    start, end = first_at(interval.start), first_at(interval.end)
    row = connection.execute(
        "SELECT 1 FROM texts WHERE point = ? AND time >= ? AND time < ? LIMIT 1",
        (number_of(connection, key), start, end),
    ).fetchone()
    if row is not None:
        return True
    return any(part.texts for part in archive.series_of(connection, key, start, end))


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
        "SELECT (SELECT samples FROM state) + (SELECT count(*) FROM recent)"
        " + (SELECT coalesce(sum(readings), 0) FROM archive),"
        " (SELECT count(*) FROM shown_points)"
    ).fetchone()
    return int(row[0]), int(row[1])


def problems(connection: StoreConnection) -> list[str]:
    """What is wrong with the file, one line each; empty where it is whole. Reads all of it."""
    found = [str(line) for (line,) in connection.execute("PRAGMA integrity_check")]
    if found != ["ok"]:
        return found
    (counted,) = connection.execute("SELECT count(*) FROM samples").fetchone()
    (noted,) = connection.execute("SELECT samples FROM state").fetchone()
    if counted != noted:
        return [f"the store holds {counted} older readings but noted {noted}"]
    return archive.problems(connection)
