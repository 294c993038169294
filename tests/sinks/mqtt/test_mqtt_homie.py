import json
import re
from dataclasses import replace

import pytest

from pumphouse.sinks.mqtt.homie import Homie

from .recorded import RECORDINGS, news_of

ID = r"[a-z0-9]+(?:-[a-z0-9]+)*"


@pytest.fixture
def homie() -> Homie:
    return Homie("pumphouse")


def test_the_last_will_is_that_the_root_is_lost(homie):
    assert homie.will == ("homie/5/pumphouse/$state", "lost", 2, True)


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_value_is_of_a_property_that_was_described(homie, seen, name):
    messages = {
        message.topic: message.payload for message in homie.messages(seen(news_of(name)), 5)
    }
    root = json.loads(messages["homie/5/pumphouse/$description"])
    assert (root["homie"], root["version"]) == ("5.0", 5)
    described = {}
    for child in root["children"]:
        about = json.loads(messages[f"homie/5/{child}/$description"])
        assert (about["root"], about["parent"]) == ("pumphouse", "pumphouse")
        for node, nodes in about["nodes"].items():
            for key, facts in nodes["properties"].items():
                described[f"homie/5/{child}/{node}/{key}"] = facts
    values = {topic: text for topic, text in messages.items() if "$" not in topic}
    assert values.keys() <= described.keys()
    for topic, text in values.items():
        assert re.fullmatch(rf"homie/5/{ID}/{ID}/{ID}", topic)
        facts = described[topic]
        match facts["datatype"]:
            case "float":
                float(text)
            case "boolean":
                assert text in ("true", "false")
            case "enum":
                assert text in facts["format"].split(",")
            case kind:
                assert kind == "string"


def test_a_device_is_described_while_it_starts_and_then_ready(homie, seen):
    told = news_of("nibe_uplink/F1145-10-PC.json")
    child = "homie/5/pumphouse-house-400137"
    of_child = [m for m in homie.messages(seen(told), 1) if m.topic.startswith(child)]
    assert [m.payload for m in (of_child[0], of_child[-1])] == ["init", "ready"]
    assert of_child[1].topic == f"{child}/$description"
    assert all(m.retain and m.qos == 2 for m in of_child)
    quiet = replace(told, changed=frozenset())
    assert list(homie.messages(seen(quiet), 2)) == []
    silent = replace(quiet, answering={"house": False})
    assert [m.payload for m in homie.messages(seen(silent), 3)] == ["lost"]


def test_a_device_that_is_gone_is_cleared_state_first(homie, seen):
    list(homie.messages(seen(news_of("nibe_uplink/F1145-10-PC.json")), 1))
    cleared = [m.topic for m in homie.messages([], 2) if m.payload == ""]
    assert cleared[0].endswith("/$state")
    assert cleared[1].endswith("/$description")
    assert len(cleared) > 50


def test_everybody_says_goodbye_the_root_last(homie, seen):
    list(homie.messages(seen(news_of("nibe_uplink/F1145-10-PC.json")), 1))
    words = list(homie.farewell())
    assert {word.payload for word in words} == {"disconnected"}
    assert words[-1].topic == "homie/5/pumphouse/$state"
