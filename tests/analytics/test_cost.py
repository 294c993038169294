"""Cost: each kilowatt-hour at the price in force when it was used."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.analytics.made import told as known

from pumphouse.analytics.cost import cost, cost_by_hour
from pumphouse.analytics.electricity import Electricity, electricity_by_mode
from pumphouse.analytics.figure import Boundary, Figure, Provenance
from pumphouse.analytics.prices import in_force, prices
from pumphouse.analytics.series import Recording, Series

HOUR = 3600.0
QUARTER = 900.0
DAY = 24 * HOUR
HEARD = np.arange(0.0, DAY + 1, 60.0)
EVERY_QUARTER = np.arange(0.0, DAY, QUARTER)


def told(price=None, *, settings=None, **values):
    """A day told every minute, with prices by their instants beside it."""
    series = {
        name: Series(HEARD, np.broadcast_to(np.asarray(one, dtype=np.float64), HEARD.shape))
        for name, one in values.items()
    }
    if price is not None:
        series["electricity_price"] = price
    return Recording(0.0, DAY, series, HEARD, settings or {})


def by_quarter(values):
    return Series(EVERY_QUARTER, np.broadcast_to(np.asarray(values, float), EVERY_QUARTER.shape))


def by_hour(values):
    hours = np.arange(0.0, DAY, HOUR)
    return Series(hours, np.broadcast_to(np.asarray(values, float), hours.shape))


def cost_of(recording):
    return cost(recording, electricity_by_mode(recording))


def test_a_constant_price_makes_the_cost_a_multiple_of_the_energy():
    recording = told(by_hour(1.5), electric_power=1000.0, priority=30.0)
    found = cost_of(recording)

    assert found.total is not None
    assert found.total.value == pytest.approx(24 * 1.5, rel=1e-6)
    assert found.total.boundary is Boundary.H4
    assert found.coverage == pytest.approx(1.0)


def test_energy_costs_what_it_cost_when_it_was_used_not_on_average():
    """1 kWh at 3.0 and 4 kWh at 0.5, though all other hours cost 10."""
    power, price = np.zeros(HEARD.shape), np.full(24, 10.0)
    power[(HEARD >= 6 * HOUR) & (HEARD < 7 * HOUR)], price[6] = 1000.0, 3.0
    power[(HEARD >= 20 * HOUR) & (HEARD < 22 * HOUR)], price[20:22] = 2000.0, 0.5

    found = cost_of(told(by_hour(price), electric_power=power, priority=30.0))

    assert found.total.value == pytest.approx(1 * 3.0 + 4 * 0.5, rel=1e-3)
    assert found.paid.value == pytest.approx(1.0, rel=1e-3)
    assert found.offered.value == pytest.approx(price.mean())


def test_each_purpose_pays_for_its_own_hours():
    """Hot water in the cheap night, heating in the dear day, standby all the time between."""
    night, day = HEARD < 2 * HOUR, (HEARD >= 12 * HOUR) & (HEARD < 14 * HOUR)
    power = np.where(night | day, 2000.0, 50.0)
    priority = np.where(night, 20.0, np.where(day, 30.0, 10.0))
    price = np.where(np.arange(24) < 12, 0.5, 2.0)

    found = cost_of(told(by_hour(price), electric_power=power, priority=priority))

    assert found.hot_water.value == pytest.approx(4 * 0.5, rel=1e-3)
    assert found.heating.value == pytest.approx(4 * 2.0, rel=1e-3)
    assert found.cooling.value == 0.0
    assert found.standby.value == pytest.approx(0.05 * (10 * 0.5 + 10 * 2.0), rel=1e-2)
    parts = found.hot_water.value + found.heating.value + found.standby.value
    assert parts == pytest.approx(found.total.value, rel=1e-3)


def test_additional_heat_pays_for_the_hours_in_which_it_was_on():
    on = HEARD < HOUR
    recording = told(
        by_hour(np.where(np.arange(24) < 1, 4.0, 1.0)),
        electric_power=np.where(on, 4000.0, 1000.0),
        additional_heat_power=np.where(on, 3000.0, 0.0),
        priority=30.0,
    )

    assert cost_of(recording).additional_heat.value == pytest.approx(3 * 4.0, rel=1e-2)


def test_a_negative_price_earns_money():
    found = cost_of(told(by_quarter(-0.2), electric_power=1000.0, priority=30.0))

    assert found.total.value == pytest.approx(-4.8, rel=1e-6)
    assert found.total.error > 0


def test_counters_alone_spread_their_growth_over_the_time_between_two_moves():
    """1 kW by a counter of whole kilowatt-hours: dear hours cost no more than their share."""
    counter = np.floor(HEARD / HOUR)
    price = np.where(np.arange(24) == 12, 5.0, 1.0)

    found = cost_of(told(by_hour(price), electricity_used=counter))

    assert found.total.value == pytest.approx(23 + 5, abs=found.total.error + 0.1)
    assert 0 < found.total.error < 5


def test_the_meter_is_believed_for_the_amount_and_the_samples_for_the_hour():
    """Currents show half of what the counter counts; the mean price stays."""
    power = np.where(HEARD < 12 * HOUR, 1000.0, 3000.0)
    counter = np.append(0.0, np.cumsum(power[:-1] * 60.0)) * 2.0 / 3.6e6
    price = np.where(np.arange(24) < 12, 1.0, 2.0)

    found = cost_of(
        told(by_hour(price), electric_power=power, electricity_used=counter, priority=30.0)
    )

    assert found.total.value == pytest.approx(2 * (12 * 1.0 + 36 * 2.0), rel=1e-2)


def test_nothing_is_told_without_prices():
    found = cost_of(told(electric_power=1000.0, priority=30.0))

    assert found == type(found)()


def test_prices_without_use_tell_their_mean_alone():
    found = cost_of(told(by_hour(2.0), priority=30.0))

    assert found.offered == Figure(2.0, 0.0, Provenance.DERIVED)
    assert found.total is None


@pytest.mark.parametrize(("hours", "is_told"), [(24, True), (23, True), (20, False), (12, False)])
def test_too_little_price_makes_no_cost(hours, is_told):
    price = Series.of(np.arange(hours) * HOUR, np.full(hours, 1.0))

    found = cost_of(told(price, electric_power=1000.0, priority=30.0))

    assert found.coverage == pytest.approx(hours / 24)
    assert (found.total is not None) == is_told
    assert (found.heating is not None) == is_told


def test_what_has_no_price_makes_the_cost_less_certain():
    ramp = np.linspace(1.0, 3.0, 24)
    whole, part = (
        cost_of(
            told(Series.of(np.arange(n) * HOUR, ramp[:n]), electric_power=1000.0, priority=30.0)
        )
        for n in (24, 22)
    )

    assert part.total.error > 2 * whole.total.error


def test_hours_without_use_need_no_price():
    """The pump stood while nobody knew the price."""
    power = np.where(HEARD < 10 * HOUR, 1000.0, 0.0)
    price = Series.of(np.arange(10) * HOUR, np.full(10, 1.0))

    found = cost_of(told(price, electric_power=power, priority=30.0))

    assert found.coverage == pytest.approx(1.0, abs=1e-3)
    assert found.total.value == pytest.approx(10.0, rel=1e-2)


@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        ([], 0.0),
        ([0.0], HOUR),
        ([0.0, QUARTER], 2 * QUARTER),
        ([0.0, QUARTER, 10 * HOUR], QUARTER + 2 * HOUR),
        ([0.0, DAY], 2 * HOUR),
    ],
)
def test_a_price_holds_until_the_next_but_no_longer_than_an_hour(times, seconds):
    series = Series(np.array(times), np.ones(len(times)))

    assert in_force(series).seconds == seconds


def test_the_hours_share_what_the_meter_counted():
    power = np.where(HEARD < 12 * HOUR, 1000.0, 2000.0)
    recording = told(by_quarter(1.0), electric_power=power, priority=30.0)
    used = electricity_by_mode(recording)

    found = known(cost_by_hour(recording, replace(known(used.total), value=72.0)))

    assert len(found.starts) == 24
    assert found.energy == pytest.approx(np.where(np.arange(24) < 12, 2.0, 4.0), rel=1e-2)
    assert found.money == pytest.approx(found.energy)


def test_an_hour_that_has_no_price_in_part_is_left_out():
    prices_of_day = Series(EVERY_QUARTER[2:], np.ones(94))
    recording = told(prices_of_day, electric_power=1000.0, priority=30.0)

    found = known(cost_by_hour(recording, Figure(24.0, 0.0, Provenance.DERIVED)))

    assert found.starts[0] == HOUR
    assert len(found.starts) == 23


powers = st.lists(st.floats(0, 9000), min_size=24, max_size=24)
some_prices = st.lists(st.floats(-1, 5), min_size=24, max_size=24)


@given(watts=powers, price=some_prices)
def test_the_hours_add_up_to_the_whole(watts, price):
    power = np.asarray(watts)[np.minimum((HEARD // HOUR).astype(int), 23)]
    recording = told(by_hour(price), electric_power=power, priority=30.0)
    used = Figure(float(np.sum(watts)) / 1000.0, 0.0, Provenance.DERIVED)

    whole = known(cost(recording, Electricity(total=used)).total)
    hours = known(cost_by_hour(recording, used))

    assert whole.value == pytest.approx(float(np.sum(hours.money)), abs=1e-6)
    assert min(price) * used.value - 1e-6 <= whole.value <= max(price) * used.value + 1e-6


@given(price=some_prices, factor=st.floats(0.1, 20), added=st.floats(-2, 2))
def test_cost_is_linear_in_the_price(price, factor, added):
    """VAT multiplies every cost; a fee for each kilowatt-hour adds itself times the energy."""
    power = 1000.0 + 500.0 * np.sin(HEARD / 5000.0)

    def of(values):
        recording = told(by_hour(values), electric_power=power, priority=30.0)
        used = Electricity(total=Figure(24.0, 0.0, Provenance.DERIVED))
        return known(cost(recording, used).total).value

    changed = of(np.asarray(price) * factor + added)

    assert changed == pytest.approx(of(price) * factor + added * 24.0, abs=1e-6)


def test_a_recording_without_prices_has_none():
    assert prices(told(electric_power=1.0)) is None


def day_ahead(start, end, seed=5):
    """Quarter-hourly prices as a market makes them: dear mornings and evenings, and chance."""
    times = np.arange(start, end, QUARTER)
    hour = times % DAY / HOUR
    shape = 0.8 + 0.6 * np.exp(-((hour - 7.5) ** 2) / 4) + 0.8 * np.exp(-((hour - 18) ** 2) / 6)
    return Series(times, shape + 0.15 * np.random.default_rng(seed).standard_normal(len(times)))


def true_cost(device, price, start, end):
    minutes = (device.minutes > start) & (device.minutes <= end)
    kwh = device.truth["power"][minutes] / 60_000.0
    return float(np.sum(kwh * price.held(device.minutes[minutes] - 60.0)[0]))


@pytest.mark.parametrize("name", ["ground", "air"])
def test_the_cost_of_a_day_is_that_of_the_simulated_house(name, sparse_winter_month):
    device = sparse_winter_month[name]
    whole = device.recording
    price = day_ahead(whole.start - HOUR, whole.end + HOUR)
    priced = Recording(
        whole.start,
        whole.end,
        {**whole.series, "electricity_price": price},
        whole.heard,
        whole.settings,
    )
    inside, misses = [], []
    for start, end in device.days:
        found = cost_of(priced.within(start, end)).total
        truth = true_cost(device, price, start, end)
        inside.append(abs(found.value - truth) <= found.error)
        misses.append(abs(found.value / truth - 1.0))
    month_cost = cost_of(priced).total
    truth = true_cost(device, price, whole.start, whole.end)

    assert float(np.mean(inside)) >= 0.85
    assert float(np.median(misses)) < 0.02
    assert month_cost.value == pytest.approx(truth, rel=0.02)
    assert abs(month_cost.value - truth) <= 1.2 * month_cost.error
