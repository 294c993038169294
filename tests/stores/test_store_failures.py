"""Files that are no store, full disks, forbidden folders: one clear sentence, nothing lost."""

import asyncio
import errno
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from pumphouse.core.errors import (
    ConfigurationError,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreReadOnly,
    StoreTooNew,
    UsageError,
)
from pumphouse.core.model import Batch, Interval, PointKey, Reading
from pumphouse.stores.sqlite import file

from .conftest import NOW

KEY = PointKey("house", "pump", "40004")
AROUND = Interval(NOW - timedelta(days=400), NOW + timedelta(days=400))


def poll(number, points=130):
    time = NOW - timedelta(minutes=5 * (1000 - number))
    keys = (PointKey("house", "pump", str(n)) for n in range(40_004, 40_004 + points))
    return Batch("house", readings=tuple(Reading(key, time, number + 0.5) for key in keys))


async def append_many(store):
    for number in range(1, 500):
        await store.append(poll(number))


async def export_all(store):
    return [pair async for pair in store.export(AROUND)]


def one_line(error):
    return len(str(error.value).splitlines()) == 1


async def test_a_new_store_is_private(opened, tmp_path):
    path = tmp_path / "a" / "b" / "store.db"
    async with opened(at=path) as store:
        await store.append(poll(0))
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in path.parent.iterdir()}
    assert modes["store.db"] == modes["store.db-wal"] == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_store_that_finds_no_room_says_so(opened, tmp_path, monkeypatch):
    def full(*_args, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(StoreFull, match="no room is left") as error:
        await opened(at=tmp_path / "new.db").__aenter__()
    assert one_line(error)


@pytest.mark.parametrize("content", [b"no database at all, but long enough " * 90, b"short"])
async def test_a_file_that_is_no_database_is_left_alone(opened, path, content):
    path.write_bytes(content)
    with pytest.raises(StoreCorrupt, match="not a Pumphouse store") as error:
        await opened().__aenter__()
    assert one_line(error)
    assert path.read_bytes() == content


async def test_the_database_of_another_program_is_left_alone(opened, path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreCorrupt, match="another program"):
        await opened().__aenter__()
    assert path.read_bytes() == before


async def test_a_newer_store_names_both_versions_and_is_left_alone(opened, path):
    async with opened() as store:
        await store.append(poll(0))
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.execute("UPDATE state SET written_by = '9.9.9'")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(
        StoreTooNew, match=r"layout 99.*Pumphouse 9\.9\.9.*this is Pumphouse"
    ) as error:
        await opened().__aenter__()
    assert one_line(error)
    assert path.read_bytes() == before


async def test_a_store_that_another_process_upgraded_is_not_written_any_more(opened, path):
    async with opened() as store:
        await store.append(poll(0))
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA user_version = 99")
        connection.close()
        with pytest.raises(StoreTooNew):
            await store.append(poll(1))
        assert len(await store.readings(KEY, AROUND)) == 1


async def test_a_closed_store_is_one_file_and_its_checksums(opened, path):
    async with opened() as store:
        await store.append(poll(0))
        await store.readings(KEY, AROUND)
    assert sorted(path.parent.iterdir()) == [path, path.with_name("store.db-sums")]


async def test_a_damaged_page_is_named_and_never_read_silently(opened, path):
    async with opened() as store:
        for number in range(200):
            await store.append(poll(number))
    pages = bytearray(path.read_bytes())
    for start in range(60 * 4096, len(pages), 4096):
        pages[start : start + 16] = b"\xff" * 16
    path.write_bytes(pages)
    async with opened() as store:
        with pytest.raises(StoreCorrupt, match=r"damaged.*backup") as error:
            await export_all(store)
        assert one_line(error)
        assert await store.check() != []


async def test_a_full_disk_loses_nothing_and_the_store_works_on_when_there_is_room(opened):
    async with opened() as store:
        writer = store._opened().writer
        assert await store.append(poll(0)) == 130
        (pages,) = writer._connection.execute("PRAGMA page_count").fetchone()
        writer._connection.execute(f"PRAGMA max_page_count = {pages + 20}")
        with pytest.raises(StoreFull, match="free some space") as error:
            await append_many(store)
        assert one_line(error)
        stored = len(await store.readings(KEY, AROUND))
        assert stored > 1
        writer._connection.execute("PRAGMA max_page_count = 1000000")
        assert await store.append(poll(stored)) == 130
        assert await store.check() == []
        assert len(await store.readings(KEY, AROUND)) == stored + 1


LIMITED = """
import asyncio, resource, sys
from pathlib import Path
from pumphouse.core.errors import StoreFull
from pumphouse.core.model import Batch, PointKey, Reading, Site
from pumphouse.core.ports import SystemClock
from pumphouse.stores.sqlite import open_store
from datetime import UTC, datetime, timedelta

def poll(number):
    time = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=5 * number)
    keys = (PointKey("house", "pump", str(n)) for n in range(130))
    return Batch("house", readings=tuple(Reading(key, time, number + 0.5) for key in keys))

async def main():
    async with open_store(Path(sys.argv[1]), site=Site(), clock=SystemClock()) as store:
        await store.append(poll(0))
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
        stored = 1
        try:
            while True:
                await store.append(poll(stored))
                stored += 1
        except StoreFull as error:
            print(error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        assert await store.append(poll(stored)) == 130
        assert (await store.figures()).readings == 130 * (stored + 1)
        assert await store.check() == []

asyncio.run(main())
"""


def test_a_file_that_may_not_grow_is_a_full_disk(path):
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, path],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "free some space" in done.stdout


