"""Changing a setting safely: checked, noted, sent once, read back, and told."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

import structlog

from pumphouse.catalogue.catalogue import Catalogue
from pumphouse.config.settings import SourceSettings
from pumphouse.control.model import WriteRequest, WriteResult
from pumphouse.control.overview import Overview
from pumphouse.control.reading_back import read_back
from pumphouse.control.rules import Rules
from pumphouse.control.sender import Sender
from pumphouse.control.sentences import Answer, event_of, verdict
from pumphouse.control.values import same, show
from pumphouse.core.errors import (
    BadResponse,
    ServerFailure,
    SourceError,
    TransientError,
    Unreachable,
    UsageError,
)
from pumphouse.core.model import Batch, Point, PointKey, Reading
from pumphouse.core.ports import (
    Clock,
    Limits,
    LoggedWrite,
    Outcome,
    Override,
    Purpose,
    Source,
    Store,
    SupportsWrite,
)

__all__ = ["Control"]

log = structlog.get_logger()

T = TypeVar("T")

_STOPPED: Final = "Pumphouse was stopped while this was being sent; it is not sent again."
_NOTHING_SENT: Final = "Nothing was sent."
_NOTHING_CHANGED: Final = "Nothing was changed; try again later."
_BUSY: Final = "Another change of this setting is under way: wait until it has ended."


class Control(Overview):
    """All changes of settings of one process; an async context manager.

    Sources have to be entered by whoever runs them, and left after it. Leaving it abandons what is
    under way: the log knows, and the next process reads back what became of it.

    Args:
        store: keeps the log.
        sources, settings: by configured name.
        catalogue: knows which settings are documented.
        clock: time.
        folder: where processes that send are known as living.

    Attributes:
        changed: called after every change that was noted; whoever shows the house sets it.
    """

    def __init__(
        self,
        store: Store,
        sources: Mapping[str, Source],
        settings: Mapping[str, SourceSettings],
        catalogue: Catalogue,
        clock: Clock,
        folder: Path,
    ) -> None:
        super().__init__(store, Rules(sources, settings, catalogue))
        self.clock = clock
        self._settings = settings
        self._sender = Sender(folder)
        self._tasks: set[asyncio.Task[object]] = set()
        self._under_way: set[PointKey] = set()
        self.changed: Callable[[], None] = lambda: None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._sender.release()

    # Changing

    async def write(self, request: WriteRequest) -> WriteResult:
        """Set a point: everything a caller has to know is in the result.

        It goes on to its end also where the caller is cancelled.

        Raises:
            UsageError: there is no such point.
            StoreError: the store cannot be used; nothing was sent.
        """
        point = await self.point(request.key)
        return await self.lasting(self._write(request, point))

    async def undo(self, number: int, by: str) -> WriteResult:
        """Set the point of a change in the log back to what it was before.

        Raises:
            UsageError: there is no such change, it changed nothing, or nothing is known of before.
            StoreError: the store cannot be used; nothing was sent.
        """
        logged = await self.store.write_log.write(number)
        if logged is None:
            raise UsageError(f"there is no change {number} in the log; `pumphouse writes` lists it")
        if logged.outcome is None:
            raise UsageError(f"change {number} is still under way")
        if logged.outcome is Outcome.REFUSED:
            raise UsageError(f"change {number} was refused: there is nothing to be undone")
        if logged.before is None:
            raise UsageError(f"change {number} cannot be undone: nobody knows what it was before")
        point = await self.point(logged.key)
        undoing = WriteRequest(logged.key, await self.undone(logged, logged.before), by)
        return await self.lasting(self._write(undoing, point, expected=logged.requested))

    async def begin_override(
        self, request: WriteRequest, point: Point, until: datetime
    ) -> WriteResult:
        """Set a point and note in the same breath when it goes back; see `Overrides`."""
        return await self.lasting(self._write(request, point, until=until))

    async def lasting(self, work: Coroutine[object, object, T]) -> T:
        """Await `work`, which goes on where the caller is cancelled, until this is left."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[T]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # looked at: who called may be gone

    async def _write(
        self,
        request: WriteRequest,
        point: Point,
        *,
        until: datetime | None = None,
        expected: float | None = None,
    ) -> WriteResult:
        """Check, note, send, read back, note.

        Args:
            until: when the point goes back by itself.
            expected: what the point has to show, so that nobody's later change is lost.
        """
        if sentence := self.rules.refusal_of_value(point, request.value):
            return await self._refused(request, sentence)
        if request.dry_run:
            return await self._dry_run(request, point)
        if self.is_busy(request.key):
            return await self._refused(request, f"{_BUSY} {_NOTHING_SENT}")
        with self.busy(request.key):
            await self._recover(request.key)
            return await self._send(request, point, until, expected)

    async def _send(
        self,
        request: WriteRequest,
        point: Point,
        until: datetime | None,
        expected: float | None,
    ) -> WriteResult:
        source = self.writer(point)
        try:
            await source.check_consent()
            reading = await source.read_back(point)
        except SourceError as problem:
            return await self._refused(request, f"{problem} {_NOTHING_SENT}", problem)
        before = None if reading is None else reading.value
        if expected is not None and not same(before, expected):
            sentence = f"It was changed since: it is {show(point, before)} now."
            return await self._refused(request, f"{sentence} {_NOTHING_SENT}")
        if until is not None and before is None:
            sentence = f"{point.name} does not tell what it is now, so it could not be set back."
            return await self._refused(request, f"{sentence} {_NOTHING_SENT}")
        noted = await self._note(request, before, until, limited=expected is None)
        if isinstance(noted, str):
            return await self._refused(request, f"{noted} {_NOTHING_SENT}")
        return await self.carry_out(noted, point, source)

    async def _note(
        self,
        request: WriteRequest,
        before: float | None,
        until: datetime | None,
        *,
        limited: bool,
    ) -> LoggedWrite | str:
        """The change as it stands in the log now, or why it must not be sent.

        Args:
            limited: whether too many changes stop it; who undoes one has waited long enough.
        """
        section = self._settings[request.key.source]
        write = self.draft(request.key, request.value, request.by, before)
        override = None
        if until is not None:
            assert before is not None
            override = Override(
                request.key, request.value, before, write.asked_at, until, request.by
            )
        limits = Limits(section.writes_per_point, section.writes_per_hour)
        return await self.store.write_log.begin(write, limits if limited else None, override)

    def draft(
        self,
        key: PointKey,
        value: float,
        by: str,
        before: float | None,
        purpose: Purpose = Purpose.CHANGE,
    ) -> LoggedWrite:
        """A change of this process that is not in the log yet."""
        self._sender.claim()
        now = self.clock.now()
        return LoggedWrite(key, value, by, now, self._sender.name, before, purpose=purpose)

    async def carry_out(
        self, write: LoggedWrite, point: Point, source: SupportsWrite
    ) -> WriteResult:
        """Send what stands in the log, once, and see it to its end."""
        try:
            words, certain = await source.write(point, write.requested), True
        except (Unreachable, ServerFailure, BadResponse) as problem:
            words, certain = f"Nobody said that it arrived: {problem}", False
        except TransientError as problem:
            sentence = f"{problem} {_NOTHING_CHANGED}"
            return await self._close(write, point, None, Outcome.REFUSED, sentence, problem)
        except SourceError as problem:
            return await self._close(write, point, None, Outcome.REFUSED, str(problem), problem)
        return await self._observe(write, point, source, words, certain=certain)

    async def _observe(
        self, write: LoggedWrite, point: Point, source: SupportsWrite, words: str, *, certain: bool
    ) -> WriteResult:
        """Read back what became of a change, and note it."""
        within = self._settings[write.key.source].confirm_secs
        if within is None:
            within = source.visible_within(point)
        began = self.clock.monotonic()
        reading = await read_back(source, point, write.requested, within=within, clock=self.clock)
        after = None if reading is None else reading.value
        waited = self.clock.monotonic() - began
        outcome, detail = verdict(write, point, Answer(words, certain, after, waited))
        return await self._close(write, point, reading, outcome, detail)

    async def _close(
        self,
        write: LoggedWrite,
        point: Point,
        reading: Reading | None,
        outcome: Outcome,
        detail: str,
        cause: SourceError | None = None,
    ) -> WriteResult:
        after = None if reading is None else reading.value
        ended = replace(
            write, after=after, ended_at=self.clock.now(), outcome=outcome, detail=detail
        )
        await self.store.write_log.finish(ended, event_of(ended, point))
        if reading is not None and same(after, write.requested):
            await self.store.append(Batch(write.key.source, readings=(reading,)))
        self.changed()
        log.info("setting changed", outcome=outcome.value, point=write.key.point, by=write.by)
        return WriteResult(
            write.key,
            write.requested,
            write.before,
            after,
            outcome,
            detail,
            id=write.id,
            override=write.override,
            cause=cause,
        )

    # What others have left

    async def recover(self) -> Sequence[WriteResult]:
        """Close the changes whose process has ended: they are read back, never sent again."""
        closed: list[WriteResult] = []
        for key in {write.key for write in await self.store.write_log.unfinished()}:
            if self.rules.open(key.source) and not self.is_busy(key):
                with self.busy(key):
                    closed += await self._recover(key)
        return closed

    async def _recover(self, key: PointKey) -> Sequence[WriteResult]:
        """The same for one point, which is marked as busy."""
        closed: list[WriteResult] = []
        point = await self.point(key)
        source = self.rules.writer(point)
        for write in await self.store.write_log.unfinished():
            if write.key != key or source is None or self._is_sent_elsewhere(write):
                continue
            self._sender.claim()
            taken = await self.store.write_log.take_over(write, self._sender.name)
            if taken is not None:
                closed.append(await self._observe(taken, point, source, _STOPPED, certain=False))
        return closed

    async def give_up(self, write: LoggedWrite, point: Point, why: str) -> None:
        """Note that a value which expires is not sent again, and why."""
        draft = self.draft(write.key, write.requested, write.by, None, Purpose.RENEWAL)
        noted = await self.store.write_log.begin(draft, None)
        if not isinstance(noted, str):
            await self._close(noted, point, None, Outcome.IGNORED, f"{why} It is not sent again.")

    def _is_sent_elsewhere(self, write: LoggedWrite) -> bool:
        """Whether another process is at it; this one is not: the point is marked by who asks."""
        return write.sender != self._sender.name and self._sender.lives(write.sender)

    def writer(self, point: Point) -> SupportsWrite:
        """The source that sets a point of which the rules say that it may be set."""
        source = self.rules.writer(point)
        assert source is not None, "the rules would have refused it"
        return source

    @contextmanager
    def busy(self, key: PointKey) -> Iterator[None]:
        """Mark a point: within this process one change of it is under way."""
        assert key not in self._under_way
        self._under_way.add(key)
        try:
            yield
        finally:
            self._under_way.discard(key)

    def is_busy(self, key: PointKey) -> bool:
        """Whether a change of the point is under way in this process."""
        return key in self._under_way

    async def _refused(
        self, request: WriteRequest, sentence: str, cause: SourceError | None = None
    ) -> WriteResult:
        log.info("change refused", point=request.key.point, by=request.by, why=sentence)
        before = await self.known(request.key)
        return WriteResult(
            request.key, request.value, before, before, Outcome.REFUSED, sentence, cause=cause
        )

    async def _dry_run(self, request: WriteRequest, point: Point) -> WriteResult:
        before = await self.known(request.key)
        sentence = (
            f"{point.name} would be set to {show(point, request.value)}; it was "
            f"{show(point, before)} when it was last read. {_NOTHING_SENT}"
        )
        return WriteResult(request.key, request.value, before, before, Outcome.DRY_RUN, sentence)
