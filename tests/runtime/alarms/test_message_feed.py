"""Sinks of messages, fed over simulated hours: grouped, retried, remembered over restarts."""

import asyncio
import random
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise

import pytest

from pumphouse.config.alarms import AlarmSettings, MessageSinkSettings
from pumphouse.core.errors import RequestRefused, Unreachable
from pumphouse.core.model import Batch, Device, Severity, Site
from pumphouse.core.ports import SinkState, SourceState, SourceStatus
from pumphouse.runtime.alarms.examination import Examination
from pumphouse.runtime.alarms.watch import AlarmWatch
from pumphouse.runtime.delivery import Delivery
from pumphouse.runtime.message_feed import Telling

from .making import EVER, HOUR, MINUTE, alarm


class Phone:
    """Takes messages, or fails as its script says."""

    name = "phone"

    def __init__(self, clock, *script):
        self.clock = clock
        self.script = list(script)
        self.taken = []

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        return None

    async def send(self, message):
        step = self.script.pop(0) if self.script else None
        if step is not None:
            raise step
        self.taken.append((self.clock.now(), message))
        return ()

    @property
    def bodies(self):
        return [message.body for _, message in self.taken]


@pytest.fixture
def fed(store, clock):
    @asynccontextmanager
    async def fed(sink, **settings):
        telling = Telling(MessageSinkSettings(type="messages", **settings), Site("Home"))
        delivery = Delivery(
            sink,
            store,
            sources=("pump",),
            telling=telling,
            clock=clock,
            rng=random.Random(1),
        )
        task = asyncio.create_task(delivery.run())
        await passes(clock, 1)
        try:
            yield delivery
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return fed


async def passes(clock, seconds):
    """Let simulated time pass, from one sleep of the feed to its next."""
    until = clock.monotonic() + seconds
    while clock.monotonic() < until:
        async with asyncio.timeout(300):
            pause = await clock.until_asleep()
        await clock.advance(min(max(pause, 0.001), until - clock.monotonic()))


async def happens(store, *events):
    await store.append(Batch("pump", (Device("pump", "d1", "Cellar"),), events=events))


async def test_what_comes_within_a_minute_is_one_message(fed, store, clock):
    phone = Phone(clock)
    async with fed(phone):
        began = clock.now()
        await happens(store, alarm("a", began, alarm_number="1"))
        await passes(clock, 30)
        await happens(store, alarm("b", clock.now(), alarm_number="2"))
        await passes(clock, 80)
        ((at, message),) = phone.taken
        assert message.title == "Home: 2 alarms"
        assert 60 <= (at - began).total_seconds() <= 100
        await passes(clock, 300)
        assert len(phone.taken) == 1


async def test_the_end_is_told_too(fed, store, clock):
    phone = Phone(clock)
    async with fed(phone):
        event = alarm("a", clock.now())
        await happens(store, event)
        await passes(clock, 120)
        await happens(store, replace(event, ended=clock.now()))
        await passes(clock, 120)
    assert [body.split(":")[0] for body in phone.bodies] == ["Error", "Over"]


async def test_at_the_first_start_nothing_old_is_told(fed, store, clock):
    old = [alarm(f"n{n}", clock.now() - n * HOUR, alarm_number=str(n)) for n in range(1, 300)]
    await happens(store, *old)
    phone = Phone(clock)
    async with fed(phone):
        await passes(clock, 300)
    assert phone.taken == []


async def test_a_restart_tells_nothing_twice_and_what_came_meanwhile_once(fed, store, clock):
    phone = Phone(clock)
    async with fed(phone):
        await happens(store, alarm("a", clock.now(), alarm_number="1"))
        await passes(clock, 120)
    await happens(store, alarm("b", clock.now(), alarm_number="2"))
    gone = alarm("c", clock.now(), ended=clock.now() + MINUTE, alarm_number="3")
    await happens(store, gone)
    await clock.advance(3 * 3600)
    for _ in range(2):
        async with fed(phone):
            await passes(clock, 120)
    assert len(phone.taken) == 2
    assert [len(body.splitlines()) for body in phone.bodies] == [1, 1]


async def test_a_service_that_is_down_gets_the_message_when_it_answers(fed, store, clock):
    phone = Phone(clock, *[Unreachable("no network")] * 3)
    async with fed(phone):
        await happens(store, alarm("a", clock.now()))
        await passes(clock, 900)
        assert len(phone.taken) == 1
        (status,) = await store.sink_statuses()
        assert (status.state, status.delivered, status.lag) == (SinkState.OK, 1, 0)


async def test_a_service_that_refuses_is_stopped_with_the_reason(fed, store, clock):
    phone = Phone(clock, *[RequestRefused("the address is wrong")] * 100)
    async with fed(phone):
        await happens(store, alarm("a", clock.now()))
        await passes(clock, 300)
        (status,) = await store.sink_statuses()
    assert (status.state, status.last_error) == (SinkState.STOPPED, "the address is wrong")


async def test_quiet_hours_and_severities_are_those_of_the_section(fed, store, clock):
    phone = Phone(clock)
    async with fed(phone, quiet_hours="12:00-13:00", minimum_severity="warning"):
        await happens(store, alarm("a", clock.now(), severity=Severity.INFO, alarm_number="1"))
        await happens(store, alarm("b", clock.now(), severity=Severity.WARNING, alarm_number="2"))
        await passes(clock, 3300)
        assert phone.taken == []
        await passes(clock, 600)
    ((_, message),) = phone.taken
    assert message.body.startswith("Warning: ")


async def test_a_sink_does_not_tell_of_itself(fed, store, clock):
    phone = Phone(clock)
    own = replace(alarm("a", clock.now(), rule="sink_failing", subject="phone"), source=None)
    async with fed(phone):
        await happens(store, own, replace(own, id="b", detail={"rule": "x", "subject": "y"}))
        await passes(clock, 120)
    assert [len(body.splitlines()) for body in phone.bodies] == [1]


async def test_a_flapping_source_tells_each_state_once_an_hour_at_most(fed, store, clock):
    """Ten minutes up, ten minutes down, all day: from the poll's books to the phone."""
    phone = Phone(clock)
    examination = Examination(store, clock, ("pump",), lambda _: asyncio.sleep(0, []))
    watch = AlarmWatch(
        store,
        AlarmSettings(disk_free_mb=1, source_failing_minutes=1),
        sources=("pump",),
        sinks=(),
        examination=examination,
        clock=clock,
    )
    flaps = 0
    async with fed(phone):
        for turn in range(2 * 3 * 4):
            state = SourceState.OK if turn % 2 else SourceState.RETRYING
            flaps += turn % 2
            status = SourceStatus("pump", state, since=clock.now(), last_error="it is down")
            await store.save_source_status(status)
            for _ in range(10):
                await watch.look()
                await passes(clock, 60)
    assert len(await store.events(EVER)) == flaps == 12
    for word in ("Warning", "Over"):
        times = [at for at, message in phone.taken if message.body.startswith(word)]
        assert 2 <= len(times) <= 5, word
        assert all(after - before >= HOUR for before, after in pairwise(times))
    assert any("came" in body for body in phone.bodies)
