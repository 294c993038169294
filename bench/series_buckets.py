"""How fast is a year on the screen?

One point, read every five minutes for a year, summed up in 974 buckets of nine hours by the store,
against the same query on the raw samples by SQLite alone.

Run alone: `python bench/series_buckets.py`.
"""

import asyncio
import sqlite3
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pumphouse.core.model import Batch, Interval, Site
from pumphouse.core.ports import SystemClock
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.readings import POINTS, POLLS_PER_DAY, START, polls

STEP_SECS = 9 * 3600
RUNS = 20
YEAR = Interval(START, START + timedelta(days=365))
POINT = POINTS[2:3]
RAW = """
    SELECT time / :step, count(*), min(value), max(value), avg(value) FROM samples
    WHERE point = 1 AND time >= :start AND time < :end GROUP BY 1"""


@dataclass(frozen=True, slots=True)
class Figures:
    """The best of several runs.

    Attributes:
        store_ms: milliseconds by the store, thread and values of the model included.
        raw_ms: milliseconds on raw samples.
        buckets: how many there are.
    """

    store_ms: float
    raw_ms: float
    buckets: int


async def measure() -> Figures:
    """Measure in a temporary folder; takes a few seconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        site = Site("bench", "Europe/Stockholm")
        async with open_store(path, site=site, clock=SystemClock()) as store:
            for day in range(365):
                await store.append(_day(day))
            store_secs = []
            for _ in range(RUNS):
                began = time.perf_counter()
                buckets = await store.buckets(POINT[0].key, YEAR, STEP_SECS)
                store_secs.append(time.perf_counter() - began)
        return Figures(min(store_secs) * 1000, _raw_ms(path), len(buckets))


def _day(number: int) -> Batch:
    readings = (
        reading
        for batch in polls(POLLS_PER_DAY, number * POLLS_PER_DAY, POINT)
        for reading in batch.readings
    )
    return Batch("house", points=POINT, readings=tuple(readings))


def _raw_ms(path: Path) -> float:
    connection = sqlite3.connect(path)
    bounds = {
        "start": int(YEAR.start.timestamp() * 1000),
        "end": int(YEAR.end.timestamp() * 1000),
        "step": STEP_SECS * 1000,
    }
    secs = []
    for _ in range(RUNS // 4):
        began = time.perf_counter()
        connection.execute(RAW, bounds).fetchall()
        secs.append(time.perf_counter() - began)
    connection.close()
    return min(secs) * 1000


def main() -> None:
    """Print the table."""
    figures = asyncio.run(measure())
    print(f"a year of one point in {figures.buckets} buckets             ms")
    print(f"  the store                        {figures.store_ms:12.1f}   (at most 10)")
    print(f"  SQLite alone on raw samples      {figures.raw_ms:12.1f}")
    print(f"  times faster                     {figures.raw_ms / figures.store_ms:12.1f}")


if __name__ == "__main__":
    main()
