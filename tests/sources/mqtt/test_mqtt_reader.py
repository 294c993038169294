"""Messages become points and readings as the configuration says."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.errors import ConfigurationError
from pumphouse.mqtt.subscription import Heard
from pumphouse.sources.mqtt import MqttSourceSettings
from pumphouse.sources.mqtt.reader import MOST_TOPICS, Reader

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def settings(points, **others):
    return MqttSourceSettings.model_validate(
        {"url": "mqtt://localhost", "points": points, **others}
    )


def reader(points, **others):
    return Reader("house", settings(points, **others), load_catalogue(), NOW)


def message(topic, payload, *, after=0.0, retained=False):
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Heard(topic, content, retained, NOW + timedelta(seconds=after))


def values(batch):
    return [
        (r.key.device, r.key.point, r.text if r.value is None else r.value) for r in batch.readings
    ]


ZIGBEE = {
    "temperature": {
        "topic": "zigbee2mqtt/living room",
        "path": "temperature",
        "metric": "room_temperature",
        "name": "Living room",
    },
    "battery": {"topic": "zigbee2mqtt/living room", "path": "battery", "unit": "%"},
}


def test_one_message_tells_several_points_of_one_device():
    batch = reader(ZIGBEE).batch(
        [
            message(
                "zigbee2mqtt/living room", {"temperature": 21.4, "battery": 87, "linkquality": 9}
            )
        ],
        NOW,
    )
    assert values(batch) == [
        ("zigbee2mqtt/living room", "temperature", 21.4),
        ("zigbee2mqtt/living room", "battery", 87.0),
    ]
    (device,) = batch.devices
    assert device.id == "zigbee2mqtt/living room"
    first, second = batch.points
    assert (first.name, first.metric, first.unit.symbol) == (
        "Living room",
        "room_temperature",
        "°C",
    )
    assert (second.name, second.metric, second.unit.symbol) == ("battery", None, "%")


def test_points_are_described_once():
    house = reader(ZIGBEE)
    words = [message("zigbee2mqtt/living room", {"temperature": 21.4})]
    house.batch(words, NOW)
    again = house.batch(words, NOW)
    assert (again.devices, again.points, len(again.readings)) == ((), (), 1)


def test_wildcards_make_a_device_of_each_topic_or_of_a_level():
    points = {
        "power": {"topic": "+/status/switch:0", "path": "apower", "unit": "W", "device": "{1}"},
        "on": {"topic": "+/status/switch:0", "path": "output", "kind": "switch", "device": "{1}"},
        "any": {"topic": "+/status/#", "path": "id"},
    }
    batch = reader(points).batch(
        [
            message("shelly-a/status/switch:0", {"id": 0, "output": True, "apower": 8.9}),
            message("shelly-b/status/switch:0", {"output": False, "apower": 0}),
        ],
        NOW,
    )
    assert values(batch) == [
        ("shelly-a", "power", 8.9),
        ("shelly-a", "on", 1.0),
        ("shelly-a/status/switch:0", "any", 0.0),
        ("shelly-b", "power", 0.0),
        ("shelly-b", "on", 0.0),
    ]
    switch = next(point for point in batch.points if point.key.point == "on")
    assert switch.label(1.0) == "On"


def test_units_are_converted_and_factors_multiply():
    points = {
        "total": {"topic": "m", "unit": "Wh", "factor": 100, "metric": "sensor_energy"},
        "fahrenheit": {"topic": "f", "unit": "°F", "metric": "sensor_temperature"},
    }
    batch = reader(points).batch([message("m", b"25"), message("f", b"68")], NOW)
    assert [value for _, _, value in values(batch)] == [2.5, 20.0]
    assert [point.unit.symbol for point in batch.points] == ["kWh", "°C"]


def test_a_time_in_the_message_is_the_reading_s():
    points = {"t": {"topic": "z", "path": "v", "time_path": "at"}}
    batch = reader(points).batch([message("z", {"v": 1, "at": "2026-01-15T11:00:00Z"})], NOW)
    assert batch.readings[0].time == NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("point", "payload", "kept"),
    [
        ({}, {"v": 1}, False),
        ({"retained": True}, {"v": 1}, True),
        ({"time_path": "at"}, {"v": 1, "at": "2026-01-15T11:00:00Z"}, True),
        ({"time_path": "at"}, {"v": 1}, False),
    ],
)
def test_a_retained_value_is_never_shown_as_new_unless_that_is_wanted(point, payload, kept):
    house = reader({"t": {"topic": "z", "path": "v"} | point})
    batch = house.batch([message("z", payload, retained=True)], NOW)
    assert bool(batch.readings) is kept


def test_at_most_one_value_is_kept_in_a_while():
    house = reader({"t": {"topic": "z", "rate_secs": 10}})
    words = [message("z", b"%d" % second, after=second) for second in range(25)]
    assert [value for _, _, value in values(house.batch(words, NOW))] == [0, 10, 20]


def test_a_switch_that_changes_is_kept_at_once():
    house = reader({"t": {"topic": "z", "rate_secs": 10, "kind": "switch"}})
    words = [message("z", word, after=n) for n, word in enumerate([b"ON", b"ON", b"OFF", b"OFF"])]
    assert [value for _, _, value in values(house.batch(words, NOW))] == [1, 0]


def test_texts_are_texts():
    house = reader({"t": {"topic": "z", "path": "state", "kind": "text"}})
    batch = house.batch([message("z", {"state": "heating"})], NOW)
    assert values(batch) == [("z", "t", "heating")]


def test_a_point_that_is_silent_for_too_long_is_told_until_it_speaks():
    house = reader({"t": {"topic": "z", "stale_secs": 3600}})
    later = NOW + timedelta(hours=3)
    assert house.batch([], NOW + timedelta(minutes=59)).problems == ()
    assert house.batch([], later).problems == ("points.t: nothing came from z for 3.0 h",)
    assert house.batch([message("z", b"1", after=3 * 3600)], later).problems == ()


def test_of_wildcards_only_a_device_that_has_told_a_value_can_be_silent():
    points = {"battery": {"topic": "z/+", "path": "battery", "stale_secs": 3600, "device": "{2}"}}
    house = reader(points)
    words = [message("z/thermometer", {"battery": 87}), message("z/plug", {"state": "ON"})]
    house.batch(words, NOW)
    problems = house.batch([], NOW + timedelta(hours=3)).problems
    assert problems == ("points.battery: nothing came from thermometer for 3.0 h",)


@pytest.mark.parametrize("payload", [b"", b" \n", b"unavailable", b"null"])
def test_a_message_that_says_that_there_is_nothing_is_no_mistake(payload):
    points = {"a": {"topic": "z", "path": "a"}, "b": {"topic": "z"}}
    batch = reader(points).batch([message("z", payload)], NOW)
    assert (batch.readings, batch.problems) == ((), ())


@pytest.mark.parametrize("payload", [b"9" * 400, b"1e999", b"-Infinity", b"1e299"])
def test_a_number_that_nothing_can_measure_is_no_value(payload):
    points = {"bare": {"topic": "z", "factor": 1e20}, "in_json": {"topic": "j", "path": "v"}}
    words = [message("z", payload), message("j", b'{"v": %s}' % payload.replace(b"299", b"399"))]
    batch = reader(points).batch(words, NOW)
    assert (batch.readings, batch.problems) == ((), ())


def test_what_only_python_takes_for_a_number_is_none():
    batch = reader({"t": {"topic": "z"}}).batch([message("z", b"1_000")], NOW)
    assert batch.readings == ()
    assert batch.problems == ("points.t: what the message holds is no number",)


@pytest.mark.parametrize("at", [0, 12345, -5, 946684799, 10**400, "1970-01-01T00:00:00Z"])
def test_a_clock_that_was_never_set_tells_no_time(at):
    points = {"t": {"topic": "z", "path": "v", "time_path": "at"}}
    batch = reader(points).batch([message("z", {"v": 1, "at": at})], NOW)
    assert [reading.time for reading in batch.readings] == [NOW]


def test_what_is_not_understood_costs_its_point_only():
    points = {"a": {"topic": "z", "path": "a"}, "b": {"topic": "z", "path": "b"}}
    batch = reader(points).batch([message("z", {"a": "secret", "b": 2})], NOW)
    assert values(batch) == [("z", "b", 2.0)]
    assert batch.problems == ("points.a: what the message holds is no number",)


def test_points_can_be_left_out_by_name_or_metric():
    house = reader(ZIGBEE, exclude=["room_temperature"])
    batch = house.batch([message("zigbee2mqtt/living room", {"temperature": 1, "battery": 2})], NOW)
    assert [point for _, point, _ in values(batch)] == ["battery"]


def test_each_topic_is_asked_for_once():
    assert reader(ZIGBEE).filters == ["zigbee2mqtt/living room"]


def test_topics_without_number_take_no_memory_without_bound():
    house = reader({"t": {"topic": "#"}})
    house.batch((message(str(n), b"1") for n in range(MOST_TOPICS + 50)), NOW)
    assert len(house._topics) == MOST_TOPICS


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ({}, r"sources.house.points: missing; write a table \[sources.house.points.NAME\]"),
        ({"t": {"topic": "z", "metric": "warmth"}}, 'points.t: there is no metric "warmth"'),
        (
            {"t": {"topic": "z", "metric": "room_temperature", "unit": "W"}},
            "room_temperature is in °C, which W cannot be converted to",
        ),
        (
            {"t": {"topic": "z", "metric": "room_temperature", "kind": "text"}},
            'room_temperature needs kind = "number"',
        ),
    ],
)
def test_what_means_nothing_is_told_at_the_start(points, words):
    with pytest.raises(ConfigurationError, match=words):
        reader(points)


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ({"t": {"topic": "a+"}}, "is no topic"),
        ({"t": {"topic": "a", "path": "x..y"}}, "is no path"),
        ({"t": {"topic": "a", "device": "{2}"}}, "is no level"),
        ({"t": {"topic": "a", "kind": "switch", "unit": "W"}}, "a switch has no unit"),
        ({"bad name": {"topic": "a"}}, "pattern"),
        (
            {
                "a": {"topic": "z", "path": "a", "metric": "sensor_power"},
                "b": {"topic": "z", "path": "b", "metric": "sensor_power"},
            },
            "points.b and points.a have the same metric",
        ),
    ],
)
def test_a_wrong_section_is_told(points, words):
    with pytest.raises(ValidationError, match=words):
        settings(points)
