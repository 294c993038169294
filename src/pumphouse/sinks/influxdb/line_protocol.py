"""Line protocol: readings become lines of text that InfluxDB and its relatives understand.

::

    heatpump,device=80105,source=ground outdoor_temperature=3.1,degree_minutes=-60.0 1768478400

Everything is a float: a server that has once seen an integer in a field refuses floats in it. The
names that are written here never need the rules that servers disagree about: no quotes, no
backslash except before a comma, an equals sign or a blank.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Final, NamedTuple

from pumphouse.core.model import PointKey, Reading

__all__ = ["Line", "Payload", "Place", "Precision", "encode", "escape", "series"]

_SPECIAL: Final = re.compile(r"([,= ])")
# A line ends at a line break; what a backslash means at the end of a name or before a comma is
# read differently by different servers; half a surrogate pair is no UTF-8.
_UNWRITABLE: Final = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Precision(Enum):
    """The unit of all time stamps of one request."""

    SECOND = "s"
    MILLISECOND = "ms"


class Place(NamedTuple):
    """Where the readings of one point go, escaped.

    Attributes:
        series: measurement and tags.
        field: the field's key.
    """

    series: str
    field: str


class Line(NamedTuple):
    """What one line is about; its fields are the readings of that series and instant."""

    series: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Payload:
    """A request's body and what it holds.

    Attributes:
        lines: in the order in which they are written.
        fields: how many values all lines have together.
    """

    body: bytes
    precision: Precision
    lines: tuple[Line, ...]
    fields: int


def escape(name: str) -> str:
    """A tag's key or value, or a field's key, as it is written.

    Raises:
        ValueError: it is empty, or holds what cannot be written so that every server reads it
            back: control characters, line breaks and backslashes.
    """
    if not name:
        raise ValueError("an empty name cannot be written in line protocol")
    if _UNWRITABLE.search(name):
        raise ValueError(
            f"the name {name!r} cannot be written in line protocol: it holds a backslash or a "
            "control character"
        )
    return _SPECIAL.sub(r"\\\1", name)


def series(measurement: str, tags: Mapping[str, str]) -> str:
    """The head of a line; tags are sorted by key, which servers store faster.

    Args:
        measurement: needs no escaping: a plain word.
        tags: unescaped.

    Raises:
        ValueError: a key or a value cannot be written; see `escape`.
    """
    return ",".join((measurement, *(f"{escape(k)}={escape(tags[k])}" for k in sorted(tags))))


def encode(readings: Sequence[Reading], places: Mapping[PointKey, Place]) -> Payload:
    """Write numbers; those of one series and instant share a line.

    Of two readings of one point and instant the later one in `readings` counts. Time stamps are
    whole seconds, or milliseconds where an instant of this request needs them.

    Args:
        readings: with values, at least one; a text is not written.
        places: of every point that occurs.
    """
    lines: dict[tuple[str, datetime], dict[str, float]] = {}
    for reading in readings:
        if (value := reading.value) is None:
            continue
        place, name = places[reading.key]
        line = place, reading.time
        try:
            lines[line][name] = value
        except KeyError:
            lines[line] = {name: value}
    whole = all(time.microsecond == 0 for _, time in lines)
    precision = Precision.SECOND if whole else Precision.MILLISECOND
    stamp = _seconds if whole else _milliseconds
    body = "\n".join(
        f"{head} {','.join([f'{n}={float(v)!r}' for n, v in fields.items()])} {stamp(time)}"
        for (head, time), fields in lines.items()
    )
    return Payload(
        body.encode(),
        precision,
        tuple(Line(head, time) for head, time in lines),
        sum(map(len, lines.values())),
    )


def _seconds(time: datetime) -> int:
    since = time - _EPOCH
    return since.days * 86_400 + since.seconds


def _milliseconds(time: datetime) -> int:
    """Cut off below a millisecond, as the store does."""
    since = time - _EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
