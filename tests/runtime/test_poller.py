"""Polling: what is stored, tried again, waited for, and written into the books."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import stamina

from pumphouse.core.errors import (
    AccessDenied,
    LoginRequired,
    RateLimited,
    ServerFailure,
    StoreFull,
    Unreachable,
)
from pumphouse.core.model import EventKind, Interval
from pumphouse.core.ports import SourceState
from pumphouse.runtime.poller import Poller, _again_within

EVER = Interval(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))


@pytest.fixture
def poller(store, clock):
    return lambda source: Poller(source, store, interval=300, clock=clock)


async def status_of(store):
    (status,) = await store.source_statuses()
    return status


async def test_what_a_source_reads_is_stored(poller, scripted, store):
    outcome = await poller(scripted(21.5)).poll(patience=1)
    assert (outcome.error, outcome.stored) == (None, 1)
    ((_, reading),) = await store.latest()
    assert reading.value == 21.5
    status = await status_of(store)
    assert (status.state, status.requests, status.rate_remaining) == (SourceState.OK, 1, 7)


async def test_the_same_answer_twice_stores_nothing_new(poller, scripted):
    polls = poller(scripted(21.5))
    assert (await polls.poll(patience=1)).stored == 1
    assert (await polls.poll(patience=1)).stored == 0


async def test_a_transient_failure_is_tried_again(poller, scripted, store):
    stamina.set_testing(True, attempts=2)
    source = scripted(Unreachable("gone"), 3.0)
    assert (await poller(source).poll(patience=60)).stored == 1
    assert source.reads == 2
    assert (await status_of(store)).failures == 0


async def test_a_permanent_failure_is_not_tried_again(poller, scripted, store):
    source = scripted(LoginRequired("type this"), 3.0)
    outcome = await poller(source).poll(patience=60)
    assert isinstance(outcome.error, LoginRequired)
    assert source.reads == 1
    status = await status_of(store)
    assert (status.state, status.last_error) == (SourceState.LOGIN_REQUIRED, "type this")


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (Unreachable("x"), True),
        (RateLimited("x", retry_after=17), 17),
        (RateLimited("x", retry_after=61), False),
        (LoginRequired("x"), False),
        (ValueError("x"), False),
    ],
)
def test_the_vendor_s_delay_is_obeyed(error, answer):
    assert _again_within(60)(error) == answer


async def test_a_silent_source_gets_a_gap_that_is_closed_when_it_answers(
    poller, scripted, store, clock
):
    source = scripted(1.0, ServerFailure("maintenance"))
    polls = poller(source)
    began = clock.now()
    await polls.poll(patience=1)
    for _ in range(4):
        await clock.advance(300)
        await polls.poll(patience=1)
    (gap,) = await store.gaps()
    assert (gap.start, gap.end, gap.cause) == (began, None, "maintenance")

    source.script = [2.0]
    await clock.advance(300)
    await polls.poll(patience=1)
    (gap,) = await store.gaps()
    assert gap.end == clock.now()


async def test_one_missed_poll_is_no_gap(poller, scripted, store, clock):
    polls = poller(scripted(1.0, ServerFailure("x"), 2.0))
    for _ in range(3):
        await polls.poll(patience=1)
        await clock.advance(300)
    assert await store.gaps() == []


async def test_the_time_in_which_nothing_ran_is_a_gap(poller, scripted, store, clock):
    await poller(scripted(1.0)).poll(patience=1)
    stopped = clock.now()
    await clock.advance(3600)
    await poller(scripted(2.0)).poll(patience=1)
    (gap,) = await store.gaps()
    assert (gap.start, gap.end) == (stopped, clock.now())
    assert gap.cause == "Pumphouse was not running"


async def test_changes_of_state_are_events_and_repetitions_are_not(poller, scripted, store, clock):
    polls = poller(scripted(1.0, AccessDenied("no scope")))
    for _ in range(4):
        await polls.poll(patience=1)
        await clock.advance(300)
    (event,) = await store.events(EVER)
    assert (event.kind, event.title, event.source) == (EventKind.SOURCE, "no scope", "pump")


async def test_what_cannot_be_stored_waits_and_is_stored_later(
    poller, scripted, store, clock, monkeypatch
):
    polls = poller(scripted(1.0, 2.0, 3.0))
    append = store.append

    async def full(_batch):
        raise StoreFull("the disk is full")

    monkeypatch.setattr(store, "append", full)
    for _ in range(2):
        outcome = await polls.poll(patience=1)
        assert isinstance(outcome.error, StoreFull)
        await clock.advance(300)
    monkeypatch.setattr(store, "append", append)
    assert (await polls.poll(patience=1)).stored == 3


async def test_a_bug_in_a_source_is_a_sentence_and_stops_nobody(poller, scripted, store):
    outcome = await poller(scripted(ZeroDivisionError("secret-token"))).poll(patience=1)
    assert "bug" in str(outcome.error)
    assert "secret-token" not in str(outcome.error)
    assert (await status_of(store)).state is SourceState.RETRYING


async def test_polls_come_at_aligned_instants(scripted, clock, poller):
    source = scripted(1.0)
    await clock.advance(70)  # 12:01:10
    task = asyncio.create_task(poller(source).run())
    for reads in (1, 2, 3):
        pause = await clock.until_asleep()
        assert source.reads == reads
        await clock.advance(pause)
        assert clock.now().timestamp() % 300 == 0
    await ended(task)


async def test_after_a_permanent_error_the_vendor_is_left_alone_for_an_hour(
    scripted, clock, poller
):
    task = asyncio.create_task(poller(scripted(AccessDenied("no"))).run())
    assert await clock.until_asleep() == 3600
    await ended(task)


async def test_a_missing_login_is_looked_for_at_every_interval(scripted, clock, poller):
    task = asyncio.create_task(poller(scripted(LoginRequired("no"))).run())
    assert await clock.until_asleep() <= 300
    await ended(task)


async def test_a_login_is_used_at_once(scripted, clock, store):
    source = scripted(LoginRequired("no"), 3.0)
    polled: asyncio.Queue[int] = asyncio.Queue()
    polls = Poller(
        source,
        store,
        interval=300,
        clock=clock,
        polled=lambda: polled.put_nowait(source.reads),
    )
    task = asyncio.create_task(polls.run())
    assert await polled.get() == 1
    polls.wake()
    assert await polled.get() == 2
    await ended(task)


async def ended(task):
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_poll_resumes_when_the_vendor_said(poller, scripted, store, clock):
    await poller(scripted(RateLimited("slow", retry_after=900))).poll(patience=1)
    status = await status_of(store)
    assert status.resumes_at is not None
    assert status.resumes_at >= clock.now() + timedelta(seconds=900)
