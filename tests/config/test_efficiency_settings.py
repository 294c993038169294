"""`[efficiency.DEVICE]`: what the owner knows, as the numbers that analytics take."""

import pytest

from pumphouse.analytics.fluids import Fluid
from pumphouse.config.load import parse
from pumphouse.config.settings import EfficiencySettings
from pumphouse.core.errors import ConfigurationError


def test_without_a_section_there_are_no_hints():
    assert parse("", {}).hints == {}


def test_hints_are_numbers_by_device():
    text = """
[efficiency.80105]
heat_meter_is_external = true
electricity_meter_is_external = false
brine_flow = 30
tank_litres = 300

[efficiency."emmy-r-1"]
design_outdoor_temperature = -16
"""
    assert parse(text, {}).hints == {
        "80105": {
            "heat_meter_is_external": 1.0,
            "electricity_meter_is_external": 0.0,
            "brine_flow": 30.0,
            "tank_litres": 300.0,
        },
        "emmy-r-1": {"design_outdoor_temperature": -16.0},
    }


@pytest.mark.parametrize("fluid", Fluid)
def test_fluids_are_counted_as_analytics_count_them(fluid):
    settings = EfficiencySettings.model_validate({"brine_fluid": fluid.name.lower()})
    assert settings.hints() == {"brine_fluid": float(fluid)}


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("tank_litre = 3", "efficiency.p.tank_litre"),
        ("tank_litres = 0", "efficiency.p.tank_litres"),
        ('brine_fluid = "beer"', "efficiency.p.brine_fluid"),
        ("brine_concentration = 99", "efficiency.p.brine_concentration"),
    ],
)
def test_a_mistake_is_named_by_its_place(line, where):
    with pytest.raises(ConfigurationError, match=where):
        parse(f"[efficiency.p]\n{line}", {})
