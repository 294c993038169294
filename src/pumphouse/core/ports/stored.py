"""What a store gives and is given beside readings: sums, gaps, entries, progress, figures."""

from array import array
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pumphouse.core.model import Reading

__all__ = [
    "Aggregate",
    "ArchivedMonth",
    "Backfill",
    "Bucket",
    "Columns",
    "Gap",
    "ImportProgress",
    "JournalEntry",
    "StoreFigures",
]


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
class Columns:
    """The numbers of one point, for arithmetic: a year of minutes makes no half million objects.

    Attributes:
        times: seconds since 1970 in UTC, increasing.
        values: as many, in the point's canonical unit.
    """

    times: "array[float]"
    values: "array[float]"


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
class ArchivedMonth:
    """A month of one device that lies in a file.

    Attributes:
        month: `2025-03`, of UTC.
        file: below the folder of the archive.
    """

    source: str
    device: str
    month: str
    file: str
    readings: int
    bytes: int


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import has come.

    Attributes:
        identity: of the place, its content and the way it is read.
        place: what it is, for people.
        position: where to go on; only its format understands it.
        read, stored, already, rejected: how many readings until there.
    """

    identity: str
    place: str
    position: str
    updated: datetime
    read: int = 0
    stored: int = 0
    already: int = 0
    rejected: int = 0
    finished: bool = False


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """How big a store is."""

    path: str
    bytes: int
    readings: int
    points: int
