"""The journal: what was stored, in order; and the cursors that say how far each sink has read."""

import json
import math
import sqlite3
import struct
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from pumphouse.core.model import PointKey, Reading
from pumphouse.core.ports import JournalEntry
from pumphouse.stores.sqlite import debts
from pumphouse.stores.sqlite.instants import instant
from pumphouse.stores.sqlite.rows import Row

__all__ = ["KEPT_READINGS", "entries", "newest", "note", "prune", "unread"]

#: how many of the newest readings stay even when every sink has them: half a day of one pump
KEPT_READINGS: Final = 20_000


def note(
    connection: sqlite3.Connection, rows: Sequence[Row], texts: Mapping[tuple[int, int], str]
) -> None:
    """Write one entry of rows (point, time, value); `texts` by point and time of those without.

    A poll has one time for all of them, which is then kept once.
    """
    points, times, values = zip(*rows, strict=True)
    count = len(rows)
    labels = None
    if texts:
        labels = json.dumps([(i, texts[row[:2]]) for i, row in enumerate(rows) if row[2] is None])
        values = tuple(math.nan if value is None else value for value in values)
    if min(times) == max(times):
        times = times[:1]
    packed = struct.pack(f"<{count}I{count}d{len(times)}q", *points, *values, *times)
    connection.execute(
        "INSERT INTO journal (count, total, packed, texts) VALUES (?1, ?1 + coalesce("
        "(SELECT total FROM journal ORDER BY sequence DESC LIMIT 1), 0), ?2, ?3)",
        (count, packed, labels),
    )


def entries(
    connection: sqlite3.Connection, after: int, limit: int, readings: int | None = None
) -> list[JournalEntry]:
    """See `core.ports.Store.journal`."""
    named = connection.execute(
        "SELECT id, points.source, coalesce(bindings.device, points.device), point FROM points"
        " LEFT JOIN bindings ON (bindings.source, hardware) = (points.source, points.device)"
    )
    keys = {point: PointKey(*key) for point, *key in named}
    rows = connection.execute(
        "SELECT sequence, count, packed, texts FROM journal"
        " WHERE sequence > ? ORDER BY sequence LIMIT ?",
        (after, limit),
    )
    found: list[JournalEntry] = []
    seen = 0
    for sequence, count, packed, texts in rows:
        seen += count
        if found and readings is not None and seen > readings:
            break
        found.append(JournalEntry(sequence, _readings(keys, count, packed, texts)))
    return found


def _readings(
    keys: Mapping[int, PointKey], count: int, packed: bytes, texts: str | None
) -> tuple[Reading, ...]:
    points = struct.unpack_from(f"<{count}I", packed)
    values: Sequence[float | None] = struct.unpack_from(f"<{count}d", packed, 4 * count)
    times = [instant(time) for (time,) in struct.iter_unpack("<q", packed[12 * count :])]
    labels: list[str | None] = [None] * count
    if texts is not None:
        for i, text in json.loads(texts):
            labels[i] = text
        values = [
            value if text is None else None for value, text in zip(values, labels, strict=True)
        ]
    if len(times) == 1:
        times *= count
    named = map(keys.__getitem__, points)
    return tuple(map(Reading, named, times, values, labels))


def newest(connection: sqlite3.Connection) -> int:
    """The sequence of the newest entry, 0 where there is none yet."""
    (sequence,) = connection.execute("SELECT coalesce(max(sequence), 0) FROM journal").fetchone()
    return int(sequence)


def unread(connection: sqlite3.Connection, after: int) -> int:
    """How many readings the entries behind `after` hold."""
    return _total(connection) - _total_before(connection, after + 1)


def prune(
    connection: sqlite3.Connection,
    sinks: Collection[str] | None = None,
    keep_at_most: int | None = None,
) -> dict[str, int]:
    """Drop entries that were read, but for the newest `KEPT_READINGS` readings.

    Whoever had not read them is owed their readings, and its cursor moves on behind them.

    Args:
        sinks: whose cursors count; everyone's where it is None.
        keep_at_most: drop what exceeds so many readings, whoever has not read it.

    Returns:
        by sink whose cursor counts, how many readings it had not read.
    """
    cursors = dict(connection.execute("SELECT sink, sequence FROM cursors WHERE NOT live"))
    awaited = {sink for sink in cursors if sinks is None or sink in sinks}
    until = min([_behind(connection, KEPT_READINGS), *(cursors[sink] for sink in awaited)])
    if keep_at_most is not None:
        until = max(until, _behind(connection, keep_at_most))
    owed: dict[str, int] = {}
    for sink, sequence in cursors.items():
        count = _total_before(connection, until + 1) - _total_before(connection, sequence + 1)
        if count > 0:
            first, last = _bounds(connection, sequence, until)
            debts.owe(connection, sink, (first, last + 1), count)
            connection.execute("UPDATE cursors SET sequence = ? WHERE sink = ?", (until, sink))
            owed[sink] = count
    connection.execute("DELETE FROM journal WHERE sequence <= ?", (until,))
    return {sink: count for sink, count in owed.items() if sink in awaited}


def _behind(connection: sqlite3.Connection, readings: int) -> int:
    """The newest entry that is followed by `readings` readings, 0 where there is none.

    The newest entry of all is followed by nothing, however long it is.
    """
    most = _total(connection) - max(readings, 1)
    low, high = _oldest(connection) - 1, newest(connection)
    while low < high:
        middle = (low + high + 1) // 2
        if _total_before(connection, middle + 1) <= most:
            low = middle
        else:
            high = middle - 1
    return low


def _oldest(connection: sqlite3.Connection) -> int:
    (sequence,) = connection.execute("SELECT coalesce(min(sequence), 1) FROM journal").fetchone()
    return int(sequence)


def _total(connection: sqlite3.Connection) -> int:
    """How many readings were ever journaled."""
    return _total_before(connection, newest(connection) + 1)


def _total_before(connection: sqlite3.Connection, sequence: int) -> int:
    """How many readings were journaled before an entry, or before the oldest that is left."""
    row = connection.execute(
        "SELECT total - count FROM journal WHERE sequence >= ? ORDER BY sequence LIMIT 1",
        (sequence,),
    ).fetchone()
    if row is None:
        query = "SELECT total FROM journal ORDER BY sequence DESC LIMIT 1"
        row = connection.execute(query).fetchone() or (0,)
    return int(row[0])


def _bounds(connection: sqlite3.Connection, after: int, until: int) -> tuple[int, int]:
    """The first and the last instant of any reading in the entries behind `after` to `until`."""
    rows = connection.execute(
        "SELECT count, packed FROM journal WHERE sequence > ? AND sequence <= ?", (after, until)
    )
    first, last = zip(*(_span(count, packed) for count, packed in rows), strict=True)
    return min(first), max(last)


def _span(count: int, packed: bytes) -> tuple[int, int]:
    times = [time for (time,) in struct.iter_unpack("<q", packed[12 * count :])]
    return min(times), max(times)
