"""What a store must remember of alarms, and what can carry a message to people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from pumphouse.core.model import Event, Interval

__all__ = ["Acknowledgement", "AlarmLog", "Message", "MessageSink", "MessageTone", "Told"]


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody has taken note of an event.

    Attributes:
        source, id: of the event; an event without a source has None.
        by: who, for people: `web`, `command line`, the name of an API token.
    """

    source: str | None
    id: str
    time: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody who reads the messages of a sink believes about one alarm.

    Attributes:
        alarm: what makes it the same alarm when it comes again.
        lasting: whether it was last told as lasting.
        began: when it was last told that it has begun; None where it never was.
        ended: when it was last told that it is over; None where it never was.
    """

    alarm: str
    lasting: bool
    began: datetime | None = None
    ended: datetime | None = None


class AlarmLog(Protocol):
    """The part of a store that alarms need; all methods may raise `StoreError`."""

    async def lasting_events(self) -> Sequence[Event]:
        """Alarms and troubles of sensors that have not ended, of any age, in time order."""
        ...

    async def ended_events(self, interval: Interval) -> Sequence[Event]:
        """What ended in `interval`, whenever it began, in the order of its end."""
        ...

    async def find_events(self, name: str) -> Sequence[Event]:
        """The events with this id, at most one of each source, newest first."""
        ...

    async def acknowledge(self, acknowledgements: Sequence[Acknowledgement]) -> None:
        """Remember that events were taken note of; the first to do so stays named."""
        ...

    async def acknowledgements(self) -> Sequence[Acknowledgement]:
        """Every acknowledgement, in time order."""
        ...

    async def enrol_teller(self, sink: str) -> datetime:
        """Since when `sink` tells people of alarms: now, where it is new."""
        ...

    async def told(self, sink: str) -> Sequence[Told]:
        """What was told by `sink`, by alarm."""
        ...

    async def save_told(self, sink: str, told: Sequence[Told]) -> None:
        """Remember what was told by `sink`, in one transaction."""
        ...


class MessageTone(StrEnum):
    """What a message is about, for services that show it by a colour or a sound."""

    INFO = "info"
    WARNING = "warning"
    FAILURE = "failure"
    SUCCESS = "success"


@dataclass(frozen=True, slots=True)
class Message:
    """A message to people.

    Attributes:
        title: one line.
        body: plain text, one thing a line.
    """

    title: str
    body: str
    tone: MessageTone = MessageTone.INFO


@runtime_checkable
class MessageSink(Protocol):
    """A sink that carries messages to people; what is worth one and when, its runner decides."""

    async def send(self, message: Message) -> Sequence[str]:
        """Hand over one message, and return when at least one service has taken it.

        Returns:
            which services have not taken it, a sentence each.

        Raises:
            TransientError: no service has taken it.
            PermanentError: a person has to act.
        """
        ...
