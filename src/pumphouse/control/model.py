"""What is asked of the control, and what it answers."""

from dataclasses import dataclass, field

from pumphouse.core.errors import SourceError
from pumphouse.core.model import Point, PointKey, Reading
from pumphouse.core.ports import Outcome

__all__ = ["Preset", "Setting", "WriteRequest", "WriteResult"]


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """Somebody's wish to have a point set.

    Attributes:
        value: in the point's canonical unit; the code of an enumeration.
        by: who wants it, in words for people: `web`, `command line`, `mqtt broker` …
        dry_run: only say what would be done; nothing is sent and nothing is logged.
    """

    key: PointKey
    value: float
    by: str
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What became of a wish.

    Attributes:
        id: its number in the log, None where nothing was sent.
        before: what the point was set to, None where that is not known.
        after: what the vendor said last that it is set to.
        detail: a sentence or two for people, with the vendor's words.
        cause: the error behind a refusal, where there is one.
        override: the number of the override that it began.
    """

    key: PointKey
    requested: float
    before: float | None
    after: float | None
    outcome: Outcome
    detail: str
    id: int | None = None
    override: int | None = None
    cause: SourceError | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Setting:
    """One point that can be set, or could be.

    Attributes:
        point: with the limits that hold here.
        group: what it belongs to, as in the catalogue; `settings` where it has no metric.
        reading: the newest one, None where there is none.
        refusal: why it may not be set now, one sentence; None where it may.
    """

    point: Point
    group: str
    reading: Reading | None
    refusal: str | None

    @property
    def writable(self) -> bool:
        """Whether it may be set now."""
        return self.refusal is None


@dataclass(frozen=True, slots=True)
class Preset:
    """Something that can be had for a while at one press.

    Attributes:
        name: in the letters of topics and addresses, such as `hot_water_boost`.
        point: what is set for it.
        value: what it is set to, in the point's canonical unit.
        hours: for how long, unless somebody says otherwise.
        refusal: why it cannot be had now, one sentence; None where it can.
    """

    name: str
    label: str
    point: Point
    value: float
    hours: float
    refusal: str | None = None
