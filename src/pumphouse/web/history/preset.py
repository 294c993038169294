"""The view that tells most of a whole house: its pump, rooms, tank, the outdoors, the price."""

from collections.abc import Iterator
from typing import Final

from pumphouse.core.model import Point
from pumphouse.web.history.chart import Lookup

__all__ = ["whole_house"]

#: what is shown of every device that is no pump, and of how many at most
_AROUND: Final = (
    ("room_temperature", 3),
    ("hot_water_top_temperature", 1),
    ("outdoor_temperature", 1),
)
#: what is shown of the pump itself, besides the same where nobody else tells it
_PUMP: Final = "supply_temperature"
_PRICE: Final = "electricity_price"


def whole_house(lookup: Lookup) -> tuple[str, ...]:
    """The names of its points; empty where the pump of the view is all there is.

    Sensors of the house come before those of the pump, which measure where it stands.
    """
    pumps = {point.key.device for point in lookup.points if point.metric == _PUMP}
    others = [point for point in lookup.points if point.key.device not in pumps]
    if lookup.device is None or not others:
        return ()
    found = lookup.of_device(lookup.device, [_PUMP])
    for metric, most in _AROUND:
        around = [point for point in others if _means(point, metric)][:most]
        found += around or lookup.of_device(lookup.device, [metric])
    prices = [point for point in lookup.points if point.metric == _PRICE and point.announced]
    found += prices[:1]
    return tuple(_named(lookup, found)) if len(found) > 1 else ()


def _means(point: Point, metric: str) -> bool:
    """Whether a point has a metric, be it the first or a further one of its device."""
    return point.metric is not None and point.metric.rstrip("0123456789").rstrip("_") == metric


def _named(lookup: Lookup, points: list[Point]) -> Iterator[str]:
    for point in dict.fromkeys(points):
        yield lookup.name(point)
