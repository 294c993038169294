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
from pumphouse.importers.mapping import Mapped, Rule, map_series, told
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
#: comments, and what an export of InfluxDB 1.x says before its lines
_SAYS_NOTHING: Final = ("#", "CREATE DATABASE", "CREATE RETENTION")
#: seconds, milliseconds, microseconds, nanoseconds: whose year lies between 1970 and 2286
_SCALES: Final = ((1e10, 1.0), (1e13, 1e3), (1e16, 1e6), (math.inf, 1e9))


def is_line_protocol(head: str) -> bool:
    """Whether the first line that is no comment looks like line protocol with a time."""
    for line in head.splitlines():
        if line.strip() and not line.startswith(_SAYS_NOTHING):
            match = _LINE.fullmatch(line)
            return bool(match and match["time"] and _FIELD.match(match["fields"]))
    return False


def line_protocol_file(
    path: Path, destination: Destination, rules: Sequence[Rule], how: str = ""
) -> TextFile:
    """A file of line protocol, to be read."""
    return TextFile(path, _Lines(destination, rules), what="line protocol", how=how)


class _Lines:
    """Understands the lines of one file."""

    def __init__(self, destination: Destination, rules: Sequence[Rule]) -> None:
        self._destination = destination
        self._rules = rules
        self._known: dict[tuple[str, str], Mapped | None] = {}
        self._new: list[Found] = []

    def readings(self, line: str) -> Sequence[Reading]:
        if line.startswith(_SAYS_NOTHING):
            return ()
        match = _LINE.fullmatch(line)
        if match is None:
            raise NotUnderstood("it is no line protocol")
        if match["time"] is None:
            raise NotUnderstood("it has no time")
        time = _instant(int(match["time"]))
        found = []
        for name, written in _fields(match["fields"]):
            mapped = self._mapped(match["key"], name)
            if mapped is not None:
                found.append(_reading(mapped, time, written))
        return found

    def found(self) -> Sequence[Found]:
        found, self._new = self._new, []
        return found

    def _mapped(self, key: str, name: str) -> Mapped | None:
        if (key, name) not in self._known:
            series = _series(key, name)
            mapped = map_series(series, self._rules, self._destination)
            self._known[key, name] = mapped
            self._new.append(told(series, mapped))
        return self._known[key, name]


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
        value = float(written.rstrip("iu"))
    except ValueError:
        raise NotUnderstood(f'"{written}" is no value') from None
    if not math.isfinite(value):
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
