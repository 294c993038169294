"""The doors between rooms: what a source, a store and a clock must offer.

Optional abilities are small protocols of their own, asked for with `isinstance`.
"""

import asyncio
import random
import time as _time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar, runtime_checkable

from pumphouse.core.grant import GrantStore
from pumphouse.core.model import Batch, Device, Event, Interval, Point, PointKey, Reading, Site

__all__ = [
    "Aggregate",
    "Backfill",
    "Bucket",
    "Clock",
    "CursorSink",
    "DeadLetter",
    "Gap",
    "Host",
    "JournalEntry",
    "LiveSink",
    "News",
    "RateBudget",
    "Rejection",
    "Sink",
    "SinkPlugin",
    "SinkState",
    "SinkStatus",
    "Source",
    "SourcePlugin",
    "SourceState",
    "SourceStatus",
    "Store",
    "StoreFigures",
    "SupportsNotifications",
    "SupportsRateBudget",
    "SupportsRecording",
    "SystemClock",
]


class Clock(Protocol):
    """Time, injected everywhere so that tests never wait."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump, from an arbitrary zero."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never jump, from an arbitrary zero."""
        return _time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait without blocking the loop."""
        await asyncio.sleep(seconds)


class Source(AbstractAsyncContextManager["Source"], Protocol):
    """Something that can be read. It neither loops nor sleeps nor retries: its runner does.

    Entering opens connections lazily or not at all; it never fails because the other side is down.
    """

    @property
    def name(self) -> str:
        """The name it has in the configuration."""
        ...

    async def read(self) -> Batch:
        """Read everything once, by the cheapest calls.

        Raises:
            TransientError: try again later.
            PermanentError: a person has to act.
        """
        ...


@dataclass(frozen=True, slots=True)
class RateBudget:
    """How much a vendor still lets us ask.

    Attributes:
        requests: how many requests were sent since the start.
        remaining: how many may be sent now; None where the vendor has not said yet.
        resumes_at: when requests go on, if they are held back now.
    """

    requests: int
    remaining: int | None
    resumes_at: datetime | None = None


@runtime_checkable
class SupportsRateBudget(Protocol):
    """A source that knows how much it may still ask."""

    def rate_budget(self) -> RateBudget:
        """The budget now."""
        ...


@runtime_checkable
class SupportsNotifications(Protocol):
    """A source whose vendor keeps a list of alarms and messages."""

    async def notifications(self) -> Sequence[Event]:
        """Active and past notifications, in no particular order."""
        ...


@runtime_checkable
class SupportsRecording(Protocol):
    """A source that can dump what its vendor answers, for tests and bug reports."""

    async def record(self) -> Mapping[str, object]:
        """A redacted dump as plain JSON values: no name, address, serial number or token."""
        ...


@dataclass(frozen=True, slots=True)
class Host:
    """What the house lends to a plugin: it opens nothing else by itself.

    Attributes:
        grants: where the user's consent is kept.
        clock: time.
        rng: chance for jitter; never for secrets.
        user_agent: names the program to vendors, some of which refuse a library's default.
        site: where the house stands; its zone decides what a day is.
    """

    grants: GrantStore
    clock: Clock
    rng: random.Random
    user_agent: str
    site: Site = field(default_factory=Site)


SettingsT = TypeVar("SettingsT")


@dataclass(frozen=True, slots=True)
class SourcePlugin(Generic[SettingsT]):
    """What an entry point of the group `pumphouse.sources` names.

    Attributes:
        settings: the model of its section in the configuration.
        open: builds the source from its configured name, its settings and the host; does no I/O.
    """

    settings: type[SettingsT]
    open: Callable[[str, SettingsT, Host], Source]


class SourceState(StrEnum):
    """How a source is doing."""

    NEW = "new"
    OK = "ok"
    RETRYING = "retrying"
    LOGIN_REQUIRED = "login required"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """What is known about a source's polls; kept in the store, so that every process sees it.

    Attributes:
        since: when `state` began.
        last_error: the last sentence about what went wrong, None after a clean poll.
        requests, rate_remaining: as in `RateBudget`.
        resumes_at: when the next try is due, if the last one failed.
        interval: seconds between two polls.
        polls, failures: how many there were since the store was made.
    """

    source: str
    state: SourceState
    since: datetime
    last_success: datetime | None = None
    last_error: str | None = None
    requests: int = 0
    rate_remaining: int | None = None
    resumes_at: datetime | None = None
    interval: float = 0.0
    polls: int = 0
    failures: int = 0


class Sink(AbstractAsyncContextManager["Sink"], Protocol):
    """Where readings go. It neither loops nor sleeps nor retries: its runner does.

    Entering connects; after it was left, whatever the reason, it may be entered again. A sink is a
    `CursorSink`, which is given every reading, or a `LiveSink`, which is told the newest ones.

    Raises (on entering and by every method):
        TransientError: the other side does not answer; try again later.
        PermanentError: a person has to act.
    """

    @property
    def name(self) -> str:
        """The name it has in the configuration."""
        ...


@dataclass(frozen=True, slots=True)
class Rejection:
    """One reading that the other side will never take.

    Attributes:
        reason: the other side's own words.
    """

    key: PointKey
    time: datetime
    reason: str


@runtime_checkable
class CursorSink(Protocol):
    """A sink that is given every reading once, in the order in which they were stored."""

    @property
    def batch_size(self) -> int:
        """How many readings it likes to be given at once."""
        ...

    async def deliver(
        self, readings: Sequence[Reading], points: Mapping[PointKey, Point]
    ) -> Sequence[Rejection]:
        """Deliver, and return only when the other side has confirmed.

        Given the same readings again it must change nothing.

        Returns:
            what was refused for good; everything else has arrived.
        """
        ...


@dataclass(frozen=True, slots=True)
class News:
    """How things are, for a live sink.

    Attributes:
        latest: the newest reading of every point that has one.
        changed: which of them are new since the last call; all at first and after a reconnect.
        answering: by source, whether it answers.
    """

    devices: Sequence[Device]
    points: Mapping[PointKey, Point]
    latest: Mapping[PointKey, Reading]
    changed: frozenset[PointKey]
    answering: Mapping[str, bool]


@runtime_checkable
class LiveSink(Protocol):
    """A sink that is told the newest readings, never the backlog."""

    async def publish(self, news: News) -> None:
        """Publish what has changed."""
        ...

    async def asked_again(self) -> None:
        """Return when the other side wants everything again; may wait for ever."""
        ...


@dataclass(frozen=True, slots=True)
class SinkPlugin(Generic[SettingsT]):
    """What an entry point of the group `pumphouse.sinks` names.

    Attributes:
        settings: the model of its section in the configuration.
        open: builds the sink from its configured name, its settings and the host; does no I/O.
    """

    settings: type[SettingsT]
    open: Callable[[str, SettingsT, Host], Sink]


class SinkState(StrEnum):
    """How a sink is doing."""

    NEW = "new"
    OK = "ok"
    RETRYING = "retrying"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """What is known about a sink's deliveries; kept in the store, so that every process sees it.

    Attributes:
        since: when `state` began.
        live: whether it is told the newest only; what it has not seen yet then waits for nobody.
        cursor: the sequence in the journal up to which it has been served; None before the start.
        lag: how many stored readings it has not been given; the store counts them.
        last_error: the last sentence about what went wrong, None after a clean delivery.
        delivered: how many readings it has taken.
        dropped: how many it has refused for good.
        rejected: how many of these are still kept as dead letters; the store counts them.
        resumes_at: when the next try is due, if the last one failed.
    """

    sink: str
    state: SinkState
    since: datetime
    live: bool = False
    cursor: int | None = None
    lag: int = 0
    last_success: datetime | None = None
    last_error: str | None = None
    delivered: int = 0
    dropped: int = 0
    rejected: int = 0
    resumes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A reading that a sink has refused for good, set aside.

    Attributes:
        reason: the other side's own words.
        noted_at: when it was refused.
    """

    sink: str
    reading: Reading
    reason: str
    noted_at: datetime


