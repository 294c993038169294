"""Live sinks: the newest, whenever it changes; everything after a reconnect; never the backlog."""

import asyncio
import random
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import pytest

from pumphouse.core.errors import Unreachable
from pumphouse.core.model import Batch, Device, Event, EventKind, Point, PointKey, Reading
from pumphouse.core.ports import SinkState, SourceState, SourceStatus
from pumphouse.runtime import live_feed
from pumphouse.runtime.delivery import Delivery

from .sinks import ScriptedLiveSink, status_of, until

KEYS = tuple(PointKey("pump", "d1", str(number)) for number in range(3))
POINTS = tuple(Point(key, f"parameter {key.point}") for key in KEYS)


@pytest.fixture
def append(store, clock):
    async def append(*values, source="pump", minutes=0):
        """Store a reading of each point, but for those whose value is None."""
        time = clock.now() - timedelta(hours=1) + timedelta(minutes=minutes)
        readings = tuple(
            Reading(PointKey(source, *key[1:]), time, value)
            for key, value in zip(KEYS, values, strict=False)
            if value is not None
        )
        points = tuple(Point(PointKey(source, *p.key[1:]), p.name) for p in POINTS)
        await store.append(Batch(source, (Device(source, "d1", "Pump"),), points, readings))

    return append


@pytest.fixture
def serving(store, clock):
    @asynccontextmanager
    async def serve(sink):
        rng = random.Random(7)
        run = Delivery(sink, store, sources=["pump"], clock=clock, rng=rng)
        task = asyncio.create_task(run.run())
        try:
            yield run
        finally:
            task.cancel()
            (outcome,) = await asyncio.gather(task, return_exceptions=True)
            assert isinstance(outcome, asyncio.CancelledError), outcome

    return serve


def values(news):
    return {key.point: reading.value for key, reading in news.latest.items()}


def changed(news):
    return {key.point for key in news.changed}


async def idle(run_sink, clock, count):
    """Wait until a sink was told so often, and nothing is left to do."""
    await until(lambda: len(run_sink.told) >= count)
    await clock.until_asleep()


async def test_everything_at_first_and_then_what_changes(serving, append, clock, store):
    await append(1.0, 2.0)
    sink = ScriptedLiveSink()
    async with serving(sink) as run:
        await idle(sink, clock, 1)
        await append(5.0, None, 3.0, minutes=5)
        run.wake()
        await idle(sink, clock, 2)
        status = await status_of(store, "broker")
    first, second = sink.told
    assert (values(first), changed(first)) == ({"0": 1.0, "1": 2.0}, {"0", "1"})
    assert (values(second), changed(second)) == ({"0": 5.0, "1": 2.0, "2": 3.0}, {"0", "2"})
    assert [device.name for device in second.devices] == ["Pump"]
    assert set(second.points) == set(KEYS)
    assert (status.state, status.live, status.lag, status.delivered) == (SinkState.OK, True, 0, 4)
    assert status.cursor == 2


async def test_nothing_new_is_not_published(serving, append, clock):
    await append(1.0)
    sink = ScriptedLiveSink()
    async with serving(sink) as run:
        await idle(sink, clock, 1)
        for _ in range(3):
            run.wake()
            await clock.advance(live_feed.STORE_POLL)
            await clock.until_asleep()
    assert len(sink.told) == 1


async def test_a_house_without_readings_is_published_too(serving, clock):
    sink = ScriptedLiveSink()
    async with serving(sink):
        await idle(sink, clock, 1)
    assert (values(sink.told[0]), sink.told[0].answering) == ({}, {"pump": False})


async def test_whether_sources_answer_is_published(serving, append, clock, store):
    await append(1.0)
    sink = ScriptedLiveSink()
    async with serving(sink) as run:
        await idle(sink, clock, 1)
        for state in (SourceState.OK, SourceState.RETRYING):
            await store.save_source_status(SourceStatus("pump", state, clock.now()))
            run.wake()
            await until(partial(answering, sink, state is SourceState.OK))
    assert [news.answering for news in sink.told] == [{"pump": it} for it in (False, True, False)]
    assert changed(sink.told[-1]) == set()


def told(sink, times):
    return len(sink.told) == times


def answering(sink, it):
    return sink.told[-1].answering["pump"] is it


async def test_after_a_failure_everything_newest_comes_again_and_no_backlog(
    serving, append, clock, store
):
    sink = ScriptedLiveSink(None, Unreachable("gone"), Unreachable("gone"))
    await append(1.0, 2.0)
    async with serving(sink) as run:
        await idle(sink, clock, 1)
        await append(3.0, minutes=5)
        run.wake()
        await until(lambda: len(sink.script) == 1)
        for minutes in (10, 15, 20):
            await append(4.0 + minutes, minutes=minutes)
        for _ in range(2):
            await until(lambda: failed(store))
            await clock.advance(await clock.until_asleep())
        await until(lambda: len(sink.told) == 2)
    assert sink.entered == 3
    assert (values(sink.told[1]), changed(sink.told[1])) == ({"0": 24.0, "1": 2.0}, {"0", "1"})


