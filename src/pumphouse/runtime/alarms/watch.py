"""Watching over the house: every minute, and whenever something was stored, all rules look."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

import structlog

from pumphouse.config.alarms import AlarmRuleSettings, AlarmSettings
from pumphouse.core.errors import StoreError
from pumphouse.core.model import Batch, Event, Interval
from pumphouse.core.ports import Clock, Store
from pumphouse.runtime.alarms.examination import Examination
from pumphouse.runtime.alarms.facts import Facts, Window, gather
from pumphouse.runtime.alarms.judge import Memory, Subject, judge, subject_of
from pumphouse.runtime.alarms.observation import Observation
from pumphouse.runtime.alarms.rules import RULES
from pumphouse.runtime.wake import Wake

__all__ = ["AlarmWatch"]

log = structlog.get_logger()

#: seconds between two looks, where nobody calls sooner, and where somebody calls all the time
INTERVAL: Final = 60.0
LEAST_INTERVAL: Final = 10.0


class AlarmWatch:
    """Keeps our own alarms in the event log; what lasted before a start goes on lasting.

    Args:
        sources, sinks: names of the configured ones.
        examination: what the daily analysis has found.
    """

    def __init__(
        self,
        store: Store,
        settings: AlarmSettings,
        *,
        sources: Collection[str],
        sinks: Collection[str],
        examination: Examination,
        clock: Clock,
    ) -> None:
        self._store = store
        self._settings = settings
        self._sources = frozenset(sources)
        self._sinks = frozenset(sinks)
        self._examination = examination
        self._clock = clock
        self._wake = Wake(clock)
        self._memory: dict[Subject, Memory] = {}

    def wake(self) -> None:
        """Say that something was stored, or that a source has changed its state."""
        self._wake.call()

    async def run(self) -> None:
        """Look now and every minute, until cancelled; a failure is for the log."""
        while True:
            try:
                await self.look()
            except StoreError as error:
                log.error("watching fails", error=str(error))
            await self._clock.sleep(LEAST_INTERVAL)
            await self._wake.wait(INTERVAL - LEAST_INTERVAL)

    async def look(self) -> None:
        """Look once, and note what has begun and what is over.

        Raises:
            StoreError: the store's.
        """
        now = self._clock.now()
        facts = await gather(
            self._store,
            now,
            sources=self._sources,
            sinks=self._sinks,
            windows=await self._windows(),
            findings=self._examination.findings,
        )
        lasting = {
            subject: event
            for event in await self._store.lasting_events()
            if (subject := subject_of(event)) is not None
        }
        seen, unseen = self._observed(facts)
        changes, memory = judge(seen, lasting, self._memory, now, unseen=unseen)
        if changes:
            await self._store.append(Batch("pumphouse", events=tuple(changes)))
        self._memory = memory
        for event in changes:
            _tell(event)

    def _observed(self, facts: Facts) -> tuple[list[Observation], set[str]]:
        """What the rules see, and the names of those that could not look."""
        seen: list[Observation] = []
        unseen: set[str] = set()
        for rule, names in RULES.items():
            found = rule(facts, self._settings)
            if found is None:
                unseen |= names
            else:
                seen += found
        return seen, unseen

    async def _windows(self) -> dict[str, Window]:
        found = {}
        for name, rule in self._settings.rules.items():
            window = await self._window(rule)
            if window is not None:
                found[name] = window
        return found

    async def _window(self, rule: AlarmRuleSettings) -> Window | None:
        """The newest values of the point that a user's rule is about."""
        known = await self._store.find_points(rule.metric, rule.device)
        ours = [one for one in known if one.key.source in self._sources]
        if not ours:
            return None
        now = self._clock.now()
        lately = Interval(now - timedelta(minutes=rule.for_minutes), now)
        columns = await self._store.columns(ours[0].key, lately, held=True)
        instants = (now.fromtimestamp(time, now.tzinfo) for time in columns.times)
        return Window(
            *ours[0].key[:2],
            ours[0].name,
            ours[0].unit.symbol,
            list(zip(instants, columns.values, strict=True)),
        )


def _tell(event: Event) -> None:
    if event.ended is None:
        log.warning("alarm", what=event.title, severity=event.severity.value)
    else:
        log.info("alarm over", what=event.title)
