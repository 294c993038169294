"""Names and units of the exposition."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.units import Quantity, parse_unit
from pumphouse.sinks.prometheus.naming import BASE_UNITS, family_of, state_of

CATALOGUE = load_catalogue()


@pytest.mark.parametrize(
    ("public_name", "unit", "value", "name", "exported"),
    [
        ("outdoor_temperature", "°C", -3.5, "heatpump_outdoor_temperature_celsius", -3.5),
        ("supply_temperature_2", "°C", 31.0, "heatpump_supply_temperature_2_celsius", 31.0),
        (
            "heating_temperature_difference",
            "K",
            5.0,
            "heatpump_heating_temperature_difference_kelvin",
            5.0,
        ),
        ("electric_power", "W", 1800.0, "heatpump_electric_power_watts", 1800.0),
        ("electricity_used", "kWh", 2.5, "heatpump_electricity_used_joules_total", 9e6),
        (
            "electricity_used_heating_last_hour",
            "kWh",
            1.0,
            "heatpump_electricity_used_heating_last_hour_joules",
            3.6e6,
        ),
        ("compressor_frequency", "Hz", 50.0, "heatpump_compressor_frequency_hertz", 50.0),
        (
            "heating_medium_flow",
            "l/min",
            12.0,
            "heatpump_heating_medium_flow_liters_per_second",
            0.2,
        ),
        ("air_flow", "m³/h", 180.0, "heatpump_air_flow_cubic_meters_per_second", 0.05),
        ("low_pressure", "bar", 2.3, "heatpump_low_pressure_pascals", 230000.0),
        ("brine_pump_speed", "%", 42.0, "heatpump_brine_pump_speed_ratio", 0.42),
        ("compressor_run_time", "s", 7200.0, "heatpump_compressor_run_time_seconds_total", 7200.0),
        ("compressor_starts", "", 812.0, "heatpump_compressor_starts_total", 812.0),
        ("degree_minutes", "DM", -60.0, "heatpump_degree_minutes", -60.0),
        ("phase_1_current", "A", 3.1, "heatpump_phase_1_current_amperes", 3.1),
        ("phase_1_voltage", "V", 229.0, "heatpump_phase_1_voltage_volts", 229.0),
        ("heating_curve", "", 7.0, "heatpump_heating_curve", 7.0),
        ("electricity_price", "øre", 91.0, "heatpump_electricity_price", 91.0),
    ],
)
def test_a_name_ends_in_its_base_unit(public_name, unit, value, name, exported):
    metric = CATALOGUE.metric(public_name)
    assert metric is not None
    family = family_of(metric, public_name, parse_unit(unit))
    assert family.name == name
    assert family.unit.of(value) == exported


def test_every_quantity_has_a_base_unit():
    assert set(BASE_UNITS) == set(Quantity)


def test_every_metric_has_a_legal_name_of_its_own():
    families = [
        family_of(metric, name, metric.unit, metric.options)
        for name, metric in CATALOGUE.metrics.items()
        if not metric.text
    ]
    names = [family.name for family in families]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)


def test_only_counters_end_in_total():
    for name, metric in CATALOGUE.metrics.items():
        counts = metric.state_class == "total_increasing"
        assert family_of(metric, name, metric.unit).name.endswith("_total") == counts


@given(st.text())
def test_a_state_is_one_word(label):
    state = state_of(label)
    assert not re.search(r"\s|\W", state)
    assert state_of(state) == state


def test_states_read_like_names():
    assert [state_of(label) for label in ("Hot water", "One-time increase", "Varmt vatten å")] == [
        "hot_water",
        "one_time_increase",
        "varmt_vatten_å",
    ]
