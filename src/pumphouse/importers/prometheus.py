"""Prometheus, VictoriaMetrics and whatever answers Prometheus' questions.

Range queries say on which days a series has samples; the samples themselves are then asked for day
by day with their own times, because a range query would move them onto its own grid.
"""

import hashlib
import json
import math
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from pumphouse.core.errors import BadResponse, UsageError
from pumphouse.core.model import Interval, Reading
from pumphouse.importers.database import Database
from pumphouse.importers.destination import Destination
from pumphouse.importers.mapping import Mapped, Rule, map_series, told
from pumphouse.importers.pieces import Found, Piece, SeriesName

__all__ = ["Prometheus"]

_PLAIN: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_MILLISECOND: Final = timedelta(milliseconds=1)
#: a server answers at most 11,000 steps of a range query
_DAYS_AT_ONCE: Final = 10_000


class Prometheus:
    """One server; see `pieces.Reader`.

    Args:
        server: entered.
        selector: which series, for example `{__name__=~"heatpump_.+"}`.
        interval: what to read.
        how: whatever makes the same server mean something else.
    """

    what = "Prometheus"

    def __init__(
        self,
        server: Database,
        selector: str,
        *,
        destination: Destination,
        rules: Sequence[Rule],
        interval: Interval,
        how: str = "",
    ) -> None:
        self._server = server
        self._selector = selector
        self._destination = destination
        self._rules = rules
        self._interval = interval
        self._how = how

    @property
    def identity(self) -> str:
        """Of the selector and of how it is read."""
        return hashlib.sha256(f"prometheus\0{self._selector}\0{self._how}".encode()).hexdigest()

    async def pieces(self, after: str | None = None) -> AsyncIterator[Piece]:
        """Series by series, each day by day."""
        begun, last = json.loads(after) if after else (0, None)
        series = await self._series()
        for number, labels in enumerate(series):
            if number < begun:
                continue
            name = SeriesName(
                labels.get("__name__", ""), {k: v for k, v in labels.items() if k != "__name__"}
            )
            mapped = map_series(name, self._rules, self._destination)
            found: tuple[Found, ...] = (told(name, mapped),)
            days = await self._days(labels) if mapped else []
            for place, day in enumerate(days):
                if number == begun and last is not None and day.timestamp() <= last:
                    continue
                readings = await self._samples(labels, day, mapped)
                position = json.dumps([number, day.timestamp()])
                done = (number + place / len(days)) / len(series)
                yield Piece(len(readings), tuple(readings), position, found, done=done)
                found = ()
            position = json.dumps([number + 1, None])
            yield Piece(0, (), position, found, done=(number + 1) / len(series))

    async def _series(self) -> Sequence[Mapping[str, str]]:
        params = {
            "match[]": self._selector,
            "start": _seconds(self._interval.start),
            "end": _seconds(self._interval.end),
        }
        data = (await self._server.ask("/api/v1/series", params)).get("data")
        found = [
            {str(k): str(v) for k, v in one.items()}
            for one in (data if isinstance(data, list) else ())
            if isinstance(one, dict)
        ]
        if not found:
            raise UsageError(f"there is no series {self._selector} in that time")
        return sorted(found, key=lambda labels: sorted(labels.items()))

    async def _days(self, labels: Mapping[str, str]) -> Sequence[datetime]:
        """The ends of the days that hold samples."""
        days: list[datetime] = []
        start = self._interval.start.replace(hour=0, minute=0, second=0, microsecond=0)
        while start < self._interval.end:
            end = min(start + _DAYS_AT_ONCE * _DAY, self._interval.end + _DAY)
            params = {
                "query": f"count_over_time({_selector(labels)}[1d])",
                "start": _seconds(start),
                "end": _seconds(end),
                "step": "86400",
            }
            answer = await self._server.ask("/api/v1/query_range", params)
            days += [datetime.fromtimestamp(stamp, UTC) for stamp, _ in _values(answer)]
            start = end
        return sorted(set(days))

    async def _samples(
        self, labels: Mapping[str, str], day: datetime, mapped: Mapped | None
    ) -> list[Reading]:
        """The samples of the day that ends at `day`, with their own times."""
        assert mapped is not None
        # Servers differ in whether the bounds belong to a range: ask for more and cut it off.
        params = {"query": f"{_selector(labels)}[86402s]", "time": _seconds(day + _SECOND)}
        first, end = max(self._interval.start, day - _DAY + _MILLISECOND), self._interval.end
        readings = []
        for stamp, text in _values(await self._server.ask("/api/v1/query", params)):
            time = datetime.fromtimestamp(round(stamp * 1000) / 1000, UTC)
            value = float(text)
            if first <= time <= day and time < end and math.isfinite(value):
                readings.append(Reading(mapped.point.key, time, mapped.value(value)))
        return readings


def _values(answer: Mapping[str, object]) -> list[tuple[float, str]]:
    """The rows of the one series of an answer."""
    data = answer.get("data")
    result = data.get("result") if isinstance(data, dict) else None
    if not isinstance(result, list):
        raise BadResponse("Prometheus answers with something else than a result.")
    rows: list[tuple[float, str]] = []
    for series in result:
        found = series.get("values") if isinstance(series, dict) else None
        rows += [(float(row[0]), str(row[1])) for row in found or ()]
    return rows


def _selector(labels: Mapping[str, str]) -> str:
    inside = ",".join(f"{_label(name)}={_quoted(value)}" for name, value in sorted(labels.items()))
    return f"{{{inside}}}"


def _label(name: str) -> str:
    """A label's name as a selector writes it; only newer servers have others than plain ones."""
    return name if _PLAIN.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    # Servers read Go's escapes, which know no halves of characters as JSON's do.
    return json.dumps(text, ensure_ascii=False)


def _seconds(time: datetime) -> str:
    return f"{time.timestamp():.3f}"
