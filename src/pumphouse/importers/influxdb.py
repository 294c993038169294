"""Databases of InfluxDB 1, 2 and 3, asked in InfluxQL, which all of them understand.

Each series is read by itself, some thousand rows at a time in order of time, so that it can be gone
on with anywhere.
"""

import hashlib
import json
import math
import re
from collections.abc import AsyncIterator, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from pumphouse.core.errors import BadResponse, UsageError
from pumphouse.core.model import Interval, Reading
from pumphouse.importers.database import Database
from pumphouse.importers.destination import Destination
from pumphouse.importers.mapping import VALUE, Mapped, Rule, map_series, told
from pumphouse.importers.pieces import Found, Piece, Rejected, SeriesName

__all__ = ["InfluxDb"]

_ROWS_AT_ONCE: Final = 10_000
_NANOSECONDS_PER_MILLISECOND: Final = 1_000_000
_PARTS: Final = re.compile(r"(?<!\\),")
_EQUALS: Final = re.compile(r"(?<!\\)=")
_ESCAPED: Final = re.compile(r"\\([,= ])")


@dataclass(frozen=True, slots=True)
class _Series:
    """One series of a measurement: its tags.

    Attributes:
        absent: tags that only other series of the measurement have.
        columns: name and type of each field where `*` would not bring all of them.
    """

    measurement: str
    tags: Mapping[str, str]
    absent: Sequence[str] = ()
    columns: Sequence[tuple[str, str]] = ()

    def tag(self, name: str) -> str:
        """A tag in a question; where a field has the same name, that one would be meant."""
        return _name(name) + ("::tag" if self.columns else "")

    def selected(self) -> str:
        """What to ask for."""
        return ", ".join(f"{_name(name)}::{kind}" for name, kind in self.columns) or "*"


