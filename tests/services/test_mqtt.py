"""The MQTT sink against a real mosquitto."""

import asyncio
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from tests.sinks.mqtt.recorded import NOW, news_of

from pumphouse.core.errors import CredentialsRefused, TransientError, Unreachable
from pumphouse.core.ports import Host, News
from pumphouse.http.grants import FileGrantStore
from pumphouse.mqtt import client as wire
from pumphouse.sinks.mqtt import MqttSettings
from pumphouse.sinks.mqtt.sink import Mqtt
from pumphouse.testing.clock import FakeClock

from .mosquitto import Mosquitto

PUMP = "nibe_uplink/F1145-10-PC.json"
NAME = "house_400137"
DISCOVERY = f"homeassistant/device/pumphouse_{NAME}/config"
PATIENCE_SECS = 120


@pytest.fixture
def broker(tmp_path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as running:
        yield running


@pytest.fixture
def told() -> News:
    return news_of(PUMP)


def host(folder: Path) -> Host:
    clock = FakeClock(NOW, impatient=True)
    return Host(FileGrantStore(folder / "grants"), clock, random.Random(7), "Pumphouse/1 (tests)")


@pytest.fixture
def opened(tmp_path, broker):
    """Make a sink for the running broker."""

    def make(**settings: Any) -> Mqtt:
        settings.setdefault("url", f"mqtt://127.0.0.1:{broker.port}")
        return Mqtt("broker", MqttSettings(**settings), host(tmp_path))

    return make


@asynccontextmanager
async def observer(broker: Mosquitto, *filters: str) -> AsyncIterator[aiomqtt.Client]:
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        for topic in filters:
            await client.subscribe(topic)
        yield client


async def heard(client: aiomqtt.Client) -> list[tuple[str, str, bool]]:
    """What has come so far: a message of our own ends it."""
    await client.subscribe("observer/end")
    await client.publish("observer/end", "", qos=1)
    found: list[tuple[str, str, bool]] = []
    async with asyncio.timeout(PATIENCE_SECS):
        async for message in client.messages:
            if str(message.topic) == "observer/end":
                return found
            assert isinstance(message.payload, bytes)
            found.append((str(message.topic), message.payload.decode(), message.retain))
    return found


async def retained(broker: Mosquitto, topics: str = "#") -> dict[str, str]:
    """What the broker tells somebody who comes now."""
    async with observer(broker, topics) as client:
        return {topic: text for topic, text, kept in await heard(client) if kept}


async def waited_for(broker: Mosquitto, topic: str, text: str) -> None:
    async with asyncio.timeout(PATIENCE_SECS):
        async with observer(broker, topic) as client:
            async for message in client.messages:
                if message.payload == text.encode():
                    return


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
@pytest.mark.parametrize("qos", [0, 1])
async def test_the_broker_holds_every_newest_value(broker, opened, told, protocol, qos):
    async with opened(protocol=protocol, qos=qos) as sink:
        await sink.publish(told)
        await waited_for(broker, f"pumphouse/{NAME}/status", "online")
        kept = await retained(broker, "pumphouse/#")
    state = json.loads(kept.pop(f"pumphouse/{NAME}/state"))
    assert kept.pop("pumphouse/status") == "online"
    assert kept.pop(f"pumphouse/{NAME}/status") == "online"
    for topic in ("pumphouse/alarm", f"pumphouse/{NAME}/alarm"):
        assert json.loads(kept.pop(topic)) == {"problem": "OFF", "alarms": []}
    assert len(kept) == len(told.latest)
    for key, reading in told.latest.items():
        point = told.points[key]
        topic = point.metric or f"points/{key.point}"
        if reading.value is not None and not point.options:
            assert float(kept[f"pumphouse/{NAME}/{topic}"]) == reading.value
            value = state[point.metric] if point.metric else state["points"][key.point]
            assert value == reading.value


async def test_discovery_is_retained_and_comes_before_the_values(broker, opened, told):
    async with observer(broker, "#") as client, opened() as sink:
        await sink.publish(told)
        topics = [topic for topic, _, _ in await heard(client)]
    assert topics.index(DISCOVERY) < topics.index(f"pumphouse/{NAME}/state")
    kept = await retained(broker, "homeassistant/#")
    assert kept.keys() == {DISCOVERY, "homeassistant/device/pumphouse_bridge/config"}


async def test_home_assistant_is_told_nothing_that_it_was_not_asked_to(broker, opened, told):
    async with opened(home_assistant=False) as sink:
        await sink.publish(told)
    assert await retained(broker, "homeassistant/#") == {}
    assert await retained(broker, "homie/#") == {}
    assert await retained(broker, "myuplink/#") == {}


async def test_a_clean_end_says_offline(broker, opened, told):
    async with opened(homie=True) as sink:
        await sink.publish(told)
        assert (await retained(broker, "homie/#"))["homie/5/pumphouse/$state"] == "ready"
    kept = await retained(broker)
    assert kept["pumphouse/status"] == "offline"
    assert kept["homie/5/pumphouse/$state"] == "disconnected"
    assert kept["homie/5/pumphouse-house-400137/$state"] == "disconnected"
    assert float(kept["homie/5/pumphouse-house-400137/heating/outdoor-temperature"])


CHILD = """
import asyncio, sys
from pathlib import Path
from pumphouse.sinks.mqtt import MqttSettings
from pumphouse.sinks.mqtt.sink import Mqtt
from tests.services.test_mqtt import host
async def main():
    settings = MqttSettings(url=sys.argv[1], homie=True)
    async with Mqtt("broker", settings, host(Path(sys.argv[2]))):
        print("here", flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


async def test_the_broker_says_offline_for_a_process_that_was_killed(broker, tmp_path):
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CHILD, f"mqtt://127.0.0.1:{broker.port}", str(tmp_path)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert child.stdout is not None
    assert await child.stdout.readline() == b"here\n"
    assert (await retained(broker, "pumphouse/#"))["pumphouse/status"] == "online"
    child.kill()
    await child.wait()
    await waited_for(broker, "pumphouse/status", "offline")
    await waited_for(broker, "homie/5/pumphouse/$state", "lost")


@pytest.mark.parametrize("home_assistant", [True, False])
async def test_after_the_broker_was_killed_everything_is_there_again(
    broker, opened, told, home_assistant
):
    sink = opened(home_assistant=home_assistant)
    async with sink:
        await sink.publish(told)
        before = await retained(broker)
        asked = asyncio.create_task(sink.asked_again())
        broker.stop()
        with pytest.raises(TransientError):
            await asyncio.wait_for(asked, PATIENCE_SECS)
        with pytest.raises(TransientError):
            await sink.publish(told)
        with pytest.raises(Unreachable, match="does not answer"):
            async with opened():
                pass
    broker.start()
    assert await retained(broker) == {}
    async with sink:
        await sink.publish(told)
        assert await retained(broker) == before


async def test_home_assistants_birth_asks_for_everything_again(broker, opened, told):
    async with observer(broker, DISCOVERY) as client, opened() as sink:
        await sink.publish(told)
        asked = asyncio.create_task(sink.asked_again())
        assert len(await heard(client)) == 1
        assert not asked.done()
        await client.publish("homeassistant/status", "offline", qos=1, retain=True)
        await client.publish("homeassistant/status", "online", qos=1, retain=True)
        await asyncio.wait_for(asked, PATIENCE_SECS)
        await sink.publish(replace(told, changed=frozenset()))
        assert len(await heard(client)) == 1


async def test_what_was_already_said_before_the_connection_asks_for_nothing(broker, opened):
    async with observer(broker) as client:
        await client.publish("homeassistant/status", "online", qos=1, retain=True)
        async with opened() as sink:
            asked = asyncio.create_task(sink.asked_again())
            await heard(client)
            assert not asked.done()
            asked.cancel()


def without(news: News, metric: str) -> News:
    gone = next(key for key, point in news.points.items() if point.metric == metric)
    return replace(news, latest={k: v for k, v in news.latest.items() if k != gone})


async def test_a_point_that_disappeared_is_taken_out_everywhere(broker, opened, told):
    less = without(told, "outdoor_temperature")
    async with opened() as sink:
        await sink.publish(told)
        await sink.publish(less)
        kept = await retained(broker)
    assert f"pumphouse/{NAME}/outdoor_temperature" not in kept
    assert "outdoor_temperature" not in json.loads(kept[DISCOVERY])["components"]


async def test_a_component_that_disappeared_meanwhile_is_said_goodbye_to(broker, opened, told):
    async with opened() as sink:
        await sink.publish(told)
    async with observer(broker, DISCOVERY) as client:
        async with opened() as sink:
            await sink.publish(without(told, "outdoor_temperature"))
        _, farewell, after = [json.loads(text) for _, text, _ in await heard(client)]
    assert farewell["components"]["outdoor_temperature"] == {"platform": "sensor"}
    assert "outdoor_temperature" not in after["components"]


async def test_a_device_that_disappeared_meanwhile_is_forgotten(broker, opened, told):
    async with opened() as sink:
        await sink.publish(told)
    async with opened(devices={"house/400137": "hp1"}) as sink:
        await sink.publish(told)
    kept = await retained(broker, "homeassistant/device/#")
    assert DISCOVERY not in kept
    assert "homeassistant/device/pumphouse_hp1/config" in kept


async def test_devices_of_others_and_the_order_of_migration(broker, opened, told):
    single = f"homeassistant/sensor/pumphouse_{NAME}/outdoor_temperature/config"
    strange = "homeassistant/device/zigbee2mqtt_bridge/config"
    async with observer(broker, single) as client:
        await client.publish(single, '{"state_topic": "x"}', qos=1, retain=True)
        await client.publish(strange, '{"device": {"name": "x"}}', qos=1, retain=True)
        async with opened() as sink:
            await sink.publish(told)
        payloads = [text for _, text, _ in await heard(client)]
    assert payloads == ['{"state_topic": "x"}', '{"migrate_discovery":true}', ""]
    kept = await retained(broker, "homeassistant/#")
    assert strange in kept
    assert single not in kept


async def test_legacy_topics_are_as_fleeting_as_the_scripts_are(broker, opened, told):
    async with observer(broker, "myuplink/#") as client:
        async with opened(legacy_topics=True) as sink:
            await sink.publish(told)
        messages = await heard(client)
    assert len(messages) == 2 * len(told.latest)
    assert ("myuplink/400137/40004/unit", "°C", False) in messages
    assert await retained(broker, "myuplink/#") == {}


@pytest.fixture
def passwords(tmp_path: Path) -> Path:
    """The user `pump` with the password `s3cret`."""
    program = shutil.which("mosquitto_passwd")
    assert program is not None
    subprocess.run([program, "-b", "-c", tmp_path / "passwords", "pump", "s3cret"], check=True)
    return tmp_path / "passwords"


async def test_user_and_password(tmp_path, passwords, told):
    with Mosquitto(tmp_path, ["allow_anonymous false", f"password_file {passwords}"]) as broker:
        url = f"mqtt://pump@127.0.0.1:{broker.port}"
        for protocol in ("3.1.1", "5"):
            right = MqttSettings(url=url, password="s3cret", protocol=protocol)
            async with Mqtt("broker", right, host(tmp_path)) as sink:
                await sink.publish(told)
            for settings in ({"url": url, "password": "wrong"}, {"url": url.replace("pump@", "")}):
                refused = MqttSettings(**settings, protocol=protocol)
                with pytest.raises(CredentialsRefused, match="does not let this user in"):
                    async with Mqtt("broker", refused, host(tmp_path)):
                        pass


def openssl(folder: Path, *arguments: str) -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not here: apt-get install openssl")
    subprocess.run([program, *arguments], check=True, cwd=folder, capture_output=True)


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """An authority, and certificates of it for the broker (127.0.0.1) and for a client."""
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    for ca in ("ca", "other"):
        openssl(
            tmp_path,
            *("req", "-x509", *new_key, "-days", "2", "-subj", f"/CN={ca}"),
            *("-keyout", f"{ca}.key", "-out", f"{ca}.crt"),
            *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),  # Python 3.13 is strict
        )
    for name in ("broker", "client"):
        subject = ("-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
                   "-addext", "keyUsage=critical,digitalSignature,keyCertSign")  # fmt: skip
        openssl(tmp_path, "req", "-x509", *new_key, "-days", "2", *subject, "-CA", "ca.crt",
                "-CAkey", "ca.key", "-keyout", f"{name}.key", "-out", f"{name}.crt")  # fmt: skip
    return tmp_path


@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")  # left so by paho
async def test_tls_with_an_authority_and_a_certificate_of_ones_own(
    tmp_path, certificates, told, monkeypatch
):
    lines = [
        "allow_anonymous true",
        f"cafile {certificates}/ca.crt",
        f"certfile {certificates}/broker.crt",
        f"keyfile {certificates}/broker.key",
        "require_certificate true",
    ]
    with Mosquitto(tmp_path, lines) as broker:
        own = {
            "url": f"mqtts://127.0.0.1:{broker.port}",
            "certificate": certificates / "client.crt",
            "certificate_key": certificates / "client.key",
        }
        trusted = MqttSettings(**own, ca_file=certificates / "ca.crt")
        async with Mqtt("broker", trusted, host(tmp_path)) as sink:
            await sink.publish(told)
        monkeypatch.setattr(wire, "TIMEOUT_SECS", 1.0)
        for settings in (
            own,
            {**own, "ca_file": certificates / "other.crt"},
            {"url": own["url"], "ca_file": certificates / "ca.crt"},
        ):
            with pytest.raises(TransientError, match="does not answer"):
                async with Mqtt("broker", MqttSettings(**settings), host(tmp_path)):
                    pass


async def test_a_server_that_takes_the_call_and_says_nothing_is_unreachable(tmp_path, monkeypatch):
    monkeypatch.setattr(wire, "TIMEOUT_SECS", 0.2)
    silent = asyncio.Event()

    async def wait(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    async with await asyncio.start_server(wait, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        settings = MqttSettings(url=f"mqtt://127.0.0.1:{port}")
        with pytest.raises(Unreachable, match="does not answer"):
            async with Mqtt("broker", settings, host(tmp_path)):
                pass
        silent.set()
