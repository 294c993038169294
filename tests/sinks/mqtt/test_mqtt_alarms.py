"""What lasts over MQTT: retained, per device, and a problem for Home Assistant."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pumphouse.core.model import Device, Event, EventKind, Severity
from pumphouse.sinks.mqtt.alarms import Alarms, alarm_components
from pumphouse.sinks.mqtt.tree import Tree
from pumphouse.sinks.mqtt.view import DeviceView

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
TREE = Tree("pumphouse", 1)
ALARM = Event(
    "n1",
    NOON,
    EventKind.ALARM,
    "Low brine",
    "house",
    "d1",
    Severity.ERROR,
    detail={"alarm_number": "60"},
)


def view(name, device="d1"):
    return DeviceView(
        Device("house", device, "Pump"), name, named=False, online=True, newest=None, values=()
    )


def told(messages):
    return {message.topic: json.loads(message.payload)["problem"] for message in messages}


@pytest.fixture
def alarms():
    return Alarms(TREE)


def test_a_device_without_alarm_says_so_and_so_does_pumphouse_itself(alarms):
    messages = list(alarms.messages((), [view("cellar")]))
    assert told(messages) == {"pumphouse/alarm": "OFF", "pumphouse/cellar/alarm": "OFF"}
    assert all(message.retain and message.qos == 1 for message in messages)


def test_an_alarm_is_the_problem_of_its_device(alarms):
    (_, message) = alarms.messages([ALARM], [view("cellar")])
    assert json.loads(message.payload) == {
        "problem": "ON",
        "alarms": [
            {
                "id": "n1",
                "title": "Low brine",
                "severity": "error",
                "since": "2026-01-15T12:00:00+00:00",
                "number": "60",
            }
        ],
    }


@pytest.mark.parametrize("change", [{"device": None}, {"source": None}, {"device": "unknown"}])
def test_what_belongs_to_no_device_is_pumphouse_s_own_problem(alarms, change):
    messages = alarms.messages([replace(ALARM, **change)], [view("cellar")])
    assert told(messages) == {"pumphouse/alarm": "ON", "pumphouse/cellar/alarm": "OFF"}


def test_a_mere_note_is_no_problem_but_is_listed(alarms):
    note = replace(ALARM, severity=Severity.INFO)
    (_, message) = alarms.messages([note], [view("cellar")])
    content = json.loads(message.payload)
    assert (content["problem"], len(content["alarms"])) == ("OFF", 1)


def test_only_what_has_changed_is_told(alarms):
    devices = [view("cellar"), view("annex", "d2")]
    assert len(list(alarms.messages((), devices))) == 3
    assert list(alarms.messages((), devices)) == []
    assert told(alarms.messages([ALARM], devices)) == {"pumphouse/cellar/alarm": "ON"}
    assert told(alarms.messages((), devices)) == {"pumphouse/cellar/alarm": "OFF"}


def test_a_device_that_comes_back_is_told_anew(alarms):
    list(alarms.messages((), [view("cellar")]))
    list(alarms.messages((), []))
    assert told(alarms.messages((), [view("cellar")])) == {"pumphouse/cellar/alarm": "OFF"}


@pytest.mark.parametrize("device", ["cellar", None])
def test_the_entities_are_there_while_the_device_itself_is_silent(device):
    components = alarm_components("pumphouse_x", TREE, device)
    assert [one["availability"] for one in components.values()] == [
        [{"topic": "pumphouse/status"}],
        [{"topic": "pumphouse/status"}],
    ]
    assert components["alarm"]["state_topic"] == TREE.alarm(device)
    assert components["event"]["state_topic"] == TREE.events(device)
    assert components["event"]["event_types"] == [kind.value for kind in EventKind]


def test_the_topic_of_a_device_s_alarms_goes_with_the_device():
    assert "pumphouse/cellar/alarm" in TREE.topics(view("cellar"))