@contextmanager
def as_somebody_without_rights():
    """Root may write everywhere; so step down where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.mark.parametrize("kept", [False, True], ids=["no store yet", "with a store"])
def test_a_folder_that_cannot_be_written_says_what_to_do(opened, folder, kept):
    path = folder / "store.db"

    async def keep():
        async with opened(at=path) as store:
            await store.append(poll(0))

    async def enter():
        await opened(at=path).__aenter__()

    if kept:
        asyncio.run(keep())
        path.chmod(0o444)
    folder.chmod(0o555)
    try:
        with (
            as_somebody_without_rights(),
            pytest.raises(StoreReadOnly, match="permission") as error,
        ):
            asyncio.run(enter())
    finally:
        folder.chmod(0o755)
    assert one_line(error)
    if kept:
        path.chmod(0o600)
        asyncio.run(keep())


async def test_a_folder_is_no_file(opened, path):
    path.mkdir()
    with pytest.raises(StoreError, match="name a file in a folder"):
        await opened().__aenter__()


async def test_a_file_is_no_folder(opened, path):
    path.write_text("")
    with pytest.raises(StoreError, match=r"store\.path"):
        await opened(at=path / "store.db").__aenter__()


async def test_a_zone_that_does_not_exist_is_a_configuration_error(opened):
    with pytest.raises(ConfigurationError, match=r"site\.timezone"):
        await opened("Mars/Phobos").__aenter__()


async def test_a_store_that_somebody_keeps_locked_says_so(opened, path, monkeypatch):
    monkeypatch.setattr(file, "BUSY_SECS", 0.05)
    async with opened() as store:
        await store.append(poll(0))
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            await store.append(poll(1))
        other.execute("ROLLBACK")
        other.close()
        assert await store.append(poll(1)) == 130


@pytest.mark.parametrize("step", [0, -60, 0.0001])
async def test_a_step_without_length_is_a_usage_error(opened, step):
    async with opened() as store:
        with pytest.raises(UsageError, match="step"):
            await store.buckets(KEY, AROUND, step)


async def test_a_store_is_entered_once_at_a_time_and_may_be_entered_again(opened):
    store = opened()
    async with store:
        with pytest.raises(StoreError, match="open already"):
            await store.__aenter__()
    async with store:
        assert await store.append(poll(0)) == 130


async def test_times_from_the_year_one_do_no_harm(opened):
    strange = NOW.replace(year=1, month=1, day=1, hour=0)
    for zone in ("America/New_York", "Asia/Tokyo"):
        async with opened(zone) as store:
            await store.append(Batch("house", readings=(Reading(KEY, strange, 1.0),)))
            everything = Interval(strange, NOW)
            assert len(await store.buckets(KEY, everything, 86400)) == 1
            assert len(await store.readings(KEY, everything)) == 1
