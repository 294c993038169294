"""What is written down about a source's polls: its status, its gaps, its changes of state."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from pumphouse.core.errors import LoginRequired, PermanentError, SourceError, StoreError
from pumphouse.core.model import Batch, Event, EventKind, Severity
from pumphouse.core.ports import Clock, Gap, RateBudget, SourceState, SourceStatus, Store

__all__ = ["SourceLedger", "books_of", "listening"]

log = structlog.get_logger()

#: a source that brought nothing for this many intervals has a gap
GAP_AFTER_INTERVALS = 2.5


def listening(source: str) -> str:
    """The name of the books of listening to a source that is polled too; no source's has a blank.

    A connection that breaks says nothing against what the polls bring.
    """
    return f"{source} live"


def books_of(
    sources: Iterable[str], statuses: Iterable[SourceStatus]
) -> Mapping[str, SourceStatus | None]:
    """What the books say of the configured sources; those of listening stand behind their source's.

    Args:
        sources: their names.
        statuses: all that were ever written down.
    """
    written = {status.source: status for status in statuses}
    found: dict[str, SourceStatus | None] = {}
    for name in sources:
        found[name] = written.get(name)
        if (heard := written.get(listening(name))) is not None:
            found[heard.source] = heard
    return found


class SourceLedger:
    """The books of one source. Logs and stores changes of state, not repetitions.

    A store that cannot be written never stops the polling: the books are brought up to date with
    the next poll.
    """

    def __init__(self, source: str, store: Store, *, interval: float, clock: Clock) -> None:
        self._source = source
        self._store = store
        self._interval = interval
        self._clock = clock
        self._status: SourceStatus | None = None
        self._running = False

    async def succeeded(self, batch: Batch, budget: RateBudget | None) -> None:
        """Note a poll that brought `batch`."""
        before = await self._before()
        after = replace(_with_budget(before, budget), polls=before.polls + 1)
        if await self._answered(before, after, self._clock.now(), batch.problems):
            log.info("source answers", source=self._source, readings=len(batch.readings))

    async def waiting(self, budget: RateBudget | None) -> None:
        """Note a poll that brought what the store does not take yet.

        What is read waits in memory, so that it is no gap in the end. The books on the disk do not
        know of it: if nobody lives to store it, it is one.
        """
        before = await self._before()
        if before.state is SourceState.OK:
            self._status = replace(
                _with_budget(before, budget),
                last_success=self._clock.now(),
                polls=before.polls + 1,
            )

    async def missed(self, start: datetime, end: datetime) -> None:
        """Note a stretch whose readings had to be given up because the store did not take them.

        Raises:
            StoreError: that cannot be noted.
        """
        await self._store.open_gap(Gap(self._source, start, end, "the store could not be written"))

    async def heard(self, at: datetime, problems: Sequence[str], *, opened: bool) -> None:
        """Note that a source that speaks by itself was heard last at `at`.

        Args:
            problems: what of all that it said was not understood, one sentence each.
            opened: whether these are the first words of a connection, which counts as a poll.
        """
        before = await self._before()
        after = replace(before, polls=before.polls + opened)
        if await self._answered(before, after, at, problems):
            log.info("source is heard", source=self._source)

    async def failed(
        self, error: SourceError, budget: RateBudget | None, resumes_at: datetime
    ) -> None:
        """Note a poll that failed and when the next try is due."""
        before, now = await self._before(), self._clock.now()
        state = _state_after(error)
        after = replace(
            _with_budget(before, budget),
            state=state,
            since=before.since if before.state is state else now,
            last_error=str(error),
            resumes_at=resumes_at,
            polls=before.polls + 1,
            failures=before.failures + 1,
        )
        await self._write(before, after, str(error), gap=self._gap(before, now, str(error)))
        if before.state is not state:
            log.warning("source fails", source=self._source, state=state.value, error=str(error))

    async def _answered(
        self, before: SourceStatus, counted: SourceStatus, at: datetime, problems: Sequence[str]
    ) -> bool:
        """Note that all was well at `at`; whether that is news."""
        was_ok = before.state is SourceState.OK
        after = replace(
            counted,
            state=SourceState.OK,
            since=before.since if was_ok else at,
            last_success=at,
            last_error="; ".join(problems) or None,
            resumes_at=None,
        )
        cause = "nothing came" if self._running else "Pumphouse was not running"
        self._running = True
        silence = self._gap(before, at, cause) if was_ok else None
        await self._write(before, after, "answers again", gap=silence, gap_end=at)
        return not was_ok

    async def _before(self) -> SourceStatus:
        if self._status is None:
            fresh = SourceStatus(self._source, SourceState.NEW, since=self._clock.now())
            try:
                saved = {status.source: status for status in await self._store.source_statuses()}
            except StoreError as error:
                log.error("store fails", source=self._source, error=str(error))
                saved = {}
            known = saved.get(self._source, fresh)
            self._status = replace(known, interval=self._interval, requests=0)
        return self._status

    def _gap(self, before: SourceStatus, now: datetime, cause: str) -> Gap | None:
        """The gap that there is since the last success, if it is long enough to be one."""
        if before.last_success is None:
            return None
        if now - before.last_success <= timedelta(seconds=GAP_AFTER_INTERVALS * self._interval):
            return None
        return Gap(self._source, before.last_success, None, cause)

    async def _write(
        self,
        before: SourceStatus,
        after: SourceStatus,
        title: str,
        *,
        gap: Gap | None = None,
        gap_end: datetime | None = None,
    ) -> None:
        self._status = after
        try:
            if gap is not None:
                await self._store.open_gap(gap)
            if gap_end is not None:
                await self._store.close_gap(self._source, gap_end)
            await self._store.save_source_status(after)
            if before.state is not after.state and before.state is not SourceState.NEW:
                await self._store.append(Batch(self._source, events=(_transition(after, title),)))
        except StoreError as error:
            log.error("store fails", source=self._source, error=str(error))


def _transition(status: SourceStatus, title: str) -> Event:
    return Event(
        id=f"source-{status.since.timestamp():.3f}",
        time=status.since,
        kind=EventKind.SOURCE,
        title=title,
        source=status.source,
        severity=Severity.INFO if status.state is SourceState.OK else Severity.WARNING,
    )


def _with_budget(status: SourceStatus, budget: RateBudget | None) -> SourceStatus:
    if budget is None:
        return status
    return replace(status, requests=budget.requests, rate_remaining=budget.remaining)


def _state_after(error: SourceError) -> SourceState:
    if isinstance(error, LoginRequired):
        return SourceState.LOGIN_REQUIRED
    if isinstance(error, PermanentError):
        return SourceState.STOPPED
    return SourceState.RETRYING
