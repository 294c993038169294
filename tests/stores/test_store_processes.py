"""Several processes share a store, and any of them may be killed at any instant."""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from pumphouse.core.model import Batch, Interval, Point, PointKey, Reading
from pumphouse.stores.sqlite import SqliteStore

from .appending import POINTS, START, poll

PROGRAM = Path(__file__).with_name("appending.py")
EVER = Interval(START, START + timedelta(days=3650))
KILLS = 50
#: how long a process is killed at most after its first poll, in seconds
LONGEST_LIFE = 0.4
Opened = Callable[..., SqliteStore]


def started(path: Path, source: str, first: int, count: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, PROGRAM, path, source, str(first), str(count)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )


def acknowledged(output: bytes) -> int:
    """The number of the last poll that a process said is stored, -1 where there was none."""
    lines = output.decode().split("\n")[:-1]  # the last line may be cut
    return int(lines[-1]) if len(lines) > 1 else -1


def kill_many(path: Path) -> int:
    """The number of the last poll that was said to be stored by any of the killed.

    One out of four is killed while it starts.
    """
    chance = random.Random(1)
    stored = -1
    for number in range(KILLS):
        process = started(path, "house", stored + 1, 1_000_000)
        said = b""
        if number % 4:
            assert process.stdout is not None
            said = process.stdout.readline() + process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0, LONGEST_LIFE))
        process.kill()
        output, _ = process.communicate()
        stored = max(stored, acknowledged(said + output))
    return stored


async def test_killed_at_any_instant_no_committed_reading_is_lost(opened: Opened, path: Path):
    stored = kill_many(path)
    assert stored > KILLS
    async with opened("UTC") as store:
        await store.append(poll("house", stored + 1))  # fold what is left, once more
        assert await store.check() == []
        for number in range(POINTS):
            key = PointKey("house", "pump", str(number))
            series = await store.readings(key, EVER)
            assert [reading.value for reading in series] == [float(n) for n in range(stored + 2)]
            for step, polls in ((3600, 12), (86400, 288)):
                buckets = await store.buckets(key, EVER, step)
                assert sum(bucket.count for bucket in buckets) == len(series)
                assert all(bucket.count == polls for bucket in buckets[:-1])
                assert buckets[1].minimum == polls


async def test_two_processes_write_at_once(opened: Opened, path: Path):
    processes = [started(path, source, 0, 150) for source in ("one", "two")]
    for process in processes:
        output, errors = process.communicate(timeout=300)
        assert (acknowledged(output), errors) == (149, b"")
    async with opened("UTC") as store:
        assert await store.check() == []
        assert (await store.figures()).readings == 2 * 150 * POINTS
        entries = await store.journal(0, 1000)
        assert len({entry.sequence for entry in entries}) == 2 * 150
        for source in ("one", "two"):
            days = await store.buckets(PointKey(source, "pump", "0"), EVER, 86400)
            assert [day.count for day in days] == [150]


async def test_many_open_a_new_store_at_once(opened: Opened):
    async with AsyncExitStack() as stack:
        stores = [opened() for _ in range(8)]
        await asyncio.gather(*(stack.enter_async_context(store) for store in stores))
        counts = await asyncio.gather(*(store.append(poll("house", 1)) for store in stores))
    assert sorted(counts) == [0] * 7 + [POINTS]


async def test_what_another_process_wrote_is_known_at_once(opened: Opened):
    async with opened() as ours, opened() as theirs:
        await ours.append(poll("house", 1))
        assert await theirs.append(poll("house", 1)) == 0
        assert await theirs.append(poll("house", 300)) == POINTS  # folds
        assert await ours.append(poll("house", 300)) == 0
        assert await ours.append(poll("house", 2)) == POINTS  # late now
        key = PointKey("house", "pump", "0")
        for store in (ours, theirs):
            values = [reading.value for reading in await store.readings(key, EVER)]
            assert values == [1.0, 2.0, 300.0]
            hours = await store.buckets(key, EVER, 3600)
            assert [hour.count for hour in hours] == [2, 1]


async def test_a_zone_that_another_process_changed_is_followed(opened: Opened):
    key = PointKey("house", "pump", "0")
    times = [START + timedelta(hours=hour) for hour in range(48)]
    batch = Batch(
        "house", points=(Point(key, "x"),), readings=tuple(Reading(key, t, 1.0) for t in times)
    )
    async with opened("UTC") as ours:
        await ours.append(batch)
        async with opened("Asia/Kathmandu") as theirs:
            expected = await theirs.buckets(key, EVER, 86400)
            assert [day.count for day in expected] == [19, 24, 5]
        late = Reading(key, START + timedelta(minutes=1), 2.0)
        await ours.append(Batch("house", readings=(late,)))
        assert [day.count for day in await ours.buckets(key, EVER, 86400)] == [20, 24, 5]


async def test_reading_goes_on_while_another_writes(opened: Opened, path: Path):
    process = started(path, "house", 0, 300)
    async with opened("UTC") as store:
        seen = [len(await store.readings(PointKey("house", "pump", "0"), EVER)) for _ in range(50)]
        output, errors = process.communicate(timeout=300)
        assert (acknowledged(output), errors) == (299, b"")
        assert len(await store.readings(PointKey("house", "pump", "0"), EVER)) == 300
    assert seen == sorted(seen)
