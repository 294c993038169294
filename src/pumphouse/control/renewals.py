"""Values that a vendor forgets unless they are sent again: kept alive while Pumphouse runs."""

from datetime import datetime, timedelta
from enum import Enum

import structlog

from pumphouse.control.control import Control
from pumphouse.control.values import same, show
from pumphouse.core.errors import SourceError
from pumphouse.core.ports import LoggedWrite, Outcome, Purpose

__all__ = ["Renewal", "Renewals", "renewal"]

log = structlog.get_logger()


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
    nobody has taken it back. One that shows something else before its time was changed by somebody
    else, and is theirs.

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
    if same(current, write.requested) or age >= lifetime:
        return Renewal.SEND
    return Renewal.GIVE_UP


class Renewals:
    """Renews what expires; each renewal is counted in the log beside the change itself."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._log = control.store.write_log

    async def round(self) -> None:
        """Renew what is due.

        Raises:
            StoreError: the store cannot be used; nothing was sent.
        """
        for write in await self._log.last_of_each():
            if not self._control.rules.open(write.key.source) or not _holds(write):
                continue
            try:
                await self._renew(write)
            except SourceError as problem:
                log.warning("not renewed", point=write.key.point, why=str(problem))

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
                await self._log.renew(write.id, now)
                await source.write(point, write.requested)
            elif what is Renewal.GIVE_UP:
                await control.give_up(write, point, f"{point.name} is {show(point, current)} now.")


def _holds(write: LoggedWrite) -> bool:
    """Whether the point may still be what was asked for."""
    if write.purpose is Purpose.RENEWAL:
        return False  # the note that it was given up
    return write.outcome in (Outcome.CONFIRMED, Outcome.ACCEPTED)
