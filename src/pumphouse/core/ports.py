"""The doors between rooms: what a source, a store and a clock must offer.

Optional abilities are small protocols of their own, asked for with `isinstance`.
"""

import asyncio
import random
import time as _time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar, runtime_checkable

from pumphouse.core.grant import GrantStore
from pumphouse.core.model import Batch, Device, Event, Interval, Point, PointKey, Reading

__all__ = [
    "Aggregate",
    "Bucket",
    "Clock",
    "Gap",
    "Host",
    "JournalEntry",
    "RateBudget",
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
    """

    grants: GrantStore
    clock: Clock
    rng: random.Random
    user_agent: str


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

    async def journal(self, after: int, limit: int) -> Sequence[JournalEntry]:
        """Up to `limit` entries behind `after`, in order."""
        ...

    async def cursor(self, sink: str) -> int | None:
        """How far `sink` has read, None where it is new."""
        ...

    async def save_cursor(self, sink: str, sequence: int) -> None:
        """Remember that `sink` has delivered everything up to `sequence`."""
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

    async def prune(self) -> None:
        """Drop what nobody needs any more: journal entries behind the slowest cursor."""
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
