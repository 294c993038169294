import json
import re
from dataclasses import replace

import pytest

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Batch, Device, Option, Point, PointKey, Reading
from pumphouse.core.units import parse_unit
from pumphouse.sinks.mqtt.tree import state_of

from .discovery_schema import complaints
from .recorded import NOW, RECORDINGS, news, news_of
from .settable import settable


def payload_of(home_assistant, device):
    return json.loads(home_assistant.message("x", home_assistant.device(device)).payload)


@pytest.fixture
def every_metric(seen):
    """A device that has every metric of the catalogue."""
    metrics = load_catalogue().metrics.values()
    points = tuple(
        Point(
            PointKey("house", "1", str(number)),
            metric.label,
            metric.name,
            metric.unit,
            options=metric.options,
        )
        for number, metric in enumerate(metrics)
    )
    readings = tuple(
        Reading(
            point.key,
            NOW,
            None if metric.text else point.options[-1].value if point.options else 1.0,
            "a text" if metric.text else None,
        )
        for point, metric in zip(points, metrics, strict=True)
    )
    (device,) = seen(news(Batch("house", (Device("house", "1", "All"),), points, readings)))
    return device


@pytest.mark.parametrize("name", RECORDINGS)
def test_home_assistant_has_no_complaint_about_any_recorded_pump(seen, home_assistant, name):
    for chosen in ({}, {f"{d.source}/{d.id}": "hp1" for d in news_of(name).devices[:1]}):
        for device in seen(news_of(name), chosen):
            assert complaints(payload_of(home_assistant, device)) == []


def test_home_assistant_has_no_complaint_about_any_metric(every_metric, home_assistant):
    assert complaints(payload_of(home_assistant, every_metric)) == []


def test_home_assistant_has_no_complaint_about_pumphouse_itself(home_assistant):
    assert complaints(home_assistant.bridge()) == []


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_template_finds_its_value_in_the_state(seen, home_assistant, name):
    for device in seen(news_of(name)):
        state = state_of(device)
        for key, component in payload_of(home_assistant, device)["components"].items():
            if "state_topic" in component:
                continue
            template = component["value_template"]
            found = re.search(r"value_json\.(?:points\['([\w-]+)'\]|(\w+))", template)
            assert found, template
            of = state["points"] if found[1] else state
            assert isinstance(of, dict)
            assert (found[1] or found[2]) in of, key


@pytest.mark.parametrize("name", RECORDINGS)
def test_an_enumeration_says_only_what_its_options_hold(seen, home_assistant, name):
    for device in seen(news_of(name)):
        state = state_of(device)
        components = payload_of(home_assistant, device)["components"]
        for value in device.values:
            key = value.name if value.metric else f"point_{value.name}"
            options = components[key].get("options")
            of = state if value.metric else state["points"]
            assert isinstance(of, dict)
            if options is not None:
                assert of[value.name] in [*options, None]
            elif components[key]["platform"] == "binary_sensor":
                assert of[value.name] in ("ON", "OFF", None)


@pytest.mark.parametrize("name", RECORDINGS)
def test_home_assistant_has_no_complaint_about_what_may_be_set(seen, home_assistant, name):
    news = settable(news_of(name))
    for device in seen(news):
        payload = payload_of(home_assistant, device)
        assert complaints(payload) == []
        components = payload["components"]
        set_by = {
            topic.removesuffix("/set")
            for component in components.values()
            for key, topic in component.items()
            if key.endswith("command_topic")
        }
        may = {
            f"pumphouse/{device.name}/{value.topic}"
            for value in device.values
            if value.setting is not None
        }
        assert set_by == may | {f"pumphouse/{device.name}/boosts/hot_water"}


@pytest.mark.parametrize("name", RECORDINGS)
def test_few_of_what_may_be_set_is_shown_at_first(seen, home_assistant, name):
    for device in seen(settable(news_of(name))):
        components = payload_of(home_assistant, device)["components"].values()
        shown = [c for c in components if c.get("entity_category") == "config"]
        assert sum(c["enabled_by_default"] for c in shown) <= 8


SETTINGS: dict[str, dict[str, object]] = {
    "heating_offset": {"platform": "number", "min": -10, "max": 10, "step": 1, "mode": "box"},
    "room_setpoint_heating": {
        "platform": "number",
        "min": 5,
        "max": 30,
        "step": 0.5,
        "mode": "box",
        "device_class": "temperature",
        "unit_of_measurement": "°C",
    },
    "point_900": {"platform": "switch"},
    "point_901": {"platform": "select", "options": ["Small", "Large"]},
    "point_902": {
        "platform": "number",
        "min": 0.5,
        "max": 10,
        "step": 0.5,
        "mode": "box",
        "unit_of_measurement": "min",
        "command_template": "{{ value * 60 }}",
    },
    "point_903": {"platform": "sensor"},
}


def test_a_setting_becomes_what_suits_it(seen, home_assistant):
    def point(name, metric=None, unit="", **limits):
        key = PointKey("house", "1", name)
        return Point(key, name, metric, parse_unit(unit), writable=True, **limits)

    points = (
        point("47011", "heating_offset", minimum=-10, maximum=10, step=1),
        point("47398", "room_setpoint_heating", "°C", minimum=5, maximum=30, step=0.5),
        point("900", options=(Option(0, "off"), Option(1, "on"))),
        point("901", options=(Option(0, "Small"), Option(2, "Large"))),
        point("902", unit="s", minimum=30, maximum=600, step=30),
        point("903", unit="W"),
    )
    told = news(
        Batch(
            "house",
            (Device("house", "1", "Pump"),),
            points,
            tuple(Reading(one.key, NOW, 0.0) for one in points),
        )
    )
    told = replace(told, settable={one.key: one for one in points})
    (device,) = seen(told)
    components = payload_of(home_assistant, device)["components"]
    for key, facts in SETTINGS.items():
        assert facts.items() <= components[key].items()
    assert components["point_903"].get("command_topic") is None


