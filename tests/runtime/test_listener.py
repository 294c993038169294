"""Listening: what comes is stored, connections are opened again, and the books tell the truth."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Self

import pytest

from pumphouse.core.errors import (
    AccessDenied,
    LoginRequired,
    RateLimited,
    SourceError,
    StoreFull,
    Unreachable,
)
from pumphouse.core.model import Batch, Device, EventKind, Point, PointKey, Reading
from pumphouse.core.ports import SourceState
from pumphouse.runtime import inbox
from pumphouse.runtime.listener import Listener

from .sinks import until

SECOND = timedelta(seconds=1)
HALF = SECOND / 2


class Memory:
    """A store of the books and the readings that answers at once, or as slowly as it is told."""

    def __init__(self):
        self.batches = []
        self.statuses = {}
        self.gaps = {}
        self.error = None
        self.open = asyncio.Event()
        self.open.set()

    async def append(self, batch):
        await self.open.wait()
        if self.error is not None:
            raise self.error
        self.batches.append(batch)
        return len(batch.readings)

    async def source_statuses(self):
        return list(self.statuses.values())

    async def save_source_status(self, status):
        self.statuses[status.source] = status

    async def open_gap(self, gap):
        if not any(one.source == gap.source and one.end is None for one in self.gaps.values()):
            self.gaps[gap.source, gap.start] = gap

    async def close_gap(self, source, end):
        for key, gap in self.gaps.items():
            if gap.source == source and gap.end is None:
                self.gaps[key] = replace(gap, end=end)

    @property
    def values(self):
        return [reading.value for batch in self.batches for reading in batch.readings]

    @property
    def events(self):
        return [event for batch in self.batches for event in batch.events]


class SpeakingSource:
    """Each connection says what is put into its queue; an exception ends it."""

    def __init__(self, clock, *, polled=False):
        self.name = "radio"
        self.polled = polled
        self.connections = 0
        self.closed = 0
        self.down = None
        self._clock = clock
        self._words: asyncio.Queue[Batch | Exception | None] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_):
        return None

    async def read(self):
        return Batch(self.name)

    async def live(self) -> AsyncIterator[Batch]:
        self.connections += 1
        if self.down is not None:
            raise self.down
        try:
            while True:
                word = await self._words.get()
                if word is None:
                    return
                if isinstance(word, Exception):
                    raise word
                yield word
        finally:
            self.closed += 1

    def says(self, *words):
        for word in words:
            self._words.put_nowait(word)

    @property
    def unsaid(self):
        return self._words.qsize()

    def value(self, value, *, point="temperature", problems=()):
        key = PointKey(self.name, "d1", point)
        return Batch(
            self.name,
            (Device(self.name, "d1", "Sensor"),),
            (Point(key, point),),
            (Reading(key, self._clock.now(), float(value)),),
            problems=problems,
        )


@pytest.fixture
async def store():
    return Memory()


@pytest.fixture
def small(monkeypatch):
    """So few readings wait at most that a test can fill it."""
    monkeypatch.setattr(inbox, "MOST", 20)
    monkeypatch.setattr(inbox, "AT_ONCE", 10)


@pytest.fixture
def source(clock):
    return SpeakingSource(clock)


@pytest.fixture
async def listening(store, clock):
    """Starts a listener for a source; it is stopped at the end."""
    tasks = []

    def start(source, *, interval=300, **callbacks):
        listener = Listener(
            source, store, interval=interval, clock=clock, rng=random.Random(7), **callbacks
        )
        tasks.append(asyncio.create_task(listener.run()))
        return tasks[-1]

    yield start
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_what_is_said_is_stored_together(listening, source, store, clock):
    told = []
    listening(source, stored=lambda: told.append(True))
    source.says(*(source.value(n) for n in range(50)))
    await clock.advance(1)
    (batch,) = store.batches
    assert (len(batch.readings), len(batch.points), len(batch.devices)) == (50, 1, 1)
    assert told == [True]


async def test_what_came_last_is_stored_when_listening_ends(listening, source, store, clock):
    task = listening(source)
    source.says(source.value(1.5))
    await clock.settle()
    source.says(source.value(2.5))
    await clock.advance(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert store.values == [1.5, 2.5]
    assert store.statuses["radio"].last_success == clock.now() - HALF
    assert source.closed == 1


async def test_nothing_is_lost_while_the_store_is_slow_and_the_source_has_to_wait(
    listening, source, store, clock, small
):
    store.open.clear()
    listening(source)
    source.says(*(source.value(n) for n in range(200)))
    await clock.advance(5)
    assert source.unsaid >= 200 - 10 - 20 - 2
    store.open.set()
    await until(lambda: source.unsaid == 0)
    await clock.advance(5)
    assert store.values == [*range(200)]
    assert max(len(batch.readings) for batch in store.batches) <= 10


async def test_while_the_store_fails_the_oldest_readings_give_way(
    listening, source, store, clock, small
):
    store.error = StoreFull("the disk is full")
    listening(source)
    source.says(*(source.value(n) for n in range(200)))
    await clock.advance(30)
    assert source.unsaid == 0
    store.error = None
    await clock.advance(60)
    assert store.values == [*range(10), *range(180, 200)]


async def test_descriptions_outlast_the_readings_that_had_to_give_way(
    listening, source, store, clock, small
):
    store.error = StoreFull("the disk is full")
    listening(source)
    source.says(*(source.value(n) for n in range(20)))
    source.says(source.value(1.0, point="humidity"))
    source.says(*(source.value(n) for n in range(200)))
    await clock.advance(30)
    store.error = None
    await clock.advance(60)
    assert "humidity" in {point.key.point for batch in store.batches for point in batch.points}


async def test_a_connection_that_ends_is_opened_again_after_growing_pauses(
    listening, source, clock
):
    listening(source)
    source.says(*(Unreachable("gone") for _ in range(12)))
    await clock.settle()
    for number in range(11):
        pause = await clock.until_asleep()
        most = min(2.0**number, 120)
        assert most / 2 <= pause <= most, number
        await clock.advance(pause)


async def test_after_a_good_while_the_pauses_begin_anew(listening, source, clock):
    listening(source)
    source.says(*(Unreachable("gone") for _ in range(6)))
    await clock.advance(200)
    source.says(source.value(1.0))
    await clock.advance(90)
    before = source.connections
    source.says(Unreachable("gone"))
    await clock.advance(2)
    assert source.connections == before + 1


@pytest.mark.parametrize(
    ("error", "not_before", "at_last"),
    [
        (RateLimited("slow down", retry_after=600), 599, 661),
        (RateLimited("in 30,000 years", retry_after=1e12), 86399, 95041),
        (AccessDenied("no scope"), 3599, 3601),
        (LoginRequired("type this"), 299, 301),
    ],
)
async def test_who_may_not_come_back_soon_does_not(
    listening, source, clock, error, not_before, at_last
):
    listening(source)
    source.says(error)
    await clock.advance(not_before)
    assert source.connections == 1
    await clock.advance(at_last - not_before)
    assert source.connections == 2


async def test_the_books_say_how_the_connection_is(listening, source, store, clock):
    failures: list[SourceError] = []
    listening(source, failed=failures.append)
    source.says(Batch("radio"))
    await clock.advance(1)
    status = store.statuses["radio"]
    assert (status.state, status.polls, status.failures) == (SourceState.OK, 1, 0)
    assert (status.last_success, status.interval) == (clock.now() - SECOND, 300)

    source.says(Unreachable("the dongle is gone"))
    await clock.advance(0)
    status = store.statuses["radio"]
    assert (status.state, status.last_error) == (SourceState.RETRYING, "the dongle is gone")
    assert clock.now() < status.resumes_at <= clock.now() + SECOND
    assert [str(error) for error in failures] == ["the dongle is gone"]
    (event,) = store.events
    assert (event.kind, event.title) == (EventKind.SOURCE, "the dongle is gone")


async def test_the_books_are_not_written_with_every_word(listening, source, store, clock):
    writes = []
    save = store.save_source_status

    async def noted(status):
        writes.append(status)
        await save(status)

    store.save_source_status = noted
    listening(source)
    for n in range(300):
        source.says(source.value(n))
        await clock.advance(1)
    assert len(writes) == 5


async def test_the_last_sign_of_life_is_noted_when_a_connection_breaks(
    listening, source, store, clock
):
    listening(source)
    source.says(Batch("radio"))
    await clock.advance(30)
    source.says(Batch("radio"))
    await clock.advance(10)
    source.says(None)
    await clock.advance(0)
    status = store.statuses["radio"]
    assert status.last_success == clock.now() - 10 * SECOND
    assert "has ended" in status.last_error


async def test_a_connection_that_stays_down_is_a_gap_until_it_is_back(
    listening, source, store, clock
):
    listening(source)
    source.says(source.value(1.0))
    await clock.settle()
    began = clock.now()
    source.down = Unreachable("down")
    source.says(None)
    await clock.advance(3000)
    (gap,) = store.gaps.values()
    assert (gap.source, gap.start, gap.end, gap.cause) == ("radio", began, None, "down")
    source.down = None
    source.says(source.value(2.0))
    await clock.advance(121)
    (gap,) = store.gaps.values()
    assert gap.end is not None


async def test_silence_on_a_connection_is_a_gap_and_signs_of_life_are_none(
    listening, source, store, clock
):
    listening(source)
    for _ in range(20):
        source.says(Batch("radio"))
        await clock.advance(200)
    assert store.gaps == {}
    await clock.advance(1000)
    source.says(source.value(1.0))
    await clock.settle()
    (gap,) = store.gaps.values()
    assert gap.cause == "nothing came"
    assert gap.end - gap.start == 1200 * SECOND


async def test_the_time_in_which_nothing_ran_is_a_gap(listening, source, store, clock):
    task = listening(source)
    source.says(source.value(1.0))
    await clock.advance(1)
    task.cancel()
    await clock.advance(3600)
    listening(source)
    source.says(source.value(2.0))
    await clock.settle()
    (gap,) = store.gaps.values()
    assert (gap.cause, gap.end) == ("Pumphouse was not running", clock.now())


async def test_a_source_that_is_polled_too_keeps_its_own_books(listening, store, clock):
    source = SpeakingSource(clock, polled=True)
    listening(source)
    source.says(Unreachable("gone"))
    await clock.advance(0)
    assert [*store.statuses] == ["radio live"]
    assert store.statuses["radio live"].state is SourceState.RETRYING


async def test_what_was_not_understood_is_told(listening, source, store, clock):
    listening(source)
    source.says(source.value(1.0, problems=("one line was no JSON",)))
    await clock.settle()
    status = store.statuses["radio"]
    assert (status.state, status.last_error) == (SourceState.OK, "one line was no JSON")


async def test_a_bug_in_a_source_is_a_sentence_and_stops_nobody(listening, source, store, clock):
    listening(source)
    source.says(ZeroDivisionError("secret"))
    await clock.advance(5)
    status = store.statuses["radio"]
    assert "bug" in status.last_error
    assert "secret" not in status.last_error
    assert source.connections == 2
