"""The journal: what was stored, in order; and the cursors that say how far each sink has read."""

import json
import math
import sqlite3
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pumphouse.core.model import PointKey, Reading
from pumphouse.core.ports import JournalEntry
from pumphouse.stores.sqlite.instants import instant
from pumphouse.stores.sqlite.rows import Row

__all__ = ["KEPT_READINGS", "Pruned", "entries", "newest", "note", "prune"]

#: how many of the newest readings stay even when every sink has them: half a day of one pump
KEPT_READINGS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Pruned:
    """What pruning the journal has dropped.

    Attributes:
        entries: how many entries were dropped.
        unread: how many of them each sink had not read yet; empty where none was lost.
    """

    entries: int
    unread: Mapping[str, int] = field(default_factory=dict)


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
        "INSERT INTO journal (count, packed, texts) VALUES (?, ?, ?)", (count, packed, labels)
    )


def entries(connection: sqlite3.Connection, after: int, limit: int) -> list[JournalEntry]:
    """Up to `limit` entries behind `after`, in order."""
    named = connection.execute("SELECT id, source, device, point FROM points")
    keys = {point: PointKey(*key) for point, *key in named}
    rows = connection.execute(
        "SELECT sequence, count, packed, texts FROM journal"
        " WHERE sequence > ? ORDER BY sequence LIMIT ?",
        (after, limit),
    )
    return [
        JournalEntry(sequence, _readings(keys, count, packed, texts))
        for sequence, count, packed, texts in rows
    ]


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


def prune(connection: sqlite3.Connection, keep_at_most: int | None = None) -> Pruned:
    """Drop entries that every sink has read, but for the newest `KEPT_READINGS` readings.

    Args:
        keep_at_most: drop what exceeds this many entries even where a sink has not read it.
    """
    cursors = dict(connection.execute("SELECT sink, sequence FROM cursors"))
    head = newest(connection)
    until = min(_superfluous(connection), *cursors.values(), head)
    if keep_at_most is not None:
        until = max(until, _beyond(connection, max(keep_at_most, 1)))
    unread = {}
    for sink, sequence in cursors.items():
        query = "SELECT count(*) FROM journal WHERE sequence > ? AND sequence <= ?"
        (lost,) = connection.execute(query, (sequence, until)).fetchone()
        if lost:
            unread[sink] = lost
    dropped = connection.execute("DELETE FROM journal WHERE sequence <= ?", (until,)).rowcount
    return Pruned(dropped, unread)


def _superfluous(connection: sqlite3.Connection) -> int:
    """The newest entry behind which there are `KEPT_READINGS` readings, 0 where there is none.

    The newest entry of all is never superfluous, however long it is.
    """
    seen = 0
    for sequence, count in connection.execute(
        "SELECT sequence, count FROM journal ORDER BY sequence DESC"
    ):
        if seen >= KEPT_READINGS:
            return int(sequence)
        seen += count
    return 0


def _beyond(connection: sqlite3.Connection, keep: int) -> int:
    """The newest entry that `keep` entries follow, 0 where there is none."""
    row = connection.execute(
        "SELECT sequence FROM journal ORDER BY sequence DESC LIMIT 1 OFFSET ?", (keep,)
    ).fetchone()
    return int(row[0]) if row else 0
