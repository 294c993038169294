"""Each day's efficiency, computed when a day has changed, and kept like any reading."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Batch, Device, Interval, Point, PointKey, Reading
from pumphouse.core.ports import CursorSink
from pumphouse.core.units import parse_unit
from pumphouse.runtime.daily_results import DailyResults
from pumphouse.runtime.efficiency import daily_values
from pumphouse.testing.clock import FakeClock

ZONE = ZoneInfo("Europe/Stockholm")
PUMP = Device("house", "pump", "Pump")
USED = Point(PointKey("house", "pump", "1"), "Used", "electricity_used", parse_unit("kWh"))
HEAT = Point(PointKey("house", "pump", "2"), "Heat", "heat_produced", parse_unit("kWh"))
OUTDOOR = Point(PointKey("house", "pump", "3"), "Outdoor", "outdoor_temperature", parse_unit("°C"))
POINTS = (USED, HEAT, OUTDOOR)
DAY = timedelta(days=1)
STEP = timedelta(minutes=5)
MONDAY = datetime(2026, 1, 12, tzinfo=ZONE)


def readings_of(start, end, *, power=1.2, cop=4.0):
    """A pump that draws 1.2 kW and gives four times as much, from Monday on."""
    time = start
    while time < end:
        used = 1000 + power * (time - MONDAY) / timedelta(hours=1)
        instant = time.astimezone(UTC)
        yield Reading(USED.key, instant, round(used, 3))
        yield Reading(HEAT.key, instant, round(used * cop, 3))
        yield Reading(OUTDOOR.key, instant, -3.0)
        time += STEP


@pytest.fixture
def clock():
    return FakeClock(MONDAY)


async def reach(clock, time):
    await clock.advance((time - clock.now()).total_seconds())


@pytest.fixture
def given(store):
    async def append(start, end, **pump):
        readings = tuple(readings_of(start, end, **pump))
        await store.append(Batch("house", (PUMP,), POINTS, readings))
        return readings

    return append


@pytest.fixture
def computed():
    """The days that were computed, in order."""
    return []


@pytest.fixture
def started(store, clock, computed):
    async def compute(periods):
        computed.extend(interval.start.date() for _, interval in periods)
        return [await daily_values(store, *period) for period in periods]

    return lambda: DailyResults(store, clock, ZONE, compute)


@pytest.fixture
def results(started):
    return started()


async def points_of(store):
    return {point.key: point for point in await store.points()}


async def daily(store, name):
    """The kept values of a daily metric by date."""
    around = Interval(MONDAY - 30 * DAY, MONDAY + 30 * DAY)
    found = await store.readings(PointKey("house", "pump", name), around)
    return {one.time.astimezone(ZONE).date().day: one.value for one in found}


async def deliver(results, store, readings):
    assert not await results.deliver(readings, await points_of(store))


def test_it_is_a_sink_that_is_given_every_reading(results):
    assert isinstance(results, CursorSink)


async def test_a_day_becomes_points_of_the_device_at_its_midnight(given, results, store, clock):
    await reach(clock, MONDAY + 2 * DAY + timedelta(hours=3))
    await deliver(results, store, await given(MONDAY - STEP, MONDAY + 2 * DAY + STEP))
    used, cop = await daily(store, "daily_electricity"), await daily(store, "daily_cop")
    assert used[12] == pytest.approx(28.8, rel=0.01)
    assert used[13] == pytest.approx(28.8, rel=0.01)
    assert cop[12] == pytest.approx(4.0, rel=0.01)
    assert (await daily(store, "daily_outdoor_temperature"))[13] == pytest.approx(-3.0)
    assert (await daily(store, "daily_coverage"))[13] == pytest.approx(100.0, abs=1.0)
    point = (await points_of(store))[PointKey("house", "pump", "daily_cop")]
    assert point.metric == "daily_cop"
    assert point.name == load_catalogue().metrics["daily_cop"].label


async def test_only_days_that_have_changed_are_computed_again(
    given, results, store, clock, computed
):
    await reach(clock, MONDAY + 3 * DAY + timedelta(hours=1))
    await deliver(results, store, await given(MONDAY, MONDAY + 3 * DAY))
    assert [day.day for day in computed] == [12, 13, 14]
    computed.clear()
    late = await given(MONDAY + timedelta(hours=5), MONDAY + timedelta(hours=6), cop=5.0)
    await deliver(results, store, late)
    assert [day.day for day in computed] == [12]


async def test_what_it_has_stored_itself_changes_no_day(given, results, store, clock, computed):
    await reach(clock, MONDAY + DAY + timedelta(hours=1))
    await deliver(results, store, await given(MONDAY, MONDAY + DAY))
    computed.clear()
    around = Interval(MONDAY - DAY, MONDAY + DAY)
    own = await store.readings(PointKey("house", "pump", "daily_cop"), around)
    assert own
    await deliver(results, store, own)
    assert computed == []


async def test_the_current_day_is_told_so_far_and_again_when_it_is_over(
    given, results, store, clock, computed
):
    noon = MONDAY + timedelta(hours=12)
    await reach(clock, noon)
    await deliver(results, store, await given(MONDAY - STEP, noon))
    assert (await daily(store, "daily_electricity"))[12] == pytest.approx(14.4, rel=0.02)
    computed.clear()
    await reach(clock, noon + STEP)
    await deliver(results, store, await given(noon, noon + STEP))
    assert computed == [], "a quarter of an hour has not passed"
    await reach(clock, MONDAY + DAY + STEP)
    rest = await given(noon, MONDAY + DAY)
    await deliver(results, store, rest[-3:])
    assert (await daily(store, "daily_electricity"))[12] == pytest.approx(28.8, rel=0.01)


async def test_after_a_restart_yesterday_is_computed_again(
    given, results, started, store, clock, computed
):
    evening = MONDAY + timedelta(hours=23, minutes=50)
    await reach(clock, evening)
    await deliver(results, store, await given(MONDAY - STEP, evening))
    computed.clear()
    await reach(clock, MONDAY + DAY + timedelta(minutes=10))
    readings = await given(MONDAY + DAY, MONDAY + DAY + STEP)
    await deliver(started(), store, readings)
    assert [day.day for day in computed] == [12, 13]


async def test_too_little_data_makes_no_figure(given, results, store, clock):
    await reach(clock, MONDAY + DAY + timedelta(hours=1))
    await deliver(results, store, await given(MONDAY, MONDAY + timedelta(hours=3)))
    assert await daily(store, "daily_cop") == {}
    assert (await daily(store, "daily_coverage"))[12] == pytest.approx(12.5, abs=1.0)
