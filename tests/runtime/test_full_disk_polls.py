"""Polls and deliveries while the store takes nothing: what is missing in the end is a gap."""

import asyncio
import random

import pytest

from pumphouse.core.errors import StoreFull, Unreachable
from pumphouse.core.ports import SourceState
from pumphouse.runtime import poller as polling
from pumphouse.runtime.delivery import Delivery
from pumphouse.runtime.poller import Poller

from .sinks import ScriptedSink, until


@pytest.fixture
def full(store, monkeypatch):
    """Lets the store take nothing until it is called."""

    async def refuse(*_args, **_options):
        raise StoreFull("the disk is full")

    names = ("append", "save_source_status", "open_gap", "close_gap")
    taking = {name: getattr(store, name) for name in names}

    def switch(*, is_full):
        for name in names:
            monkeypatch.setattr(store, name, refuse if is_full else taking[name])

    return switch


@pytest.fixture
def poller(store, clock):
    return lambda source: Poller(source, store, interval=300, clock=clock)


async def polled(polls, clock, times):
    for _ in range(times):
        await polls.poll(patience=1)
        await clock.advance(300)


async def test_what_waited_for_the_store_is_no_gap(poller, scripted, store, clock, full):
    polls = poller(scripted(*map(float, range(10))))
    await polled(polls, clock, 1)
    full(is_full=True)
    await polled(polls, clock, 6)
    full(is_full=False)
    await polled(polls, clock, 1)
    assert await store.gaps() == []
    (status,) = await store.source_statuses()
    assert (status.polls, status.failures, status.state) == (8, 0, SourceState.OK)
    assert (await store.figures()).readings == 8


async def test_what_waited_too_long_is_a_gap(poller, scripted, store, clock, full, monkeypatch):
    monkeypatch.setattr(polling, "PENDING_LIMIT", 3)
    polls = poller(scripted(*map(float, range(10))))
    await polled(polls, clock, 1)
    full(is_full=True)
    lost = clock.now()
    await polled(polls, clock, 4)
    full(is_full=False)
    kept = clock.now()
    await polled(polls, clock, 1)
    (gap,) = await store.gaps()
    assert (gap.start, gap.cause) == (lost, "the store could not be written")
    assert (kept - gap.end).total_seconds() == 2 * 300
    assert (await store.figures()).readings == 4


async def test_what_a_new_process_knows_nothing_of_is_a_gap(poller, scripted, store, clock, full):
    polls = poller(scripted(*map(float, range(10))))
    await polled(polls, clock, 1)
    full(is_full=True)
    await polled(polls, clock, 6)
    full(is_full=False)
    await polled(poller(scripted(11.0)), clock, 1)
    (gap,) = await store.gaps()
    assert gap.cause == "Pumphouse was not running"


async def test_a_source_that_failed_before_is_back_when_that_can_be_written(
    poller, scripted, store, clock, full
):
    polls = poller(scripted(1.0, Unreachable("gone"), 2.0, 3.0))
    await polled(polls, clock, 2)
    full(is_full=True)
    await polled(polls, clock, 1)
    (status,) = await store.source_statuses()
    assert status.state is SourceState.RETRYING
    full(is_full=False)
    await polled(polls, clock, 1)
    (status,) = await store.source_statuses()
    assert status.state is SourceState.OK


async def test_a_sink_goes_on_with_the_next_poll_and_says_once_that_the_store_fails(
    poller, scripted, store, clock, capsys
):
    sink, save, refused = ScriptedSink(), store.save_sink_status, []

    async def refuse(*_args, **_options):
        refused.append(True)
        raise StoreFull("the disk is full")

    delivery = Delivery(sink, store, clock=clock, rng=random.Random(7))
    running = asyncio.create_task(delivery.run())
    await until(lambda: sink.entered == 1)
    store.save_sink_status = refuse
    polls = poller(scripted(1.0))
    for _ in range(2):
        await polls.poll(patience=1)
        refused.clear()
        delivery.wake()
        await until(lambda: bool(refused))
    store.save_sink_status = save
    delivery.wake()
    await until(lambda: delivered(store))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert capsys.readouterr().out.count("store fails") == 1


async def delivered(store):
    return any(one.delivered == 1 for one in await store.sink_statuses())
