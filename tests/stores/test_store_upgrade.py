"""An older file is brought to the newest layout, or left exactly as it was."""

import sqlite3
from dataclasses import replace

import pytest

from pumphouse.core.errors import StoreError, StoreTooNew
from pumphouse.core.model import Batch, Device, Interval, Point, PointKey, Reading
from pumphouse.core.units import parse_unit
from pumphouse.stores.sqlite import file

from .conftest import NOW

CELSIUS = parse_unit("°C")
READING = Reading(PointKey("house", "pump", "40004"), NOW, 21.3)
BATCH = Batch("house", readings=(READING,))
EVER = Interval(NOW.replace(year=2000), NOW.replace(year=2100))
ADDITION = "CREATE TABLE added (x INTEGER);\nINSERT INTO added VALUES (1);\n"


@pytest.fixture
def shipped(monkeypatch):
    """Ship a further migration."""
    scripts = file._migrations()

    def ship(script):
        monkeypatch.setattr(file, "_migrations", lambda: (*scripts, script))

    return ship


def contents(path):
    connection = sqlite3.connect(path)
    try:
        return list(connection.iterdump()), connection.execute("PRAGMA user_version").fetchone()
    finally:
        connection.close()


async def test_an_older_store_opens_in_the_newest_layout(opened, path, shipped):
    async with opened() as store:
        await store.append(BATCH)
    (before,) = contents(path)[1]
    shipped(ADDITION)
    async with opened() as store:
        assert list(await store.readings(READING.key, EVER)) == [READING]
        assert await store.append(BATCH) == 0
    dump, (after,) = contents(path)
    assert after == before + 1
    assert any("added" in line for line in dump)


async def test_after_a_failed_migration_the_old_store_is_as_it_was(opened, path, shipped):
    async with opened() as store:
        await store.append(BATCH)
    before = contents(path)
    shipped(ADDITION + "INSERT INTO nowhere VALUES (1);\n")
    with pytest.raises(StoreError, match="nowhere"):
        await opened().__aenter__()
    assert contents(path) == before


async def test_the_program_before_the_upgrade_refuses_the_store_after_it(
    opened, path, shipped, monkeypatch
):
    async with opened() as store:
        await store.append(BATCH)
    old = file._migrations()
    shipped(ADDITION)
    async with opened() as store:
        await store.append(BATCH)
    monkeypatch.setattr(file, "_migrations", lambda: old)
    with pytest.raises(StoreTooNew):
        await opened().__aenter__()


async def test_a_new_zone_sums_up_the_days_anew(opened):
    batch = Batch("house", readings=(READING, Reading(READING.key, NOW.replace(hour=23), 1.0)))
    async with opened("UTC") as store:
        await store.append(batch)
        assert [day.count for day in await store.buckets(READING.key, EVER, 86400)] == [2]
    async with opened("Europe/Stockholm") as store:
        assert [day.count for day in await store.buckets(READING.key, EVER, 86400)] == [1, 1]


async def test_a_store_of_the_first_layout_learns_the_vendors_words(opened, path):
    connection = sqlite3.connect(path)
    connection.executescript(file._migrations()[0])
    connection.executescript(
        f"""PRAGMA application_id = {file.APPLICATION_ID};
        PRAGMA user_version = 1;
        INSERT INTO state VALUES (1, '0.1.0', 'UTC', 0, 0);
        INSERT INTO devices (source, device, name) VALUES ('house', 'pump', 'F1255');
        INSERT INTO points (source, device, point, name, unit, writable, options)
            VALUES ('house', 'pump', '40004', 'BT1', '°C', 0, '[]');"""
    )
    connection.close()
    device, point = Device("house", "pump", "F1255"), Point(READING.key, "BT1", unit=CELSIUS)
    async with opened() as store:
        assert (await store.devices(), await store.points()) == ([device], [point])
        device, point = replace(device, system="5f0e"), replace(point, vendor_unit="ºC")
        await store.append(Batch("house", (device,), (point,), (READING,)))
    async with opened() as store:
        assert (await store.devices(), await store.points()) == ([device], [point])