class InfluxDb:
    """One database; see `pieces.Reader`.

    Args:
        server: entered.
        database: its name; the bucket's in version 2. A retention policy that is not the default
            one stands behind a slash.
        interval: what to read.
        how: whatever makes the same database mean something else.
    """

    what = "InfluxDB"

    def __init__(
        self,
        server: Database,
        database: str,
        *,
        destination: Destination,
        rules: Sequence[Rule],
        interval: Interval,
        how: str = "",
    ) -> None:
        self._server = server
        self._database = database
        self._destination = destination
        self._rules = rules
        self._interval = interval
        self._how = how
        self._met: dict[tuple[str, str, bool], Mapped | None] = {}

    @property
    def identity(self) -> str:
        """Of the database's name and of how it is read."""
        return hashlib.sha256(f"influxdb\0{self._database}\0{self._how}".encode()).hexdigest()

    async def pieces(self, after: str | None = None) -> AsyncIterator[Piece]:
        """Series by series, each in order of time."""
        begun, last = json.loads(after) if after else (0, None)
        series = await self._series()
        first = _nanoseconds(self._interval.start) - 1
        for number, one in enumerate(series):
            if number < begun:
                continue
            since = last if number == begun and last is not None else first
            while True:
                piece, since, complete = await self._piece(one, since)
                position = json.dumps([number + 1, None] if complete else [number, since])
                done = (number + complete) / len(series)
                yield Piece(piece.read, piece.readings, position, piece.found, piece.rejected, done)
                if complete:
                    break

    async def _series(self) -> Sequence[_Series]:
        """All series of the database, in order."""
        found = [_parsed(str(key)) for (key,) in await self._rows("SHOW SERIES")]
        if not found:
            raise UsageError(f"the database {self._database} is empty, or there is none")
        tags: dict[str, set[str]] = {}
        for one in found:
            tags.setdefault(one.measurement, set()).update(one.tags)
        typed = await self._typed_fields(tags)
        return [
            replace(
                one,
                absent=sorted(tags[one.measurement] - set(one.tags)),
                columns=typed.get(one.measurement, ()),
            )
            for one in sorted(found, key=lambda one: (one.measurement, sorted(one.tags.items())))
        ]

    async def _typed_fields(
        self, tags: Mapping[str, Container[str]]
    ) -> Mapping[str, Sequence[tuple[str, str]]]:
        """The fields of the measurements where `*` would leave some values out.

        Version 1 keeps the type of a field by the week: where it was a number in one week and a
        text in another, `*` brings only the numbers. A field that is called like a tag hides it.
        """
        found: dict[str, Sequence[tuple[str, str]]] = {}
        for table in await self._tables("SHOW FIELD KEYS"):
            rows = [row for row in _list(table, "values") if isinstance(row, list)]
            # whole numbers come with the others, if there are others
            kinds = {(str(name), str(kind)) for name, kind in rows}
            columns = sorted(
                (name, kind)
                for name, kind in kinds
                if kind not in ("integer", "unsigned") or (name, "float") not in kinds
            )
            names = [name for name, _ in columns]
            measurement = str(table.get("name"))
            hidden = tags.get(measurement, ())
            if len(set(names)) < len(names) or any(name in hidden for name in names):
                found[measurement] = columns
        return found

    async def _piece(self, series: _Series, since: int) -> tuple[Piece, int, bool]:
        """Rows behind `since`; the time of the last of them, and whether there are no more."""
        where = [f"time > {since}", f"time < {_nanoseconds(self._interval.end)}"]
        where += [f"{series.tag(tag)} = {_text(value)}" for tag, value in series.tags.items()]
        where += [f"{series.tag(tag)} = ''" for tag in series.absent]
        measurement, condition = _name(series.measurement), " AND ".join(where)
        question = (
            f"SELECT {series.selected()} FROM {measurement} WHERE {condition}"  # noqa: S608 (quoted)
            f" ORDER BY time ASC LIMIT {_ROWS_AT_ONCE}"
        )
        answer = await self._answer(question)
        if answer is None:
            return Piece(0, (), ""), since, True
        columns, rows = answer
        if series.columns:  # a name that comes twice gets a number
            columns = ["time", *(name for name, _ in series.columns)]
        fields = [
            (place, name)
            for place, name in enumerate(columns)
            if name != "time"
            and (series.columns or (name not in series.tags and name not in series.absent))
        ]
        readings: list[Reading] = []
        rejected: list[Rejected] = []
        found: list[Found] = []
        for number, row in enumerate(rows, start=1):
            stamp = row[0]
            if not isinstance(stamp, int):
                raise BadResponse("InfluxDB answers with a time that is no number.")
            valued = any(name == VALUE and row[place] is not None for place, name in fields)
            for place, name in fields:
                if row[place] is not None:
                    beside_value = valued and name != VALUE
                    mapped = self._mapped(series, name, found, beside_value=beside_value)
                    if mapped is not None:
                        _add(mapped, stamp, row[place], readings, rejected, number)
            since = stamp
        whole = len(rows) < _ROWS_AT_ONCE
        read = len(readings) + len(rejected)
        return Piece(read, tuple(readings), "", tuple(found), tuple(rejected)), since, whole

    def _mapped(
        self, series: _Series, name: str, found: list[Found], *, beside_value: bool
    ) -> Mapped | None:
        key = (f"{series.measurement}\0{sorted(series.tags.items())}", name, beside_value)
        if key not in self._met:
            named = SeriesName(series.measurement, series.tags, name)
            mapped = map_series(named, self._rules, self._destination, beside_value=beside_value)
            self._met[key] = mapped
            found.append(told(named, mapped))
        return self._met[key]

    async def _rows(self, question: str) -> Sequence[Sequence[object]]:
        answer = await self._answer(question)
        return answer[1] if answer else ()

    async def _answer(self, question: str) -> tuple[list[str], list[list[object]]] | None:
        """Columns and rows of the one table that answers a question; None where there is none."""
        table = next(iter(await self._tables(question)), None)
        if table is None:
            return None
        columns = [str(name) for name in _list(table, "columns")]
        rows = [row for row in _list(table, "values") if isinstance(row, list)]
        return columns, rows

    async def _tables(self, question: str) -> Sequence[Mapping[str, object]]:
        database, _, policy = self._database.partition("/")
        params = {"db": database, "q": question, "epoch": "ns"} | ({"rp": policy} if policy else {})
        body = await self._server.ask("/query", params)
        result = next(iter(_list(body, "results")), {})
        if not isinstance(result, dict) or "error" in result:
            said = result.get("error") if isinstance(result, dict) else "something strange"
            raise UsageError(f"InfluxDB does not answer about {self._database}: {said}")
        return [table for table in _list(result, "series") if isinstance(table, dict)]


def _add(
    mapped: Mapped,
    stamp: int,
    raw: object,
    readings: list[Reading],
    rejected: list[Rejected],
    number: int,
) -> None:
    time = datetime.fromtimestamp(stamp // _NANOSECONDS_PER_MILLISECOND / 1000, UTC)
    key = mapped.point.key
    if isinstance(raw, str):
        readings.append(Reading(key, time, None, raw))
    elif isinstance(raw, (bool, int, float)) and math.isfinite(raw):
        readings.append(Reading(key, time, mapped.value(float(raw))))
    else:
        rejected.append(Rejected(number, f"{raw!r} is no value"))


def _list(body: Mapping[str, object], key: str) -> Iterator[object]:
    found = body.get(key)
    return iter(found if isinstance(found, list) else ())


def _parsed(key: str) -> _Series:
    r"""A series as `SHOW SERIES` writes it: `heatpump,device=1,source=a\ b`."""
    measurement, *pairs = _PARTS.split(key)
    tags = (_EQUALS.split(pair, maxsplit=1) for pair in pairs)
    return _Series(_plain(measurement), {_plain(tag): _plain(value) for tag, value in tags})


def _plain(text: str) -> str:
    """A name without the backslashes before what separates names; others are part of it."""
    return _ESCAPED.sub(r"\1", text)


def _name(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _nanoseconds(time: datetime) -> int:
    return round(time.timestamp() * 1000) * _NANOSECONDS_PER_MILLISECOND
