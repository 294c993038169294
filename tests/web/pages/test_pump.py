"""What a device has and what it is doing, from its points."""

import pytest

from pumphouse.web.pages.pump import Activity, Flow, HeatSource, Pump, pump_of

from .pumps import AIR, EXHAUST, GROUND, values


def pump(*parts, stale: bool = False) -> Pump:
    found = pump_of(values(*parts, stale=stale))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("having", "source"),
    [
        (GROUND, HeatSource.BRINE),
        (AIR, HeatSource.OUTDOOR_AIR),
        (EXHAUST, HeatSource.EXHAUST_AIR),
        (GROUND | EXHAUST, HeatSource.BRINE),
        (AIR | EXHAUST, HeatSource.OUTDOOR_AIR),
        ({"priority": "Off"}, HeatSource.UNKNOWN),
        ({"compressor_status": "Off"}, HeatSource.OUTDOOR_AIR),
    ],
)
def test_the_heat_source_follows_from_what_the_device_measures(having, source):
    assert pump(having).heat_source is source


def test_a_bus_of_sensors_is_no_pump():
    assert pump_of(values({"sensor_temperature": 20.0, "outdoor_temperature": 1.0})) is None


@pytest.mark.parametrize(
    ("saying", "activity"),
    [
        ({}, Activity.IDLE),
        ({"compressor_status": "Running", "priority": "Heating"}, Activity.HEATING),
        ({"compressor_status": "Starting", "priority": "Heating"}, Activity.HEATING),
        ({"compressor_status": "Running", "priority": "Hot water"}, Activity.HOT_WATER),
        ({"compressor_status": "Running", "priority": "Cooling"}, Activity.COOLING),
        ({"compressor_status": "Running", "priority": "Pool 2"}, Activity.POOL),
        ({"compressor_status": "Running", "priority": "Transfer"}, Activity.WORKING),
        ({"compressor_status": "Defrosting", "priority": "Heating"}, Activity.DEFROSTING),
        ({"compressor_status": "Running", "defrosting_active": "Yes"}, Activity.DEFROSTING),
        ({"additional_heat_power": 3000.0}, Activity.ADDITION_ONLY),
        ({"priority": "Heating"}, Activity.IDLE),
    ],
)
def test_what_it_is_doing_follows_from_compressor_and_priority(saying, activity):
    assert pump(GROUND, saying).activity is activity


def test_a_frequency_tells_whether_a_compressor_runs_that_tells_no_status():
    assert pump({"compressor_frequency": 45.0, "priority": "Heating"}).running is True
    assert pump({"compressor_frequency": 0.0, "priority": "Heating"}).running is False


def test_without_any_word_of_the_compressor_the_priority_is_believed():
    silent = pump({"priority": "Hot water"})
    assert silent.running is None
    assert silent.activity is Activity.HOT_WATER
    assert pump({"degree_minutes": 1.0}).activity is Activity.UNKNOWN


def test_heating_moves_brine_refrigerant_and_heating_water():
    heating = pump(GROUND, {"compressor_status": "Running", "priority": "Heating"})
    assert heating.flows == {Flow.SOURCE, Flow.REFRIGERANT, Flow.CONDENSER, Flow.HEATING}


def test_hot_water_goes_to_the_tank_and_not_to_the_rooms():
    charging = pump(
        GROUND,
        {"compressor_status": "Running", "priority": "Hot water", "heating_medium_pump_speed": 40},
    )
    assert Flow.HOT_WATER in charging.flows
    assert Flow.HEATING not in charging.flows


def test_at_rest_only_what_a_pump_turns_moves():
    assert pump(GROUND).flows == set()
    assert pump(GROUND, {"brine_pump_speed": 30.0}).flows == {Flow.SOURCE}
    circulating = pump(GROUND, {"heating_medium_pump_speed": 30.0})
    assert circulating.flows == {Flow.HEATING, Flow.CONDENSER}


def test_old_values_move_nothing():
    assert pump(GROUND, {"compressor_status": "Running"}, stale=True).flows == set()


def test_every_climate_system_has_a_circuit_and_two_are_drawn():
    several = pump(
        GROUND,
        {"supply_temperature_2": 30.0, "room_temperature_2": 19.0, "supply_temperature_4": 25.0},
    )
    assert [circuit.number for circuit in several.circuits] == [1, 2, 4]
    assert several.circuits[1].room is not None
    assert several.circuits[2].returning is None
    assert len(several.drawn) == 2


def test_only_what_a_device_has_is_there():
    bare = pump(AIR)
    assert not bare.has_tank
    assert not bare.has_addition
    assert bare["hot_water_top_temperature"] is None
    full = pump(GROUND, {"additional_heat_power": 0.0})
    assert full.has_tank
    assert full.has_addition
    assert not full.addition_on
