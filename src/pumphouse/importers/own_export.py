"""What `pumphouse export` and the file sink write: CSV and JSON lines, one reading a row."""

import csv
import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from pumphouse.core.documents import LATEST_FIELDS
from pumphouse.core.model import Device, Point, PointKey, Reading
from pumphouse.core.units import parse_unit
from pumphouse.importers.destination import Destination
from pumphouse.importers.pieces import Found
from pumphouse.importers.text_files import NotUnderstood, TextFile

__all__ = ["csv_file", "is_csv", "is_json_lines", "json_lines_file"]

_HEADER = ",".join(LATEST_FIELDS)
_Split = Callable[[str], Mapping[str, object]]


def is_csv(head: str) -> bool:
    """Whether a file begins like our own CSV."""
    return head.split("\n", 1)[0].strip() == _HEADER


def is_json_lines(head: str) -> bool:
    """Whether a file begins like our own JSON lines."""
    first = head.lstrip().split("\n", 1)[0]
    try:
        row = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(row, dict) and {"source", "device", "point", "time"} <= set(row)


def csv_file(path: Path, destination: Destination, how: str = "") -> TextFile:
    """A CSV file of our own, to be read."""
    rows = _Rows(destination, _cells)
    return TextFile(path, rows, what="own CSV", how=how, head_lines=1, goes_on=_is_open)


def json_lines_file(path: Path, destination: Destination, how: str = "") -> TextFile:
    """A file of JSON lines of our own, to be read."""
    return TextFile(path, _Rows(destination, _members), what="own JSON lines", how=how)


def _is_open(row: bytes) -> bool:
    """Whether a text in quotation marks has begun and not ended: it holds a line break."""
    return row.count(b'"') % 2 == 1


def _cells(line: str) -> Mapping[str, object]:
    try:
        (cells,) = csv.reader([line])
    except csv.Error as problem:
        raise NotUnderstood(f"it is no line of CSV: {problem}") from None
    if len(cells) != len(LATEST_FIELDS):
        raise NotUnderstood(f"it has {len(cells)} columns, not {len(LATEST_FIELDS)}")
    return dict(zip(LATEST_FIELDS, cells, strict=True))


def _members(line: str) -> Mapping[str, object]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise NotUnderstood("it is no JSON") from None
    if not isinstance(row, dict):
        raise NotUnderstood("it is no JSON object")
    return row


class _Rows:
    """Understands rows with the keys of `latest --json`."""

    def __init__(self, destination: Destination, split: _Split) -> None:
        self._destination = destination
        self._split = split
        self._series: dict[PointKey, Point] = {}
        self._device_of: dict[PointKey, Device] = {}
        self._new: list[Found] = []

    def readings(self, line: str) -> Sequence[Reading]:
        row = self._split(line)
        time = _time(row)
        value = _value(row)
        text = _word(row, "text")
        if value is None and text is None:
            raise NotUnderstood("it has neither a value nor a text")
        named = PointKey(_must(row, "source"), _must(row, "device"), _must(row, "point"))
        point = self._series.get(named) or self._met(named, row)
        if value is not None and text is not None:
            self._label(named, value, text)
            text = None
        return (Reading(point.key, time, value, text),)

    def found(self) -> Sequence[Found]:
        found, self._new = self._new, []
        return found

    def _label(self, named: PointKey, value: float, text: str) -> None:
        """Remember the word of a code; where it is new, the point is told again."""
        point = self._destination.label(self._series[named], value, text)
        if point is not self._series[named]:
            self._series[named] = point
            self._new.append(Found(" ".join(named), self._device_of[named], point))

    def _met(self, named: PointKey, row: Mapping[str, object]) -> Point:
        device = self._destination.device(named.device, named.source)
        point = self._destination.described(_point(device, named, row))
        self._series[named] = point
        self._device_of[named] = device
        self._new.append(Found(" ".join(named), device, point))
        return point


def _point(device: Device, named: PointKey, row: Mapping[str, object]) -> Point:
    return Point(
        PointKey(device.source, device.id, named.point),
        _word(row, "name") or named.point,
        _word(row, "metric"),
        parse_unit(_word(row, "unit") or ""),
    )


def _time(row: Mapping[str, object]) -> datetime:
    text = _must(row, "time")
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise NotUnderstood(f'"{text}" is no time') from None
    if time.tzinfo is None:
        raise NotUnderstood(f'the time "{text}" has no zone')
    return time


def _value(row: Mapping[str, object]) -> float | None:
    raw = row.get("value")
    if raw is None or raw == "":
        return None
    try:
        value = float(str(raw))
    except ValueError:
        raise NotUnderstood(f'the value "{raw}" is no number') from None
    if not math.isfinite(value):
        raise NotUnderstood(f'the value "{raw}" is no number')
    return value


def _word(row: Mapping[str, object], key: str) -> str | None:
    raw = row.get(key)
    if raw in (None, ""):
        return None
    try:
        str(raw).encode()
    except UnicodeEncodeError:  # half a pair of UTF-16, which only JSON can write
        raise NotUnderstood(f"its {key} holds what is no character") from None
    return str(raw)


def _must(row: Mapping[str, object], key: str) -> str:
    word = _word(row, key)
    if word is None:
        raise NotUnderstood(f"it has no {key}")
    return word
