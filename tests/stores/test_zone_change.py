"""Days are those of the house's zone, also where it changes, or is half an hour off."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pumphouse.core.model import Batch, Device, PointKey, Reading, Site
from pumphouse.stores.sqlite import open_store
from pumphouse.stores.sqlite.deep_check import deep_check
from pumphouse.testing.clock import FakeClock

START = datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2025, 5, 20, 9, 7, tzinfo=UTC)
KEYS = tuple(PointKey("house", device, "40004") for device in ("pump", "other"))
ZONES = ["Europe/Stockholm", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe"]


def _open(path, zone):
    return open_store(path, site=Site(timezone=zone), clock=FakeClock(NOW))


def _readings(key, first=0, behind=139 * 72):
    chance = random.Random(f"{key.device}{first}")
    return tuple(
        Reading(key, START + n * timedelta(minutes=20), float(chance.randrange(900)))
        for n in range(first, behind)
    )


def _truth(readings, zone):
    """The highest value and the number of values of each day."""
    days: dict[object, list[float]] = {}
    for one in readings:
        days.setdefault(one.time.astimezone(ZoneInfo(zone)).date(), []).append(one.value)
    return {day: (len(values), max(values)) for day, values in days.items()}


async def _days(path, zone, key):
    """What the table of days says."""
    async with _open(path, zone) as store:
        rows = await store._read(
            lambda connection: connection.execute(
                "SELECT period, days.count, days.maximum FROM days"
                " JOIN points ON points.id = days.point WHERE device = ?",
                (key.device,),
            ).fetchall()
        )
    first = datetime(1970, 1, 1, tzinfo=UTC)
    return {(first + timedelta(days=n)).date(): (count, high) for n, count, high in rows}


async def _fill(path, zone, readings):
    async with _open(path, zone) as store:
        devices = tuple(Device("house", key.device, key.device) for key in KEYS)
        for begin in range(0, len(readings), 5000):
            part = readings[begin : begin + 5000]
            await store.append(Batch("house", devices, (), part))


@pytest.mark.parametrize("archived", [False, True], ids=["in the database", "in files"])
@pytest.mark.parametrize("zone", ZONES)
async def test_days_are_summed_up_anew_where_the_zone_changes(tmp_path, zone, archived):
    path = tmp_path / "p.db"
    readings = {key: _readings(key) for key in KEYS}
    await _fill(path, "UTC", [one for each in readings.values() for one in each])
    async with _open(path, "UTC") as store:
        while archived and await store.archive_next(NOW - timedelta(days=40)):
            pass
        assert bool(await store.archived()) == archived
    for key, own in readings.items():
        found, truth = await _days(path, zone, key), _truth(own, zone)
        newest = max(found)
        assert {day: one for day, one in found.items() if day < newest} == {
            day: one for day, one in truth.items() if day < newest
        }
    assert deep_check(path).problems == ()


@pytest.mark.parametrize("zone", ZONES)
async def test_what_is_late_in_a_day_that_is_half_in_a_file_spoils_no_sum(tmp_path, zone):
    path = tmp_path / "p.db"
    readings = {key: _readings(key) for key in KEYS}
    await _fill(path, zone, [one for each in readings.values() for one in each])
    border = datetime(2025, 4, 1, tzinfo=UTC)
    async with _open(path, zone) as store:
        while await store.archive_next(border):
            pass
        late = [
            Reading(KEYS[0], border + timedelta(minutes=n), 1000.0 + n) for n in (-701, -11, 3, 649)
        ]
        for one in late[2:] + late[:2]:
            await store.append(Batch("house", readings=(one,)))
    found = await _days(path, zone, KEYS[0])
    truth = _truth([*readings[KEYS[0]], *late], zone)
    for one in late:
        day = one.time.astimezone(ZoneInfo(zone)).date()
        assert found[day] == truth[day]
    assert deep_check(path).problems == ()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("last", [-13, -7, -4, -1])
async def test_a_day_that_goes_on_after_an_outage_knows_what_is_in_files(tmp_path, zone, last):
    path = tmp_path / "p.db"
    border = 90 * 72  # the 1st of April
    before, after = (
        _readings(KEYS[0], 0, border + last),
        _readings(KEYS[0], border + last, 139 * 72),
    )
    await _fill(path, zone, before)
    async with _open(path, zone) as store:
        while await store.archive_next(NOW - timedelta(days=40)):
            pass
        assert await store.archived()
        for one in after[:100]:
            await store.append(Batch("house", readings=(one,)))
    await _fill(path, zone, after[100:])
    found, truth = await _days(path, zone, KEYS[0]), _truth([*before, *after], zone)
    newest = max(found)
    assert {day: one for day, one in found.items() if day < newest} == {
        day: one for day, one in truth.items() if day < newest
    }
    assert deep_check(path).problems == ()


@pytest.mark.parametrize("zone", ZONES)
async def test_days_of_deleted_readings_outlive_a_change_of_zone(tmp_path, zone):
    path = tmp_path / "p.db"
    key = KEYS[0]
    await _fill(path, "UTC", _readings(key))
    async with _open(path, "UTC") as store:
        assert await store.delete_older(key, NOW - timedelta(days=60)) > 0
    before, found = [await _days(path, one, key) for one in ("UTC", zone)]
    counts = [sum(count for count, _ in one.values()) for one in (before, found)]
    assert abs(counts[0] - counts[1]) <= 3  # the hour in which what was deleted ends
    assert max(high for _, high in found.values()) == max(high for _, high in before.values())
    assert len(found) >= len(before)
    assert deep_check(path).problems == ()
