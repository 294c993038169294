"""Feeding a cursor sink: first what it is owed from before, then the journal, entry by entry.

The store knows how far a sink has come; what is ahead of that is remembered only while the sink
stays entered. What was delivered but not noted, when the process is killed or the sink fails, is
delivered again, which changes nothing.
"""

import asyncio
from collections.abc import Iterator, Sequence

from pumphouse.core.errors import Unreachable
from pumphouse.core.model import PointKey, Reading
from pumphouse.core.ports import Clock, CursorSink, DeadLetter, JournalEntry, Rejection, Store
from pumphouse.runtime.settlement import Settlement
from pumphouse.runtime.sink_ledger import Progress, SinkLedger
from pumphouse.runtime.wake import Wake

__all__ = ["CursorFeed"]

#: how often the journal is looked at for what another process has written, in seconds
JOURNAL_POLL = 10.0
#: how long one delivery may take, in seconds; a sink has shorter deadlines of its own
DELIVERY_DEADLINE = 600.0


class CursorFeed:
    """Gives every reading, once it is stored, to one sink."""

    def __init__(
        self,
        name: str,
        sink: CursorSink,
        store: Store,
        *,
        backfill: bool,
        ledger: SinkLedger,
        wake: Wake,
        clock: Clock,
    ) -> None:
        self._name = name
        self._sink = sink
        self._store = store
        self._backfill = backfill
        self._ledger = ledger
        self._wake = wake
        self._clock = clock

    async def begin(self) -> None:
        """Fix where a new sink begins, before it is known whether it answers."""
        await self._store.enrol_sink(self._name, backfill=self._backfill)

    async def serve(self) -> None:
        """Feed the entered sink until it fails; never returns.

        Raises:
            SourceError: the sink's.
            StoreError: the store's.
        """
        settlement = Settlement(self._name, self._sink, self._ledger, self._clock)
        await settlement.begin()
        while True:
            await settlement.settle()
            if not (await self._give_owed(settlement) or await self._give_new(settlement)):
                await self._ledger.recovered()
                await self._wake.wait(min(JOURNAL_POLL, settlement.due_secs))

    async def _give_owed(self, settlement: Settlement) -> bool:
        """Deliver a piece of what the sink is owed; whether there was one."""
        size = max(self._sink.batch_size, 1)
        piece = await self._store.backfill(self._name, size, settlement.ahead.backfill)
        if piece is None:
            return False
        progress = await self._deliver(piece.readings)
        await settlement.confirmed(progress.of_backfill(piece))
        return True

    async def _give_new(self, settlement: Settlement) -> bool:
        """Deliver what comes next in the journal; whether there was anything."""
        size = max(self._sink.batch_size, 1)
        cursor = settlement.ahead.cursor
        if cursor is None:
            cursor = await self._store.cursor(self._name) or 0
        entries = await self._store.journal(cursor, size, size)
        for readings, reached in _portions(entries, size):
            progress = await self._deliver(readings)
            await settlement.confirmed(progress.up_to(reached))
        return bool(entries)

    async def _deliver(self, readings: Sequence[Reading]) -> Progress:
        if not readings:
            return Progress()
        points = {point.key: point for point in await self._store.points()}
        try:
            async with asyncio.timeout(DELIVERY_DEADLINE):
                rejections = await self._sink.deliver(readings, points)
        except TimeoutError:
            raise Unreachable(
                f"{self._name}: a delivery was not confirmed within {DELIVERY_DEADLINE:.0f} s"
            ) from None
        letters = self._letters(readings, rejections) if rejections else []
        return Progress(len(readings) - len(letters), refused=letters)

    def _letters(
        self, readings: Sequence[Reading], rejections: Sequence[Rejection]
    ) -> list[DeadLetter]:
        reasons: dict[tuple[PointKey, object], str] = {
            (one.key, one.time): one.reason for one in rejections
        }
        now = self._clock.now()
        return [
            DeadLetter(self._name, reading, reasons[reading.key, reading.time], now)
            for reading in readings
            if (reading.key, reading.time) in reasons
        ]


def _portions(
    entries: Sequence[JournalEntry], size: int
) -> Iterator[tuple[Sequence[Reading], int | None]]:
    """Deliveries of at most `size` readings; with each the sequence that it completes, if any.

    Entries that fit are joined; one that is larger than a delivery comes alone, in slices.
    """
    if len(entries) > 1:
        yield (
            tuple(reading for entry in entries for reading in entry.readings),
            entries[-1].sequence,
        )
        return
    for entry in entries:
        last = max(len(entry.readings) - 1, 0) // size * size
        for start in range(0, last + 1, size):
            reached = entry.sequence if start == last else None
            yield entry.readings[start : start + size], reached
