"""The journal is kept as long as somebody needs it, and not longer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pumphouse.core.model import Batch, PointKey, Reading
from pumphouse.core.ports import SinkState, SinkStatus
from pumphouse.stores.sqlite import journal

from .conftest import NOW

KEYS = tuple(PointKey("house", "pump", str(number)) for number in range(10))


def poll(number):
    time = NOW - timedelta(days=2) + number * timedelta(minutes=5)
    return Batch("house", readings=tuple(Reading(key, time, float(number)) for key in KEYS))


async def sequences(store):
    return [entry.sequence for entry in await store.journal(0, 10_000)]


@pytest.fixture
async def store(opened, monkeypatch):
    monkeypatch.setattr(journal, "KEPT_READINGS", 50)
    async with opened() as store:
        yield store


async def append(store, count):
    for number in range(count):
        await store.append(poll(number))


async def test_without_sinks_only_the_newest_entries_stay(store):
    await append(store, 300)
    assert len(await sequences(store)) < 80  # pruned with every fold
    await store.prune()
    assert await sequences(store) == [296, 297, 298, 299, 300]


async def test_the_newest_entry_stays_however_long_it_is(store):
    await append(store, 3)
    readings = tuple(reading for n in range(10, 20) for reading in poll(n).readings)
    await store.append(Batch("house", readings=readings))
    await store.prune()
    assert await sequences(store) == [4]
    assert await store.journal_end() == 4


async def test_what_the_slowest_sink_has_not_read_stays(store):
    await store.save_cursor("slow", 7)
    await store.save_cursor("fast", 250)
    await append(store, 300)
    await store.prune()
    assert (await sequences(store))[0] == 8


async def test_a_limit_drops_even_what_a_sink_has_not_read_and_says_so(store):
    await store.save_cursor("slow", 7)
    await append(store, 100)
    assert await store.prune(limit=200) == {"slow": 730}
    assert await sequences(store) == list(range(81, 101))
    assert await store.prune(limit=200) == {}


async def test_what_was_dropped_unread_is_owed(store):
    await store.save_cursor("slow", 7)
    await append(store, 100)
    await store.prune(limit=200)
    assert await store.cursor("slow") == 80
    readings = [reading for number in range(7, 80) for reading in poll(number).readings]
    assert await paid(store, "slow", 47) == readings
    assert await store.backfill("slow", 47) is None


async def test_a_debt_that_grows_while_it_is_paid_is_paid_whole(store):
    await store.save_cursor("slow", 0)
    await append(store, 60)
    await store.prune(limit=200)
    piece = await store.backfill("slow", 1000)
    late = replace(poll(3).readings[0], time=poll(3).readings[0].time + timedelta(seconds=1))
    await store.append(Batch("house", readings=(late,)))
    for number in range(60, 100):
        await store.append(poll(number))
    await store.prune(limit=200)
    await store.save_sink_status(status("slow"), backfill=piece)
    assert late in await paid(store, "slow", 1000)


async def test_a_debt_that_grows_while_pieces_of_it_are_on_their_way_is_paid_whole(store):
    await store.save_cursor("slow", 0)
    await append(store, 60)
    await store.prune(limit=200)
    first = await store.backfill("slow", 100)
    second = await store.backfill("slow", 1000, after=first)
    assert second.complete
    for number in range(60, 100):
        await store.append(poll(number))
    await store.prune(limit=200)
    await store.save_sink_status(status("slow"), backfill=first)
    await store.save_sink_status(status("slow"), backfill=second)
    (saved,) = await store.sink_statuses()
    assert saved.lag == 800 + 200
    assert await paid(store, "slow", 1000) == [r for n in range(80) for r in poll(n).readings]


async def test_a_sink_that_is_not_configured_any_more_holds_nothing(store):
    await store.save_cursor("gone", 7)
    await store.save_cursor("here", 90)
    await append(store, 100)
    assert await store.prune(["here"]) == {}
    assert (await sequences(store))[0] == 91
    assert len(await paid(store, "gone", 100)) == 830  # and loses nothing when it comes back


async def test_a_live_sink_holds_nothing(store):
    await store.save_sink_status(replace(status("live"), live=True, cursor=7))
    await append(store, 100)
    await store.prune()
    assert (await sequences(store))[0] == 96


async def paid(store, sink, limit):
    """Everything that a sink is owed, taken in pieces."""
    readings = []
    while (piece := await store.backfill(sink, limit)) is not None:
        readings += piece.readings
        await store.save_sink_status(status(sink), backfill=piece)
    return readings


def status(sink):
    return SinkStatus(sink, SinkState.OK, NOW)


async def test_a_store_without_a_journal_yet_ends_at_zero(store):
    assert await store.journal_end() == 0
    await store.prune()


async def test_the_journal_gives_texts_and_times_back(store):
    readings = (
        Reading(KEYS[0], NOW, None, "Ünïcode\n"),
        Reading(KEYS[1], NOW - timedelta(milliseconds=1), -0.1),
        Reading(KEYS[2], NOW, None, ""),
    )
    await store.append(Batch("house", readings=readings))
    (entry,) = await store.journal(0, 1)
    assert entry.readings == readings
