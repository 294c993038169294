"""What a sink must offer, and what is known about its deliveries."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar, runtime_checkable

from pumphouse.core.model import Device, Event, Point, PointKey, Reading
from pumphouse.core.ports.host import Host

__all__ = [
    "Boost",
    "Command",
    "CursorSink",
    "DeadLetter",
    "LiveSink",
    "News",
    "Rejection",
    "Settling",
    "SettlingSink",
    "Sink",
    "SinkPlugin",
    "SinkState",
    "SinkStatus",
    "SupportsCommands",
]

SettingsT = TypeVar("SettingsT")


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
class Settling:
    """For how long the other side may still lose what it has confirmed.

    Attributes:
        secs: seconds from a confirmation until all of it survives whatever happens to the other
            side; 0 where a confirmation means just that.
        run: what changes when the other side's program is started again; empty where it does not
            tell.
    """

    secs: float = 0.0
    run: str = ""


@runtime_checkable
class SettlingSink(Protocol):
    """A cursor sink that may be confirmed what is not safe yet.

    What was confirmed counts as delivered when it has settled, and is delivered again if anything
    fails before, or if the other side turns out to be another run of its program.
    """

    async def settling(self) -> Settling:
        """Ask the other side: once after entering, and before anything is taken for settled."""
        ...


@dataclass(frozen=True, slots=True)
class Boost:
    """Something that can be had for a while at one press, such as more hot water.

    Attributes:
        source, device: whose it is.
        name: in the letters of topics and addresses.
        label: for people.
    """

    source: str
    device: str
    name: str
    label: str


@dataclass(frozen=True, slots=True)
class News:
    """How things are, for a live sink.

    Attributes:
        latest: the newest reading of every point that has one.
        changed: which of them are new since the last call; all at first and after a reconnect.
        answering: by source, whether it answers.
        events: what was stored or has ended since the last call, in time order; each is told once
            when it is stored and once when it has ended, and after a reconnect nothing of what
            happened meanwhile.
        lasting: alarms and troubles of sensors that have not ended, in time order.
        settable: the points that may be set now, as they are with the limits that hold; for a sink
            that takes commands.
        boosts: what can be had at one press now; for a sink that takes commands.
    """

    devices: Sequence[Device]
    points: Mapping[PointKey, Point]
    latest: Mapping[PointKey, Reading]
    changed: frozenset[PointKey]
    answering: Mapping[str, bool]
    events: Sequence[Event] = ()
    lasting: Sequence[Event] = ()
    settable: Mapping[PointKey, Point] = field(default_factory=dict)
    boosts: Sequence[Boost] = ()


@runtime_checkable
class LiveSink(Protocol):
    """A sink that is told the newest readings, never the backlog."""

    async def publish(self, news: News) -> None:
        """Publish what has changed; called every minute also where nothing has but the time."""
        ...

    async def asked_again(self) -> None:
        """Return when the other side wants everything again; may wait for ever."""
        ...


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody on the other side of a sink wants to have set, or started.

    Attributes:
        target: the point that is to be set, or what is to be had for a while.
        text: the wanted value as it came: a number in the canonical unit, a label, ON or OFF; of a
            boost whatever its button says.
    """

    target: PointKey | Boost
    text: str


@runtime_checkable
class SupportsCommands(Protocol):
    """A sink by which settings can be changed too; what becomes of a wish is seen by its state."""

    def commands(self) -> AsyncIterator[Command]:
        """Every wish, once, as it comes, until the sink is left."""
        ...

    async def refuse(self, command: Command, why: str) -> None:
        """Tell the other side, if it is still there, why a wish is not granted: a sentence."""
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
