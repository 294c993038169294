"""News of a house in which everything that its vendor lets you set may be set."""

from dataclasses import replace

from pumphouse.core.model import Point
from pumphouse.core.ports import Boost, News


def settable(news: News) -> News:
    """`news`, with all writable points settable and a boost of each device."""
    return replace(
        news,
        settable={
            key: _limited(point)
            for key, point in news.points.items()
            if point.writable and key in news.latest and news.latest[key].value is not None
        },
        boosts=[
            Boost(device.source, device.id, "hot_water", "More hot water")
            for device in news.devices
        ],
    )


def _limited(point: Point) -> Point:
    """`point` with the limits that an owner would have to give where the vendor gives none."""
    known = point.options or (point.minimum is not None and point.maximum is not None)
    return point if known else replace(point, minimum=-10.0, maximum=10.0, step=None)
