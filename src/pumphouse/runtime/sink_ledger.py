"""What is written down about a sink's deliveries: its status, its cursor, what it refused."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from pumphouse.core.errors import PermanentError, SourceError, StoreError
from pumphouse.core.model import Batch, Event, EventKind, Severity
from pumphouse.core.ports import (
    Backfill,
    Clock,
    DeadLetter,
    SinkState,
    SinkStatus,
    Store,
)
from pumphouse.runtime.ending import finish

__all__ = ["Progress", "SinkLedger"]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Progress:
    """What a sink has been given.

    Attributes:
        taken: how many readings it has taken.
        cursor: the sequence in the journal up to which it has everything, None where that
            has not changed.
        backfill: the piece of a debt that it was given.
        refused: what it has refused for good.
    """

    taken: int = 0
    cursor: int | None = None
    backfill: Backfill | None = None
    refused: Sequence[DeadLetter] = ()

    def of_backfill(self, piece: Backfill) -> "Progress":
        """The same, as a piece of a debt; the readings themselves are not needed any more."""
        return replace(self, backfill=replace(piece, readings=()))

    def up_to(self, sequence: int | None) -> "Progress":
        """The same, as something of the journal that completes the entry `sequence`."""
        return replace(self, cursor=sequence)

    def then(self, later: "Progress") -> "Progress":
        """Both, as one."""
        return Progress(
            self.taken + later.taken,
            cursor=self.cursor if later.cursor is None else later.cursor,
            backfill=later.backfill or self.backfill,
            refused=[*self.refused, *later.refused],
        )


class SinkLedger:
    """The books of one sink. Logs and stores changes of state, not repetitions."""

    def __init__(self, sink: str, store: Store, *, live: bool, clock: Clock) -> None:
        self._sink = sink
        self._store = store
        self._live = live
        self._clock = clock
        self._status: SinkStatus | None = None
        self._failures = 0

    @property
    def sink(self) -> str:
        """The name of the sink."""
        return self._sink

    @property
    def failures(self) -> int:
        """How often the sink has failed since it last took something."""
        return self._failures

    async def advanced(self, progress: Progress) -> None:
        """Note what was delivered, all of it in one transaction; a house that stops waits for it.

        Raises:
            StoreError: it could not be noted, so it counts as not delivered.
        """
        await finish(self._advance(progress))

    async def _advance(self, progress: Progress) -> None:
        before, now = await self._before(), self._clock.now()
        refused = progress.refused
        after = replace(
            before,
            state=SinkState.OK,
            since=before.since if before.state is SinkState.OK else now,
            cursor=progress.cursor,
            last_success=now,
            last_error=_words(refused),
            delivered=before.delivered + progress.taken,
            dropped=before.dropped + len(refused),
            resumes_at=None,
        )
        await self._store.save_sink_status(after, backfill=progress.backfill, dead_letters=refused)
        self._status = after
        self._failures = 0
        if refused and before.last_error != after.last_error:
            log.warning("sink refuses readings", sink=self._sink, error=after.last_error)
        if before.state is not SinkState.OK:
            log.info("sink answers", sink=self._sink)
            await self._tell(before, after, "takes readings again")

    async def answered(self) -> None:
        """Note that a sink takes readings, none of which counts as delivered yet.

        Raises:
            StoreError: it could not be noted.
        """
        await self.advanced(Progress())

    async def recovered(self) -> None:
        """Note that a sink that failed can be entered again, though there is nothing to give it.

        Raises:
            StoreError: it could not be noted.
        """
        if (await self._before()).state in {SinkState.RETRYING, SinkState.STOPPED}:
            await self.answered()

    async def failed(self, error: SourceError, resumes_at: datetime) -> None:
        """Note a failure and when the next try is due; a store that fails too is only logged."""
        self._failures += 1
        state = SinkState.STOPPED if isinstance(error, PermanentError) else SinkState.RETRYING
        try:
            before = await self._before()
            after = replace(
                before,
                state=state,
                since=before.since if before.state is state else self._clock.now(),
                cursor=None,
                last_error=str(error),
                resumes_at=resumes_at,
            )
            await self._store.save_sink_status(after)
            self._status = after
            if before.state is not state:
                log.warning("sink fails", sink=self._sink, state=state.value, error=str(error))
                await self._tell(before, after, str(error))
        except StoreError as problem:
            log.error("store fails", sink=self._sink, error=str(problem))

    async def _before(self) -> SinkStatus:
        if self._status is None:
            saved = {status.sink: status for status in await self._store.sink_statuses()}
            fresh = SinkStatus(self._sink, SinkState.NEW, since=self._clock.now())
            self._status = replace(saved.get(self._sink, fresh), live=self._live)
        return self._status

    async def _tell(self, before: SinkStatus, after: SinkStatus, title: str) -> None:
        if before.state is SinkState.NEW:
            return
        event = Event(
            id=f"sink-{self._sink}-{after.since.timestamp():.3f}",
            time=after.since,
            kind=EventKind.SINK,
            title=f"{self._sink}: {title}",
            severity=Severity.INFO if after.state is SinkState.OK else Severity.WARNING,
        )
        await self._store.append(Batch("pumphouse", events=(event,)))


def _words(refused: Sequence[DeadLetter]) -> str | None:
    if not refused:
        return None
    readings = "1 reading was" if len(refused) == 1 else f"{len(refused)} readings were"
    return f"{readings} refused and set aside: {refused[0].reason}"
