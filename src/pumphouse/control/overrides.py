"""Settings that are changed for a while and go back by themselves, whatever happens meanwhile."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from pumphouse.control.control import Control
from pumphouse.control.model import WriteRequest, WriteResult
from pumphouse.control.values import same, show
from pumphouse.core.errors import SourceError, TransientError, UsageError
from pumphouse.core.model import Event, EventKind, Point, Severity
from pumphouse.core.ports import Override, OverrideState, Purpose

__all__ = ["LONGEST", "Overrides"]

log = structlog.get_logger()

#: who wants a setting for longer sets it
LONGEST: Final = timedelta(days=31)


class Overrides:
    """Timed changes over a `Control`; all that is remembered is in the store."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._log = control.store.write_log

    async def begin(self, request: WriteRequest, until: datetime) -> WriteResult:
        """Set a point now, and back to what it is now at `until`.

        Over an override that still holds, the new value and end count, and what is restored is
        what was there before the first one.

        Raises:
            UsageError: there is no such point, or `until` makes no sense.
            StoreError: the store cannot be used; nothing was sent.
        """
        now = self._control.clock.now()
        if not now < until <= now + LONGEST:
            raise UsageError(
                f"an override ends later than now and within {LONGEST.days} days; "
                "what shall stay longer is set with `pumphouse set`"
            )
        point = await self._control.point(request.key)
        return await self._control.begin_override(request, point, until)

    async def running(self) -> Sequence[Override]:
        """The overrides that still have to go back, the next first."""
        return await self._log.overrides()

    async def due(self) -> Sequence[Override]:
        """Those whose time is over."""
        now = self._control.clock.now()
        return [
            one
            for one in await self.running()
            if one.until <= now and one.state is OverrideState.ACTIVE
        ]

    async def end(self, number: int, by: str) -> WriteResult | None:
        """End an override now.

        Returns:
            what became of setting the point back; None where it needed no change.

        Raises:
            UsageError: no such override holds, or it cannot be ended now: why.
            StoreError: the store cannot be used; nothing was sent.
        """
        for override in await self.running():
            if override.id == number:
                try:
                    return await self.restore(override, by)
                except SourceError as problem:
                    raise UsageError(f"override {number} cannot be ended now: {problem}") from None
        raise UsageError(f"no override {number} holds; `pumphouse overrides` lists them")

    async def restore(self, override: Override, by: str | None = None) -> WriteResult | None:
        """Set a point back to what it was, unless somebody has changed it meanwhile.

        Returns:
            what became of it; None where nothing was to be sent, or another process does it.

        Raises:
            SourceError: it is not known what the point is now; nothing was sent.
            UsageError: changing settings is not allowed any more.
        """
        control = self._control
        point = await control.point(override.key)
        if sentence := control.rules.refusal(point):
            raise UsageError(sentence)
        by = by or f"override {override.id}"
        return await control.lasting(self._restore(override, point, by))

    async def _restore(self, override: Override, point: Point, by: str) -> WriteResult | None:
        control = self._control
        if control.is_busy(override.key):
            return None
        with control.busy(override.key):
            source = control.writer(point)
            await source.check_consent()
            reading = await source.read_back(point)
            current = None if reading is None else reading.value
            if current is None:
                raise TransientError(f"{point.name} does not tell what it is now.")
            if (sentence := _leave_it(override, point, current)) is not None:
                await self._end(override, sentence)
                return None
            draft = control.draft(override.key, override.restore_to, by, current, Purpose.RESTORE)
            noted = await self._log.begin_restore(override, draft)
            return None if noted is None else await control.carry_out(noted, point, source)

    async def _end(self, override: Override, detail: str) -> None:
        event = Event(
            id=f"override {override.id}",
            time=override.started,
            kind=EventKind.WRITE,
            title=detail,
            source=override.key.source,
            device=override.key.device,
            severity=Severity.INFO,
            ended=self._control.clock.now(),
            detail={"by": override.by, "point": override.key.point, "override": str(override.id)},
        )
        if await self._log.end_override(override.id, detail, event):
            log.info("override ended", point=override.key.point, what=detail)


def _leave_it(override: Override, point: Point, current: float) -> str | None:
    """Why a point is not to be set back, None where it is."""
    if same(current, override.restore_to):
        return f"{point.name} was back already: nothing was sent."
    if not same(current, override.value):
        return f"{point.name} was changed meanwhile to {show(point, current)} and is left so."
    return None
