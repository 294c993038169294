"""A tariff as a source: the prices of today and tomorrow, out of the configuration alone."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date, datetime, timedelta
from types import TracebackType
from typing import Final, Self
from zoneinfo import ZoneInfo

from pumphouse.core.model import Batch, Device, Interval, Point, PointKey, Reading
from pumphouse.core.ports import Host
from pumphouse.core.units import price_unit
from pumphouse.sources.selection import Selection
from pumphouse.sources.tariff.calendar import price_at, quarters
from pumphouse.sources.tariff.settings import TariffSettings

__all__ = ["Tariff"]

_DEVICE: Final = "tariff"
_PRICE: Final = "electricity_price"
_DAY: Final = timedelta(days=1)
#: without a first day of the contract, nobody knows for how long it holds
_PAST: Final = timedelta(days=31)
_DIGITS: Final = 6


class Tariff:
    """Tells the price of each hour of today and tomorrow, and where it changes in between.

    A price counts until the next one, so that a day of one price would need one reading; it is
    told every hour nevertheless, for whoever reads a price has to know that it is still one.
    """

    def __init__(self, name: str, settings: TariffSettings, host: Host) -> None:
        self._name = name
        self._settings = settings
        self._clock = host.clock
        self._zone = ZoneInfo(host.site.timezone)
        self._energy = [period.hours() for period in settings.periods]
        self._grid = [period.hours() for period in settings.grid_periods]
        self._point = Point(
            PointKey(name, _DEVICE, _PRICE),
            "Electricity price",
            _PRICE,
            price_unit(settings.currency or host.site.currency),
        )
        self._kept = Selection(settings.include, settings.exclude).keeps(_PRICE, _PRICE)
        self._told: tuple[date, Batch] | None = None

    @property
    def name(self) -> str:
        """The name it has in the configuration."""
        return self._name

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Nothing is open."""

    @property
    def tells_prices(self) -> bool:
        """Whether the price is kept; see `core.ports.SupportsPrices`."""
        return self._kept

    async def read(self) -> Batch:
        """The prices of today and tomorrow; see `core.ports.Source.read`."""
        today = self._clock.now().astimezone(self._zone).date()
        if self._told is None or self._told[0] != today:
            self._told = today, self._batch((today, today + _DAY))
        return self._told[1]

    async def history(self, interval: Interval) -> AsyncIterator[Batch]:
        """What the contract asked for then, day by day; see `core.ports.SupportsHistory`."""
        first = self._settings.since or self._clock.now().astimezone(self._zone).date() - _PAST
        day = max(first, interval.start.astimezone(self._zone).date())
        while datetime.combine(day, datetime.min.time(), self._zone) < interval.end:
            yield self._batch((day,), interval)
            day += _DAY

    def _batch(self, days: Sequence[date], within: Interval | None = None) -> Batch:
        device = Device(self._name, _DEVICE, "Electricity tariff")
        if not self._kept:
            return Batch(self._name, (device,))
        readings = tuple(
            Reading(self._point.key, moment, price)
            for day in days
            for moment, price in self._prices(day)
            if within is None or within.start <= moment < within.end
        )
        return Batch(self._name, (device,), (self._point,), readings)

    def _prices(self, day: date) -> Iterator[tuple[datetime, float]]:
        """The price at each hour of a day, counted from its midnight, and at each change."""
        if self._settings.since is not None and day < self._settings.since:
            return
        last: float | None = None
        for place, moment in enumerate(quarters(day, self._zone)):
            price = self._price(moment.astimezone(self._zone))
            if price != last or place % 4 == 0:
                yield moment, price
            last = price

    def _price(self, local: datetime) -> float:
        """All that a kilowatt-hour costs at a local time."""
        settings = self._settings
        energy, grid = price_at(self._energy, local), price_at(self._grid, local)
        parts = (
            energy if energy is not None else settings.price or 0.0,
            grid if grid is not None else settings.grid_fee,
            settings.energy_tax,
        )
        return round(sum(parts) * (1.0 + settings.vat / 100.0), _DIGITS)
