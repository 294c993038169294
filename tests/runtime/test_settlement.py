"""Sinks whose other side confirms before anything is safe: what it loses is delivered again."""

import asyncio
import random
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pumphouse.core.errors import Unreachable
from pumphouse.core.model import Batch, EventKind, Interval, Point, PointKey, Reading, Site
from pumphouse.core.ports import Settling, SettlingSink, SinkState, SinkStatus
from pumphouse.runtime import cursor_feed
from pumphouse.runtime.delivery import Delivery
from pumphouse.runtime.housekeeping import Housekeeping
from pumphouse.stores.sqlite import journal, open_store
from pumphouse.testing.readings import POLL, START

from .sinks import ScriptedSink, status_of, until

SETTLING_SECS = 20.0
EVER = Interval(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
KEYS = tuple(PointKey("pump", "d1", str(number)) for number in range(10))
POINTS = tuple(Point(key, f"parameter {key.point}") for key in KEYS)


def poll(number):
    readings = tuple(Reading(key, START + number * POLL, number) for key in KEYS)
    return Batch("pump", points=POINTS, readings=readings)


def polls(*numbers):
    return {reading for number in numbers for reading in poll(number).readings}


class ForgetfulServer:
    """Keeps in memory what is not old enough; a crash loses that and begins another run."""

    def __init__(self, clock):
        self.clock = clock
        self.disk: set[Reading] = set()
        self.run = 1
        self.running = True
        self._memory: list[tuple[float, Reading]] = []

    def take(self, readings):
        self._memory += [(self.clock.monotonic(), reading) for reading in readings]

    def crash(self):
        horizon = self.clock.monotonic() - SETTLING_SECS
        self.disk |= {reading for taken, reading in self._memory if taken <= horizon}
        self._memory = []
        self.run += 1

    @property
    def readings(self):
        return self.disk | {reading for _, reading in self._memory}


class ForgetfulSink(ScriptedSink):
    """Writes to such a server."""

    def __init__(self, server, *script):
        super().__init__(*script)
        self.server = server
        self.asked = 0

    async def settling(self):
        self.asked += 1
        self._reach()
        return Settling(SETTLING_SECS, str(self.server.run))

    async def deliver(self, readings, points):
        self._reach()
        rejections = await super().deliver(readings, points)
        if not rejections:
            self.server.take(readings)
        return rejections

    def _reach(self):
        if not self.server.running:
            raise Unreachable("the server does not answer")


@pytest.fixture
def server(clock):
    return ForgetfulServer(clock)


@asynccontextmanager
async def serving(sink, store, clock, *, backfill=False):
    run = Delivery(
        sink, store, sources=["pump"], backfill=backfill, clock=clock, rng=random.Random(7)
    )
    task = asyncio.create_task(run.run())

    async def append(*numbers):
        for number in numbers:
            await store.append(poll(number))
            run.wake()

    try:
        yield append
    finally:
        task.cancel()
        (end,) = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(end, asyncio.CancelledError), end


async def idle(clock):
    """Wait until nothing can happen before the clock is moved."""
    before = -1
    while before != len(clock.slept):
        before = len(clock.slept)
        await clock.until_asleep()
        await asyncio.sleep(0.02)  # the store's threads


async def taken(sink, count):
    await until(lambda: len(sink.taken) >= count)


async def caught_up(store):
    return any(one.cursor is not None and one.lag == 0 for one in await store.sink_statuses())


async def settle(store, clock):
    """Move the clock until everything counts as delivered."""
    async with asyncio.timeout(120):
        while not await caught_up(store):
            await idle(clock)
            await clock.advance(await clock.until_asleep())


async def test_it_counts_when_it_has_settled(store, clock, server):
    sink = ForgetfulSink(server)
    assert isinstance(sink, SettlingSink)
    async with serving(sink, store, clock) as append:
        await until(lambda: sink.entered == 1)
        await append(0)
        await taken(sink, 10)
        await idle(clock)
        status = await status_of(store)
        assert (status.state, status.delivered, status.lag) == (SinkState.OK, 0, 10)
        assert status.last_success == clock.now()
        await clock.advance(SETTLING_SECS - 1)
        await idle(clock)
        assert (await status_of(store)).lag == 10
        await clock.advance(1)
        await until(lambda: caught_up(store))
    assert (await status_of(store)).delivered == 10
    assert sink.taken == list(poll(0).readings)  # once


async def test_deliveries_go_on_meanwhile(store, clock, server):
    sink = ForgetfulSink(server)
    async with serving(sink, store, clock) as append:
        await until(lambda: sink.entered == 1)
        for number in range(50):
            await append(number)
            await taken(sink, 10 * number + 10)
        assert (await status_of(store)).delivered == 0
        await settle(store, clock)
    assert len(sink.taken) == (await status_of(store)).delivered == 500
    assert sink.asked == 1 + 2  # at first, and once per portion


async def test_after_a_failure_everything_that_had_not_settled_is_delivered_again(
    store, clock, server
):
    sink = ForgetfulSink(server)
    async with serving(sink, store, clock) as append:
        await until(lambda: sink.entered == 1)
        await append(0)
        await taken(sink, 10)
        await settle(store, clock)
        await append(1)
        await taken(sink, 20)
        server.running = False
        server.crash()
        await append(2)
        await until(lambda: retrying(store))
        assert server.readings == polls(0)
        server.running = True
        await settle(store, clock)
    assert server.readings == polls(0, 1, 2)
    assert (await status_of(store)).delivered == 30


async def retrying(store):
    return (await status_of(store)).state is SinkState.RETRYING


async def test_a_crash_between_two_deliveries_is_found_out(store, clock, server):
    sink = ForgetfulSink(server)
    async with serving(sink, store, clock) as append:
        await until(lambda: sink.entered == 1)
        await append(0)
        await taken(sink, 10)
        server.crash()  # and at once there again
        assert server.readings == set()
        await settle(store, clock)
    assert server.readings == polls(0)
    assert (await status_of(store)).delivered == 10
    titles = [one.title for one in await store.events(EVER) if one.kind is EventKind.SINK]
    assert any("started again" in title for title in titles)


async def test_what_is_owed_from_before_settles_too(store, clock, server):
    for number in range(100):
        await store.append(poll(number))
    sink = ForgetfulSink(server)
    async with serving(sink, store, clock, backfill=True) as append:
        await taken(sink, 1000)
        await append(100)
        await taken(sink, 1010)
        assert (await status_of(store)).lag == 1010
        server.crash()
        assert server.readings == set()
        await settle(store, clock)
        assert await store.backfill("history", 1) is None
    assert server.readings == polls(*range(101))
    assert (await status_of(store)).delivered == 1010


async def test_several_debts_are_paid_one_after_the_other(store, clock, server, monkeypatch):
    monkeypatch.setattr(journal, "KEPT_READINGS", 10)
    for number in range(50):
        await store.append(poll(number))
    await store.enrol_sink("history", backfill=True)
    piece = await store.backfill("history", 100)
    status = SinkStatus("history", SinkState.NEW, clock.now())
    await store.save_sink_status(status, backfill=piece)
    for number in range(50, 100):
        await store.append(poll(number))
    sink = ForgetfulSink(server)
    await Housekeeping(store, {"history": sink}, journal_limit=50, clock=clock).round()
    async with serving(sink, store, clock) as append:
        await append(100)
        await settle(store, clock)
    assert server.readings == polls(*range(10, 101))
    assert (await status_of(store)).delivered == 910


async def test_what_is_refused_counts_once(store, clock, server):
    sink = ForgetfulSink(server, "field type conflict")
    async with serving(sink, store, clock) as append:
        await until(lambda: sink.entered == 1)
        await append(0)
        await until(lambda: len(sink.given) == 1)
        sink.script = ["field type conflict"]
        server.crash()
        await settle(store, clock)
    status = await status_of(store)
    assert (status.delivered, status.dropped, status.rejected) == (0, 10, 10)
    assert len(sink.given) == 2


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=st.lists(
        st.sampled_from(["poll", "crash", "down", "up", "restart", "wait", "prune"]), max_size=20
    ),
    backfill=st.booleans(),
)
async def test_whoever_crashes_when_nothing_is_lost_or_counted_twice(
    clock, tmp_path_factory, steps, backfill
):
    server, number = ForgetfulServer(clock), 10
    path = tmp_path_factory.mktemp("store") / "p.db"
    async with open_store(path, site=Site(), clock=clock) as store:
        for past in range(number):
            await store.append(poll(past))
        remaining = [*steps, "poll", "up", "end"]
        while remaining:
            sink = ForgetfulSink(server)
            sink.batch_size = 25
            async with serving(sink, store, clock, backfill=backfill) as append:
                await until(lambda: enrolled(store))
                while (step := remaining.pop(0)) not in {"restart", "end"}:
                    match step:
                        case "poll":
                            await append(number)
                            number += 1
                        case "crash":
                            server.crash()
                        case "down" | "up":
                            server.running = step == "up"
                        case "wait":
                            await clock.advance(9)
                        case "prune":
                            await store.prune(limit=30)
                if step == "end":
                    await settle(store, clock)
        assert server.readings == polls(*range(0 if backfill else 10, number))
        server.crash()
        (status,) = await store.sink_statuses()
        assert len(server.disk) == len(server.readings)
        given_twice = status.delivered - len(server.disk)
        assert given_twice == 0 or (given_twice > 0 and "prune" in steps)


async def enrolled(store):
    return await store.cursor("history") is not None


async def test_the_journal_is_still_looked_at_while_something_settles(store, clock, server):
    sink = ForgetfulSink(server)
    async with serving(sink, store, clock) as append:
        await until(lambda: sink.entered == 1)
        await append(0)
        await taken(sink, 10)
        await idle(clock)
        await store.append(poll(1))  # by another process
        await clock.advance(cursor_feed.JOURNAL_POLL)
        await taken(sink, 20)
        assert (await status_of(store)).delivered == 0
