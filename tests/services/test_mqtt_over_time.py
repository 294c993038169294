"""What a broker is told of by and by: events, age, and what it is never asked for."""

import asyncio
import json
import random
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiomqtt
import pytest
from tests.sinks.mqtt.recorded import NOW, batch_of, news_of

from pumphouse.core.model import Batch, Event, EventKind, Severity, Site
from pumphouse.core.ports import Host, SourceState, SourceStatus
from pumphouse.http.grants import FileGrantStore
from pumphouse.mqtt.client import TIMEOUT_SECS
from pumphouse.runtime.delivery import Delivery
from pumphouse.runtime.ending import end
from pumphouse.runtime.live_feed import STORE_POLL
from pumphouse.sinks.mqtt import MqttSettings
from pumphouse.sinks.mqtt.sink import Mqtt
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.clock import FakeClock

from .mosquitto import Mosquitto

PUMP = "nibe_uplink/F1145-10-PC.json"
NAME = "house_400137"
PATIENCE_SECS = 120
STALE_SECS = 600.0
ALARM = Event(
    "notification 7",
    NOW,
    EventKind.ALARM,
    "Hög kondensor ut",
    source="house",
    device="400137",
    severity=Severity.ERROR,
    detail={"alarm_number": "163"},
)
OF_THE_SOURCE = Event("source-1", NOW, EventKind.SOURCE, "answers again", source="house")


@pytest.fixture
def broker(tmp_path):
    with Mosquitto(tmp_path, ["allow_anonymous true", "log_type all"]) as running:
        yield running


@pytest.fixture
def clock():
    return FakeClock(NOW)


@pytest.fixture
def sink(tmp_path, broker, clock):
    host = Host(FileGrantStore(tmp_path / "grants"), clock, random.Random(7), "tests")
    url = f"mqtt://127.0.0.1:{broker.port}"
    return Mqtt("broker", MqttSettings(url=url, stale_after_secs=STALE_SECS), host)


@asynccontextmanager
async def listening(broker, *filters):
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        for topic in filters:
            await client.subscribe(topic, qos=1)
        yield client


async def test_events_come_once_are_confirmed_and_are_not_retained(broker, sink):
    news = replace(news_of(PUMP), events=(ALARM, OF_THE_SOURCE))
    async with listening(broker, "pumphouse/event", "pumphouse/+/event") as client, sink:
        await sink.publish(news)
        await sink.publish(replace(news, events=()))
        await client.publish("pumphouse/event", "that is all", qos=1)
        heard = []
        async with asyncio.timeout(PATIENCE_SECS):
            async for message in client.messages:
                if message.payload == b"that is all":
                    break
                heard.append(message)
    of_pump, of_source = heard
    assert (str(of_pump.topic), of_pump.qos, of_pump.retain) == (f"pumphouse/{NAME}/event", 1, 0)
    assert json.loads(of_pump.payload) == {
        "event_type": "alarm",
        "id": "notification 7",
        "time": NOW.isoformat(),
        "title": "Hög kondensor ut",
        "severity": "error",
        "source": "house",
        "device": "400137",
        "ended": None,
        "detail": {"alarm_number": "163"},
    }
    assert str(of_source.topic) == "pumphouse/event"
    async with listening(broker, "#", "$SYS/broker/uptime") as late:
        async for message in late.messages:
            assert not str(message.topic).endswith("/event")
            if str(message.topic).startswith("$SYS"):
                break


async def test_nobody_is_listened_to_while_nothing_can_be_set(broker, sink, tmp_path):
    async with sink:
        await sink.publish(news_of(PUMP))
        command = aiomqtt.Topic(f"pumphouse/{NAME}/hot_water_mode/set")
        log = (tmp_path / "mosquitto.log").read_text()
        # a subscription is logged as "<client> <qos> <filter>"
        lines = [line.split(": ", 1)[-1].split() for line in log.splitlines()]
        filters = [words[2] for words in lines if len(words) == 3 and words[1] in {"0", "1", "2"}]
    assert "homeassistant/status" in filters
    assert not [one for one in filters if command.matches(one)]


async def test_a_frozen_pump_behind_an_answering_cloud_goes_offline_by_time_alone(
    broker, sink, clock, tmp_path
):
    async with open_store(tmp_path / "p.db", site=Site(), clock=clock) as store:
        await store.append(batch_of(PUMP))
        await store.save_source_status(SourceStatus("house", SourceState.OK, clock.now()))
        rng = random.Random(7)
        delivery = Delivery(sink, store, sources=["house"], clock=clock, rng=rng)
        async with listening(broker, f"pumphouse/{NAME}/status") as client:
            running = asyncio.create_task(delivery.run())
            assert await words(client, 1) == ["online"]
            began = clock.now()
            next_word = asyncio.create_task(words(client, 1))
            while not next_word.done():
                assert clock.now() - began < timedelta(seconds=2 * STALE_SECS)
                await clock.until_asleep()
                await clock.advance(STORE_POLL)
                await asyncio.wait({next_word}, timeout=0.1)
            await end([running])
    assert next_word.result() == ["offline"]
    assert timedelta(seconds=STALE_SECS) <= clock.now() - began


async def words(client, count):
    """What is said next."""
    async with asyncio.timeout(PATIENCE_SECS):
        return [(await anext(client.messages)).payload.decode() for _ in range(count)]


async def test_an_event_goes_all_the_way_from_the_store(broker, sink, clock, tmp_path):
    async with (
        open_store(tmp_path / "p.db", site=Site(), clock=clock) as store,
        listening(broker, "pumphouse/+/event", f"pumphouse/{NAME}/status") as client,
    ):
        await store.append(batch_of(PUMP))
        await store.save_source_status(SourceStatus("house", SourceState.OK, clock.now()))
        rng = random.Random(7)
        delivery = Delivery(sink, store, sources=["house"], clock=clock, rng=rng)
        running = asyncio.create_task(delivery.run())
        assert await words(client, 1) == ["online"]
        await clock.until_asleep()
        await store.append(Batch("house", events=(ALARM,)))
        delivery.wake()
        (event,) = await words(client, 1)
        await end([running])
    assert json.loads(event)["id"] == ALARM.id
    assert datetime.fromisoformat(json.loads(event)["time"]) == NOW.astimezone(UTC)


async def test_a_broker_that_hangs_does_not_keep_the_house_from_stopping(
    broker, sink, clock, tmp_path
):
    async with (
        open_store(tmp_path / "p.db", site=Site(), clock=clock) as store,
        listening(broker, "pumphouse/status") as client,
    ):
        await store.append(batch_of(PUMP))
        delivery = Delivery(sink, store, sources=["house"], clock=clock, rng=random.Random(7))
        running = asyncio.create_task(delivery.run())
        assert await words(client, 1) == ["online"]
        broker.freeze()
        began = time.monotonic()
        await end([running])
        assert time.monotonic() - began < TIMEOUT_SECS
        broker.stop()
