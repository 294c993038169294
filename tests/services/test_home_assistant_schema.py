"""The discovery payloads before Home Assistant's own MQTT integration."""

import random
from datetime import timedelta

import pytest
from tests.sinks.mqtt.recorded import NOW, RECORDINGS, news_of
from tests.sinks.mqtt.settable import settable

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.sinks.mqtt.home_assistant import HomeAssistant
from pumphouse.sinks.mqtt.tree import Tree
from pumphouse.sinks.mqtt.view import views

from .home_assistant import ask_schema

#: a house to look at, and one in which everything may be set
HOWS = (("", lambda news: news), (" settable", settable))


@pytest.fixture(scope="module")
def payloads():
    home_assistant = HomeAssistant(Tree("pumphouse", 1), "homeassistant")
    made = {"bridge": home_assistant.bridge()}
    told_of = {f"{name}{how}": change(news_of(name)) for name in RECORDINGS for how, change in HOWS}
    for name, told in told_of.items():
        chosen = {f"{d.source}/{d.id}": f"hp{n}" for n, d in enumerate(told.devices)}
        for names in ({}, chosen):
            for device in views(
                told, load_catalogue(), now=NOW, stale_after=timedelta(hours=1), chosen=names
            ):
                made[f"{name} {device.name}"] = home_assistant.device(device)
    return made


def test_home_assistant_takes_every_payload_and_understands_every_key(payloads):
    complaints = ask_schema(payloads)
    assert complaints.keys() == payloads.keys()
    assert {name: said for name, said in complaints.items() if said} == {}


def test_every_platform_has_been_asked_about(payloads):
    platforms = {
        component["platform"]
        for payload in payloads.values()
        for component in payload["components"].values()
    }
    assert platforms == {
        *("sensor", "binary_sensor", "event"),
        *("number", "select", "switch", "button", "water_heater"),
    }


def test_the_question_is_a_real_one_for_mistakes_are_found(payloads):
    name, payload = random.Random(1).choice(sorted(payloads.items())[1:])
    some = {
        "platform": "sensor",
        "unique_id": "x",
        "device_class": "volume_flow_rate",
        "unit_of_measurement": "l/min",
        "state_topic": "x",
    }
    wrong = {
        "root": payload | {"~": "base"},
        "unit": payload | {"components": {"x": some}},
        "key": payload | {"components": {"x": some | {"unit_of_measurement": "L/min", "odd": 1}}},
        "class": payload
        | {
            "components": {
                "x": some
                | {
                    "device_class": "energy",
                    "unit_of_measurement": "kWh",
                    "state_class": "measurement",
                }
            }
        },
        "good": payload,
    }
    complaints = ask_schema(wrong)
    assert complaints["good"] == [], name
    assert "rejected as a whole" in complaints["root"][0]
    assert [len(complaints[key]) for key in ("unit", "key", "class")] == [1, 1, 1]
