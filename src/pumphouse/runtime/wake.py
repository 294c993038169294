"""Waiting until something happens, or long enough."""

import asyncio

from pumphouse.core.ports import Clock

__all__ = ["Wake"]


class Wake:
    """One task waits, any other wakes it; a call that comes before the waiting is not lost."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._called = asyncio.Event()

    def call(self) -> None:
        """End the waiting, or the next one."""
        self._called.set()

    async def wait(self, seconds: float, *others: asyncio.Future[None]) -> None:
        """Wait until somebody calls, one of `others` is done, or `seconds` have passed."""
        own = [
            asyncio.ensure_future(self._call()),
            asyncio.ensure_future(self._clock.sleep(seconds)),
        ]
        try:
            await asyncio.wait([*own, *others], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in own:
                task.cancel()
            await asyncio.gather(*own, return_exceptions=True)
        self._called.clear()

    async def _call(self) -> None:
        await self._called.wait()
