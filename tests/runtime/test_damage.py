"""What a disk changes behind everybody's back is told once, by the daemon itself."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from pumphouse.core.model import Batch, Device, Interval, PointKey, Reading, Severity, Site
from pumphouse.runtime.housekeeping import LOOK_INTERVAL, Housekeeping
from pumphouse.stores.sqlite import open_store
from pumphouse.stores.sqlite.frozen import damage
from pumphouse.testing.clock import FakeClock

START = datetime(2025, 1, 5, tzinfo=UTC)
NOW = datetime(2025, 4, 1, 10, 30, tzinfo=UTC)
KEY = PointKey("house", "pump", "40004")
WHOLE = Interval(START, NOW + timedelta(days=9))
BATCH = Batch(
    "house",
    (Device("house", "pump", "Pump"),),
    (),
    tuple(Reading(KEY, START + n * timedelta(hours=1), n / 2) for n in range(24 * 80)),
)


def flip(path, place):
    with path.open("r+b") as file:
        file.seek(place)
        (byte,) = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ 16]))


@pytest.mark.parametrize("what", ["page 15 ", ".parquet"])
async def test_damage_is_told_once(tmp_path, what):
    path = tmp_path / "p.db"
    clock = FakeClock(NOW)
    async with open_store(path, site=Site(), clock=clock) as store:
        await store.append(BATCH)
        while await store.archive_next(NOW):
            pass
    async with open_store(path, site=Site(), clock=clock) as store:
        house = Housekeeping(store, {}, journal_limit=10_000, clock=clock)
        await house.look_for_damage()
        assert await store.events(WHOLE) == []
        if what == ".parquet":
            flip(min(tmp_path.glob("archive/*/*.parquet")), 1000)
        else:
            flip(path, 14 * 4096 + 1999)
        for _ in range(3):
            await clock.advance(86_400)
            await house.look_for_damage()
        (event,) = await store.events(WHOLE)
        assert what in event.title
        assert event.severity is Severity.ERROR
        assert event.time == NOW + timedelta(days=1)


async def test_what_another_program_changes_is_told_within_a_minute(tmp_path):
    path = tmp_path / "p.db"
    clock = FakeClock(NOW)
    async with open_store(path, site=Site(), clock=clock) as store:
        await store.append(BATCH)
    async with open_store(path, site=Site(), clock=clock) as store:
        house = Housekeeping(store, {}, journal_limit=10_000, clock=clock)
        await house.look_for_damage()
        watching = asyncio.create_task(house.watch())
        assert await clock.until_asleep() == LOOK_INTERVAL
        flip(path, 14 * 4096 + 1999)
        for _ in range(3):
            await clock.advance(LOOK_INTERVAL)
            assert await clock.until_asleep() == LOOK_INTERVAL
        watching.cancel()
        (event,) = await store.events(WHOLE)
        assert "page 15 " in event.title
        assert event.time == NOW + timedelta(seconds=LOOK_INTERVAL)


async def test_who_is_told_to_stop_does_not_wait_for_the_disk(tmp_path):
    async with open_store(tmp_path / "p.db", site=Site(), clock=FakeClock(NOW)) as store:
        await store.append(BATCH)
    asked: list[bool] = []

    def stopped():
        asked.append(True)
        return True

    assert damage(tmp_path / "p.db", NOW, stopped) == []
    assert asked == [True]
