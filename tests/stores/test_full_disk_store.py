"""What a store says and does while its disk takes nothing more."""

import errno
import json
import resource
from contextlib import contextmanager
from datetime import timedelta

import pytest

from pumphouse.core.errors import StoreFull
from pumphouse.core.model import Batch, Device, PointKey, Reading
from pumphouse.stores.sqlite import archiving, sums

from .conftest import NOW

KEY = PointKey("house", "pump", "40004")


def batch(*, days=0, count=1):
    begin = NOW - timedelta(days=days)
    readings = (Reading(KEY, begin + timedelta(minutes=n), float(n)) for n in range(count))
    return Batch("house", (Device("house", "pump", "Pump"),), readings=tuple(readings))


@contextmanager
def no_file_grows_beyond(most):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def no_room(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


async def test_what_needs_no_room_fails_too_while_there_is_none(opened, path):
    async with opened() as store:
        await store.append(batch())
        with no_file_grows_beyond(path.with_name("store.db-wal").stat().st_size):
            await store.prune()  # nothing was refused yet, and there is nothing to prune
            for _ in range(2):
                with pytest.raises(StoreFull):
                    await store.append(batch(days=1))
                with pytest.raises(StoreFull):
                    await store.prune()
        await store.prune()
        assert await store.append(batch(days=1)) == 1
        assert await store.check() == []


async def test_checksums_that_find_no_room_are_a_full_store(opened, monkeypatch):
    async with opened() as store:
        await store.append(batch())
        with monkeypatch.context() as patch:
            patch.setattr(sums, "save", no_room)
            with pytest.raises(StoreFull, match="free some space"):
                await store.damage()
        assert await store.damage() == []


async def test_a_manifest_that_found_no_room_is_written_later(opened, path, monkeypatch):
    folder = path.parent / "archive"
    async with opened() as store:
        await store.append(batch(days=80, count=50))
        await store.append(batch())
        with monkeypatch.context() as patch:
            patch.setattr(archiving, "write_manifest", no_room)
            with pytest.raises(StoreFull, match="archive: free some space"):
                await store.archive_next(NOW)
        assert len(await store.archived()) == 1
        assert not (folder / "manifest.json").exists()
        await store.tidy_archive()
        (listed,) = json.loads((folder / "manifest.json").read_text())["files"]
        assert listed["readings"] == 49  # the first of all stays in the database
        assert await store.archive_next(NOW) is None


async def test_half_a_manifest_is_not_left(opened, path):
    folder = path.parent / "archive"
    async with opened() as store:
        await store.append(batch(days=80, count=50))
        await store.append(batch(days=50, count=50))
        await store.append(batch())
        await store.archive_next(NOW)
        (folder / "manifest.json").unlink()
        with no_file_grows_beyond(100), pytest.raises(StoreFull, match="archive: free some space"):
            await store.tidy_archive()
        assert [one.name for one in folder.iterdir() if one.is_file()] == []
