"""Figures that take seconds to compute, kept for the quarter of an hour in which they are true."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

from pumphouse.core.documents import Document
from pumphouse.core.errors import StoreError
from pumphouse.core.model import Interval
from pumphouse.core.ports import Clock
from pumphouse.runtime.analyst import Period

__all__ = ["QUARTER_SECS", "Ask", "Figures", "rounded"]

Ask = Callable[[str, Period], Awaitable[Document]]
"""Computes one answer; see `runtime.analyst.Analyst.about`."""

QUARTER_SECS: Final = 900
#: answers that are kept; a season is 25 kB
_KEPT: Final = 32
#: who may wait for a turn; each takes seconds
_WAITING: Final = 16

_Key = tuple[str, str, str, datetime, datetime, int]


def rounded(interval: Interval) -> Interval:
    """The interval between the quarters of an hour at or before its ends."""
    return Interval(_quarter(interval.start), _quarter(interval.end))


class Figures:
    """Asks the analyst, one question at a time, and remembers what it said.

    Whatever it said is asked again in the next quarter of an hour: late data may have come.

    Args:
        ask: who computes.
        clock: says when a quarter is over.
    """

    def __init__(self, ask: Ask, clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._kept: OrderedDict[_Key, Document] = OrderedDict()
        self._turn = asyncio.Lock()
        self._waiting = 0

    def known(self, what: str, period: Period) -> Document | None:
        """The answer, if it is there already."""
        return self._kept.get(self._key(what, period))

    async def about(self, what: str, period: Period) -> Document:
        """What `ask` says; the ends of the period are rounded to quarters of an hour.

        Raises:
            StoreError: the store cannot be read, computing failed, or too many are waiting.
        """
        key = self._key(what, period)
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return kept
        if self._waiting >= _WAITING:
            raise StoreError("many figures are being computed already; ask again in a minute")
        self._waiting += 1
        try:
            async with self._turn:
                return self._kept.get(key) or await self._computed(key, what, period)
        finally:
            self._waiting -= 1

    async def _computed(self, key: _Key, what: str, period: Period) -> Document:
        answer = await self._ask(what, Period(period.device, rounded(period.interval)))
        self._kept[key] = answer
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return answer

    def _key(self, what: str, period: Period) -> _Key:
        device, interval = period.device, rounded(period.interval)
        quarter = int(self._clock.now().timestamp() // QUARTER_SECS)
        return what, device.source, device.id, interval.start, interval.end, quarter


def _quarter(time: datetime) -> datetime:
    return datetime.fromtimestamp(time.timestamp() // QUARTER_SECS * QUARTER_SECS, UTC)
