"""Each day's efficiency as points of the device: what MQTT, InfluxDB and graphs show of it.

It drinks from the journal like any sink, so it learns of every day that has changed, late data
included, and computes those days again and no others. What it finds goes into the store by the
same door as a poll, and so to every other sink.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from types import TracebackType
from typing import Final, Self
from zoneinfo import ZoneInfo

from pumphouse.analytics.inputs import INPUTS, PUMP_METRICS
from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Batch, Device, Interval, Point, PointKey, Reading
from pumphouse.core.ports import Clock, Rejection, Store
from pumphouse.core.units import Quantity, canonical_unit, parse_unit
from pumphouse.runtime.analyst import Period
from pumphouse.runtime.house_price import PRICE, currency_at

__all__ = ["ComputeDays", "DailyResults"]

ComputeDays = Callable[[Sequence[Period]], Awaitable[Sequence[Mapping[str, float]]]]
"""The daily metrics of each period; see `runtime.analyst.Analyst.days`."""

_BATCH: Final = 50_000
#: how often the day that is not over yet is computed again
_TODAY_EVERY: Final = timedelta(minutes=15)
#: every day that was computed has this
_COMPUTED: Final = "daily_coverage"
_DayOf = tuple[str, str, date]


class DailyResults:
    """A cursor sink whose other side is the store itself.

    Args:
        compute: makes the figures.
    """

    def __init__(self, store: Store, clock: Clock, zone: ZoneInfo, compute: ComputeDays) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._compute = compute
        self._postponed: dict[_DayOf, datetime] = {}
        self._new = True

    @property
    def name(self) -> str:
        """The name under which its progress is kept."""
        return "daily results"

    @property
    def batch_size(self) -> int:
        """How many readings it likes to be given at once: some days, so that each comes once."""
        return _BATCH

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Nothing is open."""

    async def deliver(
        self, readings: Sequence[Reading], points: Mapping[PointKey, Point]
    ) -> Sequence[Rejection]:
        """Compute every day that `readings` belong to; the current one every quarter of an hour."""
        today = self._clock.now().astimezone(self._zone).date()
        devices = await self._pumps()
        changed = self._days_of(readings, points) | self._due(devices, today)
        changed |= await self._repriced(readings, points, devices)
        days = [one for one in sorted(changed) if one[:2] in devices and self._is_time(one, today)]
        periods = [Period(devices[one[:2]], self._known(one[2])) for one in days]
        if periods:
            results = await self._compute(periods)
            for period, values in zip(periods, results, strict=True):
                currency = await currency_at(self._store, period.interval.end)
                await self._store.append(_batch(period, values, currency))
        return ()

    async def _pumps(self) -> Mapping[tuple[str, str], Device]:
        """The devices that tell what only a pump tells."""
        told = {one.key[:2] for one in await self._store.points() if one.metric in PUMP_METRICS}
        devices = {(one.source, one.id): one for one in await self._store.devices()}
        return {key: device for key, device in devices.items() if key in told}

    def _days_of(
        self, readings: Sequence[Reading], points: Mapping[PointKey, Point]
    ) -> set[_DayOf]:
        """The days of what analytics look at; those of what they have made are none of them."""
        asked = {key for key, point in points.items() if point.metric in INPUTS}
        return {
            (*reading.key[:2], reading.time.astimezone(self._zone).date())
            for reading in readings
            if reading.key in asked
        }

    async def _repriced(
        self,
        readings: Sequence[Reading],
        points: Mapping[PointKey, Point],
        devices: Iterable[tuple[str, str]],
    ) -> set[_DayOf]:
        """The days that were computed before their prices were known."""
        prices = {key for key, point in points.items() if point.metric == PRICE}
        times = [reading.time for reading in readings if reading.key in prices]
        if not times:
            return set()
        priced = {time.astimezone(self._zone).date() for time in times}
        around = Interval(min(times) - timedelta(days=1), max(times) + timedelta(days=1))
        found: set[_DayOf] = set()
        for source, device in devices:
            key = PointKey(source, device, _COMPUTED)
            midnights = (await self._store.columns(key, around)).times
            days = {datetime.fromtimestamp(one, self._zone).date() for one in midnights}
            found |= {(source, device, day) for day in days & priced}
        return found

    def _due(self, devices: Iterable[tuple[str, str]], today: date) -> set[_DayOf]:
        """Days that were computed while they were the current one, and are over now."""
        if self._new:
            self._new = False  # what was computed last before a restart nobody knows any more
            return {(*device, today - timedelta(days=1)) for device in devices}
        return {day_of for day_of in self._postponed if day_of[2] < today}

    def _is_time(self, day_of: _DayOf, today: date) -> bool:
        """Whether to compute a changed day now; the current one is postponed now and then."""
        if day_of[2] < today:
            self._postponed.pop(day_of, None)
            return True
        now = self._clock.now()
        last = self._postponed.get(day_of)
        if last is not None and now - last < _TODAY_EVERY:
            return False
        self._postponed[day_of] = now
        return True

    def _known(self, day: date) -> Interval:
        """A day of the site, 23 to 25 hours long; of the current one what there is of it yet."""
        start, end = (
            datetime.combine(one, time(), self._zone) for one in (day, day + timedelta(days=1))
        )
        return Interval(start, max(start, min(end, self._clock.now())))


def _batch(period: Period, values: Mapping[str, float], currency: str | None) -> Batch:
    """The figures of a day as readings at its midnight."""
    device, interval = period
    points = [_point(device, name, currency) for name in values]
    readings = (
        Reading(point.key, interval.start, value)
        for point, value in zip(points, values.values(), strict=True)
    )
    return Batch(device.source, points=tuple(points), readings=tuple(readings))


def _point(device: Device, name: str, currency: str | None) -> Point:
    metric = load_catalogue().metrics[name]
    key = PointKey(device.source, device.id, name)
    unit = canonical_unit(metric.quantity)
    if metric.quantity is Quantity.MONEY and currency is not None:
        unit = parse_unit(currency)
    return Point(key, metric.label, name, unit)
