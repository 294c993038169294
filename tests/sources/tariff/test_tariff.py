import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pumphouse.core.model import Interval, Site
from pumphouse.core.ports import Host
from pumphouse.http.grants import FileGrantStore
from pumphouse.sources.tariff import PLUGIN, TariffSettings
from pumphouse.testing.clock import FakeClock

STOCKHOLM = ZoneInfo("Europe/Stockholm")
WINTER_DAY = datetime(2026, 1, 15, 12, tzinfo=UTC)  # a Thursday


def tariff(now=WINTER_DAY, **settings):
    host = Host(
        grants=FileGrantStore(Path("nowhere")),
        clock=FakeClock(now),
        rng=random.Random(1),
        user_agent="test",
        site=Site("Home", "Europe/Stockholm", "SEK"),
    )
    return PLUGIN.open("contract", TariffSettings(**settings), host)


async def prices(now=WINTER_DAY, **settings):
    """By local time."""
    async with tariff(now, **settings) as source:
        batch = await source.read()
    return {one.time.astimezone(STOCKHOLM): one.value for one in batch.readings}


def local(day, hour, minute=0):
    return datetime(2026, 1, day, hour, minute, tzinfo=STOCKHOLM)


async def test_a_fixed_price_is_told_for_every_hour_of_today_and_tomorrow():
    found = await prices(price=1.5)

    assert set(found) == {local(15, 0) + timedelta(hours=n) for n in range(48)}
    assert set(found.values()) == {1.5}


async def test_the_point_is_the_electricity_price_in_the_currency_of_the_site():
    async with tariff(price=1.5) as source:
        (point,) = (await source.read()).points

    assert (point.metric, point.unit.symbol) == ("electricity_price", "SEK/kWh")
    assert point.announced


async def test_the_currency_of_the_contract_counts_before_that_of_the_site():
    async with tariff(price=0.3, currency="EUR") as source:
        (point,) = (await source.read()).points

    assert point.unit.symbol == "EUR/kWh"


async def test_grid_fee_and_tax_are_added_and_vat_is_put_on_everything():
    found = await prices(price=1.0, grid_fee=0.3, energy_tax=0.5, vat=25)

    assert set(found.values()) == {2.25}


async def test_the_first_period_that_fits_counts_and_the_price_everywhere_else():
    day = {"from": "06:00", "to": "22:00", "days": "mon-fri", "price": 2.0}
    peak = {"from": "07:15", "to": "09:00", "price": 5.0}

    found = await prices(price=1.0, periods=(peak, day))

    assert found[local(15, 5)] == 1.0
    assert found[local(15, 6)] == 2.0
    assert (found[local(15, 7)], found[local(15, 7, 15)], found[local(15, 8)]) == (2.0, 5.0, 5.0)
    assert found[local(15, 9)] == 2.0
    assert found[local(15, 22)] == 1.0


async def test_a_period_over_midnight_belongs_to_the_day_on_which_it_begins():
    night = {"from": "22:00", "to": "06:00", "days": "thu", "price": 0.5}

    found = await prices(price=1.0, periods=(night,))

    assert found[local(15, 5)] == 1.0  # Thursday before dawn: Wednesday's night
    assert found[local(15, 22)] == 0.5
    assert found[local(16, 5)] == 0.5
    assert found[local(16, 6)] == 1.0


@pytest.mark.parametrize(
    ("months", "price"), [("nov-mar", 2.0), ("jan", 2.0), ("apr-oct", 1.0), ("jun,jul", 1.0)]
)
async def test_months_may_pass_the_turn_of_the_year(months, price):
    found = await prices(price=1.0, periods=({"months": months, "price": 2.0},))

    assert found[local(15, 12)] == price


async def test_the_grid_fee_has_periods_of_its_own():
    found = await prices(
        price=1.0, grid_fee=0.1, grid_periods=({"from": "06:00", "to": "22:00", "price": 0.6},)
    )

    assert (found[local(15, 5)], found[local(15, 6)]) == (1.1, 1.6)


