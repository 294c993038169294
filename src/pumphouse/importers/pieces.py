"""What a format makes of a place: pieces that can be stored one after the other."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pumphouse.core.model import Device, Point, Reading

__all__ = ["Conversion", "Found", "Piece", "Reader", "Rejected", "SeriesName"]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was set aside.

    Attributes:
        line: its number, from 1; where the place has no lines, the number of the row in the answer.
        reason: why, one sentence.
        content: what stands there, shortened.
    """

    line: int
    reason: str
    content: str = ""


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a rule must say so that the values of a series are understood as they are now.

    Attributes:
        vendor: whose ids the points have; the catalogue knows their units.
        unit: None where the place says it, or where it is the point's own.
    """

    vendor: str = ""
    unit: str | None = None
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """One series of the place.

    Attributes:
        name: what the place calls it.
        device, point: where its readings go; None where a rule leaves it out.
        series: its name in parts, where the place is a database; a rule of a mapping matches these.
        conversion: how its values become the point's.
    """

    name: str
    device: Device | None = None
    point: Point | None = None
    series: "SeriesName | None" = None
    conversion: Conversion = Conversion()


@dataclass(frozen=True, slots=True)
class SeriesName:
    """What a foreign database calls a series; Prometheus' name is a measurement without a field."""

    measurement: str
    tags: Mapping[str, str] = field(default_factory=dict)
    field: str = ""

    def __str__(self) -> str:
        tags = "".join(f",{name}={value}" for name, value in sorted(self.tags.items()))
        return f"{self.measurement}{tags} {self.field}".rstrip()


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the place, in its order.

    Attributes:
        read: how many readings stood there, those that were set aside included.
        found: the series of `readings` that were not in an earlier piece.
        position: where to go on behind this piece; only the format understands it.
        done: the share of the place that is read by now, 0 to 1; None where nobody knows.
    """

    read: int
    readings: tuple[Reading, ...]
    position: str
    found: tuple[Found, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    done: float | None = None


class Reader(Protocol):
    """A place in a format, ready to be read."""

    @property
    def what(self) -> str:
        """What the place is, for people: `CSV file of the myUplink app`."""
        ...

    @property
    def identity(self) -> str:
        """The same for the same content read in the same way; anything else differs."""
        ...

    def pieces(self, after: str | None = None) -> AsyncIterator[Piece]:
        """The place from the beginning, or from behind a `position`.

        Raises:
            UsageError: it cannot be read.
            SourceError: the server behind it does not answer, or refuses.
        """
        ...
