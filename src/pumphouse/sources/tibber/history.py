"""The past that Tibber keeps of a device: closed periods, each resolution a set of points.

What is written down never changes, and gaps are hardly ever filled later, so every period is read
once, with a small overlap. Sums of an hour and of a day must not mix in one line: the points bear
the resolution in their ids, `history.hour.energyFlow.gridImport`.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from pumphouse.catalogue.catalogue import Catalogue
from pumphouse.core.errors import BadResponse
from pumphouse.core.model import Batch, Device, Interval, Point, PointKey, Reading
from pumphouse.core.units import DIMENSIONLESS, Unit, parse_unit
from pumphouse.sources.selection import Selection
from pumphouse.sources.tibber.api import DataApi
from pumphouse.sources.tibber.values import number
from pumphouse.sources.tibber.wire import Page, Period, SupportedHistory
from pumphouse.sources.vendor_time import instant

__all__ = ["OVERLAP", "HistoryMapper", "Past", "length_of", "periods"]

#: how many periods before the wanted ones are read once more
OVERLAP: Final = 1
_LENGTHS: Final = {
    "quarterHour": timedelta(minutes=15),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "month": timedelta(days=31),
}
#: units in which every documented capability of a family is
_FAMILIES: Final = {"energyFlow": parse_unit("Wh"), "temp": parse_unit("°C")}
_WORDS: Final = {"quarterHour": "quarter of an hour"}
_HOUR: Final = timedelta(hours=1)
_MOMENT: Final = timedelta(microseconds=1)


class Past(NamedTuple):
    """One series of periods that can be asked for.

    Attributes:
        home, device: ids.
        retention: how long the vendor keeps it; None where it does not say.
    """

    home: str
    device: Device
    resolution: str
    retention: timedelta | None = None

    @classmethod
    def of(cls, home: str, device: Device, supported: SupportedHistory) -> "tuple[Past, ...]":
        """Every series of a device, the finest first; none where it keeps no past."""
        days = supported.max_retention_days
        retention = timedelta(days=days) if days is not None and days > 0 else None
        names = sorted(set(supported.resolutions or ()), key=length_of)
        return tuple(cls(home, device, name, retention) for name in names)


def length_of(resolution: str) -> timedelta:
    """About how long a period is; days of 23 and 25 hours and short months count as usual ones."""
    return _LENGTHS.get(resolution, timedelta(days=1))


async def periods(
    api: DataApi, past: Past, interval: Interval, now: datetime
) -> AsyncIterator[list[Period]]:
    """The periods that begin in `interval`, page by page, the oldest first.

    The vendor cuts what is asked for to windows of its own choice and says so: where its window
    ends before ours, the rest is asked for anew. Each period comes once.

    Raises:
        SourceError: a call failed.
    """
    start, wanted, length = interval.start, interval, length_of(past.resolution)
    if past.retention is not None:
        start = max(start, now - past.retention)
    while start < interval.end:
        page = await api.history(past.home, past.device.id, past.resolution, start)
        behind = wanted
        async for each in _linked(api, page, interval.end):
            page = each
            found = [one for one in each.items if _is_within(one, wanted)]
            behind = _behind(found, behind)
            yield found
        covered = instant(page.query.effective_end)
        if covered is None or covered <= start or _reaches(page, interval.end):
            return
        if covered + length > now:
            return  # the period that begins there has not closed yet
        start, wanted = _next_start(start, covered, length), behind


async def _linked(api: DataApi, page: Page, end: datetime) -> AsyncIterator[Page]:
    """`page` and those that it leads to, until one reaches `end`."""
    followed: set[str] = set()
    yield page
    while page.next and not _reaches(page, end):
        if page.next in followed:
            raise BadResponse("Tibber's history leads in circles: a page links to an earlier one.")
        followed.add(page.next)
        page = await api.follow(page.next)
        yield page


def _behind(found: Sequence[Period], wanted: Interval) -> Interval:
    """What of `wanted` lies behind all that was found."""
    times = [time for one in found if (time := instant(one.time)) is not None]
    return Interval(max([wanted.start, *(time + _MOMENT for time in times)]), wanted.end)


def _next_start(start: datetime, covered: datetime, length: timedelta) -> datetime:
    """Where to go on behind a window that ends at `covered`.

    Windows end on the hour, and so in the middle of a day or a month, which then would be whole in
    none: one is asked for again, unless windows are so short that this would hardly lead on.
    """
    again = covered - OVERLAP * length
    return again if length > _HOUR and again - start > length else covered


def _reaches(page: Page, end: datetime) -> bool:
    last = instant(page.items[-1].time) if page.items else None
    return last is not None and last >= end


def _is_within(period: Period, interval: Interval) -> bool:
    time = instant(period.time)
    return time is not None and interval.start <= time < interval.end


class HistoryMapper:
    """Turns periods into points and readings; a reading's time is the beginning of its period."""

    def __init__(self, source: str, catalogue: Catalogue, selection: Selection) -> None:
        self._source = source
        self._vendor = catalogue.vendor("tibber")
        self._selection = selection

    def batch(self, past: Past, found: list[Period]) -> Batch:
        """The batch of a page. A period that is there twice counts once."""
        points: dict[str, Point] = {}
        readings: dict[tuple[str, datetime], Reading] = {}
        for period in found:
            time = instant(period.time)
            if time is None:
                continue
            for name, given in _flat(period.data):
                value = number(given)
                if value is None or not self._selection.keeps(_id(past, name), None):
                    continue
                point = points.setdefault(name, self._point(past, name))
                value = self._unit(name).to_canonical(value)
                readings[name, time] = Reading(point.key, time, value)
        return Batch(
            self._source,
            (past.device,) if points else (),
            tuple(points.values()),
            tuple(readings.values()),
        )

    def _point(self, past: Past, name: str) -> Point:
        word = _WORDS.get(past.resolution, past.resolution)
        return Point(
            key=PointKey(self._source, past.device.id, _id(past, name)),
            name=f"{name}, by {word}",
            unit=self._unit(name).canonical,
        )

    def _unit(self, name: str) -> Unit:
        """History bears no units: they are those of the capability of that name, or its family."""
        native = self._vendor.get(name)
        if native is not None and native.unit is not None:
            return native.unit
        return _FAMILIES.get(name.partition(".")[0], DIMENSIONLESS)


def _id(past: Past, name: str) -> str:
    return f"history.{past.resolution}.{name}"


def _flat(data: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, float | str | None]]:
    """The leaves of nested data, their names joined with dots; lists are no leaves."""
    for name, value in data.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        elif isinstance(value, int | float | str) and not isinstance(value, bool):
            yield f"{prefix}{name}", value
