"""The vendors' alarms: asked for now and then, stored once, ended when the vendor says so."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from pumphouse.core.errors import ServerFailure
from pumphouse.core.model import Batch, EventKind
from pumphouse.core.ports import RateBudget, SourceState, SourceStatus
from pumphouse.runtime.alarms.notifications import Notifications, settled

from .making import EVER, HOUR, NOON, alarm

LASTING = alarm()


class Vendor:
    """A source whose vendor tells what the test wants."""

    name = "pump"

    def __init__(self, *told):
        self.told = Batch("pump", events=told)
        self.asked = 0
        self.left = 20
        self.fails = None

    async def notifications(self):
        self.asked += 1
        if self.fails is not None:
            raise self.fails
        return self.told

    def rate_budget(self):
        return RateBudget(self.asked, self.left)


async def answers(store, clock, state=SourceState.OK):
    await store.save_source_status(SourceStatus("pump", state, since=clock.now()))


@pytest.fixture
async def asking(store, clock):
    await answers(store, clock)
    return lambda vendor: Notifications(vendor, store, interval=900, clock=clock)


async def test_what_a_vendor_tells_is_in_the_log_once(asking, store):
    asks = asking(Vendor(LASTING, alarm("n0", NOON - HOUR, ended=NOON)))
    for _ in range(3):
        await asks.ask()
    assert list(await store.lasting_events()) == [LASTING]
    assert len(await store.events(EVER)) == 2


async def test_the_end_that_the_vendor_tells_ends_the_alarm(asking, store):
    vendor = Vendor(LASTING)
    asks = asking(vendor)
    await asks.ask()
    ended = replace(LASTING, ended=NOON + HOUR)
    vendor.told = Batch("pump", events=(ended,))
    await asks.ask()
    assert list(await store.events(EVER)) == [ended]


async def test_what_the_vendor_lists_no_more_has_ended_now(asking, store, clock):
    vendor = Vendor(LASTING)
    asks = asking(vendor)
    await asks.ask()
    vendor.told = Batch("pump")
    await clock.advance(600)
    await asks.ask()
    assert list(await store.events(EVER)) == [replace(LASTING, ended=clock.now())]


async def test_an_incomplete_list_ends_nothing(asking, store):
    vendor = Vendor(LASTING)
    asks = asking(vendor)
    await asks.ask()
    vendor.told = Batch("pump", problems=("system 2 does not answer",))
    await asks.ask()
    assert list(await store.lasting_events()) == [LASTING]


async def test_other_sources_and_our_own_alarms_are_left_alone(asking, store):
    others = replace(LASTING, source="other")
    ours = alarm("ours", rule="source_failing", subject="pump")
    sensor = replace(LASTING, id="battery", kind=EventKind.SENSOR)
    await store.append(Batch("pump", events=(others, ours, sensor)))
    await asking(Vendor()).ask()
    assert {one.id for one in await store.lasting_events()} == {others.id, ours.id, sensor.id}


def test_an_end_that_moves_with_every_asking_is_kept_as_it_was_first():
    first, later = (replace(LASTING, ended=NOON + n * HOUR) for n in (1, 2))
    assert settled([later], [first], NOON + 3 * HOUR, complete=True) == [first]


def test_an_alarm_that_the_vendor_calls_active_again_lasts_again():
    over = replace(LASTING, ended=NOON + HOUR)
    assert settled([LASTING], [over], NOON + 2 * HOUR, complete=True) == [LASTING]


@pytest.mark.parametrize(("left", "state"), [(5, SourceState.OK), (20, SourceState.RETRYING)])
async def test_polls_come_first(asking, store, clock, left, state):
    vendor = Vendor(LASTING)
    vendor.left = left
    await answers(store, clock, state)
    assert not await asking(vendor).ask_if_affordable()
    assert vendor.asked == 0


async def test_it_is_asked_every_quarter_of_an_hour_beside_the_polls(asking, clock):
    vendor = Vendor(LASTING)
    task = asyncio.create_task(asking(vendor).run())
    await until_asked(vendor, clock, 1)
    assert clock.now() - NOON == timedelta(seconds=40)
    await until_asked(vendor, clock, 3)
    assert (clock.now() - NOON).total_seconds() % 900 == 40
    assert clock.now() - NOON <= 3 * timedelta(minutes=15)
    await ended(task)


async def test_a_failure_is_logged_once_and_the_next_turn_comes(asking, store, clock):
    vendor = Vendor(LASTING)
    vendor.fails = ServerFailure("maintenance")
    with capture_logs() as logs:
        task = asyncio.create_task(asking(vendor).run())
        await until_asked(vendor, clock, 2)
        vendor.fails = ZeroDivisionError("what the vendor sent")
        await until_asked(vendor, clock, 3)
        vendor.fails = None
        await until_asked(vendor, clock, 4)
        await clock.until_asleep()
        await ended(task)
    assert len(await store.lasting_events()) == 1
    (warning,) = [one for one in logs if one["log_level"] == "warning"]
    assert warning["error"] == "maintenance"


async def until_asked(vendor, clock, times):
    """Advance from turn to turn until the vendor was asked so often."""
    async with asyncio.timeout(120):
        while vendor.asked < times:
            pause = await clock.until_asleep()
            if vendor.asked < times:
                await clock.advance(pause)
            await asyncio.sleep(0)


async def ended(task):
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
