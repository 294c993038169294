"""The price of the house's electricity: which of the stored points tell it, and in what currency.

No arrays here: the daemon asks, too.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pumphouse.core.model import Interval, Point
from pumphouse.core.ports import Store
from pumphouse.core.units import Quantity, currency_of

__all__ = ["PRICE", "currency_at", "price_points"]

PRICE: Final = "electricity_price"
_HOUR: Final = 3600.0


async def price_points(store: Store, end: datetime) -> Sequence[Point]:
    """The points that tell the price, the one to be believed first; all in its currency.

    Sources come and go: first is the one that told a price for the last hour before `end`. What
    it does not know, those before it may.
    """
    found = [one for one in await store.find_points(PRICE) if one.unit.quantity is Quantity.PRICE]
    if len(found) < 2:  # noqa: PLR2004  (nothing to choose)
        return found
    newest = {one.key: await _newest(store, one, end) for one in found}
    first, *others = sorted(found, key=lambda one: (-newest[one.key], one.key))
    return [first, *(one for one in others if one.unit == first.unit)]


async def currency_at(store: Store, end: datetime) -> str | None:
    """The currency of what electricity costs, three letters; None where nothing tells a price."""
    points = await price_points(store, end)
    return currency_of(points[0].unit) if points else None


async def _newest(store: Store, point: Point, end: datetime) -> float:
    """The hour of the newest price not later than `end`, counted from 1970; 0 where none is."""
    columns = await store.columns(point.key, Interval(end, end), held=True)
    return columns.times[-1] // _HOUR if columns.times else 0.0
