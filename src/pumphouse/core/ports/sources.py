"""What a source must offer, and what is known about its polls."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar, runtime_checkable

from pumphouse.core.model import Batch, Interval, Point, Reading
from pumphouse.core.ports.host import Host
from pumphouse.core.ports.limits import RateBudget

__all__ = [
    "Source",
    "SourcePlugin",
    "SourceState",
    "SourceStatus",
    "SupportsHistory",
    "SupportsLive",
    "SupportsNotifications",
    "SupportsPrices",
    "SupportsRateBudget",
    "SupportsRecording",
    "SupportsThermostats",
    "SupportsWrite",
]

SettingsT = TypeVar("SettingsT")


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


@runtime_checkable
class SupportsRateBudget(Protocol):
    """A source that knows how much it may still ask."""

    def rate_budget(self) -> RateBudget:
        """The budget now."""
        ...


@runtime_checkable
class SupportsPrices(Protocol):
    """A source that can tell what electricity costs; a house has one price."""

    @property
    def tells_prices(self) -> bool:
        """Whether it does as it is configured."""
        ...


@runtime_checkable
class SupportsNotifications(Protocol):
    """A source whose vendor keeps a list of alarms and messages."""

    async def notifications(self) -> Batch:
        """Active and past notifications as events, in no particular order.

        Without problems the list is complete: what it lacks, or tells as ended, is over.

        Raises:
            SourceError: as `Source.read`.
        """
        ...


@runtime_checkable
class SupportsRecording(Protocol):
    """A source that can dump what its vendor answers, for tests and bug reports."""

    async def record(self) -> Mapping[str, object]:
        """A redacted dump as plain JSON values: no name, address, serial number or token."""
        ...


@runtime_checkable
class SupportsHistory(Protocol):
    """A source whose other side keeps a past that can be asked for."""

    def history(self, interval: Interval) -> AsyncIterator[Batch]:
        """What the other side has kept of `interval`, oldest first; nothing where it kept nothing.

        Asking again for the same interval brings the same points and instants.

        Raises:
            SourceError: as `Source.read`.
        """
        ...


@runtime_checkable
class SupportsLive(Protocol):
    """A source that speaks by itself: a bus of messages, a radio, a stream of events."""

    @property
    def polled(self) -> bool:
        """Whether `read` brings what `live` does not; if not, nobody has to poll it."""
        ...

    def live(self) -> AsyncIterator[Batch]:
        """What comes, as it comes, until the connection ends; then the runner opens it again.

        A batch may be as small as one reading: the runner joins them before they are stored.

        Raises:
            TransientError: the connection failed; `retry_after` says how long to stay away.
            PermanentError: a person has to act.
        """
        ...


@runtime_checkable
class SupportsWrite(Protocol):
    """A source whose points can be set."""

    async def check_consent(self) -> None:
        """See that the consent covers changes; `write` sees to it too.

        Raises:
            LoginRequired: it was given for reading alone.
            SourceError: as `Source.read`.
        """
        ...

    async def write(self, point: Point, value: float) -> str:
        """Ask once for a setting to be changed; never sends anything a second time.

        Args:
            value: in the point's canonical unit; the code of an enumeration.

        Returns:
            the vendor's own words on it, a sentence. They promise nothing: see `read_back`.

        Raises:
            Unreachable, ServerFailure, BadResponse: nobody knows whether it was carried out.
            SourceError: any other: the vendor refuses; nothing was changed.
        """
        ...

    async def read_back(self, point: Point) -> Reading | None:
        """What the vendor says now that the point is set to, by the cheapest call; None: nothing.

        Raises:
            SourceError: as `Source.read`.
        """
        ...

    def visible_within(self, point: Point) -> float:
        """After how many seconds at most a change is seen by `read_back`, as far as is known."""
        ...

    def expires_after(self, point: Point, value: float) -> float | None:
        """After how many seconds the vendor forgets this value unless it is sent again."""
        ...


@runtime_checkable
class SupportsThermostats(Protocol):
    """A source whose pumps can be told what a room's thermostat measures and wants."""

    async def renew_thermostat(
        self,
        device: str,
        name: str,
        *,
        actual: float,
        target: float,
        climate_systems: Sequence[int],
    ) -> None:
        """Tell it once; who is not told again within half an hour is forgotten.

        Args:
            device: the vendor's id.
            name: what the thermostat is called; the same name is the same thermostat.
            actual: measured temperature, °C.
            target: wanted temperature, °C.
            climate_systems: which of the pump's climate systems it concerns, from 1.

        Raises:
            SourceError: as `Source.read`.
        """
        ...


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
