"""Prices and consumption of a Tibber home as points and readings."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pumphouse.catalogue.catalogue import Catalogue
from pumphouse.core.model import Batch, Device, Point, PointKey, Reading
from pumphouse.core.units import DIMENSIONLESS, Unit, parse_unit, price_unit
from pumphouse.sources.assembly import Assembler, Sample
from pumphouse.sources.selection import Selection
from pumphouse.sources.tibber.graphql import wire
from pumphouse.sources.tibber.values import number
from pumphouse.sources.vendor_time import instant
from pumphouse.sources.wording import readable

__all__ = ["HomeMapper", "home_device"]

#: codes of the catalogue's `spot_price_level`
_LEVELS: Final = {
    "VERY_CHEAP": 1.0,
    "CHEAP": 2.0,
    "NORMAL": 3.0,
    "EXPENSIVE": 4.0,
    "VERY_EXPENSIVE": 5.0,
}


def home_device(source: str, home: wire.Home) -> Device:
    """A home as the device that its prices and its consumption belong to."""
    name = readable(home.app_nickname) or "Home"
    return Device(source, home.id, name, manufacturer="Tibber", system=home.id)


class HomeMapper:
    """Turns what was read of a home into batches.

    Args:
        source: the configured name.
        grid_fee: what the grid company takes for a kilowatt-hour, which is in no price of Tibber's.
    """

    def __init__(
        self, source: str, catalogue: Catalogue, selection: Selection, grid_fee: float = 0.0
    ) -> None:
        self._source = source
        self._grid_fee = grid_fee
        self._vendor = catalogue.vendor("tibber")
        self._assembler = Assembler(source, catalogue, selection)

    def prices(self, device: Device, prices: Iterable[wire.Price]) -> Batch:
        """Prices, each from its `startsAt` on."""
        found = _Found()
        for price in prices:
            time = instant(price.starts_at)
            if time is not None and price.total is not None:
                found.add(self._assembler.assemble(device.id, self._of_price(price, time)))
        return found.batch(self._source, device)

    def levels(self, device: Device, prices: Iterable[wire.Price]) -> Batch:
        """How prices rank; only of those in force, for it is no price that is told in advance."""
        found = _Found()
        for price in prices:
            time, level = instant(price.starts_at), _LEVELS.get(price.level or "")
            if time is not None and level is not None:
                sample = self._sample("price.level", time, level, DIMENSIONLESS)
                found.add(self._assembler.assemble(device.id, [sample]))
        return found.batch(self._source, device)

    def consumption(self, device: Device, hours: Iterable[wire.ConsumptionNode]) -> Batch:
        """What was used in each hour, at the time at which the hour begins; nulls are left out."""
        found = _Found()
        for hour in hours:
            time = instant(hour.from_)
            if time is not None and hour.consumption is not None:
                found.add(self._assembler.assemble(device.id, self._of_hour(hour, time)))
        return found.batch(self._source, device)

    def _of_price(self, price: wire.Price, time: datetime) -> list[Sample]:
        unit = price_unit(price.currency) if price.currency else parse_unit("¤/kWh")
        total = None if price.total is None else round(price.total + self._grid_fee, 6)
        return [
            self._sample("price.total", time, total, unit),
            self._sample("price.energy", time, price.energy, unit),
            self._sample("price.tax", time, price.tax, unit),
        ]

    def _of_hour(self, hour: wire.ConsumptionNode, time: datetime) -> list[Sample]:
        money = parse_unit(hour.currency or "¤")
        return [
            self._sample("consumption.hour", time, hour.consumption, parse_unit("kWh")),
            self._sample("cost.hour", time, hour.cost, money),
        ]

    def _sample(self, point: str, time: datetime, value: float | None, unit: Unit) -> Sample:
        native, value = self._vendor.get(point), number(value)
        return Sample(
            id=point,
            native=native,
            name=(native and native.name) or point,
            time=time,
            value=value,
            unit=unit,
            options=native.options if native is not None else (),
            missing=value is None,
        )


class _Found:
    """What was assembled, each point once."""

    def __init__(self) -> None:
        self._points: dict[PointKey, Point] = {}
        self._readings: list[Reading] = []

    def add(self, assembled: tuple[list[Point], list[Reading]]) -> None:
        points, readings = assembled
        self._points.update((point.key, point) for point in points)
        self._readings += readings

    def batch(self, source: str, device: Device) -> Batch:
        """Everything, in the order of time."""
        return Batch(source, (device,), tuple(self._points.values()), tuple(self._readings))
