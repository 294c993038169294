"""What every batch passes before it is stored: doubts go aside, low batteries are told."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby

import structlog

from pumphouse.config.sensors import CheckSettings
from pumphouse.core.errors import StoreError
from pumphouse.core.model import Batch, Event, Point, PointKey
from pumphouse.core.ports import Store
from pumphouse.runtime.sensors.batteries import (
    Battery,
    battery_event_id,
    is_battery,
    titled,
)
from pumphouse.runtime.sensors.checks import Checks
from pumphouse.runtime.sensors.limits import limits_of

__all__ = ["Intake", "as_it_is"]

log = structlog.get_logger()


async def as_it_is(batch: Batch) -> Batch:
    """Believe everything."""
    return batch


class Intake:
    """One for the whole house: pollers and listeners give it what they are about to store.

    It begins with what the store knows, so that a value is compared with the one before also where
    each poll is a process of its own.
    """

    def __init__(self, store: Store, checks: Mapping[str, CheckSettings]) -> None:
        self._store = store
        self._checks = Checks(partial(limits_of, checks=checks))
        self._batteries: dict[PointKey, Battery] = {}
        self._lasting: list[Event] = []
        self._before: dict[PointKey, tuple[datetime, float]] = {}
        self._begun = False

    async def __call__(self, batch: Batch) -> Batch:
        """`batch` as it is to be stored; never raises, for what was read must not be lost."""
        if not self._begun:
            await self._begin()
        for point in batch.points:
            if not self._checks.knows(point.key):
                self._meet(point)
        checked = self._checks.checked(batch)
        events = await self._battery_news(checked) if self._batteries else []
        return replace(checked, events=(*checked.events, *events)) if events else checked

    async def _begin(self) -> None:
        """Remember the newest values and what was told of batteries."""
        try:
            latest, bindings = await self._store.latest(), await self._store.sensors.bindings()
            self._lasting = list(await self._store.lasting_events())
        except StoreError as error:
            log.error("store fails", doing="checks of sensors", error=str(error))
            return
        self._begun = True
        hardware = {(one.source, one.device): one.hardware for one in bindings}
        for point, reading in latest:
            if reading.value is not None:
                # Hardware speaks under its own id, whatever its line is called.
                own = hardware.get(point.key[:2], point.key.device)
                self._before[point.key._replace(device=own)] = (reading.time, reading.value)

    def _meet(self, point: Point) -> None:
        """Watch over a point from now on."""
        watch = self._checks.watch(point)
        before = self._before.pop(point.key, None)
        if watch is not None and before is not None:
            watch.believe(*before)
        if is_battery(point):
            self._batteries[point.key] = self._battery(point)

    def _battery(self, point: Point) -> Battery:
        name = battery_event_id(point.key.device)
        told = (one for one in self._lasting if one.source == point.key.source)
        lasting = next((one for one in told if one.id.startswith(name)), None)
        return Battery(point.key, point.metric, lasting)

    async def _battery_news(self, batch: Batch) -> list[Event]:
        told = [one for one in batch.readings if one.key in self._batteries]
        told.sort(key=lambda one: (one.key, one.time))
        events = [
            event
            for key, readings in groupby(told, key=lambda one: one.key)
            for event in self._batteries[key].news(readings)
        ]
        return await self._titled(events) if events else []

    async def _titled(self, events: Sequence[Event]) -> list[Event]:
        """`events` with the names that devices have now."""
        try:
            bindings = await self._store.sensors.bindings()
            names = {(one.source, one.id): one.name for one in await self._store.devices()}
        except StoreError:
            return list(events)
        for one in bindings:
            names[one.source, one.hardware] = names.get((one.source, one.device), one.device)
        return [
            titled(event, names.get((event.source or "", event.device or ""), event.device or ""))
            for event in events
        ]
