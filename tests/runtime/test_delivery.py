"""Cursor sinks: everything once and in order, whatever fails, and nobody waits for anybody."""

import asyncio
import random
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pumphouse.core.errors import (
    AccessDenied,
    ConfigurationError,
    RateLimited,
    ServerFailure,
    StoreFull,
    Unreachable,
)
from pumphouse.core.model import Batch, EventKind, Interval, Point, PointKey, Reading, Site
from pumphouse.core.ports import JournalEntry, SinkState
from pumphouse.runtime import cursor_feed
from pumphouse.runtime.cursor_feed import _portions
from pumphouse.runtime.delivery import Delivery
from pumphouse.runtime.housekeeping import Housekeeping
from pumphouse.stores.sqlite import journal, open_store

from .sinks import ScriptedLiveSink, ScriptedSink, status_of, until

START = datetime(2026, 1, 14, tzinfo=UTC)
EVER = Interval(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
KEYS = tuple(PointKey("pump", "d1", str(number)) for number in range(10))
POINTS = tuple(Point(key, f"parameter {key.point}") for key in KEYS)


def poll(number):
    time = START + number * timedelta(minutes=5)
    return Batch("pump", points=POINTS, readings=tuple(Reading(k, time, number) for k in KEYS))


def polls(*numbers):
    return [reading for number in numbers for reading in poll(number).readings]


@pytest.fixture
def serving(store, clock):
    """Runs deliveries while inside."""

    @asynccontextmanager
    async def serve(*sinks, backfill=False):
        runs = [
            Delivery(
                sink,
                store,
                sources=["pump"],
                backfill=backfill,
                clock=clock,
                rng=random.Random(7),
            )
            for sink in sinks
        ]
        tasks = [asyncio.create_task(one.run()) for one in runs]

        async def append(*numbers):
            for number in numbers:
                await store.append(poll(number))
                for one in runs:
                    one.wake()

        try:
            yield append
        finally:
            for task in tasks:
                task.cancel()
            done = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(one, asyncio.CancelledError) for one in done), done

    return serve


async def test_every_reading_is_delivered_in_order(serving, store):
    sink = ScriptedSink()
    async with serving(sink) as append:
        await until(lambda: sink.entered == 1)
        await append(*range(30))
        await until(lambda: len(sink.taken) == 300)
        await until(lambda: caught_up(store))
    assert sink.taken == polls(*range(30))
    assert max(map(len, sink.given)) <= 100
    status = await status_of(store)
    assert (status.state, status.delivered, status.cursor) == (SinkState.OK, 300, 30)
    assert sink.left == sink.entered


async def caught_up(store, sink="history"):
    return any(one.sink == sink and one.lag == 0 for one in await store.sink_statuses())


async def enrolled(store):
    return await store.cursor("history") is not None


async def delivered(store, count, sink="history"):
    return any(
        one.sink == sink and one.delivered + one.dropped >= count
        for one in await store.sink_statuses()
    )


async def test_a_new_sink_begins_now(serving, store):
    await store.append(poll(0))
    sink = ScriptedSink()
    async with serving(sink) as append:
        await until(lambda: sink.entered == 1)
        await append(1)
        await until(lambda: delivered(store, 10))
    assert sink.taken == polls(1)


async def test_or_from_the_beginning(serving, store, monkeypatch):
    monkeypatch.setattr(journal, "KEPT_READINGS", 50)
    for number in range(100):
        await store.append(poll(number))
    await store.prune()
    sink = ScriptedSink()
    async with serving(sink, backfill=True) as append:
        await until(lambda: sink.taken != [])
        await append(100, 101)  # while it is told the past
        await until(lambda: caught_up(store))
        await append(102)
        await until(lambda: delivered(store, 1030))
        await until(lambda: caught_up(store))
    assert set(sink.taken) == set(polls(*range(103)))
    assert sink.taken[:1000] == polls(*range(100))  # in the order of time


