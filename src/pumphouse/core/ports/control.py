"""What is kept about changes of settings, and what a store must offer to keep it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pumphouse.core.model import Event, Interval, PointKey

__all__ = [
    "Limits",
    "LoggedWrite",
    "Outcome",
    "Override",
    "OverrideState",
    "Purpose",
    "WriteLog",
]


class Outcome(StrEnum):
    """What became of a change."""

    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    IGNORED = "ignored"
    REFUSED = "refused"
    DRY_RUN = "dry run"


class Purpose(StrEnum):
    """Why a change is sent: what restores an earlier value is never held back by a rate limit."""

    CHANGE = "change"
    RESTORE = "restore"
    RENEWAL = "renewal"


@dataclass(frozen=True, slots=True)
class LoggedWrite:
    """One change in the log; it stands there before anything is sent.

    Attributes:
        id: counts from 1; 0 before it stands in the log.
        requested, before, after: in the point's canonical unit; `before` is what the vendor said
            just before, `after` what it said last; None where it said nothing.
        by: who wanted it.
        sender: the process that sends it; another one may take it over when that has ended.
        outcome: None while it is being sent or read back.
        detail: one or more sentences about the outcome, with the vendor's words.
        override: the override that it begins, prolongs or ends.
        until: when that override is to end.
        renewals: how often it was sent again because the vendor wants to hear it again and again.
        renewed_at: when it was sent again last.
    """

    key: PointKey
    requested: float
    by: str
    asked_at: datetime
    sender: str
    before: float | None = None
    after: float | None = None
    purpose: Purpose = Purpose.CHANGE
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    detail: str = ""
    override: int | None = None
    until: datetime | None = None
    renewals: int = 0
    renewed_at: datetime | None = None
    id: int = 0


class OverrideState(StrEnum):
    """How far an override is."""

    ACTIVE = "active"
    RESTORING = "restoring"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Override:
    """A setting that is changed for a while and then goes back by itself.

    Attributes:
        id: counts from 1; 0 before it is kept.
        restore_to: the value before, in the point's canonical unit.
        until: when it goes back.
        detail: what became of it, once it has ended.
    """

    key: PointKey
    value: float
    restore_to: float
    started: datetime
    until: datetime
    by: str
    state: OverrideState = OverrideState.ACTIVE
    detail: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """How many changes may be sent within an hour.

    Attributes:
        per_point: of one point.
        per_source: of all points of a source.
    """

    per_point: int
    per_source: int


class WriteLog(Protocol):
    """Where changes and overrides are kept; several processes may use it at once.

    All methods may raise `StoreError`.
    """

    async def begin(
        self, write: LoggedWrite, limits: Limits | None, override: Override | None = None
    ) -> LoggedWrite | str:
        """Note that a change is about to be sent; it is on the disk when this returns.

        Args:
            write: without an outcome; its `id` is given by the log.
            limits: checked against the log in the same transaction.
            override: the override that this change begins; noted with it. Where one holds for the
                point already, that is prolonged once the change has been carried out.

        Returns:
            the change as it was noted; or, noting nothing, why it must not be sent: a sentence.
        """
        ...

    async def take_over(self, write: LoggedWrite, sender: str) -> LoggedWrite | None:
        """Make `sender` responsible for a change whose own sender has ended.

        Returns:
            the change; None where another process was faster or it has ended meanwhile.
        """
        ...

    async def finish(self, write: LoggedWrite, event: Event) -> bool:
        """Note what became of a change, and the event that tells it, in one transaction.

        An override that it began ends with it where it was refused; one that it restored has
        ended; one that somebody set the point over has ended too.

        Returns:
            whether it was still open.
        """
        ...

    async def renew(self, write: int, at: datetime) -> None:
        """Note that a change was sent once more because it would expire."""
        ...

    async def unfinished(self) -> Sequence[LoggedWrite]:
        """Every change without an outcome, oldest first."""
        ...

    async def write(self, number: int) -> LoggedWrite | None:
        """One change, None where there is none of this number."""
        ...

    async def writes(
        self, interval: Interval | None = None, limit: int = 100
    ) -> Sequence[LoggedWrite]:
        """The log, newest first."""
        ...

    async def last_of_each(self) -> Sequence[LoggedWrite]:
        """The last change of every point that was ever changed."""
        ...

    async def overrides(self, *, ended: bool = False) -> Sequence[Override]:
        """The overrides that still have to go back, by that instant; or those that have ended."""
        ...

    async def begin_restore(self, override: Override, write: LoggedWrite) -> LoggedWrite | None:
        """Note that an override is about to be restored, and the change that does it, together.

        Returns:
            the change as it was noted; None where somebody else restores it or has done so, or
            another change of the point is under way.
        """
        ...

    async def end_override(self, override: int, detail: str, event: Event) -> bool:
        """Note that an override has ended without a change; whether it was still active."""
        ...
