"""Topics by which something is set: what they are called, and what their messages ask for."""

from dataclasses import replace

import pytest

from pumphouse.core.model import Batch, Device, Option, Point, PointKey, Reading
from pumphouse.core.ports import Command
from pumphouse.sinks.mqtt.commands import CommandTopics
from pumphouse.sinks.mqtt.homie import Homie
from pumphouse.sinks.mqtt.tree import Tree

from .recorded import NOW, RECORDINGS, news, news_of
from .settable import settable

KEYS = {name: PointKey("house", "1", name) for name in ("47011", "1/48132", "8121", "40004")}
POINTS = (
    Point(KEYS["47011"], "offset", "heating_offset", writable=True, minimum=-10, maximum=10),
    Point(KEYS["1/48132"], "boost", writable=True, options=(Option(0, "Off"), Option(4, "A, b"))),
    Point(KEYS["8121"], "away", writable=True, options=(Option(0, "no"), Option(1, "yes"))),
    Point(KEYS["40004"], "outdoor", "outdoor_temperature"),
)
HOUSE = settable(
    news(
        Batch(
            "house",
            (Device("house", "1", "Pump"),),
            POINTS,
            tuple(Reading(point.key, NOW, 0.0) for point in POINTS),
        )
    )
)
OWN = "pumphouse/house_1"
HOMIE = "homie/5/pumphouse-house-1"


@pytest.fixture
def topics(seen):
    made = CommandTopics(Tree("pumphouse", 1), Homie("pumphouse"))
    made.learn(seen(HOUSE))
    return made


@pytest.mark.parametrize(
    ("topic", "text", "point", "asked"),
    [
        ("heating_offset/set", "2", "47011", "2"),
        ("heating_offset/set", " 2.5\n", "47011", "2.5"),
        ("points/1-48132/set", "A, b", "1/48132", "A, b"),
        ("points/8121/set", "ON", "8121", "yes"),
        ("points/8121/set", "off", "8121", "no"),
        ("points/8121/set", "yes", "8121", "yes"),
        ("outdoor_temperature/set", "20", "40004", "20"),
    ],
)
def test_a_message_asks_for_a_value_of_a_point(topics, topic, text, point, asked):
    assert topics.read(f"{OWN}/{topic}", text) == Command(KEYS[point], asked)


@pytest.mark.parametrize(
    ("topic", "text", "point", "asked"),
    [
        ("settings/heating-offset/set", "-1", "47011", "-1"),
        ("points/1-48132/set", "A; b", "1/48132", "A, b"),
        ("points/8121/set", "true", "8121", "yes"),
        ("points/8121/set", "false", "8121", "no"),
    ],
)
def test_homie_says_it_in_its_own_words(topics, topic, text, point, asked):
    assert topics.read(f"{HOMIE}/{topic}", text) == Command(KEYS[point], asked)


def test_a_button_asks_for_a_boost(topics):
    command = topics.read(f"{OWN}/boosts/hot_water/set", "ON")
    assert command == Command(HOUSE.boosts[0], "ON")
    assert topics.device_named(command.target) == "house_1"


@pytest.mark.parametrize(
    "topic",
    [
        *(f"{OWN}/heating_offset", f"{OWN}/set", f"{OWN}/nothing/set", f"{OWN}/points/1/48132/set"),
        *(f"{OWN}/boosts/x/set", "pumphouse/set", "", "other/house_1/heating_offset/set"),
    ],
)
def test_by_other_topics_nothing_is_set(topics, topic):
    assert topics.read(topic, "1") is None


def test_what_is_said_at_length_is_cut(topics):
    command = topics.read(f"{OWN}/heating_offset/set", "9" * 1_000_000)
    assert command is not None
    assert len(command.text) == 100


def test_every_topic_is_listened_to_and_set_by_one_point_alone(seen):
    for name in RECORDINGS:
        devices = seen(settable(news_of(name)))
        topics = CommandTopics(Tree("pumphouse", 1), None)
        topics.learn(devices)
        asked = [
            topics.read(f"pumphouse/{device.name}/{value.topic}/set", "1")
            for device in devices
            for value in device.values
        ]
        keys = [value.point.key for device in devices for value in device.values]
        assert [command and command.target for command in asked] == keys


def test_where_nothing_may_be_set_nothing_is_listened_to(seen):
    for name in RECORDINGS:
        devices = seen(news_of(name))
        topics = CommandTopics(Tree("pumphouse", 1), Homie("pumphouse"))
        topics.learn(devices)
        assert topics.filters(devices) == topics.homie_filters(devices) == frozenset()
        for device in devices:
            assert topics.read(f"pumphouse/{device.name}/heating_offset/set", "1") is None


def test_a_device_is_listened_to_as_soon_as_one_thing_of_it_may_be_set(seen):
    devices = seen(replace(HOUSE, settable={}))
    topics = CommandTopics(Tree("pumphouse", 1), Homie("pumphouse"))
    assert topics.filters(devices) == {
        *(f"{OWN}/+/set", f"{OWN}/points/+/set", f"{OWN}/boosts/+/set"),
    }
    assert topics.homie_filters(devices) == {f"{HOMIE}/+/+/set"}
