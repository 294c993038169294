"""Asking a source for the past that was missed: whatever the gap ledger says is not filled yet.

A gap is filled once it has ended, for then the source answers again. What was before the first
poll of all is a gap like the others, and the ledger says the same of it: where its data came from.
Asking for a stretch twice stores nothing twice, so whatever is uncertain is asked for again.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import structlog

from pumphouse.core.errors import PermanentError, SourceError, StoreError, TransientError
from pumphouse.core.model import Batch, Interval, PointKey
from pumphouse.core.ports import Clock, Gap, Source, SourceState, Store, SupportsHistory
from pumphouse.runtime.poller import PERMANENT_PAUSE, as_source_error

__all__ = ["BEFORE_THE_START", "GapFiller", "HistorySource"]

log = structlog.get_logger()

#: the cause of the gap that lies before the first poll
BEFORE_THE_START: Final = "Pumphouse was not there yet"
#: the beginning of everything that a source could have kept
_EVERYTHING: Final = datetime(2000, 1, 1, tzinfo=UTC)
#: what was missed at the edges of a gap is asked for too
_OVERLAP: Final = timedelta(hours=1)
#: a gap about which the other side knows nothing is asked about for so long, by each new process
_HOPELESS_AFTER: Final = timedelta(days=30)
#: a gap before the first poll of which nothing is known is written down as so long
_SHORTEST: Final = timedelta(seconds=1)
#: how often the ledger is looked at, in seconds
_LOOK_EVERY: Final = 60.0
#: the pause after a failure, and what it grows to with each further one, in seconds
_FIRST_PAUSE: Final = 60.0
_LONGEST_PAUSE: Final = 3600.0


class HistorySource(Source, SupportsHistory, Protocol):
    """A source whose other side keeps a past."""


@dataclass(slots=True)
class _Found:
    """What the other side had kept of one gap: whose periods begin in it, or in its first hour."""

    gap: Gap
    readings: int = 0
    points: set[PointKey] = field(default_factory=set)
    oldest: datetime | None = None

    def note(self, batch: Batch) -> None:
        start = self.gap.start.replace(minute=0, second=0, microsecond=0)
        assert self.gap.end is not None
        within = [one for one in batch.readings if start <= one.time < self.gap.end]
        self.readings += len(within)
        self.points |= {reading.key for reading in within}
        times = [reading.time for reading in within]
        self.oldest = min([*times, *([self.oldest] if self.oldest else [])], default=None)

    def __str__(self) -> str:
        return f"{self.readings} readings of {len(self.points)} points"


class GapFiller:
    """Fills the gaps of one source from its history, and writes into the ledger that it did.

    Args:
        source: entered, and polled by somebody else.
        stored: called whenever something was stored.
    """

    def __init__(
        self,
        source: HistorySource,
        store: Store,
        *,
        clock: Clock,
        stored: Callable[[], None] = lambda: None,
    ) -> None:
        self._source = source
        self._store = store
        self._clock = clock
        self._stored = stored
        self._in_vain: set[datetime] = set()
        self._failures = 0

    async def run(self) -> None:
        """Fill gaps as they end, until cancelled."""
        while True:
            await self._clock.sleep(await self.fill())

    async def fill(self, *, since: datetime | None = None) -> float:
        """Fill every gap there is now; never raises `SourceError` or `StoreError`.

        Args:
            since: only gaps that have ended since then, for a process that does not live long.

        Returns:
            after how many seconds to look again.
        """
        try:
            for gap in await self._wanted(since):
                await self._fill(gap)
        except (SourceError, StoreError) as error:
            if not self._failures:
                log.warning("history fails", source=self._source.name, error=str(error))
            return self._pause(error)
        self._failures = 0
        return _LOOK_EVERY

    async def _wanted(self, since: datetime | None) -> list[Gap]:
        """The gaps that have ended and that nobody has filled, the newest first."""
        name = self._source.name
        earliest = since or self._clock.now() - _HOPELESS_AFTER
        states = {one.source: one for one in await self._store.source_statuses()}
        status = states.get(name)
        if status is None or status.state is not SourceState.OK or status.last_success is None:
            return []
        gaps = await self._store.gaps([name])
        wanted = [gap for gap in gaps if self._is_wanted(gap, earliest)]
        if not any(gap.cause == BEFORE_THE_START for gap in gaps):
            first = min((gap.start for gap in gaps), default=status.last_success)
            wanted.append(Gap(name, _EVERYTHING, first, BEFORE_THE_START))
        return wanted

    def _is_wanted(self, gap: Gap, earliest: datetime) -> bool:
        return (
            gap.end is not None
            and gap.filled_by is None
            and gap.cause != BEFORE_THE_START
            and gap.start not in self._in_vain
            and gap.end >= earliest
        )

    async def _fill(self, gap: Gap) -> None:
        """Store what the other side has kept of `gap`, and note who filled it."""
        assert gap.end is not None
        found = _Found(gap)
        now = self._clock.now()
        wanted = Interval(gap.start - _OVERLAP, max(gap.start, min(gap.end + _OVERLAP, now)))
        if gap.cause == BEFORE_THE_START:
            wanted = Interval(gap.start, now)  # of an older store, what it has may lack the history
        async for batch in self._history(wanted):
            found.note(batch)
            if await self._store.append(batch):
                self._stored()
        await self._note(gap, found)

    async def _history(self, wanted: Interval) -> AsyncIterator[Batch]:
        """What the source brings; nothing but a `SourceError` comes out of a stranger's code."""
        batches = aiter(self._source.history(wanted))
        while True:
            try:
                batch = await anext(batches, None)
            except Exception as error:  # noqa: BLE001  (a plugin's bug must not end the house)
                raise as_source_error(error, self._source.name) from None
            if batch is None:
                return
            yield batch

    async def _note(self, gap: Gap, found: _Found) -> None:
        name = self._source.name
        if gap.cause == BEFORE_THE_START:
            # Whatever was found, the ledger remembers that it was asked for.
            assert gap.end is not None
            gap = replace(gap, start=found.oldest or gap.end - _SHORTEST)
        elif not found.readings:
            self._in_vain.add(gap.start)
            log.info("nothing is known about a gap", source=name, start=gap.start.isoformat())
            return
        who = f"the history of {name}: {found}"
        await self._store.open_gap(replace(gap, filled_by=who))
        log.info("gap filled", source=name, start=gap.start.isoformat(), found=str(found))

    def _pause(self, error: Exception) -> float:
        if isinstance(error, PermanentError):
            return PERMANENT_PAUSE
        self._failures += 1
        wait = min(_FIRST_PAUSE * 2.0 ** min(self._failures - 1, 10), _LONGEST_PAUSE)
        named = (error.retry_after or 0.0) if isinstance(error, TransientError) else 0.0
        return max(wait, named)
