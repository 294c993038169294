"""How fast is the store, against SQLite alone?

A poll of 130 readings, committed with roll-ups, journal and all, against a bare `executemany` of
the same rows in transactions of the same size into an indexed table of two columns, both with every
commit on the disk. And a back-fill: batches of 13,000 readings.

Run alone: `python bench/store_append.py`.
"""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pumphouse.core.model import Batch, Site
from pumphouse.core.ports import Store, SystemClock
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.readings import polls

ROUNDS = 5
POLLS_PER_ROUND = 144
POLLS_PER_BULK = 100


@dataclass(frozen=True, slots=True)
class Figures:
    """Readings per second.

    Attributes:
        store: in polls, each its own transaction.
        bare: the same rows by SQLite alone.
        bulk: in batches of 13,000.
        ratio: store to bare, the median of rounds that take turns.
    """

    store: float
    bare: float
    bulk: float
    ratio: float


async def measure() -> Figures:
    """Measure in a temporary folder; takes a few seconds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site, clock = Site("bench", "Europe/Stockholm"), SystemClock()
        bare = _bare(folder / "bare.db")
        store_secs, bare_secs = [], []
        async with open_store(folder / "store.db", site=site, clock=clock) as store:
            await _append(store, list(polls(1)))  # describes the points
            for number in range(ROUNDS):
                batches = list(polls(POLLS_PER_ROUND, 1 + number * POLLS_PER_ROUND))
                bare_secs.append(_insert(bare, batches))
                store_secs.append(await _append(store, batches))
        bare.close()
        async with open_store(folder / "bulk.db", site=site, clock=clock) as store:
            bulk = [_joined(list(polls(POLLS_PER_BULK, i * POLLS_PER_BULK))) for i in range(20)]
            bulk_secs = await _append(store, bulk)
    readings = POLLS_PER_ROUND * 130
    ratios = sorted(b / s for b, s in zip(bare_secs, store_secs, strict=True))
    return Figures(
        store=ROUNDS * readings / sum(store_secs),
        bare=ROUNDS * readings / sum(bare_secs),
        bulk=sum(len(batch.readings) for batch in bulk) / bulk_secs,
        ratio=ratios[len(ratios) // 2],
    )


def _bare(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE samples (time INTEGER, value REAL)")
    connection.execute("CREATE INDEX by_time ON samples (time)")
    return connection


def _insert(connection: sqlite3.Connection, batches: Sequence[Batch]) -> float:
    transactions = [
        [(int(r.time.timestamp() * 1000), r.value) for r in batch.readings] for batch in batches
    ]
    began = time.perf_counter()
    for rows in transactions:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO samples VALUES (?, ?)", rows)
        connection.execute("COMMIT")
    return time.perf_counter() - began


async def _append(store: Store, batches: Sequence[Batch]) -> float:
    began = time.perf_counter()
    for batch in batches:
        await store.append(batch)
    return time.perf_counter() - began


def _joined(batches: Sequence[Batch]) -> Batch:
    readings = tuple(reading for batch in batches for reading in batch.readings)
    return Batch("house", points=batches[0].points, readings=readings)


def main() -> None:
    """Print the table."""
    figures = asyncio.run(measure())
    print("store appends                      readings/s")
    print(f"  SQLite alone, two columns        {figures.bare:12,.0f}")
    print(f"  the store, polls of 130          {figures.store:12,.0f}")
    print(f"  the store, batches of 13,000     {figures.bulk:12,.0f}")
    print(f"  store / SQLite alone             {figures.ratio:12.2f}   (at least 0.25)")


if __name__ == "__main__":
    main()
