"""A clock that stands still until a test moves it."""

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta

__all__ = ["FakeClock"]


class FakeClock:
    """Implements `core.ports.Clock`; sleepers wake in order as the time is advanced past them.

    Args:
        start: the first `now`.
        impatient: sleeping moves the time by itself, for code that sleeps alone.

    Attributes:
        slept: every length that was asked for, in seconds.
    """

    def __init__(
        self, start: datetime = datetime(2026, 1, 15, 12, tzinfo=UTC), *, impatient: bool = False
    ) -> None:
        self._now = start
        self._elapsed = 0.0
        self._impatient = impatient
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._someone_sleeps = asyncio.Event()
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return self._now

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Wait until the time has been advanced by `seconds`."""
        self.slept.append(seconds)
        if self._impatient or seconds <= 0:
            self._move(max(seconds, 0.0))
            await asyncio.sleep(0)
            return
        waiting = asyncio.get_running_loop().create_future()
        sleeper = (self._elapsed + seconds, next(self._order), waiting)
        heapq.heappush(self._sleepers, sleeper)
        self._someone_sleeps.set()
        try:
            await waiting
        finally:
            if waiting.cancelled() and sleeper in self._sleepers:
                self._sleepers.remove(sleeper)
                heapq.heapify(self._sleepers)
                if not self._sleepers:
                    self._someone_sleeps.clear()

    async def until_asleep(self) -> float:
        """Wait (really) until somebody sleeps, and return how long the next one still will."""
        await self._someone_sleeps.wait()
        return self._sleepers[0][0] - self._elapsed

    async def advance(self, seconds: float) -> None:
        """Move the time on, waking every sleeper at its own instant and letting it act."""
        until = self._elapsed + seconds
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            due, _, waiting = heapq.heappop(self._sleepers)
            if not self._sleepers:
                self._someone_sleeps.clear()
            self._move(due - self._elapsed)
            if not waiting.done():
                waiting.set_result(None)
            await self.settle()
        self._move(until - self._elapsed)

    async def settle(self, rounds: int = 20) -> None:
        """Let everything that can run now run."""
        for _ in range(rounds):
            await asyncio.sleep(0)

    def _move(self, seconds: float) -> None:
        self._elapsed += seconds
        self._now += timedelta(seconds=seconds)
