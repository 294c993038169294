"""Files of InfluxDB's line protocol, as `influx_inspect export` and many scripts write them.

::

    heatpump,device=80105,source=ground outdoor_temperature=3.1,degree_minutes=-60.0 1768478400
"""

import math
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pumphouse.core.model import Reading
from pumphouse.importers.destination import Destination
from pumphouse.importers.mapping import VALUE, Mapped, Rule, map_series, told
from pumphouse.importers.pieces import Found, SeriesName
from pumphouse.importers.text_files import NotUnderstood, TextFile

__all__ = ["is_line_protocol", "line_protocol_file"]

#: a backslash before anything else is part of a name
_ESCAPED: Final = re.compile(r"\\([,= ])")
_ESCAPED_IN_QUOTES: Final = re.compile(r"\\([\\\"])")
#: measurement and tags, fields, time: blanks inside quotes or behind a backslash separate nothing
_LINE: Final = re.compile(
    r"(?P<key>(?:\\.|[^ \\])+) +(?P<fields>(?:\"(?:\\.|[^\"\\])*\"|\\.|[^ \"\\])+)"
    r"(?: +(?P<time>-?\d+))?\s*"
)
_COMMA: Final = re.compile(r"((?:\\.|[^,\\])+)(?:,|$)")
_FIELD: Final = re.compile(
    r"(?P<key>(?:\\.|[^=,\\])+)=(?P<value>\"(?:\\.|[^\"\\])*\"|[^,\"]+)(?:,|$)"
)
#: a row that ends within the text of a field
_OPEN: Final = re.compile(
    rb"[ \t]*(?:\\.|[^ \\])+ +(?:\"(?:\\.|[^\"\\])*\"|\\.|[^ \"\\])+=\"(?:\\.|[^\"\\])*", re.DOTALL
)
#: comments, and what an export of InfluxDB 1.x says before its lines
_SAYS_NOTHING: Final = ("#", "CREATE DATABASE", "CREATE RETENTION")
#: seconds, milliseconds, microseconds, nanoseconds: whose year lies between 1970 and 2286
_SCALES: Final = ((1e10, 1.0), (1e13, 1e3), (1e16, 1e6), (math.inf, 1e9))


def is_line_protocol(head: str) -> bool:
    """Whether the first line that is no comment looks like line protocol with a time."""
    for line in map(str.lstrip, head.splitlines()):
        if line and not line.startswith(_SAYS_NOTHING):
            match = _LINE.fullmatch(line)
            return bool(match and match["time"] and _FIELD.match(match["fields"]))
    return False


def line_protocol_file(
    path: Path, destination: Destination, rules: Sequence[Rule], how: str = ""
) -> TextFile:
    """A file of line protocol, to be read."""
    lines = _Lines(destination, rules)
    return TextFile(path, lines, what="line protocol", how=how, goes_on=_is_open)


def _is_open(row: bytes) -> bool:
    """Whether the text of a field has begun and not ended: it holds a line break."""
    return b'"' in row and row.lstrip()[:1] != b"#" and _OPEN.fullmatch(row) is not None


class _Lines:
    """Understands the lines of one file."""

    def __init__(self, destination: Destination, rules: Sequence[Rule]) -> None:
        self._destination = destination
        self._rules = rules
        self._known: dict[tuple[str, str, bool], Mapped | None] = {}
        self._new: list[Found] = []

    def readings(self, line: str) -> Sequence[Reading]:
        line = line.lstrip()
        if line.startswith(_SAYS_NOTHING):
            return ()
        match = _LINE.fullmatch(line)
        if match is None:
            raise NotUnderstood("it is no line protocol")
        if match["time"] is None:
            raise NotUnderstood("it has no time")
        time = _instant(int(match["time"]))
        found = []
        fields = list(_fields(match["fields"]))
        valued = any(name == VALUE for name, _ in fields)
        for name, written in fields:
            mapped = self._mapped(match["key"], name, beside_value=valued and name != VALUE)
            if mapped is not None:
                found.append(_reading(mapped, time, written))
        return found

    def found(self) -> Sequence[Found]:
        found, self._new = self._new, []
        return found

    def _mapped(self, key: str, name: str, *, beside_value: bool) -> Mapped | None:
        known = key, name, beside_value
        if known not in self._known:
            series = _series(key, name)
            mapped = map_series(series, self._rules, self._destination, beside_value=beside_value)
            self._known[known] = mapped
            self._new.append(told(series, mapped))
        return self._known[known]


def _series(key: str, name: str) -> SeriesName:
    measurement, *pairs = _COMMA.findall(key)
    tags: dict[str, str] = {}
    for pair in pairs:
        tag, _, value = re.sub(r"(?<!\\)=", "\0", pair, count=1).partition("\0")
        tags[_plain(tag)] = _plain(value)
    return SeriesName(_plain(measurement), tags, _plain(name))


def _fields(text: str) -> Iterator[tuple[str, str]]:
    end = 0
    for match in _FIELD.finditer(text):
        if match.start() != end:
            break
        end = match.end()
        yield match["key"], match["value"]
    if end != len(text):
        raise NotUnderstood("its fields are not understood")


def _reading(mapped: Mapped, time: datetime, written: str) -> Reading:
    if written.startswith('"'):
        return Reading(mapped.point.key, time, None, _ESCAPED_IN_QUOTES.sub(r"\1", written[1:-1]))
    if written.lower() in ("t", "true", "f", "false"):
        return Reading(mapped.point.key, time, float(written.lower() in ("t", "true")))
    try:
        value = float(written[:-1] if written[-1] in "iu" else written)
    except ValueError:
        raise NotUnderstood(f'"{written}" is no value') from None
    if not math.isfinite(value) or "_" in written:  # Python alone writes 1_000
        raise NotUnderstood(f'"{written}" is no value')
    return Reading(mapped.point.key, time, mapped.value(value))


def _instant(stamp: int) -> datetime:
    """The instant of a time stamp; its size tells its unit."""
    scale = next(scale for limit, scale in _SCALES if abs(stamp) < limit)
    try:
        return datetime.fromtimestamp(round(stamp * 1000 / scale) / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        raise NotUnderstood(f"{stamp} is no time") from None


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)