class Aggregate(StrEnum):
    """How the readings of a bucket become one value."""

    MEAN = "mean"
    MIN = "min"
    MAX = "max"
    LAST = "last"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Bucket:
    """The readings of one stretch of time, summed up.

    Attributes:
        start: where the bucket begins.
        count: how many readings it holds, at least one.
        mean: arithmetic mean of the readings.
        last: the newest.
    """

    start: datetime
    count: int
    minimum: float
    maximum: float
    mean: float
    last: float

    def value(self, aggregate: Aggregate) -> float:
        """The figure that `aggregate` names."""
        match aggregate:
            case Aggregate.MEAN:
                return self.mean
            case Aggregate.MIN:
                return self.minimum
            case Aggregate.MAX:
                return self.maximum
            case Aggregate.LAST:
                return self.last
            case Aggregate.COUNT:
                return float(self.count)


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch for which a source brought nothing.

    Attributes:
        end: None while it is still open.
        cause: one sentence.
        filled_by: where later data for it came from, None while there are none.
    """

    source: str
    start: datetime
    end: datetime | None
    cause: str
    filled_by: str | None = None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One committed batch, in the order of commitment.

    Attributes:
        sequence: grows with every entry; a cursor is the sequence it has read up to.
    """

    sequence: int
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Backfill:
    """A piece of what a sink is owed beside the journal, in the order of time.

    A new sink may be owed everything that was stored before it came; any sink is owed what the
    journal had to drop before it was read.

    Attributes:
        debt: which debt this is a piece of; only the store understands it.
        readings: as they are stored now; none where nothing is left of the debt.
        complete: whether this is its last piece.
    """

    debt: tuple[int, ...]
    readings: tuple[Reading, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """How big a store is."""

    path: str
    bytes: int
    readings: int
    points: int


class Store(AbstractAsyncContextManager["Store"], Protocol):
    """Where readings stay. All methods may raise `StoreError`; nothing committed is ever lost."""

    async def append(self, batch: Batch) -> int:
        """Store a batch in one transaction: samples, roll-ups, journal, devices, points, events.

        Storing the same batch again changes nothing; a new value for a stored instant replaces it.

        Returns:
            how many readings were new or changed.
        """
        ...

    async def devices(self) -> Sequence[Device]:
        """Every device ever seen, ordered by source and id."""
        ...

    async def points(self, device: str | None = None) -> Sequence[Point]:
        """Every point ever seen, of one device or of all, ordered by source, device and id."""
        ...

    async def latest(self, device: str | None = None) -> Sequence[tuple[Point, Reading]]:
        """The newest reading of each point that has one, ordered as `points`."""
        ...

    async def readings(self, key: PointKey, interval: Interval) -> Sequence[Reading]:
        """The readings of one point in time order."""
        ...

    async def buckets(self, key: PointKey, interval: Interval, step: float) -> Sequence[Bucket]:
        """One point's readings summed up in buckets of `step` seconds; empty buckets are absent.

        Steps of whole days begin at midnight in the site's zone, all others at multiples of the
        step counted from midnight UTC. Whole hours and days are answered from roll-ups.
        """
        ...

    async def events(self, interval: Interval) -> Sequence[Event]:
        """What happened in `interval`, in time order."""
        ...

    async def journal(
        self, after: int, limit: int, readings: int | None = None
    ) -> Sequence[JournalEntry]:
        """Up to `limit` entries behind `after`, in order.

        Args:
            readings: no more than so many readings; the first entry comes whole all the same.
        """
        ...

    async def journal_end(self) -> int:
        """The sequence of the newest entry, 0 where there is none."""
        ...

    async def cursor(self, sink: str) -> int | None:
        """How far `sink` has read, None where it is new."""
        ...

    async def save_cursor(self, sink: str, sequence: int) -> None:
        """Remember that `sink` has delivered everything up to `sequence`."""
        ...

    async def enrol_sink(self, sink: str, *, backfill: bool) -> int:
        """The cursor of `sink`; one that is new begins at the end of the journal.

        Args:
            backfill: whether a new sink is owed everything that was stored before.
        """
        ...

    async def backfill(self, sink: str, limit: int) -> Backfill | None:
        """Up to `limit` of the readings that `sink` is owed, None where it is owed nothing."""
        ...

    async def save_sink_status(
        self,
        status: SinkStatus,
        *,
        backfill: Backfill | None = None,
        dead_letters: Sequence[DeadLetter] = (),
    ) -> None:
        """Replace what is known about a sink, its cursor included, in one transaction.

        Args:
            backfill: what was delivered of a debt.
            dead_letters: what was refused; the oldest make room where there are too many.
        """
        ...

    async def sink_statuses(self) -> Sequence[SinkStatus]:
        """What is known about every sink that there ever was, by name."""
        ...

    async def dead_letters(self, sink: str | None = None) -> Sequence[DeadLetter]:
        """What was refused, of one sink or of all, newest first."""
        ...

    async def open_gap(self, gap: Gap) -> None:
        """Note that a source brings nothing since `gap.start`; an open gap is left as it is."""
        ...

    async def close_gap(self, source: str, end: datetime) -> None:
        """Note that a source brings data again."""
        ...

    async def gaps(self, sources: Iterable[str] | None = None) -> Sequence[Gap]:
        """The gap ledger, newest first."""
        ...

    async def save_source_status(self, status: SourceStatus) -> None:
        """Replace what is known about a source."""
        ...

    async def source_statuses(self) -> Sequence[SourceStatus]:
        """What is known about every source that was ever polled, by name."""
        ...

    async def prune(
        self, sinks: Collection[str] | None = None, *, limit: int | None = None
    ) -> Mapping[str, int]:
        """Drop journal entries that were read by everyone whose cursor counts.

        A sink is owed the readings of entries that are dropped before it has read them.

        Args:
            sinks: whose cursors count; everyone's where it is None.
            limit: how many readings the journal may hold at most, whoever has not read them.

        Returns:
            by sink whose cursor counts, how many readings it had not read yet; empty as a rule.
        """
        ...

    async def find_points(self, name: str, device: str | None = None) -> Sequence[Point]:
        """The points whose native id or metric is `name`, of one device or of all."""
        ...

    def export(self, interval: Interval) -> AsyncIterator[tuple[Point, Reading]]:
        """Every reading in `interval`, by point and then by time, without holding all of them."""
        ...

    async def check(self) -> Sequence[str]:
        """What is wrong with the store, one sentence each; empty where nothing is."""
        ...

    async def figures(self) -> StoreFigures:
        """How big the store is."""
        ...
