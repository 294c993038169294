"""Readings that come one by one wait here, and are stored many at a time.

A commit costs about the same for one reading as for a thousand, so what comes within a second is
stored together.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from pumphouse.core.errors import StoreError
from pumphouse.core.model import Batch, Device, Event, Point, PointKey, Reading, Suspect
from pumphouse.core.ports import Clock, Store
from pumphouse.runtime.ending import finish
from pumphouse.runtime.sensors.intake import as_it_is
from pumphouse.runtime.wake import Wake

__all__ = ["Inbox"]

log = structlog.get_logger()

#: how long the first of a batch waits for others, in seconds
WINDOW: Final = 1.0
#: so many readings are stored at once, and without waiting
AT_ONCE: Final = 20_000
#: so many readings wait at most: ten megabytes, more than a day of an ordinary house's radios
MOST: Final = 50_000
#: how long a store that fails is left alone, in seconds
STORE_PAUSE: Final = 10.0


class Inbox:
    """Joins the batches of one source and stores them.

    Nothing is lost while the store is slow: then `put` waits. While the store fails the oldest
    readings give way to new ones.

    Args:
        name: of the source.
        stored: called whenever something was stored.
        checked: what a batch has to pass before it is stored.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        clock: Clock,
        stored: Callable[[], None] = lambda: None,
        *,
        checked: Callable[[Batch], Awaitable[Batch]] = as_it_is,
    ) -> None:
        self._name = name
        self._store = store
        self._clock = clock
        self._stored = stored
        self._checked = checked
        self._devices: dict[str, Device] = {}
        self._points: dict[PointKey, Point] = {}
        self._readings: list[Reading] = []
        self._events: list[Event] = []
        self._suspects: list[Suspect] = []
        self._unstored: Batch | None = None
        self._passed: Batch | None = None
        self._failing = False
        self._wake = Wake(clock)
        self._some = asyncio.Event()
        self._room = asyncio.Event()

    async def put(self, batch: Batch) -> None:
        """Take a batch; waits where too much is here already and the store still works at it."""
        self._devices.update((device.id, device) for device in batch.devices)
        self._points.update((point.key, point) for point in batch.points)
        self._readings += batch.readings
        self._events += batch.events
        self._suspects += batch.suspects
        if any((batch.readings, batch.devices, batch.points, batch.events, batch.suspects)):
            self._some.set()
        if len(self._readings) >= AT_ONCE:
            self._wake.call()
        while len(self._readings) > MOST and not self._failing:
            self._room.clear()
            await self._room.wait()
        self._drop_oldest()

    async def run(self) -> None:
        """Store what comes, until cancelled."""
        while True:
            await self._some.wait()
            if len(self._readings) < AT_ONCE:
                await self._wake.wait(WINDOW)
            await self.flush()
            if self._failing:
                await self._clock.sleep(STORE_PAUSE)

    async def flush(self) -> None:
        """Store everything that is here; where the store fails, it stays here."""
        while self._unstored is not None or self._some.is_set():
            if self._unstored is None:
                self._unstored, self._passed = self._taken(), None
            try:
                self._passed = self._passed or await self._checked(self._unstored)
                await finish(self._store.append(self._passed))
            except StoreError as error:
                self._fails(error)
                return
            self._unstored = None
            self._failing = False
            self._room.set()
            self._stored()

    def _taken(self) -> Batch:
        """Up to `AT_ONCE` readings and everything else, as one batch; it is no longer here."""
        batch = Batch(
            self._name,
            devices=tuple(self._devices.values()),
            points=tuple(self._points.values()),
            readings=tuple(self._readings[:AT_ONCE]),
            events=tuple(self._events),
            suspects=tuple(self._suspects),
        )
        del self._readings[:AT_ONCE]
        for part in (self._devices, self._points, self._events, self._suspects):
            part.clear()
        if not self._readings:
            self._some.clear()
        return batch

    def _fails(self, error: StoreError) -> None:
        if not self._failing:
            log.error("store fails", source=self._name, error=str(error))
        self._failing = True
        self._drop_oldest()
        self._room.set()

    def _drop_oldest(self) -> None:
        """Make room for what is new; descriptions of devices and points stay."""
        if self._failing:
            for part in (self._readings, self._events, self._suspects):
                del part[:-MOST]