async def failed(store):
    return (await status_of(store, "broker")).state is SinkState.RETRYING


async def test_who_asks_again_gets_everything_after_a_moment(serving, append, clock):
    await append(1.0)
    sink = ScriptedLiveSink()
    async with serving(sink):
        for times in (2, 3):
            await idle(sink, clock, times - 1)
            sink.ask.set()
            await until(lambda: not sink.ask.is_set())
            await until(lambda: 0 < clock.slept[-1] <= live_feed.LONGEST_DELAY)
            await clock.advance(live_feed.LONGEST_DELAY)
            await until(partial(told, sink, times))
            assert changed(sink.told[-1]) == {"0"}


async def test_a_lost_connection_is_noticed_while_nothing_is_published(
    serving, append, clock, store
):
    await append(1.0)
    sink = ScriptedLiveSink()
    async with serving(sink):
        await idle(sink, clock, 1)
        sink.lost = Unreachable("connection lost")
        sink.ask.set()
        await until(lambda: failed(store))
        assert (await status_of(store, "broker")).last_error == "connection lost"


async def test_what_another_process_has_stored_is_found(serving, append, clock):
    sink = ScriptedLiveSink()
    async with serving(sink):
        await idle(sink, clock, 1)
        await append(1.0)
        await clock.advance(live_feed.STORE_POLL)
        await until(lambda: len(sink.told) == 2)


async def test_sources_that_are_not_configured_any_more_are_left_out(serving, append, clock):
    await append(1.0)
    await append(2.0, source="sold")
    sink = ScriptedLiveSink()
    async with serving(sink):
        await idle(sink, clock, 1)
    (news,) = sink.told
    assert {key.source for key in news.latest} == {"pump"}
    assert {key.source for key in news.points} == {"pump"}
    assert {device.source for device in news.devices} == {"pump"}


async def test_every_minute_a_sink_is_told_that_only_the_time_has_changed(
    serving, append, clock, store
):
    await append(1.0)
    sink = ScriptedLiveSink()
    async with serving(sink):
        await idle(sink, clock, 1)
        before = await status_of(store, "broker")
        for _ in range(int(3 * live_feed.REMINDER / live_feed.STORE_POLL)):
            await clock.advance(live_feed.STORE_POLL)
            await clock.until_asleep()
            await clock.settle()
        await idle(sink, clock, 4)
    assert [changed(news) for news in sink.told] == [{"0"}, set(), set(), set()]
    assert [values(news) for news in sink.told] == [{"0": 1.0}] * 4
    assert await status_of(store, "broker") == before, "a reminder is not worth a write"


def event(clock, name, *, source="pump", hours=0.0):
    time = clock.now() - timedelta(hours=hours)
    return Event(name, time, EventKind.ALARM, "High pressure", source=source, device="d1")


def happened(sink):
    return [event.id for news in sink.told for event in news.events]


def is_told(sink, name):
    return name in happened(sink)


async def test_each_event_is_told_once_however_late_it_was_stored(serving, append, clock, store):
    await append(1.0)
    await store.append(Batch("pump", events=(event(clock, "before"),)))
    sink = ScriptedLiveSink()
    async with serving(sink) as run:
        await idle(sink, clock, 1)
        for new in (event(clock, "first"), event(clock, "of this morning", hours=6)):
            await store.append(Batch("pump", events=(new,)))
            run.wake()
            await until(partial(is_told, sink, new.id))
        await store.append(Batch("sold", events=(event(clock, "elsewhere", source="sold"),)))
        sink.ask.set()
        await until(lambda: not sink.ask.is_set())
        await until(lambda: 0 < clock.slept[-1] <= live_feed.LONGEST_DELAY)
        await store.append(Batch("pump", events=(event(clock, "meanwhile"),)))
        await clock.advance(live_feed.LONGEST_DELAY)
        await idle(sink, clock, 4)
    assert happened(sink) == ["first", "of this morning", "meanwhile"]
    assert [changed(news) for news in sink.told] == [{"0"}, set(), set(), {"0"}]


async def test_what_happened_while_a_sink_was_away_is_not_told(serving, append, clock, store):
    sink = ScriptedLiveSink(None, Unreachable("gone"))
    await append(1.0)
    async with serving(sink) as run:
        await idle(sink, clock, 1)
        await store.append(Batch("pump", events=(event(clock, "lost"),)))
        run.wake()
        await until(lambda: failed(store))
        await store.append(Batch("pump", events=(event(clock, "missed"),)))
        await clock.advance(await clock.until_asleep())
        await until(lambda: len(sink.told) > 1)
        await store.append(Batch("pump", events=(event(clock, "after"),)))
        run.wake()
        await until(lambda: "after" in happened(sink))
    assert {"lost", "missed"}.isdisjoint(happened(sink))
