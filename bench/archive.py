"""What do ten years cost in the archive, and how fast are they read from it?

A generated house: 100 points every five minutes, 105 million readings, written into month files by
the code that archives. Measured are bytes per reading, one point over a year from the files against
the same from the database, the year on the screen, the decade by months, a device's whole year as a
report reads it, and the largest memory on the way.

Run alone: `python bench/archive.py [years]`.
"""

import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pumphouse.core.model import Batch, Device, Interval, Point, PointKey, Reading, Site
from pumphouse.core.ports import Store, SystemClock
from pumphouse.core.units import parse_unit
from pumphouse.stores.parquet.month_file import PointMonth, Series, Written, write_month
from pumphouse.stores.sqlite import open_store
from pumphouse.stores.sqlite.archive import FiledMonth, month_of, month_start
from pumphouse.stores.sqlite.archiving import write_manifest
from pumphouse.stores.sqlite.file import transaction
from pumphouse.stores.sqlite.store import SqliteStore
from pumphouse.stores.sqlite.writer import Writer

POINTS = 100
STEP_MS = 300_000
FIRST_YEAR = 2014
LIMIT_BYTES = 1.4
LIMIT_MB = 150
RUNS = 15
DEVICE = Device("house", "pump", "Heat pump")
#: 1,000 buckets of a year
CHART_STEP_SECS = 365 * 86400 / 1000
_DAY_STEPS = 86_400_000 // STEP_MS


def point(number: int) -> Point:
    """The points have the ids of real ones' size."""
    return Point(
        PointKey("house", "pump", f"{40000 + number}"), f"Point {number}", None, parse_unit("°C")
    )


