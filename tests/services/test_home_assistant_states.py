"""The MQTT sink, a real broker and a running Home Assistant."""

import asyncio
import json
import random
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.sinks.mqtt.recorded import NOW, news_of

from pumphouse.core.ports import Host, News
from pumphouse.http.grants import FileGrantStore
from pumphouse.sinks.mqtt import MqttSettings
from pumphouse.sinks.mqtt.sink import Mqtt
from pumphouse.testing.clock import FakeClock

from .home_assistant import home_assistant_python
from .mosquitto import Mosquitto

PUMPS = ("nibe_uplink/F1255-6-R-PC.json", "myuplink/F730-CU-3x400V.json")
PATIENCE_SECS = 300
#: entities of Pumphouse itself, and those of each device that are not a point's
BRIDGE, PER_DEVICE = 3, 4
#: of both, those that say nothing before something has happened
EVENTS = 1


class HomeAssistant:
    """A running one; answers what it has."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, *, entities: int, no_state: str = "unavailable") -> dict[str, Any]:
        """All entities and devices, once there are so many and none says `no_state`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        question = {"entities": entities, "state": no_state}
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        line = await asyncio.wait_for(self._process.stdout.readline(), PATIENCE_SECS)
        assert line, "Home Assistant ended; what it said stands above"
        answer: dict[str, Any] = json.loads(line)
        return answer


@pytest.fixture
def broker(tmp_path):
    with Mosquitto(tmp_path) as running:
        yield running


@pytest.fixture
async def home_assistant(tmp_path, broker) -> AsyncIterator[HomeAssistant]:
    folder = tmp_path / "home_assistant"
    folder.mkdir()
    (folder / "configuration.yaml").touch()
    process = await asyncio.create_subprocess_exec(
        await asyncio.to_thread(home_assistant_python),
        Path(__file__).with_name("home_assistant_states.py"),
        *(str(broker.port), str(folder)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        limit=10_000_000,
    )
    yield HomeAssistant(process)
    assert process.stdin is not None
    process.stdin.close()
    await asyncio.wait_for(process.wait(), PATIENCE_SECS)


def entities_of(news: News) -> int:
    return BRIDGE + PER_DEVICE * len(news.devices) + len(news.latest)


async def test_every_enabled_entity_has_a_state_until_it_is_gone(tmp_path, broker, home_assistant):
    told = news_of(*PUMPS)
    clock = FakeClock(NOW, impatient=True)
    host = Host(FileGrantStore(tmp_path / "grants"), clock, random.Random(7), "Pumphouse/1 (tests)")
    settings = MqttSettings(url=f"mqtt://127.0.0.1:{broker.port}")
    async with Mqtt("broker", settings, host) as sink:
        await sink.publish(told)
        answer = await home_assistant.ask(entities=entities_of(told))
        assert_states(answer, told)

        gone = [key for key, point in told.points.items() if point.metric == "outdoor_temperature"]
        less = replace(
            told,
            devices=told.devices[:1],
            latest={
                key: reading
                for key, reading in told.latest.items()
                if key not in gone and key.device == told.devices[0].id
            },
        )
        await sink.publish(less)
        answer = await home_assistant.ask(entities=entities_of(less))
        assert len(answer["devices"]) == 2
        assert not any(
            "outdoor_temperature" in e["unique_id"] and not e["unique_id"].endswith("average")
            for e in answer["entities"].values()
        )

        await sink.publish(replace(less, answering={}))
    states = await home_assistant.ask(entities=entities_of(less), no_state="on")
    enabled = {
        entity["unique_id"]: entity["state"]
        for entity in states["entities"].values()
        if entity["enabled"]
    }
    assert enabled.pop("pumphouse_bridge_connection") == "off"
    assert set(enabled.values()) == {"unavailable"}


def assert_states(answer: dict[str, Any], told: News) -> None:
    """Every enabled entity says what its reading says."""
    assert sorted(device["name"] for device in answer["devices"]) == sorted(
        ["Pumphouse", *(device.name for device in told.devices)]
    )
    entities = {e["unique_id"]: e for e in answer["entities"].values()}
    states = {
        key: e["state"]
        for key, e in entities.items()
        if e["enabled"] and not key.endswith("_event")
    }
    assert not {"unknown", "unavailable", None} & set(states.values())
    checked = 0
    for key, reading in told.latest.items():
        point = told.points[key]
        unique_id = f"pumphouse_{key.source}_{key.device}_{point.metric}"
        if unique_id not in states or reading.value is None:
            continue
        checked += 1
        if point.options:
            said = states[unique_id]
            assert said in (point.label(reading.value), "on", "off")
        elif entities[unique_id]["attributes"].get("device_class") == "duration":
            assert float(states[unique_id]) == pytest.approx(reading.value / 3600, abs=0.01)
        else:
            assert float(states[unique_id]) == pytest.approx(reading.value)
    others = BRIDGE - EVENTS + (PER_DEVICE - EVENTS) * len(told.devices)
    assert checked == len(states) - others
    assert checked > 20