async def test_what_is_stored_before_a_sink_answers_for_the_first_time_is_not_lost(serving, store):
    sink = ScriptedSink(Unreachable("no"), name="history")
    async with serving(sink):
        await until(lambda: sink.entered == 1)
    await store.append(poll(0))
    async with serving(sink):
        await until(lambda: len(sink.given) == 1)
    async with serving(sink):
        await until(lambda: delivered(store, 10))
    assert sink.taken == polls(0)


async def test_small_polls_are_joined_after_an_outage(serving, store):
    sink = ScriptedSink()
    async with serving(sink):
        await until(lambda: sink.entered == 1)
    for number in range(25):
        await store.append(poll(number))
    async with serving(sink):
        await until(lambda: delivered(store, 250))
    assert list(map(len, sink.given)) == [100, 100, 50]


async def test_a_large_entry_is_split(serving, store):
    sink = ScriptedSink()
    async with serving(sink):
        await until(lambda: sink.entered == 1)
    await store.append(Batch("pump", points=POINTS, readings=tuple(polls(*range(25)))))
    async with serving(sink):
        await until(lambda: delivered(store, 250))
        await until(lambda: caught_up(store))
    assert list(map(len, sink.given)) == [100, 100, 50]
    assert sink.taken == polls(*range(25))


@given(st.lists(st.integers(1, 25), max_size=6), st.integers(1, 10))
def test_portions_hold_everything_in_order_and_name_what_they_complete(counts, size):
    entries = [
        JournalEntry(number, tuple(Reading(KEYS[0], START, float(i)) for i in range(count)))
        for number, count in enumerate(counts, 1)
    ]
    for entry in entries:
        portions = list(_portions([entry], size))
        assert tuple(one for readings, _ in portions for one in readings) == entry.readings
        assert all(len(readings) <= size for readings, _ in portions)
        assert [reached for _, reached in portions if reached] == [entry.sequence]
        assert portions[-1][1] == entry.sequence
    if len(entries) > 1:
        ((readings, reached),) = _portions(entries, size)
        assert tuple(readings) == tuple(one for entry in entries for one in entry.readings)
        assert reached == entries[-1].sequence


async def test_a_transient_failure_is_tried_again_for_ever_with_longer_and_longer_pauses(
    serving, store, clock
):
    failures = 15
    sink = ScriptedSink(*(Unreachable("gone") for _ in range(failures)))
    pauses = []
    async with serving(sink) as append:
        await until(lambda: sink.entered == 1)
        await append(0)
        for count in range(1, failures + 1):
            pauses.append(await paused(sink, clock, count))
            status = await status_of(store)
            assert (status.state, status.last_error) == (SinkState.RETRYING, "gone")
            assert status.resumes_at - clock.now() == approx(pauses[-1])
            await append(count)
            await clock.advance(pauses[-1])
        await until(lambda: delivered(store, 10 * (failures + 1)))
    assert sink.taken == polls(*range(failures + 1))
    assert sink.entered == failures + 1
    for number, pause in enumerate(pauses):
        longest = min(2**number, 300)
        assert longest / 2 <= pause <= longest


def approx(seconds):
    return pytest.approx(timedelta(seconds=seconds), abs=timedelta(milliseconds=1))


async def paused(sink, clock, failures):
    """Wait until a sink was left so often, and for the pause then; its length."""
    await until(lambda: sink.left == failures)
    return await clock.until_asleep()


async def test_the_server_s_own_pause_is_obeyed(serving, store, clock):
    sink = ScriptedSink(RateLimited("slow down", retry_after=1234))
    async with serving(sink) as append:
        await until(lambda: sink.entered == 1)
        await append(0)
        await until(lambda: failed(store))
        status = await status_of(store)
        assert status.resumes_at == clock.now() + timedelta(seconds=1234)
        await clock.until_asleep()
        await clock.advance(1233)
        assert sink.entered == 1
        await clock.advance(1)
        await until(lambda: delivered(store, 10))


async def failed(store, sink="history"):
    return any(
        one.sink == sink and one.state in {SinkState.RETRYING, SinkState.STOPPED}
        for one in await store.sink_statuses()
    )


