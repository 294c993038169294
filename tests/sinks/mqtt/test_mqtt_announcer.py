import json
from dataclasses import replace

import pytest

from pumphouse.sinks.mqtt.announcer import Announcer

from .discovery_schema import complaints
from .recorded import news_of
from .settable import settable

TOPIC = "homeassistant/device/pumphouse_house_400137/config"
BRIDGE = "homeassistant/device/pumphouse_bridge/config"


@pytest.fixture
def announcer(home_assistant) -> Announcer:
    return Announcer(home_assistant)


@pytest.fixture
def told():
    return news_of("nibe_uplink/F1145-10-PC.json")


def without(news, metric):
    gone = next(key for key, point in news.points.items() if point.metric == metric)
    return replace(news, latest={k: v for k, v in news.latest.items() if k != gone})


def test_pumphouse_comes_before_the_devices_that_are_reached_through_it(announcer, seen, told):
    messages = list(announcer.messages(seen(told)))
    assert [message.topic for message in messages] == [BRIDGE, TOPIC]
    assert all(message.retain and message.qos == 1 for message in messages)


def test_what_was_told_is_not_told_again_until_somebody_asks(announcer, seen, told):
    first = list(announcer.messages(seen(told)))
    assert list(announcer.messages(seen(told))) == []
    announcer.repeat()
    assert list(announcer.messages(seen(told))) == first


def test_a_new_point_is_told_at_once(announcer, seen, told):
    list(announcer.messages(seen(without(told, "outdoor_temperature"))))
    (message,) = announcer.messages(seen(told))
    assert "outdoor_temperature" in json.loads(message.payload)["components"]


def test_a_component_that_disappeared_is_named_once_by_its_platform(announcer, seen, told):
    list(announcer.messages(seen(told)))
    farewell, after = announcer.messages(seen(without(told, "outdoor_temperature")))
    payload = json.loads(farewell.payload)
    assert payload["components"]["outdoor_temperature"] == {"platform": "sensor"}
    assert complaints({**payload, "components": {}}) == []
    assert "outdoor_temperature" not in json.loads(after.payload)["components"]


def test_what_may_be_set_no_longer_becomes_a_sensor_again(announcer, seen, told):
    list(announcer.messages(seen(settable(told))))
    farewell, after = announcer.messages(seen(told))
    gone = json.loads(farewell.payload)["components"]
    assert gone["heating_offset"] == {"platform": "number"}
    assert gone["boost_hot_water"] == {"platform": "button"}
    left = json.loads(after.payload)["components"]
    assert left["heating_offset"]["platform"] == "sensor"
    assert "boost_hot_water" not in left
    assert "set" not in after.payload.replace("setpoint", "").replace("offset", "")


def test_what_disappeared_while_pumphouse_was_not_running_is_found_on_the_broker(
    announcer, home_assistant, seen, told
):
    (before,) = seen(told)
    old = home_assistant.message("pumphouse_house_400137", home_assistant.device(before))
    announcer.found({old.topic: old.payload})
    _, farewell, after = announcer.messages(seen(without(told, "outdoor_temperature")))
    assert json.loads(farewell.payload)["components"]["outdoor_temperature"]
    assert "outdoor_temperature" not in json.loads(after.payload)["components"]


def test_a_device_that_is_gone_is_forgotten(announcer, home_assistant, seen, told):
    (device,) = seen(told)
    payload = home_assistant.device(device)
    old = home_assistant.message("pumphouse_house_1", payload)
    announcer.found({old.topic: old.payload})
    *_, last = announcer.messages([device])
    assert (last.topic, last.payload, last.retain) == (old.topic, "", True)


def test_devices_of_others_are_left_alone(announcer, seen, told):
    strangers = {
        "homeassistant/device/zigbee/config": {"device": {"via_device": "zigbee2mqtt_bridge"}},
        "homeassistant/device/other_house_1/config": {"device": {"via_device": "other_bridge"}},
        "homeassistant/device/odd/config": {"device": None},
        "homeassistant/device/list/config": [],
    }
    announcer.found({topic: json.dumps(payload) for topic, payload in strangers.items()})
    announcer.found({"homeassistant/device/broken/config": "{"})
    assert [m.topic for m in announcer.messages(seen(told))] == [BRIDGE, TOPIC]


def test_nothing_is_taken_back_while_it_is_not_known_what_there_is(
    announcer, home_assistant, seen, told
):
    (device,) = seen(told)
    old = home_assistant.message("pumphouse_house_400137", home_assistant.device(device))
    announcer.found({old.topic: old.payload})
    assert [message.topic for message in announcer.messages([])] == [BRIDGE]


def test_topics_of_single_components_are_migrated(announcer, seen, told):
    single = "homeassistant/sensor/pumphouse_house_400137/outdoor_temperature/config"
    announcer.found({single: "{}"})
    messages = list(announcer.messages(seen(told)))
    assert [(message.topic, len(message.payload) > 40) for message in messages] == [
        (BRIDGE, True),
        (single, False),
        (TOPIC, True),
        (single, False),
    ]
    assert json.loads(messages[1].payload) == {"migrate_discovery": True}
    assert messages[3].payload == ""
