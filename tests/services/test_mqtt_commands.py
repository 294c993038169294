"""Settings changed by messages: a real mosquitto, the simulated clouds, and all that is between."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from tests.web.writable import WritableHouse, writable_house

from pumphouse.control import Presets
from pumphouse.core.ports import SystemClock
from pumphouse.runtime.commands import Commands
from pumphouse.runtime.delivery import Delivery

from .mosquitto import Mosquitto

PATIENCE_SECS = 120
SINK = """
[sinks.broker]
type = "mqtt"
url = "mqtt://127.0.0.1:{port}"
devices = {{ "ground/80105" = "hp1" }}
homie = true
"""


class Broker:
    """A client that hears everything, and remembers the newest of each topic."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self.newest: dict[str, str] = {}
        self.events: list[dict[str, Any]] = []
        self._heard = asyncio.Event()

    async def listen(self) -> None:
        async for message in self._client.messages:
            assert isinstance(message.payload, bytes)
            topic, text = str(message.topic), message.payload.decode()
            self.newest[topic] = text
            if topic.endswith("/event"):
                self.events.append(json.loads(text) | {"topic": topic})
            self._heard.set()

    async def say(self, topic: str, text: str, *, retain: bool = False) -> None:
        await self._client.publish(topic, text, qos=1, retain=retain)

    async def until(self, holds: Any) -> None:
        async with asyncio.timeout(PATIENCE_SECS):
            while not holds():
                self._heard.clear()
                await self._heard.wait()

    async def hear(self, topic: str, text: str) -> None:
        await self.until(lambda: self.newest.get(topic) == text)

    def entity(self, key: str, device: str = "hp1") -> dict[str, Any]:
        """A component as Home Assistant was told of it."""
        payload = json.loads(self.newest[f"homeassistant/device/pumphouse_{device}/config"])
        found: dict[str, Any] = payload["components"][key]
        return found


@asynccontextmanager
async def living(
    folder: Path, *, write: bool = True, lines: str = "", kept: Sequence[str] = ()
) -> AsyncIterator[tuple[WritableHouse, Broker]]:
    """A house whose broker is served as the daemon does it, and somebody who listens there.

    Args:
        kept: topics under which the broker holds a "3" from before.
    """
    with Mosquitto(folder) as mosquitto:
        sections = SINK.format(port=mosquitto.port) + lines
        async with (
            aiomqtt.Client("127.0.0.1", mosquitto.port) as client,
            writable_house(folder, write=write, clock=SystemClock(), sections=sections) as house,
            asyncio.TaskGroup() as group,
        ):
            await client.subscribe("#", qos=1)
            broker = Broker(client)
            for topic in kept:
                await broker.say(topic, "3", retain=True)
            tasks = [group.create_task(broker.listen()), group.create_task(serve(house))]
            await broker.until(lambda: "pumphouse/hp1/state" in broker.newest)
            yield house, broker
            for task in tasks:
                task.cancel()


@pytest.fixture
async def refusing(tmp_path) -> AsyncIterator[tuple[WritableHouse, Broker]]:
    async with living(tmp_path) as found:
        yield found