def values(number: int, times: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """What a point reads; its number says what it is.

    Of ten, five are temperatures, two are powers in steps of 10 W, one is a counter, one a setting
    that rarely changes and one a state.
    """
    rng = np.random.default_rng([number, int(times[0] // STEP_MS)])
    size, kind = len(times), number % 10
    day = np.sin(times / 86_400_000 * 2 * np.pi + number)
    year = np.sin(times / 86_400_000 / 365.25 * 2 * np.pi)
    if kind < 5:
        drift = np.cumsum(rng.normal(0, 0.03, size))
        noise = rng.normal(0, 0.06, size)
        return np.asarray(np.round(20 + kind + 6 * day + 8 * year + drift + noise, 1), np.float64)
    running = (np.cumsum(rng.random(size) < 0.05) + number) % 2
    if kind < 7:
        power = np.round(180 + 20 * day - 30 * year + rng.normal(0, 2, size)) * 10
        return np.where(running > 0, power, 0.0)
    if kind == 7:
        return np.asarray(np.round(1000 + times / 3.6e8 + np.cumsum(running) / 60, 1), np.float64)
    if kind == 8:
        return np.full(size, float(number % 7))
    return running.astype(np.float64)


def month_of_points(month: int) -> Iterator[PointMonth]:
    """All points of a month, one after the other."""
    times = np.arange(month_start(month), month_start(month + 1), STEP_MS, dtype=np.int64)
    for number in range(POINTS):
        yield PointMonth(point(number), Series(times, values(number, times), {}))


def archived(folder: Path, years: int) -> list[tuple[int, Written]]:
    """Write the files of all months."""
    first = month_of(int(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp() * 1000))
    written = []
    for month in range(first, first + 12 * years):
        name = f"{1970 + month // 12}-{month % 12 + 1:02}"
        written.append((month, write_month(folder / name, DEVICE, month_of_points(month))))
    return written


def note(writer: Writer, files: list[tuple[int, Written]]) -> None:
    """Tell the database of the files, and give it the daily roll-ups that a real one has made."""
    connection = writer._connection  # noqa: SLF001  (no store takes ten years in one go)
    with transaction(connection):
        for month, one in files:
            file = str(one.path.relative_to(connection.archive.folder))
            row = FiledMonth("house", "pump", month, file, one.readings, one.bytes, one.sha256)
            connection.execute("INSERT INTO archive VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        for month, _ in files:
            times = np.arange(month_start(month), month_start(month + 1), STEP_MS, dtype=np.int64)
            found = Series(times, values(0, times), {}).summed_up(0, 86_400_000)
            connection.executemany(
                "INSERT INTO days SELECT id, ?1 / 86400000, ?2, ?3, ?4, ?5, ?6"
                " FROM points WHERE point = '40000'",
                found,
            )
    write_manifest(connection)


async def best(ask: Callable[[PointKey], Awaitable[object]], first: int, step: int = 1) -> float:
    """The shortest of some runs, in milliseconds; each asks for another point if `step` is 1."""
    taken = []
    for run in range(RUNS):
        began = time.perf_counter()
        await ask(point(first + step * run).key)
        taken.append(time.perf_counter() - began)
    return min(taken) * 1000


async def plain_year(folder: Path, start: datetime) -> float:
    """One point's year from the database, in milliseconds."""
    site = Site("bench", "UTC")
    async with open_store(folder / "plain.db", site=site, clock=SystemClock()) as store:
        for day in range(365):
            await store.append(_day_of(start + timedelta(days=day)))
        year = Interval(start, start + timedelta(days=365))
        return await best(lambda key: store.columns(key, year), 0, step=0)


def _day_of(day: datetime) -> Batch:
    first = int(day.timestamp() * 1000)
    times = np.arange(first, first + 86_400_000, STEP_MS, dtype=np.int64)
    readings = tuple(
        Reading(point(0).key, datetime.fromtimestamp(t / 1000, UTC), v)
        for t, v in zip(times.tolist(), values(0, times).tolist(), strict=True)
    )
    return Batch("house", (DEVICE,), (point(0),), readings)


async def measure(folder: Path, years: int) -> None:
    """Print the table."""
    start = datetime(FIRST_YEAR + years - 1, 1, 1, tzinfo=UTC)
    began = time.perf_counter()
    files = archived(folder / "archive", years)
    wrote = time.perf_counter() - began
    readings, size = sum(one.readings for _, one in files), sum(one.bytes for _, one in files)
    print(
        f"{readings:,} readings of {POINTS} points in {len(files)} files, written in {wrote:.0f} s"
    )
    print(f"{size / 1e6:8.1f} MB   limit {LIMIT_MB * years / 10:.0f}")
    print(f"{size / readings:8.2f} bytes per reading   limit {LIMIT_BYTES}")
    assert size / readings <= LIMIT_BYTES
    assert size <= LIMIT_MB * 1e6 * years / 10
    site = Site("bench", "UTC")
    opened = open_store(folder / "p.db", site=site, clock=SystemClock())
    async with opened as store:
        oldest = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC) - timedelta(days=1)
        ends = (oldest, datetime(FIRST_YEAR + years, 1, 2, tzinfo=UTC))
        known = tuple(point(number) for number in range(POINTS))
        kept = tuple(Reading(one.key, time, 0.0) for one in known for time in ends)
        await store.append(Batch("house", (DEVICE,), known, kept))
        await _noted(store, files)
        await _print_speeds(store, start, await plain_year(folder, start), years)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{peak:8.0f} MB of memory at most   limit 300")
    assert peak < 300


async def _noted(store: SqliteStore, files: list[tuple[int, Written]]) -> None:
    await store._write(note, files)  # noqa: SLF001


async def _print_speeds(store: Store, start: datetime, plain: float, years: int) -> None:
    year = Interval(start, start + timedelta(days=365))
    decade = Interval(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), year.end)
    began = time.perf_counter()
    await store.columns(point(1).key, year)
    first = (time.perf_counter() - began) * 1000
    from_files = await best(lambda key: store.columns(key, year), 40)
    chart = await best(lambda key: store.buckets(key, year, CHART_STEP_SECS), 60)
    again = await best(lambda key: store.buckets(key, year, CHART_STEP_SECS), 60, step=0)
    by_months = await best(lambda key: store.buckets(key, decade, 30 * 86400), 0, step=0)
    began = time.perf_counter()
    for number in range(30):
        await store.columns(point(number).key, year)
    report = time.perf_counter() - began
    print(f"{from_files:8.1f} ms one point's year from files, {first:.1f} when first opened,")
    print(f"{plain:8.1f} ms from the database: {from_files / plain:.2f} times   limit 3")
    print(f"{chart:8.1f} ms a year in 1,000 buckets, {again:.1f} when asked again   limit 20")
    print(f"{by_months:8.1f} ms {years} years by months")
    print(f"{report:8.2f} s to read the 30 points of a year's report")
    assert from_files <= 3 * plain


def main() -> None:
    """Measure and print."""
    years = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    print("The archive")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), years))


if __name__ == "__main__":
    main()