async def test_what_needs_a_person_stops_the_sink_and_is_tried_again_slowly(serving, store, clock):
    sink = ScriptedSink(AccessDenied("wrong token"))
    async with serving(sink) as append:
        await until(lambda: sink.entered == 1)
        await append(0)
        await until(lambda: failed(store))
        status = await status_of(store)
        assert (status.state, status.last_error) == (SinkState.STOPPED, "wrong token")
        assert status.resumes_at == clock.now() + timedelta(minutes=10)
        assert status.lag == 10
        await clock.until_asleep()
        await clock.advance(600)
        await until(lambda: delivered(store, 10))
    assert (await status_of(store)).last_error is None


async def test_changes_of_state_are_events(serving, store, clock):
    sink = ScriptedSink()
    async with serving(sink) as append:
        await append(0)
        await until(lambda: sink.entered == 1)
        await append(1)
        await until(lambda: sink.taken != [])
        sink.script = [ServerFailure("500"), ServerFailure("500")]
        await append(2)
        for attempt in (1, 2):
            await clock.advance(await paused(sink, clock, attempt))
        await until(lambda: events(store, 2))
    titles = [event.title for event in await store.events(EVER) if event.kind is EventKind.SINK]
    assert titles == ["history: 500", "history: takes readings again"]


async def events(store, count):
    return len(await store.events(EVER)) >= count


async def test_what_is_refused_is_set_aside_with_the_server_s_words(serving, store, clock):
    sink = ScriptedSink("field type conflict")
    async with serving(sink) as append:
        await until(lambda: sink.entered == 1)
        await append(0)
        await until(lambda: delivered(store, 10))
        await append(1)
        await until(lambda: delivered(store, 20))
    letters = await store.dead_letters("history")
    assert [letter.reading for letter in letters] == polls(0)[::-1]
    assert {letter.reason for letter in letters} == {"field type conflict"}
    assert {letter.noted_at for letter in letters} == {clock.now()}
    status = await status_of(store)
    assert (status.delivered, status.dropped, status.rejected) == (10, 10, 10)


async def test_a_refusal_is_seen_in_the_status(serving, store):
    sink = ScriptedSink("no")
    async with serving(sink) as append:
        await until(lambda: sink.entered == 1)
        await append(0)
        await until(lambda: delivered(store, 10))
    status = await status_of(store)
    assert status.state is SinkState.OK
    assert status.last_error == "10 readings were refused and set aside: no"


async def test_a_bug_in_a_sink_is_a_sentence_and_loses_nothing(serving, store, clock):
    sink = ScriptedSink(ZeroDivisionError("secret-token"))
    async with serving(sink) as append:
        await until(lambda: sink.entered == 1)
        await append(0)
        await until(lambda: failed(store))
        error = (await status_of(store)).last_error or ""
        assert "bug" in error
        assert "secret-token" not in error
        await clock.until_asleep()
        await clock.advance(10)
        await until(lambda: delivered(store, 10))


async def test_a_sink_that_hangs_delays_nobody(serving, store):
    slow, fast, broker = (
        ScriptedSink(asyncio.Event(), name="slow"),
        ScriptedSink(name="fast"),
        ScriptedLiveSink(),
    )
    async with serving(slow, fast, broker) as append:
        await until(lambda: slow.entered == fast.entered == broker.entered == 1)
        await append(*range(20))
        await until(lambda: delivered(store, 200, "fast"))
        await until(lambda: broker.told[-1].latest == {r.key: r for r in polls(19)})
        assert slow.taken == []
    assert (await status_of(store, "fast")).lag == 0


async def test_a_delivery_that_is_never_confirmed_is_given_up(serving, store, monkeypatch):
    monkeypatch.setattr(cursor_feed, "DELIVERY_DEADLINE", 0.01)
    sink = ScriptedSink(asyncio.Event())
    async with serving(sink) as append:
        await until(lambda: sink.entered == 1)
        await append(0)
        await until(lambda: failed(store))
    assert "not confirmed" in ((await status_of(store)).last_error or "")