async def serve(house: WritableHouse) -> None:
    installation, changed = house.installation, asyncio.Event()
    control = installation.control
    presets = Presets(control, installation.settings.sources)
    (sink,) = installation.sinks.values()
    delivery = Delivery(
        sink,
        installation.store,
        sources=installation.sources.keys(),
        clock=installation.host.clock,
        rng=random.Random(7),
        commands=Commands(control, presets, by="mqtt broker", changed=changed.set),
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(delivery.run())
        while await changed.wait():
            changed.clear()
            delivery.wake()


STATE = "pumphouse/hp1/state"


async def is_told(broker: Broker, key: str, value: object, state: str = STATE) -> None:
    """Wait until the state of a device says so."""
    await broker.until(lambda: json.loads(broker.newest.get(state, "{}")).get(key) == value)


async def told_everything_again(broker: Broker) -> None:
    """Home Assistant has started, and hears everything once more; what came before was heard."""
    del broker.newest[STATE]
    await broker.say("homeassistant/status", "online")
    await broker.until(lambda: STATE in broker.newest)


async def test_what_is_set_from_home_assistant_is_confirmed_on_the_state_topic(tmp_path):
    async with living(tmp_path) as (house, broker):
        offset, mode = broker.entity("heating_offset"), broker.entity("ventilation_mode")
        assert (offset["platform"], mode["platform"]) == ("number", "select")
        await broker.say(offset["command_topic"], "2")
        await broker.say(mode["command_topic"], mode["options"][2])
        await is_told(broker, "heating_offset", 2)
        await is_told(broker, "ventilation_mode", mode["options"][2])
        await broker.hear("pumphouse/hp1/heating_offset", "2")
        assert len(house.sent()) == 2
        logged = await house.installation.control.writes()
        assert {one.by for one in logged} == {"mqtt broker"}
        await broker.until(lambda: len(broker.events) == 2)
        assert {event["detail"]["outcome"] for event in broker.events} == {"confirmed"}
        assert {event["topic"] for event in broker.events} == {"pumphouse/hp1/event"}


async def test_switch_water_heater_button_and_homie_set_what_they_show(tmp_path):
    async with living(tmp_path) as (house, broker):
        (air,) = [one for one in await house.installation.store.devices() if one.source == "air"]
        name = f"air_{air.id}"
        state = f"pumphouse/{name}/state"
        switch = broker.entity("ventilation_boost", name)
        heater = broker.entity("hot_water", name)
        assert (switch["platform"], heater["platform"]) == ("switch", "water_heater")
        await broker.say(switch["command_topic"], "ON")
        await is_told(broker, "ventilation_boost", "ON", state)
        await broker.say(heater["mode_command_topic"], "Large")  # its template's word for the mode
        await is_told(broker, "hot_water_demand", "Large", state)
        await broker.say("homie/5/pumphouse-hp1/settings/room-setpoint-heating/set", "22.5")
        await is_told(broker, "room_setpoint_heating", 22.5)
        button = broker.entity("boost_heating_boost")
        await broker.say(button["command_topic"], button["payload_press"])
        await is_told(broker, "heating_offset", 2)
        (override,) = await house.installation.store.write_log.overrides()
        assert (override.value, override.restore_to, override.by) == (2, 0, "mqtt broker")
        homie = json.loads(broker.newest["homie/5/pumphouse-hp1/$description"])
        setpoint = homie["nodes"]["settings"]["properties"]["room-setpoint-heating"]
        assert (setpoint["settable"], setpoint["format"]) == (True, "5:30:0.5")


@pytest.mark.parametrize(
    ("topic", "text", "says"),
    [
        ("pumphouse/hp1/heating_offset/set", "11", "out of range"),
        ("pumphouse/hp1/heating_offset/set", "0.5", "not on a step"),
        ("pumphouse/hp1/heating_offset/set", "warm", "no number"),
        ("pumphouse/hp1/heating_offset/set", "", "no number"),
        ("pumphouse/hp1/ventilation_mode/set", "Speed 9", "none of its values"),
        ("pumphouse/hp1/outdoor_temperature/set", "20", "none of the settings"),
        ("pumphouse/hp1/nothing/set", "1", "Nothing is set by the topic"),
        ("pumphouse/hp1/boosts/nothing/set", "1", "Nothing is set by the topic"),
    ],
)
async def test_what_is_refused_is_told_as_an_event(refusing, topic, text, says):
    house, broker = refusing
    await broker.say(topic, text)
    await broker.until(lambda: broker.events and says in broker.events[-1]["title"])
    event = broker.events[-1]
    assert (event["event_type"], event["severity"]) == ("write", "warning")
    assert event["topic"] == "pumphouse/hp1/event"
    assert house.sent() == []


async def test_after_any_nonsense_a_good_command_is_obeyed(tmp_path):
    chance = random.Random(7)
    async with living(tmp_path) as (house, broker):
        for _ in range(200):
            name = chance.choice(["heating_offset", "x", "points/1", "boosts/y", "state", "status"])
            text = chance.choice(["", "NaN", "1e400", "\N{SNOWMAN}", "9" * 5000, "{}", "-11", "ON"])
            await broker.say(f"pumphouse/hp1/{name}/set", text)
        await broker.say("pumphouse/hp1/room_setpoint_heating/set", "20.5")
        await is_told(broker, "room_setpoint_heating", 20.5)
        assert len(house.sent()) == 1


async def test_what_the_broker_had_kept_is_no_command(tmp_path):
    topics = ("pumphouse/hp1/heating_offset/set", "pumphouse/hp1/nothing/set")
    async with living(tmp_path, kept=topics) as (house, broker):
        assert {broker.newest[topic] for topic in topics} == {"3"}
        await told_everything_again(broker)
        assert (house.sent(), broker.events) == ([], [])
        await broker.say(topics[0], "2")
        await is_told(broker, "heating_offset", 2)


async def test_of_wishes_that_come_too_fast_the_newest_counts(tmp_path):
    async with living(tmp_path) as (house, broker):
        for value in (1, 2, 3, 4, 5, 6):
            await broker.say("pumphouse/hp1/heating_offset/set", str(value))
        await is_told(broker, "heating_offset", 6)
        assert len(house.sent()) < 6


@pytest.mark.parametrize(("write", "lines"), [(False, ""), (True, "commands = false\n")])
async def test_where_it_is_not_allowed_nothing_is_offered_or_heard(tmp_path, write, lines):
    async with living(tmp_path, write=write, lines=lines) as (house, broker):
        payload = json.loads(broker.newest["homeassistant/device/pumphouse_hp1/config"])
        platforms = {component["platform"] for component in payload["components"].values()}
        assert not platforms & {"number", "select", "switch", "button", "water_heater"}
        for topic in ("pumphouse/hp1/heating_offset/set", "pumphouse/hp1/boosts/heating_boost/set"):
            await broker.say(topic, "2")
        await told_everything_again(broker)
        assert (house.sent(), broker.events) == ([], [])
