"""The control at work: what was left is closed, what is due goes back, what is cheap begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from pumphouse.config.schedules import ScheduleSettings
from pumphouse.control import Control, Overrides, Presets, WriteRequest, WriteResult
from pumphouse.control.renewals import Renewals
from pumphouse.control.schedule import Slot, cheapest, slots, window_at
from pumphouse.core.errors import PumphouseError, SourceError, StoreError, UsageError
from pumphouse.core.model import Interval, Point
from pumphouse.core.ports import LoggedWrite, Outcome
from pumphouse.runtime.installation import Installation
from pumphouse.runtime.poller import as_source_error
from pumphouse.runtime.thermostats import Thermostats

__all__ = ["ControlRunner", "Plan", "control_runner", "plan"]

log = structlog.get_logger()

#: seconds between two looks at what is due
INTERVAL: Final = 20.0
#: seconds after which a vendor that does not answer is asked again whether to restore
PAUSE: Final = 60.0
#: seconds after which what was sent and did not restore is sent again
PATIENCE: Final = 600.0
#: which share of a schedule's hours is not worth beginning for: every beginning is a little late
_REST: Final = 1 / 20
#: how many changes of one window are looked through
_MOST_CHANGES: Final = 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """What a schedule does next.

    Attributes:
        window: in which its hours are chosen.
        prices: that are known of it.
        chosen: when it is on, in time order.
    """

    name: str
    window: Interval
    prices: Sequence[Slot]
    chosen: Sequence[Interval]


async def plan(installation: Installation, name: str) -> Plan:
    """What the schedule called `name` does in its present or next window.

    Raises:
        UsageError: there is no such schedule, or not one price.
    """
    section = installation.settings.schedules.get(name)
    if section is None:
        raise UsageError(f'there is no schedule "{name}" in the configuration')
    zone = ZoneInfo(installation.settings.site.timezone)
    now = installation.host.clock.now()
    window = window_at(now, section.after, section.before, zone)
    price = await _price(installation, name, section)
    early = Interval(window.start - timedelta(hours=1), window.end)
    known = slots(await installation.store.readings(price.key, early))
    chosen = cheapest(known, section.hours, window, in_one_piece=section.in_one_piece)
    inside = [slot for slot in known if slot.interval.end > window.start]
    return Plan(name, window, inside, chosen)


async def _price(installation: Installation, name: str, section: ScheduleSettings) -> Point:
    found = await installation.store.find_points(section.metric, section.price_device)
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f'schedules.{name}: nothing has told a "{section.metric}" yet')
    devices = ", ".join(sorted(point.key.device for point in found))
    raise UsageError(
        f'schedules.{name}: several devices tell a "{section.metric}": set price_device to one of '
        f"{devices}"
    )


class ControlRunner:
    """Everything about the control that has its time, until it is cancelled."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._control: Control = installation.control
        self._clock = installation.host.clock
        self._overrides = Overrides(self._control)
        self._renewals = Renewals(self._control)
        self._thermostats = Thermostats(installation)
        self._presets = Presets(self._control, installation.settings.sources)
        self._not_before: dict[int, float] = {}
        self._begun: dict[str, datetime] = {}
        self._again: dict[str, float] = {}
        self._told: dict[str, str] = {}

    async def run(self) -> None:
        """A round now and every few seconds; a failure is for the log."""
        while True:
            await self.round()
            await self._clock.sleep(INTERVAL)

    async def round(self) -> None:
        """Close what was left, restore what is due, begin what is cheap, renew what expires."""
        for what, step in (
            ("closing changes", self._control.recover),
            ("restoring", self._restore),
            ("schedules", self._schedules),
            ("renewing", self._renewals.round),
            ("thermostats", self._thermostats.round),
        ):
            try:
                await step()
            except (StoreError, SourceError, UsageError) as problem:
                self._tell(what, problem)
            except Exception as bug:  # noqa: BLE001  (a plugin's bug must not end the house)
                self._tell(what, as_source_error(bug, what))
            else:
                self._told.pop(what, None)

    async def _restore(self) -> None:
        for override in await self._overrides.due():
            if self._clock.monotonic() < self._not_before.get(override.id, 0.0):
                continue
            what = f"override {override.id}"
            try:
                result = await self._overrides.restore(override)
            except (SourceError, UsageError) as problem:
                self._not_before[override.id] = self._clock.monotonic() + PAUSE
                self._tell(what, problem)
                continue
            if result is not None and result.outcome in (Outcome.REFUSED, Outcome.IGNORED):
                self._not_before[override.id] = self._clock.monotonic() + PATIENCE
                log.warning("not restored yet", override=override.id, why=result.detail)

    async def _schedules(self) -> None:
        for name, section in self._installation.settings.schedules.items():
            if self._clock.monotonic() < self._again.get(name, 0.0):
                continue
            try:
                await self._schedule(name, section)
            except (SourceError, UsageError) as problem:
                self._tell(f"schedule {name}", problem)
            else:
                self._told.pop(f"schedule {name}", None)

    async def _schedule(self, name: str, section: ScheduleSettings) -> None:
        """Begin an interval of a schedule once; who ends it by hand is not overruled.

        Where nothing could be sent it is tried again, for as long as the interval lasts.
        """
        now = self._clock.now()
        planned = await plan(self._installation, name)
        current = next((one for one in planned.chosen if one.start <= now < one.end), None)
        by = f"schedule {name}"
        if current is None or self._begun.get(name) == current.start:
            return
        done = await self._done(by, Interval(planned.window.start, now + timedelta(seconds=1)))
        wanted = timedelta(hours=section.hours)
        left = wanted - _length(done)
        if left < _REST * wanted or any(write.asked_at >= current.start for write in done):
            self._begun[name] = current.start
            return
        point = await scheduled_point(self._installation, section)
        if await self._is_lent(point, by):
            return
        result = await self._begin(section, point, by, min(current.end, now + left))
        if result.id is not None:
            self._begun[name] = current.start
        if result.outcome is Outcome.REFUSED:
            self._again[name] = self._clock.monotonic() + PAUSE
            raise UsageError(result.detail)

    async def _done(self, by: str, interval: Interval) -> Sequence[LoggedWrite]:
        """What a schedule has changed in `interval`: with late prices it would choose anew."""
        found = await self._control.writes(interval, limit=_MOST_CHANGES)
        return [write for write in found if write.by == by]

    async def _is_lent(self, point: Point, by: str) -> bool:
        """Whether somebody else has changed a point for a while; that is not cut short."""
        running = await self._overrides.running()
        return any(one.key == point.key and one.by != by for one in running)

    async def _begin(
        self, section: ScheduleSettings, point: Point, by: str, until: datetime
    ) -> WriteResult:
        if section.value is None:
            hours = (until - self._clock.now()) / timedelta(hours=1)
            key = point.key
            return await self._presets.begin(key.source, key.device, section.point, by, hours=hours)
        value = self._control.parse(point, str(section.value))
        return await self._overrides.begin(WriteRequest(point.key, value, by), until)

    def _tell(self, what: str, problem: PumphouseError) -> None:
        """Log what is new, not what repeats."""
        if self._told.get(what) != str(problem):
            self._told[what] = str(problem)
            log.warning("control waits", what=what, why=str(problem))


def _length(writes: Sequence[LoggedWrite]) -> timedelta:
    """For how long these have changed something."""
    return sum(
        (
            write.until - write.asked_at
            for write in writes
            if write.until is not None and write.outcome is not Outcome.REFUSED
        ),
        timedelta(0),
    )


async def scheduled_point(installation: Installation, section: ScheduleSettings) -> Point:
    """What a schedule sets.

    Raises:
        UsageError: the device has no such point or boost.
    """
    if section.value is not None:
        found = await installation.store.find_points(section.point, section.device)
        if found:
            return found[0]
        raise UsageError(f'device {section.device} has no point "{section.point}"')
    presets = Presets(installation.control, installation.settings.sources)
    for preset in await presets.all(section.device):
        if preset.name == section.point:
            return preset.point
    raise UsageError(f'device {section.device} has no boost "{section.point}"')


def control_runner(installation: Installation) -> ControlRunner | None:
    """What keeps the control going; None where nothing may be changed."""
    sections: Mapping[str, object] = {
        name: section
        for name, section in installation.settings.sources.items()
        if section.write and name in installation.sources
    }
    return ControlRunner(installation) if sections else None
