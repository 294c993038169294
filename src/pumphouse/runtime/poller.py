"""Reading one source on a schedule: deadline, retries, and batches that wait for the store.

The source does one thing once; everything about *when* and *again* is here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import stamina
import structlog

from pumphouse.core.errors import (
    BadResponse,
    LoginRequired,
    PermanentError,
    SourceError,
    StoreError,
    TransientError,
    Unreachable,
)
from pumphouse.core.model import Batch
from pumphouse.core.ports import Clock, RateBudget, Source, Store, SupportsRateBudget
from pumphouse.runtime.ledger import SourceLedger
from pumphouse.runtime.sensors.intake import as_it_is
from pumphouse.runtime.wake import Wake

__all__ = ["PERMANENT_PAUSE", "PollOutcome", "Poller", "as_source_error"]

log = structlog.get_logger()

#: how long to leave a vendor alone after an error that only a person can mend, in seconds
PERMANENT_PAUSE = 3600.0
#: a read of many systems waits for the vendor's rate again and again, but not for ever, in seconds
READ_DEADLINE = 600.0
#: how long a poll begins again before it counts as failed, in seconds: status must not wait longer
RUN_PATIENCE = 60.0
#: batches that could not be stored wait in memory, at most this many: a day at 5 minutes
PENDING_LIMIT = 288


@dataclass(frozen=True, slots=True)
class PollOutcome:
    """What one poll came to.

    Attributes:
        batch: what was read, None where nothing came.
        stored: how many readings were new or changed.
        error: why nothing came, or why it could not be stored.
    """

    source: str
    batch: Batch | None = None
    stored: int = 0
    error: SourceError | StoreError | None = None


class _Unstored(NamedTuple):
    """A batch that waits for the store, and when it was read."""

    batch: Batch
    read_at: datetime


class Poller:
    """Polls one source, keeps its books and its unstored batches.

    Args:
        polled: called after every poll, when what it brought is stored.
        failed: called after every read that failed, also where it is tried again at once.
        checked: what a batch has to pass before it is stored.
    """

    def __init__(
        self,
        source: Source,
        store: Store,
        *,
        interval: float,
        clock: Clock,
        polled: Callable[[], None] = lambda: None,
        failed: Callable[[SourceError], None] = lambda _: None,
        checked: Callable[[Batch], Awaitable[Batch]] = as_it_is,
    ) -> None:
        self._source = source
        self._store = store
        self._interval = interval
        self._clock = clock
        self._polled = polled
        self._failed = failed
        self._checked = checked
        self._ledger = SourceLedger(source.name, store, interval=interval, clock=clock)
        self._pending: list[_Unstored] = []
        self._missed_since: datetime | None = None
        self._wake = Wake(clock)

    def wake(self) -> None:
        """Do not wait for the next poll: something has changed, such as a login."""
        self._wake.call()

    async def run(self) -> None:
        """Poll now, at every multiple of the interval and when woken, until cancelled."""
        while True:
            outcome = await self.poll(patience=min(self._interval * 0.8, RUN_PATIENCE))
            self._polled()
            await self._wake.wait(self._pause(outcome.error))

    async def poll(self, *, patience: float) -> PollOutcome:
        """Read once and store it; begin again for `patience` seconds while that may help.

        Never raises `SourceError` or `StoreError`: they are in the outcome and in the books.
        """
        try:
            batch = await self._read(patience)
        except SourceError as error:
            await self._ledger.failed(error, self._budget(), self._resumes_after(error))
            return PollOutcome(self._source.name, error=error)
        try:
            stored = await self._keep(await self._checked(batch))
        except StoreError as error:
            log.error("store fails", source=self._source.name, error=str(error))
            await self._ledger.waiting(self._budget())
            return PollOutcome(self._source.name, batch, error=error)
        await self._ledger.succeeded(batch, self._budget())
        return PollOutcome(self._source.name, batch, stored)

    async def _read(self, patience: float) -> Batch:
        attempts = stamina.retry_context(
            on=_again_within(patience),
            attempts=None,
            timeout=patience,
            wait_initial=1.0,
            wait_max=60.0,
        )
        async for attempt in attempts:
            with attempt:
                return await self._read_once()
        raise AssertionError("the retry loop ends by returning or raising")

    async def _read_once(self) -> Batch:
        name = self._source.name
        try:
            async with asyncio.timeout(READ_DEADLINE):
                return await self._source.read()
        except TimeoutError:
            failure: SourceError = Unreachable(
                f"{name}: no complete answer within {READ_DEADLINE:.0f} s"
            )
        except Exception as error:  # noqa: BLE001  (a plugin's bug must not end the house)
            failure = as_source_error(error, name)
        self._failed(failure)
        raise failure

    async def _keep(self, batch: Batch) -> int:
        """Store what waits and then `batch`; what cannot be stored waits for the next poll.

        What has waited too long is lost; the ledger says so as soon as it can be written.
        """
        self._pending.append(_Unstored(batch, self._clock.now()))
        for lost in self._pending[:-PENDING_LIMIT]:
            self._missed_since = self._missed_since or lost.read_at
        del self._pending[:-PENDING_LIMIT]
        stored = 0
        while self._pending:
            oldest = self._pending[0]
            stored += await self._store.append(oldest.batch)
            if self._missed_since is not None:
                await self._ledger.missed(self._missed_since, oldest.read_at)
                self._missed_since = None
            del self._pending[0]
        return stored

    def _budget(self) -> RateBudget | None:
        source = self._source
        return source.rate_budget() if isinstance(source, SupportsRateBudget) else None

    def _resumes_after(self, error: SourceError) -> datetime:
        return self._clock.now() + timedelta(seconds=self._pause(error))

    def _pause(self, error: Exception | None) -> float:
        """Seconds until the next aligned instant that nobody forbids.

        A vendor may have named a longer wait, and an error that only a person can mend is left
        alone for long. A missing login costs no request, so it is looked for at every interval.
        """
        if isinstance(error, PermanentError) and not isinstance(error, LoginRequired):
            return max(self._interval, PERMANENT_PAUSE)
        forbidden = (error.retry_after or 0.0) if isinstance(error, TransientError) else 0.0
        earliest = self._clock.now().timestamp() + forbidden
        return forbidden + self._interval - earliest % self._interval


def as_source_error(error: Exception, source: str) -> SourceError:
    """`error` itself, or a sentence for a bug: one source must not take the house down.

    The bug's own text is left out, because it may hold what the vendor sent.
    """
    if isinstance(error, SourceError):
        return error
    log.debug("bug in a source", source=source, exc_info=error)
    return BadResponse(
        f"{source}: its answer was not understood ({type(error).__name__}). This is a bug in"
        " Pumphouse, please report it with the output of `pumphouse record`."
    )


def _again_within(patience: float) -> Callable[[Exception], bool | float]:
    """Says of an error whether to try again, or after how many seconds, `patience` at most."""

    def again(error: Exception) -> bool | float:
        if not isinstance(error, TransientError):
            return False
        if error.retry_after is None:
            return True
        return error.retry_after if error.retry_after <= patience else False

    return again
