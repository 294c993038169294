"""The house's price: which source is believed, what it costs, and when days are computed again."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pumphouse.config.load import parse
from pumphouse.core.errors import ConfigurationError
from pumphouse.core.model import Batch, Device, Interval, Point, PointKey, Reading
from pumphouse.core.units import Quantity, parse_unit
from pumphouse.runtime.daily_results import DailyResults
from pumphouse.runtime.efficiency import daily_values, recording_of, report_of
from pumphouse.runtime.efficiency_document import report_document
from pumphouse.runtime.house_price import currency_at, price_points
from pumphouse.runtime.installation import build_host, build_sources
from pumphouse.runtime.plugins import source_types
from pumphouse.runtime.season_document import season_document

ROOT = Path(__file__).parents[2]
ZONE = ZoneInfo("Europe/Stockholm")
MONDAY = datetime(2026, 1, 12, tzinfo=ZONE).astimezone(UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PUMP = Device("house", "pump", "Pump")
POWER = Point(PointKey("house", "pump", "1"), "Power", "electric_power", parse_unit("W"))
WORK = Point(PointKey("house", "pump", "2"), "Priority", "priority")


def price_of(source, unit="SEK/kWh"):
    key = PointKey(source, "home", "price")
    return Point(key, "Price", "electricity_price", parse_unit(unit).canonical)


def prices(source, start, hours, value, unit="SEK/kWh"):
    point = price_of(source, unit)
    readings = tuple(Reading(point.key, start + n * HOUR, value) for n in range(hours))
    return Batch(source, (Device(source, "home", "Home"),), (point,), readings)


def pump(start, hours, watts=1000.0):
    """A pump that heats all the time."""
    minutes = range(0, hours * 60 + 1, 5)
    times = [start + timedelta(minutes=minute) for minute in minutes]
    readings = [Reading(POWER.key, time, watts) for time in times]
    readings += [Reading(WORK.key, time, 30.0) for time in times]
    return Batch("house", (PUMP,), (POWER, WORK), tuple(readings))


async def report(store, start=MONDAY, days=1):
    interval = Interval(start, start + days * DAY)
    found = await report_of(store, PUMP, interval, ZONE)
    currency = await currency_at(store, interval.end)
    return report_document(PUMP, found, currency), season_document(PUMP, found, ZONE, {}, currency)


async def test_a_report_tells_the_cost_in_the_currency_of_the_prices(store):
    await store.append(pump(MONDAY, 24))
    await store.append(prices("tibber", MONDAY, 24, 1.5))

    short, season = await report(store)

    assert short["currency"] == "SEK"
    assert short["cost"]["value"] == pytest.approx(36.0, rel=0.01)
    assert short["cost_heating"]["value"] == pytest.approx(36.0, rel=0.01)
    assert short["price_paid"]["value"] == pytest.approx(1.5)
    (day,) = season["days"]
    assert day["cost"]["value"] == pytest.approx(36.0, rel=0.01)
    assert [one["price"] for one in season["hours"]] == pytest.approx([1.5] * 24)
    assert sum(one["cost"] for one in season["hours"]) == pytest.approx(36.0, rel=0.01)


async def test_without_prices_there_is_no_cost_and_no_currency(store):
    await store.append(pump(MONDAY, 24))

    short, season = await report(store)

    assert (short["currency"], short["cost"], season["hours"]) == (None, None, [])


async def test_a_price_does_not_say_that_the_pump_was_heard(store):
    await store.append(pump(MONDAY, 6))
    await store.append(prices("tibber", MONDAY, 24, 1.5))

    recording = await recording_of(store, PUMP, Interval(MONDAY, MONDAY + DAY))

    assert recording.coverage == pytest.approx(0.25, abs=0.01)


async def test_the_source_that_tells_prices_now_comes_first(store):
    await store.append(prices("contract", MONDAY - 9 * DAY, 24 * 7, 1.0))
    await store.append(prices("tibber", MONDAY - DAY, 48, 2.0))

    found = await price_points(store, MONDAY)

    assert [point.key.source for point in found] == ["tibber", "contract"]


async def test_what_the_first_source_does_not_know_an_earlier_one_may(store):
    """The house changed from a fixed price to Tibber at noon."""
    await store.append(pump(MONDAY, 24))
    await store.append(prices("contract", MONDAY - DAY, 24 + 12, 1.0))
    await store.append(prices("tibber", MONDAY + 12 * HOUR, 24, 3.0))

    short, _ = await report(store)

    assert short["cost"]["value"] == pytest.approx(12 * 1.0 + 12 * 3.0, rel=0.01)


async def test_another_currency_is_not_mixed_in(store):
    await store.append(prices("old", MONDAY - 2 * DAY, 24, 0.1, "EUR/kWh"))
    await store.append(prices("tibber", MONDAY - DAY, 24, 1.0))

    assert [point.key.source for point in await price_points(store, MONDAY)] == ["tibber"]
    assert await currency_at(store, MONDAY) == "SEK"


async def test_a_price_without_a_currency_is_none_of_the_house(store):
    """What a pump compares energies by may be in øre, whose country it does not say."""
    await store.append(prices("house", MONDAY, 24, 90.0, "øre"))

    assert list(await price_points(store, MONDAY)) == []


@pytest.fixture
def computed():
    return []


@pytest.fixture
def results(store, clock, computed):
    async def compute(periods):
        computed.extend(
            (device.id, interval.start.astimezone(ZONE).day) for device, interval in periods
        )
        return [await daily_values(store, *period) for period in periods]

    return DailyResults(store, clock, ZONE, compute)


async def points_of(store):
    return {point.key: point for point in await store.points()}


async def deliver(results, store, *batches):
    readings = []
    for batch in batches:
        await store.append(batch)
        readings += batch.readings
    await results.deliver(readings, await points_of(store))


async def test_the_cost_of_a_day_is_a_point_in_the_currency_of_its_prices(store, clock, results):
    await clock.advance((MONDAY + DAY + HOUR - clock.now()).total_seconds())
    await deliver(results, store, prices("tibber", MONDAY, 24, 2.0), pump(MONDAY, 24))

    key = PointKey("house", "pump", "daily_electricity_cost")
    point = (await points_of(store))[key]
    (reading,) = await store.readings(key, Interval(MONDAY, MONDAY + HOUR))
    assert (point.unit.symbol, point.unit.quantity) == ("SEK", Quantity.MONEY)
    assert reading.value == pytest.approx(48.0, rel=0.01)


async def test_prices_that_come_late_have_their_days_computed_again(
    store, clock, results, computed
):
    await clock.advance((MONDAY + 2 * DAY + HOUR - clock.now()).total_seconds())
    await deliver(results, store, pump(MONDAY, 48))
    computed.clear()
    await deliver(results, store, prices("tibber", MONDAY, 24, 2.0))

    assert computed == [("pump", 12)]


async def test_prices_of_days_without_a_pump_cost_no_arithmetic(store, clock, results, computed):
    await clock.advance((MONDAY + DAY + HOUR - clock.now()).total_seconds())
    await deliver(results, store, pump(MONDAY, 24))
    computed.clear()
    await deliver(results, store, prices("tibber", MONDAY + 2 * DAY, 24, 2.0))
    await deliver(results, store, prices("tibber", MONDAY - 9 * DAY, 24, 2.0))

    assert computed == []


def sources_of(text):
    settings = parse(text, source_types())
    return build_sources(settings, build_host(settings))


CONTRACT = """
[sources.one]
type = "tariff"
price = 1.0
"""
TIBBER = """
[sources.other]
type = "tibber"
access_token = "x"
"""


def test_two_sources_of_the_price_are_one_too_many():
    with pytest.raises(ConfigurationError, match=r"sources\.other: one tells .* exclude = "):
        sources_of(CONTRACT + TIBBER)


@pytest.mark.parametrize("quiet", ['exclude = ["electricity_price"]', "prices = false"])
def test_one_of_two_may_keep_its_price_to_itself(quiet):
    assert len(sources_of(f"{CONTRACT}{TIBBER}{quiet}")) == 2


def test_the_how_to_page_shows_what_works():
    page = (ROOT / "docs/how-to/electricity-prices.md").read_text(encoding="utf-8")
    tibber, contract = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    token = tibber.replace('{ env = "TIBBER_TOKEN" }', '"x"')

    assert list(sources_of(token)) == ["tibber"]
    assert list(sources_of(contract)) == ["contract"]
