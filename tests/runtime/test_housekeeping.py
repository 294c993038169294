"""Keeping order: who holds the journal, and what is said when it is full."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from pumphouse.core.errors import StoreFull
from pumphouse.core.model import Batch, EventKind, Interval, PointKey, Reading
from pumphouse.runtime.housekeeping import INTERVAL, Housekeeping
from pumphouse.stores.sqlite import journal

from .sinks import ScriptedLiveSink, ScriptedSink

START = datetime(2026, 1, 14, tzinfo=UTC)
EVER = Interval(START, START + timedelta(days=100))
KEY = PointKey("pump", "d1", "40004")


@pytest.fixture(autouse=True)
def _little_is_kept(monkeypatch):
    monkeypatch.setattr(journal, "KEPT_READINGS", 5)


@pytest.fixture
def keeping(store, clock):
    def housekeeping(*sinks):
        named = {sink.name: sink for sink in sinks}
        return Housekeeping(store, named, journal_limit=20, clock=clock)

    return housekeeping


async def append(store, *numbers):
    for number in numbers:
        reading = Reading(KEY, START + number * timedelta(minutes=5), float(number))
        await store.append(Batch("pump", readings=(reading,)))


async def left(store):
    return [entry.sequence for entry in await store.journal(0, 1000)]


async def test_a_configured_cursor_sink_holds_the_journal(store, keeping):
    await append(store, *range(10))
    await store.save_cursor("history", 2)
    await keeping(ScriptedSink(name="history")).round()
    assert (await left(store))[0] == 3


async def test_nobody_else_does(store, keeping):
    await append(store, *range(10))
    await store.save_cursor("removed", 2)
    await store.save_cursor("broker", 2)
    await keeping(ScriptedLiveSink(name="broker")).round()
    assert (await left(store))[0] == 6


async def test_a_full_journal_is_one_event_until_there_is_room_again(store, keeping, clock):
    await store.save_cursor("history", 0)
    rounds = keeping(ScriptedSink(name="history"))
    for first in (0, 30, 60):
        await append(store, *range(first, first + 30))
        await rounds.round()
        await clock.advance(INTERVAL)
        assert len(await left(store)) == 20
    (event,) = await store.events(EVER)
    assert event.kind is EventKind.STORE
    assert "10 readings that history has not taken yet" in event.title
    await store.save_cursor("history", 90)
    await rounds.round()
    await append(store, *range(90, 130))
    await rounds.round()
    assert len(await store.events(EVER)) == 2


async def test_a_store_that_fails_ends_nothing(store, keeping, clock, monkeypatch):
    async def fails(*_args, **_options):
        raise StoreFull("the disk is full")

    monkeypatch.setattr(store, "prune", fails)
    task = asyncio.create_task(keeping().run())
    for _ in range(3):
        assert await clock.until_asleep() == INTERVAL
        await clock.advance(INTERVAL)
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
