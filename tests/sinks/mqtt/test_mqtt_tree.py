import json
from dataclasses import replace
from datetime import timedelta

import pytest

from pumphouse.core.model import Batch, Device, Event, EventKind, Option, Point, PointKey, Reading
from pumphouse.core.units import parse_unit
from pumphouse.sinks.mqtt.tree import state_of
from pumphouse.sinks.mqtt.view import plain

from .recorded import NOW, RECORDINGS, news, news_of

SWITCH = (Option(0, "Off"), Option(1, "On"))
PRIORITY = (Option(10, "Off"), Option(20, "Hot water"), Option(30, "Heating"))


def batch(*, metric=None, unit="", options=(), value=None, text=None, device=None) -> Batch:
    key = PointKey("house", "36563", "40004")
    return Batch(
        "house",
        (device or Device("house", "36563", "F1145"),),
        (Point(key, "a point", metric, parse_unit(unit), options=options),),
        (Reading(key, NOW, value, text),),
    )


@pytest.mark.parametrize(
    ("made", "text", "known"),
    [
        (batch(metric="outdoor_temperature", unit="°C", value=-3.25), "-3.25", -3.25),
        (batch(metric="compressor_starts", value=1234.0), "1234", 1234),
        (batch(metric="priority", options=PRIORITY, value=20.0), "Hot water", "Hot water"),
        (batch(metric="priority", options=PRIORITY, value=99.0), "unknown (99)", None),
        (batch(metric="defrosting_active", options=SWITCH, value=1.0), "ON", "ON"),
        (batch(metric="defrosting_active", options=SWITCH, value=0.0), "OFF", "OFF"),
        (batch(options=SWITCH, value=7.0), "unknown (7)", None),
        (batch(text="9478"), "9478", "9478"),
        (batch(metric="price_adaption_status", value=30.0), "30", 30),
    ],
)
def test_a_value_is_a_number_a_word_or_a_switch(seen, made, text, known):
    (device,) = seen(news(made))
    (value,) = device.values
    assert value.text == text
    state = state_of(device)
    told = state if made.points[0].metric else state["points"]
    assert isinstance(told, dict)
    assert told[value.name] == known


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (21.0, "21"),
        (20.5, "20.5"),
        (-0.0, "0"),
        (1e-9, "0"),
        (1234567.0, "1234567"),
        (1e15, f"1{'0' * 15}"),
    ],
)
def test_numbers_are_told_without_an_exponent(number, text):
    assert plain(number) == text


def test_points_without_a_metric_have_a_level_of_their_own(seen, tree):
    (device,) = seen(news(batch(unit="°C", value=3.0)))
    value, state = tree.messages(device)
    assert value.topic == "pumphouse/house_36563/points/40004"
    assert json.loads(state.payload) == {"ts": "2030-01-01T00:00:00+00:00", "points": {"40004": 3}}


def test_only_what_changed_is_published_but_the_state_is_whole(seen, tree):
    everything = news_of("nibe_uplink/F1145-10-PC.json")
    one = next(key for key, point in everything.points.items() if point.metric)
    (device,) = seen(replace(everything, changed=frozenset({one})))
    value, state = tree.messages(device)
    assert value.topic.endswith(f"/{everything.points[one].metric}")
    assert len(json.loads(state.payload)) > 30
    assert value.retain
    assert state.retain
    (quiet,) = seen(replace(everything, changed=frozenset()))
    assert list(tree.messages(quiet)) == []


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_recorded_reading_has_a_topic_of_its_own(seen, tree, name):
    told = news_of(name)
    topics = [
        message.topic
        for device in seen(told)
        for message in tree.messages(device)
        if not message.topic.endswith("/state")
    ]
    assert len(topics) == len(set(topics)) == len(told.latest)


@pytest.mark.parametrize(
    ("answering", "connected", "age", "online"),
    [
        (True, True, 0, True),
        (True, None, 0, True),
        (False, True, 0, False),
        (True, False, 0, False),
        (True, True, 3, False),
    ],
)
def test_a_device_is_online_while_its_values_are_fresh(
    seen, tree, answering, connected, age, online
):
    device = Device("house", "36563", "F1145", connected=connected)
    made = batch(metric="outdoor_temperature", unit="°C", value=1.0, device=device)
    (reading,) = made.readings
    made = replace(made, readings=(replace(reading, time=NOW - timedelta(hours=age)),))
    (view,) = seen(news(made, answering=answering))
    assert tree.availability(view).payload == ("online" if online else "offline")
    assert tree.availability(view).retain


def test_a_pump_that_the_vendor_hears_of_is_fresh_although_no_value_changed(seen):
    device = Device("house", "36563", "F1145", last_seen=NOW - timedelta(minutes=5))
    made = batch(metric="outdoor_temperature", unit="°C", value=1.0, device=device)
    (reading,) = made.readings
    made = replace(made, readings=(replace(reading, time=NOW - timedelta(days=2)),))
    (view,) = seen(news(made))
    assert view.online


@pytest.mark.parametrize(
    ("device", "topic"), [("hp1", "pumphouse/hp1/event"), (None, "pumphouse/event")]
)
def test_an_event_is_json_and_not_retained(tree, device, topic):
    ended = NOW + timedelta(hours=1)
    event = Event("7", NOW, EventKind.ALARM, 'Hög, "kondensor"', "house", "36563", ended=ended)
    message = tree.event(event, device)
    assert (message.topic, message.qos, message.retain) == (topic, 1, False)
    told = json.loads(message.payload)
    assert (told["event_type"], told["title"], told["ended"]) == (
        "alarm",
        'Hög, "kondensor"',
        ended.isoformat(),
    )
