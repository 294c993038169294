"""A real broker and what devices publish: heard, told apart from what is old, and found again."""

import asyncio
import itertools
import random
from contextlib import aclosing

import aiomqtt
import pytest

from pumphouse.core.errors import CredentialsRefused, Unreachable
from pumphouse.core.model import Reading, Site
from pumphouse.core.ports import Host, SourceState, SystemClock
from pumphouse.http.grants import FileGrantStore
from pumphouse.mqtt import subscription
from pumphouse.runtime import listener as listening
from pumphouse.runtime.listener import Listener
from pumphouse.sources.mqtt import PLUGIN, MqttSourceSettings
from pumphouse.sources.mqtt.source import MqttSource
from pumphouse.stores.sqlite import open_store

from .mosquitto import Mosquitto

PATIENCE_SECS = 120
POINTS = {"living": {"topic": "zigbee2mqtt/+", "path": "temperature", "metric": "room_temperature"}}


@pytest.fixture
def opened(tmp_path):
    host = Host(FileGrantStore(tmp_path), SystemClock(), random.Random(7), "tests")

    def source(port, user="", **settings):
        url = f"mqtt://{user}127.0.0.1:{port}"
        given = {"url": url, "points": POINTS, **settings}
        return PLUGIN.open("house", MqttSourceSettings.model_validate(given), host)

    return source


@pytest.fixture
def broker(tmp_path):
    with Mosquitto(tmp_path) as running:
        yield running


async def until(check):
    """Wait until something is so; fail if it never is."""
    async with asyncio.timeout(PATIENCE_SECS):
        for pause in itertools.repeat(0.01):
            if await check():
                return
            await asyncio.sleep(pause)


async def publish(broker, topic, payload, *, retain=False):
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        await client.publish(topic, payload, qos=1, retain=retain)


async def test_what_a_device_publishes_is_heard_and_what_the_broker_kept_is_not(opened, broker):
    await publish(broker, "zigbee2mqtt/cellar", '{"temperature": 9}', retain=True)
    async with asyncio.timeout(PATIENCE_SECS), aclosing(opened(broker.port).live()) as stream:
        assert (await anext(stream)).readings == ()
        await publish(broker, "zigbee2mqtt/living room", '{"temperature": 21.4}')
        readings: list[Reading] = []
        while not readings:
            readings += (await anext(stream)).readings
    (reading,) = readings
    assert (reading.key.device, reading.value) == ("zigbee2mqtt/living room", 21.4)


async def test_a_broker_that_answers_is_a_sign_of_life(opened, broker, monkeypatch):
    monkeypatch.setattr(subscription, "SIGN_SECS", 0.05)
    async with asyncio.timeout(PATIENCE_SECS), aclosing(opened(broker.port).live()) as stream:
        signs = [await anext(stream) for _ in range(3)]
    assert [batch.readings for batch in signs] == [(), (), ()]


async def test_nobody_there_is_unreachable(opened):
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1 does not answer"):
        await opened(1).read()


async def test_a_user_who_is_not_let_in_has_to_act(opened, tmp_path):
    with (
        Mosquitto(tmp_path, ["allow_anonymous false"]) as broker,
        pytest.raises(CredentialsRefused, match="does not let this user in") as refusal,
    ):
        await opened(broker.port, user="anna@", password="hush").read()
    assert "hush" not in str(refusal.value)


async def test_more_than_can_wait_is_lost_and_told(opened, broker, monkeypatch):
    monkeypatch.setattr(subscription, "MOST", 5)
    monkeypatch.setattr(subscription, "TOGETHER_SECS", 2.0)
    async with asyncio.timeout(PATIENCE_SECS), aclosing(opened(broker.port).live()) as stream:
        await anext(stream)
        async with aiomqtt.Client("127.0.0.1", broker.port) as client:
            for number in range(12):
                await client.publish("zigbee2mqtt/x", f'{{"temperature": {number}}}', qos=1)
        batch = await anext(stream)
    assert [reading.value for reading in batch.readings] == [0, 1, 2, 3, 4]
    assert batch.problems == ("7 messages came faster than they could be taken, and are lost",)


async def test_reading_once_listens_for_a_while(opened, broker):
    source = opened(broker.port, listen_secs=0.5)
    batch = await source.read()
    assert batch.problems == ("nothing was heard within 0 s",)


async def test_a_broker_that_comes_back_is_heard_again_and_nothing_is_twice(
    opened, broker, tmp_path, monkeypatch
):
    monkeypatch.setattr(listening, "FIRST_PAUSE", 0.05)
    clock = SystemClock()
    async with (
        asyncio.timeout(PATIENCE_SECS),
        open_store(tmp_path / "p.db", site=Site(), clock=clock) as store,
    ):
        source = opened(broker.port)
        assert isinstance(source, MqttSource)
        listener = Listener(source, store, interval=300, clock=clock, rng=random.Random(7))
        task = asyncio.create_task(listener.run())

        async def state(wanted):
            async def is_so():
                return [one.state for one in await store.source_statuses()] == [wanted]

            await until(is_so)

        async def readings(count):
            async def are_there():
                return (await store.figures()).readings >= count

            await until(are_there)

        await state(SourceState.OK)
        await publish(broker, "zigbee2mqtt/x", '{"temperature": 1}')
        await readings(1)
        broker.stop()
        await state(SourceState.RETRYING)
        broker.start()
        await state(SourceState.OK)
        await publish(broker, "zigbee2mqtt/x", '{"temperature": 2}')
        await readings(2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert (await store.figures()).readings == 2
