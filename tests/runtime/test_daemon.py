"""The whole house in one process: sources polled, sinks served, everybody ended."""

import asyncio
import random
from datetime import timedelta

import pytest

from pumphouse.config.load import parse
from pumphouse.config.settings import CursorSinkSettings, SourceSettings
from pumphouse.core.errors import Unreachable
from pumphouse.core.ports import Host
from pumphouse.http.grants import FileGrantStore
from pumphouse.runtime import daemon
from pumphouse.runtime.installation import Installation

from .sinks import ScriptedLiveSink, ScriptedSink, status_of, until

CONFIGURATION = """
[web]
port = 0
[sources.pump]
type = "scripted"
[sinks.history]
type = "scripted"
[sinks.broker]
type = "scripted"
"""


@pytest.fixture
def house(store, clock, tmp_path):
    def installation(source, *sinks):
        settings = parse(
            CONFIGURATION, {"scripted": SourceSettings}, {"scripted": CursorSinkSettings}
        )
        host = Host(FileGrantStore(tmp_path), clock, random.Random(7), "tests")
        return Installation(
            settings, store, host, {source.name: source}, {sink.name: sink for sink in sinks}
        )

    return installation


async def test_what_is_polled_is_delivered_at_once_and_to_everybody(house, scripted, store, clock):
    history, broker = ScriptedSink(), ScriptedLiveSink()
    stop = asyncio.Event()
    running = asyncio.create_task(daemon.run(house(scripted(1.0), history, broker), stop))
    await until(lambda: len(history.taken) + len(broker.told) > 1)
    await clock.advance(timedelta(minutes=5).total_seconds())
    await until(lambda: len(history.taken) >= 1)
    await until(lambda: broker.told[-1].answering == {"pump": True})
    stop.set()
    await running
    assert history.left == history.entered
    assert (await status_of(store)).delivered == len(history.taken)


async def test_a_sink_that_is_down_stops_no_poll(house, scripted, store, clock):
    source = scripted(1.0)
    history = ScriptedSink(*(Unreachable("gone") for _ in range(1000)))
    stop = asyncio.Event()
    running = asyncio.create_task(daemon.run(house(source, history), stop))

    async def polled():
        await clock.advance(30)
        return source.reads >= 5

    await until(polled)
    stop.set()
    await running
    assert (await store.figures()).readings >= 4
    assert history.taken == []


async def test_a_source_that_only_speaks_is_listened_to_and_never_polled(
    house, scripted, store, clock
):
    class Speaking:
        def __init__(self):
            self.polls = scripted(1.0)
            self.name = self.polls.name
            self.polled = False

        async def __aenter__(self):
            return self

        async def __aexit__(self, *_):
            return None

        async def read(self):
            raise AssertionError("nobody should ask")

        async def live(self):
            yield await self.polls.read()
            await asyncio.Event().wait()

    stop = asyncio.Event()
    running = asyncio.create_task(daemon.run(house(Speaking()), stop))

    async def stored():
        await clock.advance(1)
        told = await store.source_statuses()  # noted just behind the reading
        return bool(told) and (await store.figures()).readings == 1

    await until(stored)
    await clock.advance(900)
    stop.set()
    await running
    (status,) = await store.source_statuses()
    assert status.source == "pump"


async def test_a_change_under_way_ends_before_its_source_is_left(house, scripted):
    order: list[str] = []

    class Noting:
        name = scripted(1.0).name

        async def __aenter__(self):
            return self

        async def __aexit__(self, *_):
            order.append("source left")

    async def change():
        try:
            await asyncio.Event().wait()
        finally:
            order.append("change ended")

    installation = house(Noting())
    async with installation.entered(["pump", "one that is configured no more"]):
        asking = asyncio.create_task(installation.control.lasting(change()))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert order == []
    assert order == ["change ended", "source left"]