@pytest.mark.parametrize(
    ("noon", "hours"),
    [
        (datetime(2026, 3, 29, 12, tzinfo=UTC), 23),
        (datetime(2026, 10, 25, 12, tzinfo=UTC), 25),
        (WINTER_DAY, 24),
    ],
)
async def test_a_day_of_the_site_has_23_to_25_hours(noon, hours):
    async with tariff(noon, price=1.0) as source:
        readings = (await source.read()).readings
    day = noon.astimezone(STOCKHOLM).date()

    assert sum(one.time.astimezone(STOCKHOLM).date() == day for one in readings) == hours


async def test_prices_change_by_the_clock_on_the_wall_on_a_day_that_springs_forward():
    night = {"from": "00:00", "to": "06:00", "price": 0.5}

    found = await prices(datetime(2026, 3, 29, 12, tzinfo=UTC), price=1.0, periods=(night,))

    dawn = datetime(2026, 3, 29, 6, tzinfo=STOCKHOLM)
    assert (found[dawn - timedelta(hours=1)], found[dawn]) == (0.5, 1.0)


async def test_the_calendar_is_looked_at_again_on_the_next_day():
    source = tariff(price=1.0)
    clock = source._clock
    first = await source.read()
    again = await source.read()
    await clock.advance(86400)
    later = await source.read()

    assert again is first
    assert later.readings[0].time == first.readings[24].time


async def test_history_tells_what_was_asked_then_within_the_contract():
    source = tariff(price=1.0, since="2026-01-10")
    interval = Interval(local(8, 0), local(11, 12))

    found = [one async for batch in source.history(interval) for one in batch.readings]

    assert [one.time for one in found] == [local(10, 0) + timedelta(hours=n) for n in range(36)]


async def test_without_a_first_day_history_goes_back_a_month_however_much_is_asked_for():
    source = tariff(price=1.0)
    everything = Interval(datetime(2000, 1, 1, tzinfo=UTC), WINTER_DAY)

    found = [one async for batch in source.history(everything) for one in batch.readings]

    assert found[0].time == local(15, 0) - timedelta(days=31)
    assert len(found) == 31 * 24 + 13


async def test_an_excluded_price_is_not_told():
    async with tariff(price=1.0, exclude=("electricity_*",)) as source:
        batch = await source.read()

    assert (batch.points, batch.readings) == ((), ())


def test_hours_without_a_price_are_a_mistake_that_says_when():
    weekdays = {"days": "mon-fri", "price": 1.0}

    with pytest.raises(ValidationError, match=r"no price on a Sat in Jan at 00:00: set `price`"):
        TariffSettings(periods=(weekdays,))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"from": "6", "price": 1}, "is no time"),
        ({"from": "06:05", "price": 1}, "quarter of an hour"),
        ({"to": "24:15", "price": 1}, "is no time"),
        ({"days": "monday", "price": 1}, "is none of mon, tue"),
        ({"months": "nov-march", "price": 1}, "is none of jan, feb"),
    ],
)
def test_a_wrong_period_says_what_to_write(wrong, says):
    with pytest.raises(ValidationError, match=says):
        TariffSettings(price=1.0, periods=(wrong,))


def test_vat_as_a_share_says_how_it_is_written():
    with pytest.raises(ValidationError, match=r"write 25 instead of 0\.25"):
        TariffSettings(price=1.0, vat=0.25)


quarter = st.integers(0, 95).map(lambda n: f"{n // 4:02}:{n % 4 * 15:02}")


@given(start=quarter, end=quarter)
def test_a_period_and_its_complement_leave_no_gap(start, end):
    both = ({"from": start, "to": end, "price": 1.0}, {"from": end, "to": start, "price": 2.0})

    assert TariffSettings(periods=both).price is None
