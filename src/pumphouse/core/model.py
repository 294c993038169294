"""What the house talks about: sites, devices, points, readings and events.

All values are immutable and cannot be built wrongly: a reading without a time zone or with a value
that is not a number raises `ValueError` where it is made, so nothing behind it needs to check.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from pumphouse.core.units import DIMENSIONLESS, Quantity, Unit

__all__ = [
    "LONGEST_ANNOUNCED",
    "Batch",
    "Device",
    "Event",
    "EventKind",
    "Interval",
    "Option",
    "Point",
    "PointKey",
    "Reading",
    "Severity",
    "Site",
    "Suspect",
]


LONGEST_ANNOUNCED: Final = timedelta(hours=1)
"""No market makes prices for more: one that is older says nothing about now."""


class PointKey(NamedTuple):
    """What identifies a point: the configured source, the vendor's device id, the native id."""

    source: str
    device: str
    point: str


@dataclass(frozen=True, slots=True)
class Site:
    """The home or plant.

    Attributes:
        name: what the owner calls it.
        timezone: IANA name; days are this zone's days.
        currency: ISO 4217 code of prices and costs.
    """

    name: str = "Home"
    timezone: str = "UTC"
    currency: str = "EUR"


@dataclass(frozen=True, slots=True)
class Device:
    """One heat pump, sensor bus or meter.

    Attributes:
        source: name of the configured source it was found by.
        id: the vendor's id, opaque.
        connected: whether the vendor's cloud has contact with it; None where it does not say.
        last_seen: when the device itself was last heard of by the cloud.
        system: the vendor's id of the installation that the device belongs to; None where the
            vendor knows no such thing.
    """

    source: str
    id: str
    name: str
    manufacturer: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    connected: bool | None = None
    last_seen: datetime | None = None
    system: str | None = None

    def __post_init__(self) -> None:
        if self.last_seen is not None:
            _require_zone(self.last_seen)


@dataclass(frozen=True, slots=True)
class Option:
    """One value of an enumeration and what it is called."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that a device measures or lets you set.

    Attributes:
        key: source, device and native id.
        name: what the vendor calls it, for people; never a key.
        metric: the catalogue's name, unique within the device; None where it has no shared meaning.
        unit: the canonical unit of its readings and limits.
        writable: whether the vendor says it can be set.
        minimum, maximum, step: limits of a setting, canonical units; None where unknown.
        options: the values of an enumeration.
        vendor_unit: the unit that the vendor itself writes behind the value, letter for letter;
            None where the vendor says nothing of units.
    """

    key: PointKey
    name: str
    metric: str | None = None
    unit: Unit = DIMENSIONLESS
    writable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    options: tuple[Option, ...] = ()
    vendor_unit: str | None = None

    @property
    def announced(self) -> bool:
        """Whether its readings are known before their time, as the prices of tomorrow are.

        What holds now is the newest reading that is not later than now, not the newest of all; it
        holds until the next, but no longer than `LONGEST_ANNOUNCED`.
        """
        return self.unit.quantity is Quantity.PRICE

    def label(self, value: float | None) -> str | None:
        """The label of `value` if this point is an enumeration, else None."""
        if value is None or not self.options:
            return None
        for option in self.options:
            if option.value == value:
                return option.label
        return f"unknown ({value:g})"


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one point at one instant; the instant is the device's, not ours.

    Attributes:
        value: the number, in the point's canonical unit; the code of an enumeration.
        text: the value of a point that is a text, such as a firmware version; never a label.

    Raises:
        ValueError: the time has no zone, the value is not finite, or neither or both are given.
    """

    key: PointKey
    time: datetime
    value: float | None
    text: str | None = None

    def __post_init__(self) -> None:
        if self.time.tzinfo is None:
            _require_zone(self.time)
        if self.value is None:
            if self.text is None:
                raise ValueError(f"the reading of {self.key.point} has neither a value nor a text")
        elif self.text is not None:
            raise ValueError(f"the reading of {self.key.point} has both a value and a text")
        elif not math.isfinite(self.value):
            raise ValueError(f"the reading of {self.key.point} is {self.value}, not a number")


@dataclass(frozen=True, slots=True)
class Suspect:
    """A raw value that is not believed: kept beside the series, never in it.

    Attributes:
        value: what the sensor said, in the point's canonical unit.
        reason: why it is not believed, one sentence.

    Raises:
        ValueError: the time has no zone, or the value is not finite.
    """

    key: PointKey
    time: datetime
    value: float
    reason: str

    def __post_init__(self) -> None:
        _require_zone(self.time)
        if not math.isfinite(self.value):
            raise ValueError(f"the reading of {self.key.point} is {self.value}, not a number")


class EventKind(StrEnum):
    """What kind of thing happened."""

    ALARM = "alarm"
    MODE = "mode"
    WRITE = "write"
    GAP = "gap"
    SOURCE = "source"
    SINK = "sink"
    STORE = "store"
    SENSOR = "sensor"


class Severity(StrEnum):
    """How much an event matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes:
        id: what makes it the same event when it is seen again; unique within its source.
        title: one line for people.
        detail: further facts, for example the vendor's alarm number.
    """

    id: str
    time: datetime
    kind: EventKind
    title: str
    source: str | None = None
    device: str | None = None
    severity: Severity = Severity.INFO
    ended: datetime | None = None
    detail: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _require_zone(self.time)
        if self.ended is not None:
            _require_zone(self.ended)


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time, the end excluded.

    Raises:
        ValueError: a bound has no zone, or the end lies before the start.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        _require_zone(self.start)
        _require_zone(self.end)
        if self.end < self.start:
            raise ValueError(f"the interval ends ({self.end}) before it starts ({self.start})")

    @property
    def duration(self) -> timedelta:
        """How long it is."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Batch:
    """What one read of a source brought: it travels as a whole and is stored as a whole.

    Attributes:
        source: name of the configured source.
        readings: may refer to points of earlier batches; unknown points must be in `points`.
        problems: what could not be read or understood, one sentence each; the rest is good.
        suspects: raw values that are not believed.
    """

    source: str
    devices: tuple[Device, ...] = ()
    points: tuple[Point, ...] = ()
    readings: tuple[Reading, ...] = ()
    events: tuple[Event, ...] = ()
    problems: tuple[str, ...] = ()
    suspects: tuple[Suspect, ...] = ()


def _require_zone(time: datetime) -> None:
    if time.tzinfo is None:
        raise ValueError(f"the time {time.isoformat()} has no time zone")
