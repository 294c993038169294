"""Fills a small disk of its own while something is stored there: see `test_full_disk`.

Runs in a name space of mounts of its own, so that the disk is gone when the process is.
"""

import asyncio
import contextlib
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.errors import StoreFull
from pumphouse.core.model import Batch, Device, Interval, PointKey, Reading, Site
from pumphouse.core.ports import SystemClock
from pumphouse.importers.destination import Destination
from pumphouse.importers.pieces import Reader
from pumphouse.importers.recognise import Manner, open_file
from pumphouse.runtime.backup.backing_up import Subject, back_up
from pumphouse.runtime.backup.checking import check_backup
from pumphouse.runtime.backup.restoring import restore, snapshots
from pumphouse.runtime.importing import bring
from pumphouse.stores.sqlite import SqliteStore, open_store
from pumphouse.stores.sqlite.deep_check import deep_check

START = datetime(2025, 1, 1, tzinfo=UTC)
EVER = Interval(START, START + timedelta(days=3650))
POINTS = 130
CLOCK = SystemClock()


def store_at(path: Path) -> SqliteStore:
    """The store under test."""
    return open_store(path, site=Site(), clock=CLOCK)


def poll(number: int) -> Batch:
    """The poll with this number."""
    chance = random.Random(number)
    time = START + number * timedelta(minutes=5)
    keys = (PointKey("house", "pump", str(n)) for n in range(POINTS))
    readings = tuple(Reading(key, time, round(chance.gauss(20, 5), 1)) for key in keys)
    return Batch("house", (Device("house", "pump", "Pump"),), readings=readings)


@contextlib.contextmanager
def little_room(disk: Path, left: int) -> Iterator[None]:
    """Only so many bytes are left on the disk meanwhile."""
    ballast = disk / "ballast"
    room = os.statvfs(disk)
    descriptor = os.open(ballast, os.O_CREAT | os.O_WRONLY)
    os.posix_fallocate(descriptor, 0, max(1, room.f_bavail * room.f_frsize - left))
    os.close(descriptor)
    try:
        yield
    finally:
        ballast.unlink()


async def append_until_full(store: SqliteStore, first: int) -> int:
    """Append polls until the disk is full; the number of the first that was not stored."""
    number = first
    with contextlib.suppress(StoreFull):
        while True:
            await store.append(poll(number))
            number += 1
    return number


async def all_there(store: SqliteStore, polls: int) -> None:
    """Every reading of so many polls is there once."""
    assert (await store.figures()).readings == polls * POINTS
    wanted = [one.readings[7] for one in map(poll, range(polls))]
    assert list(await store.readings(wanted[0].key, EVER)) == wanted
    assert await store.check() == []


async def appending(disk: Path, elsewhere: Path) -> None:
    """Polling goes on when there is room again, and again."""
    del elsewhere
    polls = 0
    async with store_at(disk / "p.db") as store:
        for left in (300_000, 50_000, 0):
            with little_room(disk, left):
                polls = await append_until_full(store, polls)
                await all_there(store, polls)
            await store.append(poll(polls))
            polls += 1
            await all_there(store, polls)
    assert deep_check(disk / "p.db").problems == ()


async def archiving(disk: Path, elsewhere: Path) -> None:
    """What cannot be archived stays where it is."""
    del elsewhere
    polls = 12 * 24 * 3
    async with store_at(disk / "p.db") as store:
        for first in range(0, polls, 12):
            batch = poll(first)
            readings = tuple(r for n in range(first, first + 12) for r in poll(n).readings)
            await store.append(Batch("house", batch.devices, (), readings))
        before = START + timedelta(days=400)
        for left in (100_000, 4096, 0):
            with little_room(disk, left):
                with pytest.raises(StoreFull, match="free some space"):
                    await store.archive_next(before)
                await all_there(store, polls)
        while await store.archive_next(before):
            pass
        assert len(await store.archived()) == 1
        await all_there(store, polls)
    assert deep_check(disk / "p.db").problems == ()


async def importing(disk: Path, elsewhere: Path) -> None:
    """An import goes on where it was."""
    rows, path = 60_000, elsewhere / "export.csv"
    lines = (f"{START + timedelta(minutes=n):%Y-%m-%dT%H:%M:%SZ};{n % 500};\n" for n in range(rows))
    path.write_text("timestamp;[Return line (BT3)][°C][40012];\n" + "".join(lines), "utf-8")

    async def reader() -> Reader:
        to = Destination(load_catalogue(), await store.devices(), await store.points())
        return open_file(path, Manner(to, ZoneInfo("UTC"), said=("",)))

    async with store_at(disk / "p.db") as store:
        for left in (600_000, 300_000):
            with little_room(disk, left):
                with pytest.raises(StoreFull, match="free some space"):
                    await bring(await reader(), store, CLOCK, lambda _: None)
                assert await store.check() == []
        held = (await store.figures()).readings
        assert 0 < held < rows
        report = await bring(await reader(), store, CLOCK, lambda _: None)
        assert (report.read, report.stored) == (rows, rows)
        (point,) = await store.points()
        found = await store.readings(point.key, EVER)
        assert [one.value for one in found] == [float(n % 500) for n in range(rows)]
    assert deep_check(disk / "p.db").problems == ()


async def backing_up(disk: Path, elsewhere: Path) -> None:
    """Earlier snapshots stay whole, and the next one is."""
    path, kept = elsewhere / "p.db", disk / "kept"
    subject = Subject(path, None)

    def backed() -> None:
        back_up(subject, kept, datetime.now(UTC))

    async with store_at(path) as store:
        for number in range(100):
            await store.append(poll(number))
        await asyncio.to_thread(backed)
        for left in (100_000, 10_000, 0):
            for number in range(100, 400):
                await store.append(poll(number))
            with little_room(disk, left):
                with pytest.raises(StoreFull, match="free some space"):
                    await asyncio.to_thread(backed)
                assert check_backup(kept, None) == []
                assert len(snapshots(kept)) == 1
        await asyncio.to_thread(backed)
    assert check_backup(kept, None) == []
    first, second = snapshots(kept)
    for name, polls in ((first, 100), (second, 400)):
        to = elsewhere / name
        back = await asyncio.to_thread(restore, kept, to, CLOCK, name=name)
        assert back.readings == polls * POINTS


def main(task: str, folder: str) -> None:
    """Mount a disk of 16 MB in the folder, and do a task there."""
    tasks: dict[str, Callable[..., object]] = {
        one.__name__: one for one in (appending, archiving, importing, backing_up)
    }
    disk = Path(folder) / "disk"
    disk.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m,mode=700", "tmpfs", str(disk)],
        check=True,
    )
    asyncio.run(tasks[task](disk, Path(folder)))  # type: ignore[arg-type]  # (each is a coroutine)


if __name__ == "__main__":
    main(*sys.argv[1:])
