"""The vendors' alarms and messages, asked for now and then and kept in the one event log."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from pumphouse.core.errors import SourceError, StoreError, Unreachable
from pumphouse.core.model import Batch, Event, EventKind, Interval
from pumphouse.core.ports import (
    Clock,
    SourceState,
    Store,
    SupportsNotifications,
    SupportsRateBudget,
)
from pumphouse.runtime.poller import as_source_error

__all__ = ["Notifications", "is_vendors", "settled"]

log = structlog.get_logger()

#: how long asking may take, in seconds: a slow vendor lets one request pass every four
DEADLINE: Final = 300.0
#: a poll comes first: requests that are left to it
LEAST_REMAINING: Final = 10
#: when to look again where the vendor's rate left too little, in seconds
POSTPONED: Final = 60.0
#: how long after an aligned instant it is asked, in seconds: at that instant polls begin
BEHIND_POLLS: Final = 40.0
_MILLISECOND: Final = timedelta(milliseconds=1)


class _Notifying(SupportsNotifications, Protocol):
    @property
    def name(self) -> str: ...


class Notifications:
    """Keeps the alarms of one source as its vendor tells them.

    Args:
        interval: seconds between two askings.
    """

    def __init__(self, source: _Notifying, store: Store, *, interval: float, clock: Clock) -> None:
        self._source = source
        self._store = store
        self._interval = interval
        self._clock = clock
        self._failing = False

    async def run(self) -> None:
        """Ask soon and then at every interval, until cancelled; a failure is for the log."""
        await self._clock.sleep(BEHIND_POLLS)
        while True:
            await self._clock.sleep(await self._turn())

    async def _turn(self) -> float:
        """Ask if the vendor's rate allows it; the seconds until the next turn."""
        if not await self.ask_if_affordable():
            return POSTPONED
        since = (self._clock.now().timestamp() - BEHIND_POLLS) % self._interval
        return max(self._interval - since, POSTPONED)

    async def ask_if_affordable(self) -> bool:
        """Ask once, unless the source fails or polls need what is left of its vendor's rate.

        Returns:
            whether it was asked.
        """
        try:
            if not (self._affordable() and await self._answers()):
                return False
            await self.ask()
        except (SourceError, StoreError) as error:
            if not self._failing:
                log.warning("no alarms", source=self._source.name, error=str(error))
            self._failing = True
        else:
            self._failing = False
        return True

    async def ask(self) -> None:
        """Ask once and store what is new.

        Raises:
            SourceError: the source's.
            StoreError: the store's.
        """
        batch = await self._answer()
        told = batch.events
        stored: Sequence[Event] = ()
        if told:
            times = [event.time for event in told]
            stored = await self._store.events(Interval(min(times), max(times) + _MILLISECOND))
        lasting = [one for one in await self._store.lasting_events() if is_vendors(one)]
        known = [one for one in (*lasting, *stored) if one.source == self._source.name]
        complete = not batch.problems
        events = settled(told, known, self._clock.now(), complete=complete)
        await self._store.append(Batch(self._source.name, events=tuple(events)))

    async def _answer(self) -> Batch:
        name = self._source.name
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._source.notifications()
        except TimeoutError:
            raise Unreachable(f"{name}: no complete answer within {DEADLINE:.0f} s") from None
        except Exception as error:
            raise as_source_error(error, name) from error

    async def _answers(self) -> bool:
        """Whether the last poll went well; a source that fails is left to its polls."""
        statuses = await self._store.source_statuses()
        name = self._source.name
        return any(one.source == name and one.state is SourceState.OK for one in statuses)

    def _affordable(self) -> bool:
        source = self._source
        if not isinstance(source, SupportsRateBudget):
            return True
        budget = source.rate_budget()
        if budget.resumes_at is not None and budget.resumes_at > self._clock.now():
            return False
        return budget.remaining is None or budget.remaining >= LEAST_REMAINING


def is_vendors(event: Event) -> bool:
    """Whether an alarm was told by a vendor, not found by a rule of ours."""
    return event.kind is EventKind.ALARM and "rule" not in event.detail


def settled(
    told: Iterable[Event], known: Iterable[Event], now: datetime, *, complete: bool
) -> list[Event]:
    """What to store of what a vendor tells.

    What is known to have ended keeps its end, for some vendors do not say when that was; what lasts
    and is told no more has ended now.

    Args:
        told: what the vendor tells.
        known: what is stored of the same source.
        complete: whether the vendor has told everything.
    """
    stored = {event.id: event for event in known}
    events = {event.id: event for event in told}
    for name, event in events.items():
        before = stored.get(name)
        if event.ended is not None and before is not None and before.ended is not None:
            events[name] = replace(event, ended=before.ended)
    if complete:
        gone = (one for name, one in stored.items() if name not in events)
        over = (one for one in gone if is_vendors(one) and one.ended is None)
        events |= {one.id: replace(one, ended=max(one.time, now)) for one in over}
    return list(events.values())
