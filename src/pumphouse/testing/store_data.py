"""What the checks of a store share: a house with two devices, and how its store is opened."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from pumphouse.core.model import Batch, Device, Interval, Option, Point, PointKey, Reading, Site
from pumphouse.core.ports import Store
from pumphouse.core.units import parse_unit

__all__ = [
    "AROUND",
    "BOX",
    "DAY",
    "FIRMWARE",
    "HOUR",
    "MIDNIGHT",
    "MINUTE",
    "MODE",
    "OUTDOOR",
    "POINTS",
    "PUMP",
    "SITE",
    "OpenStore",
    "StoreCheck",
    "batch_of",
    "reading_of",
]

OpenStore: TypeAlias = Callable[[], Store]
StoreCheck: TypeAlias = Callable[[OpenStore], Awaitable[None]]

#: the site for which the store under test is opened
SITE: Final = Site("Home", "Europe/Stockholm")

MIDNIGHT: Final = datetime(2025, 3, 29, 23, tzinfo=UTC)  # of a day that has 23 hours
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
AROUND: Final = Interval(MIDNIGHT - DAY, MIDNIGHT + 3 * DAY)
OUTDOOR: Final = Point(
    PointKey("house", "pump", "40004"),
    "Outdoor",
    "outdoor_temperature",
    parse_unit("°C"),
    vendor_unit="\u00baC",  # the ordinal indicator, as NIBE spells it now and then
)
MODE: Final = Point(
    PointKey("house", "pump", "47137"),
    "Mode",
    "mode",
    writable=True,
    minimum=0,
    maximum=2,
    step=1,
    options=(Option(0, "auto"), Option(1, "manual")),
)
FIRMWARE: Final = Point(PointKey("other", "box", "1"), "Firmware", unit=parse_unit("(EB101)"))
POINTS: Final = (OUTDOOR, MODE, FIRMWARE)
PUMP: Final = Device(
    "house", "pump", "F1255", "NIBE", "F1255-6", "123", "9443R3", True, MIDNIGHT, "6"
)
BOX: Final = Device("other", "box", "Box")


def reading_of(point: Point, minutes: float, value: float | str) -> Reading:
    """A reading so many minutes after `MIDNIGHT`."""
    time = MIDNIGHT + minutes * MINUTE
    if isinstance(value, str):
        return Reading(point.key, time, None, value)
    return Reading(point.key, time, value)


def batch_of(*readings: Reading) -> Batch:
    """A batch that describes everything there is."""
    return Batch("house", (PUMP, BOX), POINTS, readings)