def test_the_hot_water_is_one_entity_too(seen, home_assistant):
    (device,) = seen(settable(news_of("myuplink/F730-CU-3x400V.json")))
    heaters = [
        component
        for component in payload_of(home_assistant, device)["components"].values()
        if component["platform"] == "water_heater"
    ]
    assert len(heaters) == 1
    for heater in heaters:
        assert heater["mode_state_topic"] == f"pumphouse/{device.name}/state"
        assert heater["current_temperature_template"].startswith("{{ value_json.hot_water")
        for word in heater["modes"]:
            assert f"'{word}'" in heater["mode_state_template"]


@pytest.mark.parametrize("name", RECORDINGS)
def test_few_entities_are_shown_at_first(seen, home_assistant, name):
    for device in seen(news_of(name)):
        components = payload_of(home_assistant, device)["components"].values()
        assert 5 < sum(c.get("enabled_by_default", True) for c in components) <= 30


@pytest.mark.parametrize(
    ("metric", "facts"),
    [
        ("outdoor_temperature", ("temperature", "measurement", "°C")),
        ("suction_superheat", ("temperature_delta", "measurement", "K")),
        ("heat_produced", ("energy", "total_increasing", "kWh")),
        ("heat_produced_heating_last_hour", (None, "measurement", "kWh")),
        ("electric_power", ("power", "measurement", "W")),
        ("heating_medium_flow", ("volume_flow_rate", "measurement", "L/min")),
        ("degree_minutes", (None, "measurement", "DM")),
        ("compressor_starts", (None, "total_increasing", None)),
        ("compressor_run_time", ("duration", "total_increasing", "h")),
        ("hot_water_amount", ("duration", "measurement", "min")),
        ("brine_pump_speed", (None, "measurement", "%")),
        ("outdoor_unit_fan_speed", (None, "measurement", "rpm")),
        ("room_humidity", ("humidity", "measurement", "%")),
        ("room_co2", ("carbon_dioxide", "measurement", "ppm")),
        ("electricity_price", (None, "measurement", None)),
        ("heating_offset", (None, None, None)),
        ("room_setpoint_heating", ("temperature", None, "°C")),
        ("priority", ("enum", None, None)),
        ("alarm_active", ("problem", None, None)),
        ("brine_pump_running", ("running", None, None)),
        ("defrosting_active", (None, None, None)),
        ("sensor_battery_ok", (None, None, None)),
    ],
)
def test_class_state_class_and_unit_follow_the_table(every_metric, home_assistant, metric, facts):
    component = payload_of(home_assistant, every_metric)["components"][metric]
    keys = ("device_class", "state_class", "unit_of_measurement")
    assert tuple(component.get(key) for key in keys) == facts


def test_run_times_are_told_in_hours(every_metric, home_assistant):
    component = payload_of(home_assistant, every_metric)["components"]["compressor_run_time"]
    assert component["value_template"] == "{{ (value_json.compressor_run_time / 3600) | round(2) }}"


def test_settings_and_points_without_a_metric_are_diagnostic_and_hidden(seen, home_assistant):
    (device,) = seen(news_of("nibe_uplink/F1145-10-PC.json"))
    components = payload_of(home_assistant, device)["components"]
    for key in ("heating_offset", *(key for key in components if key.startswith("point_"))):
        assert components[key]["entity_category"] == "diagnostic"
        assert not components[key]["enabled_by_default"]


def test_a_second_climate_system_bears_its_number(seen, home_assistant):
    key = PointKey("house", "1", "40007")
    point = Point(key, "Supply S2", "supply_temperature_2", parse_unit("°C"))
    readings = (Reading(key, NOW, 31.0),)
    (device,) = seen(news(Batch("house", (Device("house", "1", "Two"),), (point,), readings)))
    component = payload_of(home_assistant, device)["components"]["supply_temperature_2"]
    assert component["name"] == "Supply temperature 2"
    assert component["enabled_by_default"]


def test_a_name_that_the_user_chose_goes_into_the_ids_of_entities(seen, home_assistant):
    told = news_of("nibe_uplink/F1145-10-PC.json")
    (device,) = seen(told, {"house/400137": "hp1"})
    components = payload_of(home_assistant, device)["components"]
    wanted = "sensor.hp1_outdoor_temperature"
    assert components["outdoor_temperature"]["default_entity_id"] == wanted
    (unnamed,) = seen(told)
    components = payload_of(home_assistant, unnamed)["components"]
    assert "default_entity_id" not in components["outdoor_temperature"]


def test_a_device_is_reached_through_pumphouse_and_both_must_be_there(seen, home_assistant):
    (device,) = seen(news_of("nibe_uplink/F1145-10-PC.json"))
    payload = payload_of(home_assistant, device)
    (bridge,) = home_assistant.bridge()["device"]["identifiers"]
    assert payload["device"]["via_device"] == bridge
    assert payload["availability_mode"] == "all"
    assert payload["availability"] == [
        {"topic": "pumphouse/status"},
        {"topic": "pumphouse/house_400137/status"},
    ]
    connection = payload["components"]["connection"]
    assert connection["state_topic"] == "pumphouse/house_400137/status"
    assert connection["availability"] == [{"topic": "pumphouse/status"}]
