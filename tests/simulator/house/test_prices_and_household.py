"""What electricity costs, and what the home uses of it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.simulator.house.household import Household
from pumphouse.simulator.house.prices import QUARTER, Prices

STOCKHOLM = ZoneInfo("Europe/Stockholm")
PRICES = Prices(7, STOCKHOLM)
START = datetime(2026, 1, 12, tzinfo=UTC)  # a Monday


class StillHouse:
    """One pump that draws a kilowatt for ever."""

    pumps: Mapping[str, None] = {"pump": None}

    def truth(self, device_id: str, start: datetime, end: datetime) -> Mapping[str, float]:
        return {"electricity_kwh": (end - start).total_seconds() / 3600}


HOME = Household(StillHouse(), 7, STOCKHOLM)
instants = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


class TestPrices:
    @pytest.mark.parametrize(
        ("day", "count"), [("2026-03-29", 92), ("2026-10-25", 100), ("2026-05-05", 96)]
    )
    def test_a_day_has_a_price_for_each_quarter(self, day, count):
        prices = PRICES.day(date.fromisoformat(day))
        assert len(prices) == count
        starts = [price.starts_at.astimezone(UTC) for price in prices]
        assert {b - a for a, b in pairwise(starts)} == {QUARTER}

    @given(instants)
    def test_the_price_of_an_instant_is_that_of_its_quarter(self, instant):
        price = PRICES.at(instant)
        assert timedelta() <= instant - price.starts_at < QUARTER
        assert price.total == pytest.approx(price.energy + price.tax)

    def test_tomorrow_is_known_from_one_o_clock_on(self):
        noon = datetime(2026, 6, 1, 12, 59, 59, tzinfo=STOCKHOLM)
        assert PRICES.published_until(noon) == PRICES.midnight(date(2026, 6, 2))
        assert PRICES.published_until(noon + timedelta(seconds=1)) == PRICES.midnight(
            date(2026, 6, 3)
        )

    def test_a_year_is_plausible(self):
        days = [PRICES.day(date(2026, 1, 1) + timedelta(days=day)) for day in range(365)]
        energy = [price.energy for prices in days for price in prices]
        negative = sum(one < 0 for one in energy) / len(energy)
        assert 0.2 < sum(energy) / len(energy) < 0.9
        assert 0 < negative < 0.1
        assert max(energy) < 4

    def test_nights_are_cheaper_than_evenings(self):
        days = [PRICES.day(date(2026, 1, 1) + timedelta(days=day)) for day in range(60)]
        night = sum(prices[12].total for prices in days)
        evening = sum(prices[73].total for prices in days)
        assert night < 0.7 * evening


class TestHousehold:
    @given(instants, st.integers(0, 3000), st.integers(0, 3000))
    def test_energy_of_two_stretches_adds_up(self, start, first, second):
        middle = start + timedelta(minutes=first)
        end = middle + timedelta(minutes=second)
        parts = HOME.imported_kwh(start, middle) + HOME.imported_kwh(middle, end)
        assert parts == pytest.approx(HOME.imported_kwh(start, end))

    @given(instants)
    def test_the_meter_never_runs_back(self, instant):
        assert HOME.power_w(instant) > 0
        assert HOME.imported_kwh(instant, instant + timedelta(minutes=7)) > 0

    @given(instants)
    def test_power_is_what_energy_is_made_of(self, instant):
        block = instant - timedelta(seconds=instant.timestamp() % 300)
        kwh = HOME.imported_kwh(block, block + timedelta(minutes=5))
        assert HOME.power_w(block + timedelta(minutes=2)) == pytest.approx(kwh * 12_000)

    def test_the_battery_takes_by_night_what_it_gave_in_the_evening(self):
        noon = START + timedelta(hours=11)
        given_kwh, taken_kwh = HOME.battery_kwh(noon, noon + timedelta(days=7))
        assert given_kwh == pytest.approx(taken_kwh)
        assert given_kwh > 3

    @given(instants)
    def test_batteries_are_neither_overfull_nor_empty(self, instant):
        assert 0 < HOME.battery_charge(instant) <= 1
        assert 0.5 < HOME.car_charge(instant) <= 0.8

    def test_charge_moves_without_jumps(self):
        steps = [START + timedelta(minutes=5 * step) for step in range(2016)]
        for charge in (HOME.battery_charge, HOME.car_charge):
            values = [charge(step) for step in steps]
            assert max(abs(b - a) for a, b in pairwise(values)) < 0.02

    def test_a_car_on_the_road_does_not_charge(self):
        steps = [START + timedelta(minutes=5 * step) for step in range(2016)]
        assert not any(HOME.is_car_away(step) and HOME.is_car_charging(step) for step in steps)
        assert any(HOME.is_car_charging(step) for step in steps)
