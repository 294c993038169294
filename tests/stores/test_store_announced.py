"""Prices lie in the future: what is in force now is found, and everything else stays as it is."""

from datetime import timedelta

import pytest

from pumphouse.core.model import Batch, Device, Interval, Point, PointKey, Reading
from pumphouse.core.units import parse_unit

from .conftest import NOW

HOUR = timedelta(hours=1)
HOME = Device("tibber", "home", "Home")
PRICE = Point(PointKey("tibber", "home", "p"), "Price", "electricity_price", parse_unit("SEK/kWh"))
POWER = Point(PointKey("tibber", "home", "w"), "Power", "house_power", parse_unit("W"))


def batch(point, *hours):
    """A reading for each hour, whose value is its distance from now."""
    readings = tuple(Reading(point.key, NOW + hour * HOUR, float(hour)) for hour in hours)
    return Batch("tibber", (HOME,), (point,), readings)


async def latest(store, point):
    rows = {known.key: reading.value for known, reading in await store.latest()}
    return rows.get(point.key)


@pytest.mark.parametrize(
    ("hours", "in_force"),
    [
        ((-2, -1, 0, 1, 2), 0.0),  # what begins now is in force
        ((-2, -1), -1.0),
        ((-30, 1), -30.0),
        ((1, 2), None),
        ((), None),
    ],
)
async def test_the_price_in_force_is_the_newest_that_is_not_later_than_now(opened, hours, in_force):
    async with opened() as store:
        await store.append(batch(PRICE, *hours))

        assert await latest(store, PRICE) == in_force


async def test_it_changes_by_time_alone(opened, clock):
    async with opened() as store:
        await store.append(batch(PRICE, *range(-2, 30)))
        told = []
        for _ in range(4):
            told.append(await latest(store, PRICE))
            await clock.advance(3600)

    assert told == [0.0, 1.0, 2.0, 3.0]


async def test_it_is_found_after_the_store_was_folded_and_opened_again(opened, clock):
    async with opened() as store:
        await store.append(batch(PRICE, *range(-2, 30)))
        await clock.advance(8 * 3600)
        await store.append(batch(POWER, *range(9)))  # folds what is older
    async with opened() as store:
        assert await latest(store, PRICE) == 8.0
        assert [r.value for r in await store.readings(PRICE.key, Interval(NOW, NOW + 2 * HOUR))]


async def test_a_device_whose_clock_runs_ahead_keeps_its_newest_reading(opened):
    """Nothing announces a power: its time is the device's, right or wrong."""
    async with opened() as store:
        await store.append(batch(POWER, -1, 5))

        assert await latest(store, POWER) == 5.0


async def test_announced_prices_are_in_the_series_and_in_the_journal_at_once(opened):
    async with opened() as store:
        assert await store.append(batch(PRICE, *range(48))) == 48
        series = await store.readings(PRICE.key, Interval(NOW, NOW + 48 * HOUR))
        (entry,) = await store.journal(0, 9)

    assert [one.value for one in series] == [float(n) for n in range(48)]
    assert len(entry.readings) == 48


async def test_the_same_prices_again_change_nothing(opened):
    async with opened() as store:
        await store.append(batch(PRICE, *range(48)))

        assert await store.append(batch(PRICE, *range(48))) == 0
