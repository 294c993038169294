"""A store is looked through when that has not been done for long, or somebody else wrote there."""

import os
import random
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from pumphouse.core.errors import StoreCorrupt, StoreError
from pumphouse.core.model import Batch, Interval, PointKey, Reading, Site
from pumphouse.stores.sqlite import file, open_store, sums
from pumphouse.testing.clock import FakeClock

START = datetime(2025, 1, 5, tzinfo=UTC)
NOW = datetime(2025, 4, 1, 10, 30, tzinfo=UTC)
KEY = PointKey("house", "pump", "40004")
DAY = timedelta(days=1)
READINGS = tuple(Reading(KEY, START + n * timedelta(hours=1), n / 2) for n in range(24 * 80))


@pytest.fixture
def clock():
    return FakeClock(NOW)


@pytest.fixture
async def path(tmp_path, clock):
    """A store that was found whole just now, and closed."""
    async with _open(tmp_path / "p.db", clock) as store:
        await store.append(Batch("house", readings=READINGS))
        assert await store.damage() == []
    return tmp_path / "p.db"


def _open(path, clock):
    return open_store(path, site=Site(), clock=clock)


def _rot(path, place=14 * 4096 + 1999, bit=4):
    """Flip a bit as a failing disk does: the time of change stays."""
    was = path.stat()
    _write(path, place, bit)
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))


def _write(path, place=14 * 4096 + 1999, bit=4):
    with path.open("r+b") as opened:
        opened.seek(place)
        (byte,) = opened.read(1)
        opened.seek(place)
        opened.write(bytes([byte ^ 1 << bit]))


async def test_what_was_found_whole_is_not_read_again_for_as_long_as_one_likes(path, clock):
    _rot(path)
    async with _open(path, clock) as store:
        assert await store.damage(known_for=DAY) == []
        await clock.advance(DAY.total_seconds() - 1)
        assert await store.damage(known_for=DAY) == []
        await clock.advance(2)
        assert "page 15 " in (await store.damage(known_for=DAY))[0]


async def test_a_store_that_another_program_has_written_to_is_read_at_once(path, clock):
    _write(path)
    for _ in range(2):  # what is damaged stays so
        async with _open(path, clock) as store:
            assert "page 15 " in (await store.damage(known_for=DAY))[0]


async def test_what_we_write_ourselves_need_not_be_read_again(path, clock, monkeypatch):
    monkeypatch.setattr(file, "LOG_KEPT", 0)
    for hours in range(1, 4):
        async with _open(path, clock) as store:
            reading = Reading(KEY, NOW + timedelta(hours=hours), 1.5)
            await store.append(Batch("house", readings=(reading,)))
        assert sums.is_known_whole(path, NOW.timestamp(), NOW.timestamp())


async def test_what_we_write_does_not_hide_that_another_program_did(path, clock):
    async with _open(path, clock) as store:
        _write(path)
        await store.append(Batch("house", readings=(Reading(KEY, NOW, 1.5),)))
    assert not sums.is_known_whole(path, NOW.timestamp(), NOW.timestamp())
    async with _open(path, clock) as store:
        assert "page 15 " in (await store.damage(known_for=DAY))[0]


async def test_a_clock_that_was_ahead_does_not_keep_anybody_from_looking(path, clock):
    _rot(path)
    async with _open(path, FakeClock(NOW - timedelta(days=400))) as store:
        assert await store.damage(known_for=DAY)


async def test_damaged_checksums_do_not_say_that_a_store_is_whole(path, clock):
    was = sums.sums_path(path).stat()
    _write(sums.sums_path(path), 40)
    os.utime(sums.sums_path(path), ns=(was.st_atime_ns, was.st_mtime_ns))
    async with _open(path, clock) as store:
        assert "the checksums" in (await store.damage(known_for=DAY))[0]


async def test_a_damaged_reading_gets_no_file_with_a_checksum_of_its_own(path, clock):
    _write(path)
    async with _open(path, clock) as store:
        with pytest.raises(StoreCorrupt, match=r"page 15 .* nothing is archived"):
            await store.archive_next(NOW)
        assert await store.archived() == []


async def test_no_flipped_bit_of_a_store_is_read_without_a_word(path, clock, tmp_path):
    chance = random.Random(6)
    for number in range(40):
        copied = tmp_path / f"copy {number}" / path.name
        copied.parent.mkdir()
        for one in (path, sums.sums_path(path)):
            shutil.copy2(one, copied.parent)
        place = chance.randrange(path.stat().st_size)
        _write(copied, place, chance.randrange(8))
        try:
            async with _open(copied, clock) as store:
                (told,) = await store.damage(known_for=DAY)
                assert f"page {place // 4096 + 1} " in told
                await store.readings(KEY, Interval(START, NOW))
        except StoreError:  # what cannot even be opened is not read
            continue
