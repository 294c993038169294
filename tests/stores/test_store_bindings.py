"""A binding moves a line whole, and taking it back leaves no trace."""

import sqlite3
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pumphouse.core.errors import StoreError
from pumphouse.core.model import Batch, Interval, PointKey, Reading, Site, Suspect
from pumphouse.core.ports import Binding, SensorName
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.clock import FakeClock

from .conftest import NOW

OLD, NEW = PointKey("radio", "old", "t"), PointKey("radio", "new", "t")
EVER = Interval(NOW.replace(year=2000), NOW.replace(year=2100))


def batch(key, times):
    """Readings and texts some minutes before and after the clock's hour."""
    readings = (
        Reading(key, NOW + timedelta(minutes=one), *((None, f"{one}") if one % 7 == 0 else (one,)))
        for one in times
    )
    return Batch("radio", readings=tuple(readings))


async def everything(store):
    """All that can be asked about both lines."""
    return [
        [
            list(await store.readings(key, EVER)),
            *[list(await store.buckets(key, EVER, step)) for step in (3600, 86400)],
        ]
        for key in (OLD, NEW)
    ]


minutes = st.sets(st.integers(-3000, 3000), max_size=30)


@settings(max_examples=25, deadline=None)
@given(before=minutes, since=minutes, zone=st.sampled_from(["UTC", "Asia/Kolkata"]))
async def test_binding_and_unbinding_is_as_if_nothing_had_been(
    before, since, zone, tmp_path_factory
):
    path = tmp_path_factory.mktemp("bindings") / "store.db"
    clock = FakeClock(NOW)
    start = NOW + timedelta(minutes=min(since, default=0))
    async with open_store(path, site=Site("Home", zone), clock=clock) as store:
        await store.append(batch(OLD, {one for one in before if one < min(since, default=0)}))
        await store.append(batch(NEW, since))
        was = await everything(store)
        assert await store.sensors.bind(Binding("radio", "new", "old", start)) == len(since)
        (old, _, _), (new, *_) = await everything(store)
        assert [one.time for one in old] == [one.time for one in was[0][0] + was[1][0]]
        assert new == []
        assert list(await store.check()) == []
        assert await store.sensors.unbind("radio", "new") == len(since)
        assert await everything(store) == was
        assert list(await store.check()) == []


async def test_another_process_learns_of_a_binding_with_its_next_batch(opened):
    async with opened() as daemon, opened() as command:
        await daemon.append(batch(OLD, [1]))
        await daemon.append(batch(NEW, [2]))
        await command.sensors.bind(Binding("radio", "new", "old", NOW + timedelta(minutes=2)))
        await daemon.append(batch(NEW, [3]))
        assert [one.value for one in await daemon.readings(OLD, EVER)] == [1, 2, 3]
        await command.sensors.unbind("radio", "new")
        await daemon.append(batch(NEW, [4]))
        assert [one.value for one in await daemon.readings(NEW, EVER)] == [2, 3, 4]


async def test_a_value_that_was_stored_under_the_old_id_gives_way_to_the_moved_one(opened):
    async with opened() as store:
        await store.append(batch(OLD, [1, 2, 3000]))
        await store.append(batch(NEW, [2, 4]))
        await store.sensors.bind(Binding("radio", "new", "old", NOW))
        values = [one.value for one in await store.readings(OLD, EVER)]
        assert values == [1, 2, 4, 3000]
        assert (await store.figures()).readings == 4
        assert list(await store.check()) == []


async def test_what_hardware_said_before_a_binding_stays_aside_and_comes_back(opened):
    async with opened() as store:
        await store.append(batch(OLD, [1]))
        await store.append(batch(NEW, [2, 4]))
        await store.sensors.bind(Binding("radio", "new", "old", NOW + timedelta(minutes=3)))
    async with opened() as store:
        await store.append(batch(NEW, [5]))
        assert [one.value for one in await store.readings(OLD, EVER)] == [1, 4, 5]
        await store.sensors.unbind("radio", "new")
        assert [one.value for one in await store.readings(NEW, EVER)] == [2, 4, 5]


async def test_what_lies_in_the_archive_is_not_moved(opened, path):
    async with opened() as store:
        await store.append(batch(OLD, [1]))
        await store.append(batch(NEW, [2]))
        connection = sqlite3.connect(path)
        with connection:
            month = (NOW.year - 1970) * 12 + NOW.month - 1
            row = ("radio", "new", month, "nowhere.parquet", 1, 1, "")
            connection.execute("INSERT INTO archive VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        connection.close()
        with pytest.raises(StoreError, match=r"new of 2026-01.*archived already"):
            await store.sensors.bind(Binding("radio", "new", "old", NOW))
        assert list(await store.sensors.bindings()) == []


async def test_doubtful_values_are_forgotten_after_a_year_and_some(opened, clock):
    def suspect(days):
        return Suspect(OLD, NOW - timedelta(days=days), 85.0, "power was lost")

    async with opened() as store:
        await store.append(Batch("radio", suspects=(suspect(399), suspect(401))))
        await store.prune()
        assert list(await store.suspects(EVER)) == [suspect(399)]


async def test_two_sources_may_have_devices_of_one_name(opened):
    other = OLD._replace(source="bus")
    async with opened() as store:
        for key in (OLD, NEW, other):
            await store.append(batch(key, [1]))
        await store.sensors.save_name(
            SensorName("radio", "old", "Cellar", {"t": "room_temperature"})
        )
        await store.sensors.bind(Binding("radio", "new", "old", NOW))
        assert [point.key for point in await store.points()] == [other, OLD]
        assert [point.metric for point in await store.points()] == [None, "room_temperature"]


@pytest.mark.parametrize("since", [None, NOW.replace(tzinfo=None)])
def test_a_binding_needs_an_instant_and_two_ids(since):
    if since is None:
        with pytest.raises(ValueError, match="itself"):
            Binding("radio", "new", "new", NOW)
    else:
        with pytest.raises(ValueError, match="no time zone"):
            Binding("radio", "new", "old", since)
