"""The owner's sensors: doubtful values, names, and readings that move from one line to another."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from pumphouse.core.errors import StoreError
from pumphouse.core.model import Interval, PointKey, Suspect
from pumphouse.core.ports import Binding, Clock, SensorName
from pumphouse.stores.sqlite import archive, journal
from pumphouse.stores.sqlite.archive import StoreConnection, months
from pumphouse.stores.sqlite.archiving import bring_back
from pumphouse.stores.sqlite.days import Days
from pumphouse.stores.sqlite.instants import HOUR, first_at, instant, milliseconds
from pumphouse.stores.sqlite.rollups import summarise
from pumphouse.stores.sqlite.rows import Row

__all__ = [
    "STORE_SUSPECT",
    "bind",
    "bindings",
    "forget_old_suspects",
    "names",
    "save_name",
    "suspects",
    "unbind",
]

#: how long a doubtful value is kept
SUSPECTS_KEPT: Final = timedelta(days=400)
#: how many moved readings make one entry of the journal
_MOVED_AT_ONCE: Final = 4096
_FOR_EVER: Final = 1 << 62

STORE_SUSPECT: Final = """
    INSERT OR REPLACE INTO suspects (point, time, value, reason) VALUES (?, ?, ?, ?)"""
_SELECT_SUSPECTS: Final = """
    SELECT source, device, shown_points.point, time, value, reason
    FROM suspects JOIN shown_points ON shown_points.id = suspects.point
    WHERE time >= :start AND time < :end
        AND (:source IS NULL OR (source, device, shown_points.point) = (:source, :device, :point))
    ORDER BY time, source, device, shown_points.point"""
_SELECT_NAMES: Final = """
    SELECT source, device, name FROM sensor_names
    UNION SELECT source, device, NULL FROM sensor_metrics
        WHERE (source, device) NOT IN (SELECT source, device FROM sensor_names)
    ORDER BY source, device"""
#: gives one device every point that the other has
_COPY_POINTS: Final = """
    INSERT OR IGNORE INTO points (source, device, point, name, metric, unit, writable, minimum,
        maximum, step, options, vendor_unit)
    SELECT source, :to, point, name, metric, unit, writable, minimum, maximum, step, options,
        vendor_unit
    FROM points WHERE source = :source AND device = :from"""
#: the points of one device, each with the same point of the other
_PAIRS: Final = """
    SELECT old.id, new.id FROM points AS old JOIN points AS new USING (source, point)
    WHERE source = :source AND old.device = :from AND new.device = :to"""


def suspects(
    connection: sqlite3.Connection, interval: Interval, key: PointKey | None = None
) -> list[Suspect]:
    """The doubtful values of one point or of all, in time order."""
    source, device, point = key or (None, None, None)
    bounds = {"start": first_at(interval.start), "end": first_at(interval.end)}
    wanted = bounds | {"source": source, "device": device, "point": point}
    rows = connection.execute(_SELECT_SUSPECTS, wanted)
    return [Suspect(PointKey(*row[:3]), instant(row[3]), row[4], row[5]) for row in rows]


def forget_old_suspects(connection: sqlite3.Connection, clock: Clock) -> None:
    """Drop the doubtful values that nobody will ask for any more."""
    oldest = milliseconds(clock.now() - SUSPECTS_KEPT)
    connection.execute("DELETE FROM suspects WHERE time < ?", (oldest,))


def names(connection: sqlite3.Connection) -> list[SensorName]:
    """Everything the owner has named, by source and device."""
    metrics: dict[tuple[str, str], dict[str, str]] = {}
    query = "SELECT source, device, point, metric FROM sensor_metrics ORDER BY point"
    for source, device, point, metric in connection.execute(query):
        metrics.setdefault((source, device), {})[point] = metric
    rows = connection.execute(_SELECT_NAMES)
    return [
        SensorName(source, device, name, metrics.get((source, device), {}))
        for source, device, name in rows
    ]


def save_name(connection: sqlite3.Connection, name: SensorName) -> None:
    """Replace what the owner says about one device."""
    device = (name.source, name.device)
    for table in ("sensor_names", "sensor_metrics"):
        connection.execute(f"DELETE FROM {table} WHERE source = ? AND device = ?", device)  # noqa: S608  (ours)
    if name.name is not None:
        connection.execute("INSERT INTO sensor_names VALUES (?, ?, ?)", (*device, name.name))
    rows = ((*device, *metric) for metric in name.metrics.items())
    connection.executemany("INSERT INTO sensor_metrics VALUES (?, ?, ?, ?)", rows)


def bindings(connection: sqlite3.Connection) -> list[Binding]:
    """Which hardware stands behind which device, oldest first."""
    rows = connection.execute(
        "SELECT source, hardware, device, since FROM bindings ORDER BY since, source, hardware"
    )
    return [
        Binding(source, hardware, device, instant(since))
        for source, hardware, device, since in rows
    ]


def bind(connection: StoreConnection, binding: Binding, days: Days) -> int:
    """Note a binding, and move what the hardware has said since to the line of the device."""
    source, since = binding.source, milliseconds(binding.since)
    connection.execute(
        "INSERT OR REPLACE INTO bindings (source, hardware, device, since) VALUES (?, ?, ?, ?)",
        (source, binding.hardware, binding.device, since),
    )
    # What was bound to this hardware goes on with it.
    connection.execute(
        "UPDATE bindings SET device = ? WHERE source = ? AND device = ?",
        (binding.device, source, binding.hardware),
    )
    return _move(connection, (source, binding.hardware, binding.device), (since, _FOR_EVER), days)


def unbind(connection: StoreConnection, source: str, hardware: str, days: Days) -> int:
    """Forget a binding, and move back what came from this hardware."""
    row = connection.execute(
        "DELETE FROM bindings WHERE source = ? AND hardware = ? RETURNING device, since",
        (source, hardware),
    ).fetchone()
    if row is None:
        return 0
    device, since = row
    (until,) = connection.execute(
        "SELECT coalesce(min(since), ?) FROM bindings"
        " WHERE (source, device) = (?, ?) AND since > ?",
        (_FOR_EVER, source, device, since),
    ).fetchone()
    return _move(connection, (source, device, hardware), (since, until), days)


def _move(
    connection: StoreConnection, line: tuple[str, str, str], span: tuple[int, int], days: Days
) -> int:
    """Move the readings of [start, end) from one device of a source to another.

    Args:
        line: the source, the device that has them and the one that gets them.

    Returns:
        how many there were.
    """
    _refuse_archived(connection, line, span)
    names = dict(zip(("source", "from", "to"), line, strict=True))
    for device in line[1:]:
        for month in months(connection, line[0], device, *span):
            bring_back(connection, month)
    connection.execute(_COPY_POINTS, names)
    moved = 0
    for old, new in connection.execute(_PAIRS, names).fetchall():
        places = {"old": old, "new": new, "start": span[0], "end": span[1], "hour": HOUR}
        moved += _move_point(connection, places, days)
    return moved


def _refuse_archived(
    connection: sqlite3.Connection, line: tuple[str, str, str], span: tuple[int, int]
) -> None:
    """Files of the archive are never rewritten for the sake of a line.

    Raises:
        StoreError: a month of one of both devices is archived.
    """
    source, *devices = line
    for device in devices:
        if found := archive.months(connection, source, device, *span):
            raise StoreError(
                f"the readings of {device} of {instant(found[-1].start):%Y-%m} and before are"
                " archived already, so that they cannot be moved; nothing was changed"
            )


def _move_point(connection: sqlite3.Connection, places: dict[str, int], days: Days) -> int:
    """Move the readings of one point, tell the journal, and sum up anew what that changes."""
    hours = connection.execute(
        "SELECT DISTINCT time / :hour FROM samples"
        " WHERE point = :old AND time >= :start AND time < :end",
        places,
    ).fetchall()
    connection.execute(
        "UPDATE state SET samples = samples - (SELECT count(*) FROM samples AS old"
        " JOIN samples AS new USING (time) WHERE old.point = :old AND new.point = :new"
        " AND time >= :start AND time < :end)",
        places,
    )
    moved = 0
    for rows, texts in _pieces(connection, places):
        journal.note(connection, rows, texts)
        moved += len(rows)
    for table in ("samples", "recent", "texts", "suspects"):
        connection.execute(
            f"UPDATE OR REPLACE {table} SET point = :new"  # noqa: S608  (ours)
            " WHERE point = :old AND time >= :start AND time < :end",
            places,
        )
    touched = [(places[point], hour) for (hour,) in hours for point in ("old", "new")]
    summarise(connection, touched, days)
    return moved


def _pieces(
    connection: sqlite3.Connection, places: dict[str, int]
) -> Iterator[tuple[list[Row], dict[tuple[int, int], str]]]:
    """What is moved, as rows of the new point with their texts, a few thousand at once."""
    found = connection.execute(
        "SELECT time, value, text FROM readings"
        " WHERE point = :old AND time >= :start AND time < :end ORDER BY time",
        places,
    )
    point = places["new"]
    while piece := found.fetchmany(_MOVED_AT_ONCE):
        rows = [(point, time, value) for time, value, _ in piece]
        yield rows, {(point, time): text for time, _, text in piece if text is not None}
