"""What every store must do for sinks: the journal, cursors, debts, what was refused.

The checks of `pumphouse.testing.stores` include these.
"""

from dataclasses import replace
from typing import Final

from pumphouse.core.model import Reading
from pumphouse.core.ports import DeadLetter, SinkState, SinkStatus
from pumphouse.testing.store_data import (
    FIRMWARE,
    MIDNIGHT,
    MODE,
    OUTDOOR,
    OpenStore,
    StoreCheck,
    batch_of,
    reading_of,
)

__all__ = ["DELIVERY_CHECKS"]


async def journals_in_order_of_commitment(open_store: OpenStore) -> None:
    """The journal holds each batch that changed something, once, in order, in portions."""
    batches = [
        (reading_of(FIRMWARE, m, f"v{m}"), reading_of(OUTDOOR, -m, float(m))) for m in range(5)
    ]
    async with open_store() as store:
        for batch in batches:
            await store.append(batch_of(*batch))
        entries = list(await store.journal(0, 3))
        entries += await store.journal(entries[-1].sequence, 3)
        assert [entry.readings for entry in entries] == batches
        sequences = [entry.sequence for entry in entries]
        assert sequences == sorted(set(sequences))
        assert list(await store.journal(sequences[-1], 3)) == []


async def remembers_cursors(open_store: OpenStore) -> None:
    """Each sink has its own cursor, which survives a restart."""
    async with open_store() as store:
        await store.save_cursor("broker", 3)
        await store.save_cursor("history", 1)
        await store.save_cursor("broker", 5)
    async with open_store() as store:
        assert await store.cursor("broker") == 5  # noqa: PLR2004
        assert await store.cursor("history") == 1


async def prunes_nothing_that_a_sink_has_not_read(open_store: OpenStore) -> None:
    """Behind the slowest cursor everything stays; sequences grow on after pruning."""
    async with open_store() as store:
        for minute in range(20):
            await store.append(batch_of(reading_of(OUTDOOR, minute, float(minute))))
        sequences = [entry.sequence for entry in await store.journal(0, 100)]
        await store.save_cursor("fast", sequences[-1])
        await store.save_cursor("slow", sequences[9])
        await store.prune()
        unread = [entry.sequence for entry in await store.journal(sequences[9], 100)]
        assert unread == sequences[10:]
        await store.append(batch_of(reading_of(OUTDOOR, 20, 20.0)))
        (entry,) = await store.journal(sequences[-1], 100)
        assert entry.sequence > sequences[-1]


async def keeps_the_status_of_sinks(open_store: OpenStore) -> None:
    """Status and cursor of a sink are saved together; the store counts how far it is behind."""
    status = SinkStatus("history", SinkState.OK, MIDNIGHT, cursor=0, delivered=5, dropped=1)
    async with open_store() as store:
        await store.append(batch_of(reading_of(OUTDOOR, 0, 1.0), reading_of(MODE, 0, 1.0)))
        await store.append(batch_of(reading_of(OUTDOOR, 5, 2.0)))
        first, second = await store.journal(0, 9)
        await store.save_sink_status(replace(status, cursor=first.sequence))
        live = replace(status, sink="broker", live=True, cursor=second.sequence)
        await store.save_sink_status(live)
        await store.save_sink_status(replace(live, cursor=None))  # it stays
    async with open_store() as store:
        assert await store.cursor("history") == first.sequence
        assert await store.journal_end() == second.sequence
        expected = [live, replace(status, cursor=first.sequence, lag=1)]
        assert list(await store.sink_statuses()) == expected


async def sets_aside_what_was_refused(open_store: OpenStore) -> None:
    """Dead letters come back newest first, each once, however often it was refused."""
    status = SinkStatus("history", SinkState.OK, MIDNIGHT)
    readings = (reading_of(OUTDOOR, 0, 1.0), reading_of(FIRMWARE, 0, "v1"))
    letters = [DeadLetter("history", one, "type conflict", MIDNIGHT) for one in readings]
    async with open_store() as store:
        await store.append(batch_of(*readings))
        for _ in range(2):
            await store.save_sink_status(status, dead_letters=letters)
        assert list(await store.dead_letters()) == letters[::-1]
        assert list(await store.dead_letters("history")) == letters[::-1]
        assert list(await store.dead_letters("other")) == []
        (saved,) = await store.sink_statuses()
        assert saved.rejected == len(letters)


async def owes_a_new_sink_the_past_if_it_wants_it(open_store: OpenStore) -> None:
    """The past comes in pieces, in the order of time; what comes later is in the journal."""
    minutes = range(0, 3000, 7)
    readings = [reading_of(point, m, float(m)) for m in minutes for point in (OUTDOOR, MODE)]
    readings.append(reading_of(FIRMWARE, 2999, "v1"))
    late = reading_of(OUTDOOR, 1, 1.0)
    async with open_store() as store:
        await store.append(batch_of(*reversed(readings[1::2])))
        await store.append(batch_of(*readings[::2]))
        assert await store.enrol_sink("now", backfill=False) == await store.journal_end()
        cursor = await store.enrol_sink("all", backfill=True)
        assert await store.backfill("now", 10) is None
        paid: list[Reading] = []
        status = SinkStatus("all", SinkState.OK, MIDNIGHT)
        while (piece := await store.backfill("all", 50)) is not None:
            assert await store.backfill("all", 50) == piece
            paid += piece.readings
            await store.save_sink_status(status, backfill=piece)
            if len(paid) == 50:  # noqa: PLR2004
                await store.append(batch_of(late))
        assert paid == readings
        assert await store.enrol_sink("all", backfill=True) == cursor
        assert await store.backfill("all", 50) is None
        assert [entry.readings for entry in await store.journal(cursor, 9)] == [(late,)]


async def gives_pieces_ahead_of_what_is_noted(open_store: OpenStore) -> None:
    """A sink may be ahead of its books: what is noted then is the last of many pieces, or none."""
    readings = [reading_of(OUTDOOR, minute, float(minute)) for minute in range(100)]
    status = SinkStatus("all", SinkState.OK, MIDNIGHT)
    async with open_store() as store:
        await store.append(batch_of(*readings))
        await store.enrol_sink("all", backfill=True)
        first = await store.backfill("all", 30)
        second = await store.backfill("all", 30, after=first)
        assert first is not None
        assert second is not None
        assert [*first.readings, *second.readings] == readings[:60]
        await store.save_sink_status(status, backfill=replace(second, readings=()))
    async with open_store() as store:
        (saved,) = await store.sink_statuses()
        assert saved.lag == 40  # noqa: PLR2004
        third = await store.backfill("all", 30)
        fourth = await store.backfill("all", 30, after=third)
        assert third is not None
        assert fourth is not None
        assert [*third.readings, *fourth.readings] == readings[60:]
        assert fourth.complete
        assert await store.backfill("all", 30, after=fourth) is None
        assert await store.backfill("all", 30) == third
        await store.save_sink_status(status, backfill=replace(fourth, readings=()))
        assert await store.backfill("all", 30) is None


#: everything a store must do for sinks
DELIVERY_CHECKS: Final[tuple[StoreCheck, ...]] = (
    journals_in_order_of_commitment,
    remembers_cursors,
    prunes_nothing_that_a_sink_has_not_read,
    keeps_the_status_of_sinks,
    sets_aside_what_was_refused,
    owes_a_new_sink_the_past_if_it_wants_it,
    gives_pieces_ahead_of_what_is_noted,
)
