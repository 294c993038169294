"""Whoever closes a store whose checksums find no room leaves them, and the log, as they are."""

import errno

from pumphouse.stores.sqlite import sums
from pumphouse.stores.sqlite.deep_check import deep_check

from .test_full_disk_store import batch


def no_room(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


async def test_a_full_disk_costs_no_checksum(opened, path, monkeypatch):
    async with opened() as store:
        await store.append(batch(days=80, count=50))
    known = sums.sums_path(path).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(sums, "save", no_room)
        async with opened() as store:
            assert await store.append(batch(days=70, count=50)) == 50
    assert sums.sums_path(path).read_bytes() == known
    assert path.with_name(path.name + "-wal").stat().st_size > 0
    async with opened() as store:
        assert (await store.figures()).readings == 100
    assert not path.with_name(path.name + "-wal").exists()
    assert deep_check(path).problems == ()
