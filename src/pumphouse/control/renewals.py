"""Values that a vendor forgets unless they are sent again: kept alive while Pumphouse runs."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

import structlog

from pumphouse.control.control import Control
from pumphouse.control.values import same, show
from pumphouse.core.errors import SourceError, TransientError
from pumphouse.core.model import Point
from pumphouse.core.ports import LoggedWrite, Outcome, Purpose

__all__ = ["Renewal", "Renewals", "renewal"]

log = structlog.get_logger()

#: seconds after which a vendor that did not answer is asked again, while the value still lives
PAUSE: Final = 60.0
#: the same after a refusal, which waiting does not change
PATIENCE: Final = 900.0
#: what was renewed longer ago may be wanted no more: the log can come from an old backup
LONGEST_PAUSE: Final = timedelta(days=1)


class Renewal(Enum):
    """What to do about a value that expires."""

    WAIT = "wait"
    SEND = "send"
    GIVE_UP = "give up"


def renewal(
    write: LoggedWrite, current: float | None, now: datetime, lifetime: timedelta
) -> Renewal:
    """Whether a value is to be sent again.

    It is at half of its lifetime. One that has expired while nobody renewed it is sent again too:
    nobody has taken it back. That is believed for a day, or for as long as was asked for. One that
    shows something else before its time was changed by somebody else, and is theirs.

    Args:
        write: the last change of the point.
        current: what the vendor shows now.
        lifetime: after which the vendor forgets the value.
    """
    age = now - (write.renewed_at or write.asked_at)
    if age < lifetime / 2:
        return Renewal.WAIT
    if current is None:
        return Renewal.WAIT
    if same(current, write.requested):
        return Renewal.SEND
    believed = age < LONGEST_PAUSE or write.override is not None
    return Renewal.SEND if age >= lifetime and believed else Renewal.GIVE_UP


class Renewals:
    """Renews what expires; each renewal is counted in the log beside the change itself."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._log = control.store.write_log
        self._not_before: dict[int, float] = {}

    async def round(self) -> None:
        """Renew what is due.

        Raises:
            StoreError: the store cannot be used; nothing was sent.
        """
        now = self._control.clock.monotonic()
        running = {override.id for override in await self._log.overrides()}
        for write in await self._log.last_of_each():
            if not self._control.rules.open(write.key.source) or not _holds(write, running):
                continue
            if now < self._not_before.get(write.id, now):
                continue
            try:
                await self._renew(write)
            except SourceError as problem:
                self._failed(write, problem)
            else:
                self._not_before.pop(write.id, None)

    def _failed(self, write: LoggedWrite, problem: SourceError) -> None:
        """Try again soon: once the value is forgotten, the pump does what nobody wants."""
        pause = PAUSE if isinstance(problem, TransientError) else PATIENCE
        if write.id not in self._not_before:
            log.warning("not renewed", point=write.key.point, why=str(problem))
        self._not_before[write.id] = self._control.clock.monotonic() + pause

    async def _renew(self, write: LoggedWrite) -> None:
        control = self._control
        point = await control.point(write.key)
        if control.rules.refusal(point) or control.is_busy(write.key):
            return
        source = control.writer(point)
        expires = source.expires_after(point, write.requested)
        now = control.clock.now()
        if expires is None:
            return
        lifetime = timedelta(seconds=expires)
        if renewal(write, write.requested, now, lifetime) is Renewal.WAIT:
            return  # whatever it shows
        with control.busy(write.key):
            reading = await source.read_back(point)
            current = None if reading is None else reading.value
            what = renewal(write, current, now, lifetime)
            if what is Renewal.SEND:
                await source.check_consent()
                await source.write(point, write.requested)
                await self._log.renew(write.id, now)  # what failed has prolonged nothing
            elif what is Renewal.GIVE_UP:
                await control.give_up(write, point, _gone(write, point, current, now))


def _gone(write: LoggedWrite, point: Point, current: float | None, now: datetime) -> str:
    """Why a value is given up."""
    shown = f"{point.name} is {show(point, current)} now."
    if now - (write.renewed_at or write.asked_at) < LONGEST_PAUSE:
        return f"{shown} Somebody has changed it."
    return f"{shown} It was renewed more than a day ago, and may be wanted no more."


def _holds(write: LoggedWrite, running: Collection[int]) -> bool:
    """Whether the point may still be what was asked for.

    Args:
        running: the overrides that still have to go back.
    """
    if write.purpose is Purpose.RENEWAL:
        return False  # the note that it was given up
    if write.purpose is Purpose.CHANGE and write.override is not None:
        return write.override in running and _carried_out(write)
    return _carried_out(write)


def _carried_out(write: LoggedWrite) -> bool:
    return write.outcome in (Outcome.CONFIRMED, Outcome.ACCEPTED)
