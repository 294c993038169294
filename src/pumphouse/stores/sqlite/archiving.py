"""Moving months that are over into files, and back when late data or a move need them.

The file is complete on the disk before the rows leave the database, in the transaction that notes
the file: whatever happens in between, a reading is in one of the two places.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from pumphouse.core.model import Device, Point
from pumphouse.stores.sqlite import queries
from pumphouse.stores.sqlite.archive import (
    FiledMonth,
    StoreConnection,
    all_months,
    month_of,
    month_start,
    months,
)
from pumphouse.stores.sqlite.instants import instant
from pumphouse.stores.sqlite.rows import Row

if TYPE_CHECKING:
    from pumphouse.stores.parquet.month_file import PointMonth

__all__ = ["archive_month", "bring_back", "next_candidate", "remove_unused", "write_manifest"]

#: for how long a file that nobody names any more is kept: who reads an older state may want it
UNUSED_KEPT_SECS: Final = 3600.0

#: the oldest and the newest reading of each point
_ENDS: Final = """
    SELECT (SELECT min(time) FROM samples WHERE point = :point), coalesce(
        (SELECT max(time) FROM recent WHERE point = :point),
        (SELECT max(time) FROM samples WHERE point = :point))"""
_OLDEST: Final = """
    SELECT min(time) FROM samples
    WHERE point = :point AND time >= :start AND time < :end AND time NOT IN (:oldest, :newest)"""
_ROWS: Final = """
    SELECT time, value, CASE WHEN value IS NULL THEN (
        SELECT text FROM texts WHERE texts.point = samples.point AND texts.time = samples.time) END
    FROM samples
    WHERE point = :point AND time >= :start AND time < :end AND time NOT IN (:oldest, :newest)
    ORDER BY time"""
_FORGET: Final = """
    DELETE FROM samples
    WHERE point = :point AND time >= :start AND time < :end AND time NOT IN (:oldest, :newest)"""
_FORGET_TEXTS: Final = """
    DELETE FROM texts
    WHERE point = :point AND time >= :start AND time < :end AND NOT EXISTS (
        SELECT 1 FROM readings WHERE readings.point = texts.point AND readings.time = texts.time)"""


def next_candidate(connection: StoreConnection, before: int) -> tuple[Device, int] | None:
    """The oldest month before an instant that is not archived yet, and whose it is.

    Args:
        before: only months that end there or earlier.
    """
    known = list(queries.points(connection, shown=False))
    found: tuple[int, Device] | None = None
    end = month_start(month_of(before))
    for device in queries.devices(connection, shown=False):
        done = {one.month for one in months(connection, device.source, device.id, 0, end)}
        for number, point in known:
            if point.key[:2] == (device.source, device.id):
                month = _oldest(connection, number, done, end)
                if month is not None and (found is None or month < found[0]):
                    found = month, device
    return None if found is None else (found[1], found[0])


def _oldest(connection: sqlite3.Connection, point: int, done: set[int], end: int) -> int | None:
    """The oldest month of a point that has something to archive and is not in `done`."""
    start = -(1 << 62)
    while True:
        bounds = _bounds(connection, point, start, end)
        (time,) = connection.execute(_OLDEST, bounds).fetchone()
        if time is None:
            return None
        month = month_of(time)
        if month not in done:
            return month
        start = month_start(month + 1)


def archive_month(connection: StoreConnection, device: Device, month: int) -> FiledMonth | None:
    """Write one month of a device into a file, and take it out of the database.

    Nothing is taken out where another process has written meanwhile; it is tried again later.

    Raises:
        OSError: the file cannot be written; nothing has changed.
    """
    from pumphouse.stores.parquet.month_file import write_month  # noqa: PLC0415  (60 MB, if used)

    archive = connection.archive
    points = [
        (number, point)
        for number, point in queries.points(connection, shown=False)
        if point.key[:2] == (device.source, device.id)
    ]
    points.sort(key=lambda one: one[1].key.point)
    (version,) = connection.execute("PRAGMA data_version").fetchone()
    archive.folder.mkdir(mode=0o700, exist_ok=True)
    folder = archive.folder / f"{instant(month_start(month)):%Y-%m}"
    written = write_month(folder, device, _gathered(connection, points, month))
    file = str(written.path.relative_to(archive.folder))
    connection.execute("BEGIN IMMEDIATE")
    try:
        if connection.execute("PRAGMA data_version").fetchone() != (version,):
            connection.execute("ROLLBACK")
            written.path.unlink()
            return None
        _take_out(connection, [number for number, _ in points], month)
        noted = FiledMonth(
            device.source, device.id, month, file, written.readings, written.bytes, written.sha256
        )
        connection.execute("INSERT INTO archive VALUES (?, ?, ?, ?, ?, ?, ?)", noted)
        connection.execute("UPDATE state SET samples = samples - ?", (written.readings,))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        written.path.unlink(missing_ok=True)
        raise
    write_manifest(connection)
    return noted


def _gathered(
    connection: sqlite3.Connection, points: Sequence[tuple[int, Point]], month: int
) -> "Iterator[PointMonth]":
    import numpy as np  # noqa: PLC0415  (loaded only where a file is written)

    from pumphouse.stores.parquet.month_file import PointMonth, Series  # noqa: PLC0415

    for number, point in points:
        rows = connection.execute(_ROWS, _of_month(connection, number, month)).fetchall()
        if rows:
            times, values, texts = zip(*rows, strict=True)
            told = {place: text for place, text in enumerate(texts) if text is not None}
            series = Series(np.array(times, np.int64), np.array(values, np.float64), told)
            yield PointMonth(point, series)


def _take_out(connection: sqlite3.Connection, points: Sequence[int], month: int) -> None:
    for number in points:
        bounds = _of_month(connection, number, month)
        connection.execute(_FORGET, bounds)
        connection.execute(_FORGET_TEXTS, bounds)


def _of_month(connection: sqlite3.Connection, point: int, month: int) -> dict[str, int | None]:
    return _bounds(connection, point, month_start(month), month_start(month + 1))


def _bounds(
    connection: sqlite3.Connection, point: int, start: int, end: int
) -> dict[str, int | None]:
    """A stretch of a point, and the two readings of it that stay."""
    oldest, newest = connection.execute(_ENDS, {"point": point}).fetchone()
    return {"point": point, "start": start, "end": end, "oldest": oldest, "newest": newest}


def bring_back(connection: StoreConnection, month: FiledMonth) -> None:
    """Put an archived month back into the database; inside a transaction of the caller's.

    The file stays for those who read an older state, until `remove_unused`.

    Raises:
        FileGone: somebody else has brought it back.
        StoreCorrupt: the file is damaged.
    """
    numbers = {
        point.key.point: number
        for number, point in queries.points(connection, shown=False)
        if point.key[:2] == (month.source, month.device)
    }
    rows: list[Row] = []
    texts: list[Row] = []
    for name, series in connection.archive.everything(month).items():
        number = numbers[name]
        told = series.texts
        rows += [
            (number, time, None if place in told else value)
            for place, (time, value) in enumerate(
                zip(series.times.tolist(), series.values.tolist(), strict=True)
            )
        ]
        texts += [(number, int(series.times[place]), text) for place, text in told.items()]
    connection.executemany("INSERT OR IGNORE INTO samples VALUES (?, ?, ?)", rows)
    connection.executemany("INSERT OR IGNORE INTO texts VALUES (?, ?, ?)", texts)
    connection.execute("UPDATE state SET samples = samples + ?", (month.readings,))
    connection.execute(
        "DELETE FROM archive WHERE source = ? AND device = ? AND month = ?", month[:3]
    )


def remove_unused(connection: StoreConnection, now: float) -> None:
    """Remove files that no state of the store names any more, and drafts that were left."""
    named = {connection.archive.folder / month.file for month in all_months(connection)}
    for path in connection.archive.folder.glob("????-??/*"):
        if path not in named and now - path.stat().st_mtime > UNUSED_KEPT_SECS:
            path.unlink(missing_ok=True)


def write_manifest(connection: StoreConnection) -> None:
    """Write down which files there are, for whoever has nothing but the folder.

    Raises:
        OSError: it cannot be written; what was written down before stays.
    """
    folder = connection.archive.folder
    told = [
        {
            "file": one.file,
            "source": one.source,
            "device": one.device,
            "month": f"{instant(one.start):%Y-%m}",
            "readings": one.readings,
            "bytes": one.bytes,
            "sha256": one.sha256,
        }
        for one in all_months(connection)
    ]
    manifest, draft = folder / "manifest.json", folder / f".manifest.{os.getpid()}"
    content = json.dumps({"files": told}, indent=1)
    if not told and not manifest.exists():
        return
    if manifest.exists() and manifest.read_text("utf-8") == content:
        return
    try:
        draft.touch(0o600)
        draft.write_text(content, encoding="utf-8")
        draft.replace(manifest)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
