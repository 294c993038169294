"""Feeding a cursor sink: first what it is owed from before, then the journal, entry by entry.

The store knows how far a sink has come; nothing is remembered here. What was delivered but not
noted when the process was killed is delivered again, which changes nothing.
"""

import asyncio
from collections.abc import Iterator, Sequence

from pumphouse.core.errors import Unreachable
from pumphouse.core.model import PointKey, Reading
from pumphouse.core.ports import Clock, CursorSink, DeadLetter, JournalEntry, Rejection, Store
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
        size = max(self._sink.batch_size, 1)
        while True:
            piece = await self._store.backfill(self._name, size)
            if piece is not None:
                progress = await self._deliver(piece.readings)
                await self._ledger.advanced(progress.of_backfill(piece))
                continue
            cursor = await self._store.cursor(self._name)
            entries = await self._store.journal(cursor or 0, size, size)
            for readings, reached in _portions(entries, size):
                progress = await self._deliver(readings)
                await self._ledger.advanced(progress.up_to(reached))
            if not entries:
                await self._ledger.recovered()
                await self._wake.wait(JOURNAL_POLL)

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
