"""Formulas of heat, accuracy, Carnot and brine, and the parts that energies are made of."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.analytics.accuracy import RECTANGULAR, flow_and_temperature, heat_meter
from pumphouse.analytics.auxiliaries import auxiliaries, currents_are_the_pumps
from pumphouse.analytics.carnot import carnot_cop, carnot_cop_of_brine, carnot_share, weighted_mean
from pumphouse.analytics.electricity import electricity, electricity_by_mode
from pumphouse.analytics.figure import Provenance
from pumphouse.analytics.fluids import Fluid, heat_capacity
from pumphouse.analytics.heat import compressor_heat_power, heat, running_difference
from pumphouse.analytics.heater import heater
from pumphouse.analytics.series import Recording, Series

HOUR = 3600.0
HEARD = np.arange(0.0, 24 * HOUR + 1, 60.0)


def recording(settings=None, **values):
    """A day told every minute; a number is a constant, an array a value per sample."""
    series = {
        name: Series(HEARD, np.broadcast_to(one, HEARD.shape)) for name, one in values.items()
    }
    return Recording(0.0, 24 * HOUR, series, HEARD, settings or {})


def counting(watts):
    """A counter in hundredths of a kWh that grows by some watts."""
    grown = np.append(0.0, np.cumsum(np.broadcast_to(watts, HEARD.shape)[:-1] * 60.0)) / 3.6e6
    return 1000.0 + np.floor(grown * 100.0) / 100.0


WATER = {"condenser_supply_temperature": 40.0, "return_temperature": 35.0}


def test_heat_of_water_is_flow_times_difference():
    """18 l/min and 5 K: 4186·0.3·5 = 6279 W."""
    told = recording(heating_medium_flow=18.0, priority=30.0, **WATER)
    assert compressor_heat_power(told).values[0] == pytest.approx(6279.0)
    found = heat(told)
    assert found.total is not None
    assert found.total.value == pytest.approx(6.279 * 24)
    assert found.total.provenance is Provenance.DERIVED
    assert found.heating == found.total
    assert found.hot_water is not None
    assert found.hot_water.value == 0.0
    assert running_difference(told) == pytest.approx(5.0)


def test_what_a_defrost_takes_comes_out_of_the_heating_water():
    """Even while the pump works for the tank."""
    back = np.where(HEARD < 6 * HOUR, 45.0, 35.0)
    told = recording(
        heating_medium_flow=18.0,
        priority=20.0,
        condenser_supply_temperature=40.0,
        return_temperature=back,
    )
    found = heat(told)
    assert found.total is not None
    assert found.heating is not None
    assert found.hot_water is not None
    assert found.heating.value == pytest.approx(-6.279 * 6)
    assert found.hot_water.value == pytest.approx(6.279 * 18)
    assert found.total.value == pytest.approx(found.heating.value + found.hot_water.value)


def test_heat_of_cooling_is_positive():
    told = recording(
        heating_medium_flow=18.0,
        priority=60.0,
        condenser_supply_temperature=15.0,
        return_temperature=20.0,
    )
    cooling = heat(told).cooling
    assert cooling is not None
    assert cooling.value == pytest.approx(6.279 * 24)


def test_heat_from_the_brine_side_needs_its_flow_and_fluid():
    brine = {
        "brine_in_temperature": 3.0,
        "brine_out_temperature": 0.0,
        "compressor_power": 1500.0,
    }
    assert heat(recording(**brine)).total is None
    known = {"brine_flow": 20.0, "brine_fluid": 1.0, "brine_concentration": 25.0}
    found = heat(recording(known, **brine)).total
    assert found is not None
    watts = 4151.0 * 20.0 / 60.0 * 3.0 + 0.95 * 1500.0
    assert found.value == pytest.approx(watts * 24 / 1000)
    assert found.provenance is Provenance.ESTIMATED


def test_a_compressor_model_is_the_last_resort():
    told = recording(compressor_power=1000.0, outdoor_temperature=0.0, supply_temperature=35.0)
    found = heat(told).total
    assert found is not None
    assert found.provenance is Provenance.ESTIMATED
    assert found.value == pytest.approx(24.0 * 0.5 * 310.15 / 43.0)
    assert found.error >= 0.2 * found.value


def test_additional_heat_is_taken_out_when_it_is_not_wanted():
    told = recording(
        heat_produced_heating=counting(6000.0),
        heat_produced_hot_water=counting(0.0),
        electricity_used_additional_heating=counting(1000.0),
        electricity_used_additional_hot_water=counting(0.0),
    )
    with_it, without_it = heat(told).total, heat(told, additional=False).total
    assert with_it is not None
    assert without_it is not None
    assert with_it.value == pytest.approx(144.0, abs=0.05)
    assert without_it.value == pytest.approx(120.0, abs=0.05)


def test_counters_by_purpose_make_a_whole_with_standby():
    told = recording(
        electricity_used_heating=counting(1000.0),
        electricity_used_additional_heating=counting(0.0),
        electricity_used_hot_water=counting(500.0),
        electricity_used_additional_hot_water=counting(0.0),
    )
    found = electricity_by_mode(told)
    assert found.total is not None
    assert found.total.value == pytest.approx(36.0 + 0.015 * 24, abs=0.05)
    assert found.total.provenance is Provenance.DERIVED
    assert found.hot_water is not None
    assert found.hot_water.value == pytest.approx(12.0, abs=0.05)


def feed(house_watts):
    """A compressor of 2 kW for half of every hour, 200 W of pumps with it, and a household."""
    running = HEARD % HOUR < HOUR / 2
    watts = np.where(running, 2200.0, 50.0) + house_watts
    return recording(
        electricity_used_compressor=counting(np.where(running, 2000.0, 0.0)),
        compressor_status=np.where(running, 60.0, 20.0),
        additional_heat_power=0.0,
        priority=np.where(running, 30.0, 10.0),
        phase_1_current=watts / 230.0,
    )


def test_currents_that_explain_the_compressor_are_the_pumps():
    told = feed(0.0)
    assert currents_are_the_pumps(told)
    used = electricity(told)
    assert used is not None
    assert used.value == pytest.approx(1.125 * 24, rel=0.02)
    assert used.provenance is Provenance.DERIVED
    rest = auxiliaries(told)
    assert rest.running.value == pytest.approx(0.2 * 12, rel=0.15)
    assert rest.idle.value == pytest.approx(0.05 * 12, rel=0.02)


@pytest.mark.parametrize("house_watts", [300.0, np.where(HEARD % 20_000 < 4000, 2500.0, 60.0)])
def test_currents_of_a_household_are_not_the_pumps(house_watts):
    assert not currents_are_the_pumps(feed(house_watts))
    used = electricity(feed(house_watts))
    assert used is not None
    assert used.value == pytest.approx(1.125 * 24, abs=used.error)


@pytest.mark.parametrize("said", [0.0, 1.0])
def test_the_owner_knows_better_whose_currents_they_are(said):
    told = replace(feed(0.0), settings={"phase_currents_are_pump": said})
    assert currents_are_the_pumps(told) is bool(said)


def test_currents_alone_are_an_estimate_unless_the_owner_vouches_for_them():
    told = recording(phase_1_current=10.0)
    guess = electricity(told)
    assert guess is not None
    assert guess.provenance is Provenance.ESTIMATED
    assert guess.value == pytest.approx(2.3 * 24)
    sure = electricity(replace(told, settings={"phase_currents_are_pump": 1.0}))
    assert sure is not None
    assert sure.provenance is Provenance.DERIVED


def test_the_heater_is_shared_out_by_what_the_pump_worked_for():
    told = recording(additional_heat_power=3000.0, priority=np.where(HEARD < 6 * HOUR, 20.0, 30.0))
    found = heater(told)
    assert found.hot_water is not None
    assert found.heating is not None
    assert found.hot_water.value == pytest.approx(18.0)
    assert found.heating.value == pytest.approx(54.0)
    assert heater(recording(priority=30.0)).total is None


def test_a_class_2_meter_permits_what_en_1434_says():
    """qp/q = 2 and 3.8 K: 2.04 %, 2.87 % and 1.29 %, in squares."""
    expected = np.sqrt(2.04**2 + (0.5 + 9 / 3.8) ** 2 + (0.5 + 3 / 3.8) ** 2) / 100 * RECTANGULAR
    assert heat_meter(3.8) == pytest.approx(expected)
    assert heat_meter(None) == heat_meter(5.0)


@given(st.floats(0.1, 50), st.floats(0.1, 50))
def test_a_larger_difference_is_measured_better(one, other):
    small, large = sorted((one, other))
    assert heat_meter(large) <= heat_meter(small)
    assert flow_and_temperature(large) <= flow_and_temperature(small)


def test_carnot_by_hand():
    flow, outdoor = np.array([35.0]), np.array([7.0])
    assert carnot_cop(flow, outdoor)[0] == pytest.approx(310.15 / 36.0)
    assert carnot_cop_of_brine(flow, np.array([-1.0]))[0] == pytest.approx(310.15 / 41.0)


@given(st.floats(20, 70), st.floats(-30, 40))
def test_carnot_never_explodes_and_falls_with_the_lift(flow, outdoor):
    best = carnot_cop(np.array([flow]), np.array([outdoor, outdoor - 5.0]))
    assert np.all(np.isfinite(best))
    assert best[1] <= best[0]


def test_a_share_of_carnot_needs_electricity():
    assert carnot_share(np.array([4.0]), 1.0, np.array([8.0])) == pytest.approx(0.5)
    assert carnot_share(np.array([4.0]), 0.0, np.array([8.0])) is None


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-100, 100)), max_size=20))
def test_a_weighted_mean_lies_between_the_values_that_count(rows):
    values, weights = (np.array([row[place] for row in rows]) for place in (0, 1))
    mean = weighted_mean(values, weights)
    counted = values[weights > 1e-9] if len(rows) else values
    if mean is not None and len(counted):
        assert np.min(values[weights > 0]) - 1e-6 <= mean <= np.max(values[weights > 0]) + 1e-6
    if not np.any(weights > 0):
        assert mean is None


@pytest.mark.parametrize("fluid", list(Fluid))
@given(share=st.floats(0, 100))
def test_a_litre_of_brine_carries_about_as_much_as_water(fluid, share):
    assert 3600.0 < heat_capacity(fluid, share) < 4300.0


def test_ethanol_at_a_quarter():
    assert heat_capacity(Fluid.ETHANOL, 25.0) == 4151.0
    assert heat_capacity(Fluid.WATER, 25.0) == 4218.0
