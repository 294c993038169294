"""The CSV files that myUplink's web app lets its users download, one parameter each.

::

    timestamp;[Return line (BT3)][°C][40012];
    2025-11-09T23:28:42+00:00;29.5;

The first line names title, unit and id; titles are in the user's language and may hold soft
hyphens and brackets. Times have been seen with an offset; a browser set to another language may
write them in its own way.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from pumphouse.core.model import Point, Reading
from pumphouse.core.units import Unit
from pumphouse.importers.clock_times import Times, style_of
from pumphouse.importers.destination import Destination
from pumphouse.importers.pieces import Found
from pumphouse.importers.text_files import NotUnderstood, TextFile, beginning

__all__ = ["is_myuplink_csv", "myuplink_csv_file"]

_VENDOR: Final = "myuplink"
_DELIMITERS: Final = ";\t,"
_COLUMN: Final = re.compile(r"\[(?P<title>.*)\]\[(?P<unit>[^\[\]]*)\]\[(?P<id>\d+)\]")
_SPAN: Final = re.compile(r"(\d{4}-\d{2}-\d{2})_to_(\d{4}-\d{2}-\d{2})")
_SOFT_HYPHEN: Final = "\u00ad"
_NO_VALUE: Final = frozenset({"", "-", "--", "null", "NaN"})


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    unit: str
    id: str


def is_myuplink_csv(head: str) -> bool:
    """Whether a file begins like an export of myUplink; one without data is an empty line."""
    if head and not head.strip("\ufeff\r\n"):
        return True
    return bool(_columns(head.split("\n", 1)[0])[1])


def myuplink_csv_file(
    path: Path, destination: Destination, zone: ZoneInfo, how: str = ""
) -> TextFile:
    """An export of myUplink, to be read."""
    first, _, rest = beginning(path).decode("utf-8-sig", "ignore").partition("\n")
    delimiter, columns = _columns(first)
    times = [line.split(delimiter, 1)[0].strip('" ') for line in rest.splitlines() if line.strip()]
    style = style_of(times, _promised(path.name))
    parser = _Lines(destination, columns, delimiter, Times(style, zone))
    return TextFile(path, parser, what="CSV file of myUplink", how=how, head_lines=1)


def _columns(header: str) -> tuple[str, Sequence[_Column | None]]:
    """The delimiter and what the columns behind the time are about; nothing where none is known."""
    for delimiter in _DELIMITERS:
        # in a title it does not separate: what follows is no bracket
        _, *cells = re.split(rf'{delimiter}(?=\s*"?\[|\s*$)', header.lstrip("\ufeff").strip())
        columns = [_column(cell) for cell in cells]
        if any(columns):
            return delimiter, columns
    return ";", ()


def _column(cell: str) -> _Column | None:
    match = _COLUMN.fullmatch(cell.strip('" '))
    if match is None:
        return None
    title = match["title"].replace(_SOFT_HYPHEN, "").strip()
    return _Column(title, match["unit"].replace(_SOFT_HYPHEN, "").strip(), match["id"])


def _promised(name: str) -> tuple[datetime, datetime] | None:
    """The period in the name of a downloaded file."""
    match = _SPAN.search(name)
    if match is None:
        return None
    try:
        first, last = (datetime.fromisoformat(day) for day in match.groups())
    except ValueError:
        return None
    return first, last


class _Lines:
    """Understands the lines of one file."""

    def __init__(
        self,
        destination: Destination,
        columns: Sequence[_Column | None],
        delimiter: str,
        times: Times,
    ) -> None:
        self._delimiter = delimiter
        self._times = times
        self._device = destination.device()
        self._series = [
            self._series_of(destination, column) if column else None for column in columns
        ]
        self._new = [
            Found(f"{column.title} ({column.id})", self._device, series[0])
            for column, series in zip(columns, self._series, strict=True)
            if column and series
        ]

    def _series_of(self, destination: Destination, column: _Column) -> tuple[Point, Unit]:
        known = {"vendor": _VENDOR, "title": column.title, "unit": column.unit}
        point = destination.point(self._device, column.id, **known)
        return point, destination.wire_unit(column.id, **known)

    def readings(self, line: str) -> Sequence[Reading]:
        written, *cells = (cell.strip('" ') for cell in line.split(self._delimiter))
        try:
            time = self._times.instant(written)
        except ValueError:
            raise NotUnderstood(f'"{written}" is no time') from None
        found: list[Reading] = []
        for series, cell in zip(self._series, cells, strict=False):
            if series is not None and cell not in _NO_VALUE:
                point, unit = series
                found.append(Reading(point.key, time, unit.to_canonical(_number(cell))))
        if not found and len([one for one in self._series if one]) == 1:
            raise NotUnderstood("it has no value")
        return found

    def found(self) -> Sequence[Found]:
        found, self._new = self._new, []
        return found


def _number(text: str) -> float:
    """A number, with a point or a comma before its decimals."""
    try:
        value = float(text.replace("\u2212", "-").replace(",", "."))
    except ValueError:
        raise NotUnderstood(f'"{text}" is no number') from None
    if not math.isfinite(value) or "_" in text:  # Python alone writes 1_000
        raise NotUnderstood(f'"{text}" is no number')
    return value