async def test_what_cannot_be_noted_is_delivered_again(serving, store, clock, monkeypatch):
    sink = ScriptedSink()
    save, broken = store.save_sink_status, asyncio.Event()

    async def full(*_args, **_options):
        broken.set()
        raise StoreFull("the disk is full")

    async with serving(sink) as append:
        await until(lambda: sink.entered == 1)
        monkeypatch.setattr(store, "save_sink_status", full)
        await append(0)
        await broken.wait()
        monkeypatch.setattr(store, "save_sink_status", save)
        await clock.until_asleep()
        await clock.advance(30)
        await until(lambda: delivered(store, 10))
    assert sink.taken == polls(0, 0)
    assert (await status_of(store)).delivered == 10


async def test_what_another_process_has_stored_is_found(serving, store, clock):
    sink = ScriptedSink()
    async with serving(sink):
        await until(lambda: sink.entered == 1)
        await clock.until_asleep()
        await store.append(poll(0))
        await clock.advance(cursor_feed.JOURNAL_POLL)
        await until(lambda: delivered(store, 10))


async def test_what_the_journal_had_to_drop_is_delivered_all_the_same(serving, store, clock):
    sink = ScriptedSink(*(Unreachable("gone") for _ in range(3)))
    async with serving(sink) as append:
        await until(lambda: sink.entered == 1)
        await append(0)
        await until(lambda: failed(store))
        await append(*range(1, 60))
        keeping = Housekeeping(store, {"history": sink}, journal_limit=200, clock=clock)
        for _ in range(2):
            await keeping.round()
            await append(60, 61, 62)
        assert (await status_of(store)).lag >= 600
        for failures in (1, 2, 3):
            await clock.advance(await paused(sink, clock, failures))
        await until(lambda: caught_up(store))
    assert set(sink.taken) == set(polls(*range(63)))
    bites = [event for event in await store.events(EVER) if event.kind is EventKind.STORE]
    assert len(bites) == 1
    assert "journal_limit" in bites[0].title


async def test_the_order_of_corrections_is_kept(serving, store):
    sink = ScriptedSink()
    async with serving(sink) as append:
        await until(lambda: sink.entered == 1)
        await append(0)
        corrected = [replace(poll(0).readings[0], value=value) for value in (7.0, 8.0)]
        for reading in corrected:
            await store.append(Batch("pump", readings=(reading,)))
        await append(1)
        await until(lambda: delivered(store, 22))
    assert [r for r in sink.taken if r.key == KEYS[0]] == [
        polls(0)[0],
        *corrected,
        polls(1)[0],
    ]


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(stops=st.lists(st.integers(0, 30), max_size=6), backfill=st.booleans())
async def test_stopped_at_any_instant_it_loses_nothing(clock, tmp_path_factory, stops, backfill):
    sink = ScriptedSink()
    sink.batch_size = 7
    path = tmp_path_factory.mktemp("store") / "p.db"
    async with open_store(path, site=Site(), clock=clock) as store:
        await store.append(poll(0))
        number = 1
        for stop in [*stops, None]:
            chance = random.Random(1)
            run = Delivery(sink, store, backfill=backfill, clock=clock, rng=chance)
            task = asyncio.create_task(run.run())
            if stop is None:
                await until(lambda: enrolled(store))
            for _ in range(3):
                await store.append(poll(number))
                number += 1
                run.wake()
            if stop is None:
                await until(lambda: caught_up(store))
            for _ in range(stop or 0):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        everything = set(polls(*range(number)))
        missing = everything - set(sink.taken)
        begun = min((reading.time for reading in sink.taken), default=None)
        assert all(reading.time < begun for reading in missing)
        assert not (backfill and missing)


async def test_a_plugin_that_is_no_sink_is_refused(store, clock):
    class Nothing:
        name = "nothing"

    with pytest.raises(ConfigurationError, match=r"sinks\.nothing"):
        Delivery(Nothing(), store, clock=clock, rng=random.Random(1))  # type: ignore[arg-type]  # on purpose
