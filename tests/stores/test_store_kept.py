"""A store that any layout so far has written opens in the newest, with everything in it."""

import gzip
import re
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from pumphouse.core.errors import StoreError
from pumphouse.core.model import Batch, Interval, Reading, Site
from pumphouse.stores.sqlite import file, open_store
from pumphouse.stores.sqlite.deep_check import deep_check
from pumphouse.testing.clock import FakeClock

from .kept.keep import DEVICE, NOW, POINTS, START, VERSION, readings

KEPT = sorted(Path(__file__).with_name("kept").glob("*.gz"))
WHOLE = Interval(START - timedelta(days=1), NOW)


def opened(path):
    return open_store(path, site=Site("Home", "Europe/Stockholm"), clock=FakeClock(NOW))


def layout_of(path):
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA user_version").fetchone()[0]
    finally:
        connection.close()


NEWEST = len(file._migrations())


def layout_named(packed):
    return int(re.findall(r"\d+", packed.stem)[0])


def unpacked(packed, folder):
    path = folder / "p.db"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    assert layout_of(path) == layout_named(packed)
    return path


def test_there_is_a_kept_store_of_the_newest_layout():
    assert NEWEST in map(layout_named, KEPT), f"kept/keep.py kept/layout-{NEWEST}.db.gz makes it"


@pytest.mark.parametrize("packed", KEPT, ids=lambda path: path.stem)
async def test_every_reading_is_found_in_the_newest_layout(packed, tmp_path):
    kept, held = unpacked(packed, tmp_path), readings()
    async with opened(kept) as store:
        assert await store.devices() == [DEVICE]
        assert {point.key for point in await store.points()} == held.keys()
        for key, series in held.items():
            assert list(await store.readings(key, WHOLE)) == series
        assert [e.title for e in await store.events(WHOLE)] == ["Något hände"]
        assert [gap.cause for gap in await store.gaps()] == ["No answer"]
        days = await store.buckets(POINTS[0].key, WHOLE, 86_400)
        assert sum(day.count for day in days) == len(held[POINTS[0].key])
        cursor = await store.cursor("broker")
        entries = await store.journal(cursor, 100_000)
        assert entries[0].readings[0].time == START + 101 * timedelta(minutes=15)
        assert await store.append(Batch("house", readings=tuple(held[VERSION.key]))) == 0
        late = Reading(POINTS[0].key, NOW - timedelta(minutes=1), 1.0)
        assert await store.append(Batch("house", readings=(late,))) == 1
        assert await store.check() == []
    assert layout_of(kept) == NEWEST
    assert deep_check(kept).problems == ()


@pytest.mark.parametrize(
    ("packed", "broken"),
    [(path, layout) for path in KEPT for layout in range(layout_named(path) + 1, NEWEST + 1)],
    ids=lambda value: value.stem if isinstance(value, Path) else str(value),
)
async def test_a_migration_that_fails_leaves_the_old_store_as_it_was(
    packed, broken, tmp_path, monkeypatch
):
    kept = unpacked(packed, tmp_path)
    before = kept.read_bytes()
    scripts = list(file._migrations())
    scripts[broken - 1] += "INSERT INTO nowhere VALUES (1);\n"
    with monkeypatch.context() as patch:
        patch.setattr(file, "_migrations", lambda: tuple(scripts))
        with pytest.raises(StoreError, match=r"as it was.*earlier version"):
            await opened(kept).__aenter__()
    assert kept.read_bytes() == before
    async with opened(kept) as store:
        assert len(await store.readings(POINTS[0].key, WHOLE)) == len(readings()[POINTS[0].key])
