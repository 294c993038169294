"""Batteries that run low: told once, and once more when they are good again.

A weak battery recovers in the sun and says so. So it counts as low when it was said twice, and as
good only when nothing else was said for an hour.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from pumphouse.core.model import Event, EventKind, Point, PointKey, Reading, Severity

__all__ = ["BATTERY_LEVEL", "Battery", "battery_event_id", "is_battery", "says_low", "titled"]

#: share of its charge at which a battery is low, and at which it is good again, %
LOW: Final = 10.0
GOOD: Final = 25.0
#: so often a battery must be called low in a row
LOW_TIMES: Final = 2
#: how long a battery must be called good in a row
GOOD_FOR: Final = timedelta(hours=1)

_TITLE: Final = "The battery of {name} is nearly empty"
BATTERY_LEVEL: Final = "sensor_battery_level"
_IN_ORDER: Final = "sensor_battery_ok"


def is_battery(point: Point) -> bool:
    """Whether a point tells of a battery."""
    return point.metric in {BATTERY_LEVEL, _IN_ORDER}


def says_low(metric: str | None, value: float) -> bool | None:
    """Whether a value of one of these metrics says that the battery is low; None: neither."""
    if metric == _IN_ORDER:
        return value < 0.5  # noqa: PLR2004  (a yes or no)
    if value <= LOW:
        return True
    return False if value >= GOOD else None


def battery_event_id(device: str) -> str:
    """What the id of every event about the battery of a device begins with."""
    return f"battery-{device}-"


def titled(event: Event, name: str) -> Event:
    """`event` with the name that the owner knows the device by."""
    return replace(event, title=_TITLE.format(name=name))


class Battery:
    """The battery of one device.

    Args:
        metric: what its point says.
        lasting: the event that was told before and is not over.
    """

    def __init__(self, key: PointKey, metric: str | None, lasting: Event | None = None) -> None:
        self._key = key
        self._metric = metric
        self._lasting = lasting
        self._lows = 0
        self._good_since: datetime | None = None

    def news(self, readings: Iterable[Reading]) -> list[Event]:
        """What there is to tell after these readings of it."""
        events = (self._news(one.time, one.value) for one in readings if one.value is not None)
        return [event for event in events if event is not None]

    def _news(self, time: datetime, value: float) -> Event | None:
        low = says_low(self._metric, value)
        if low is None:
            return None
        self._lows = self._lows + 1 if low else 0
        if low:
            self._good_since = None
        elif self._good_since is None:
            self._good_since = time
        if self._lasting is None:
            return self._begin(time) if self._lows >= LOW_TIMES else None
        if self._good_since is not None and time - self._good_since >= GOOD_FOR:
            return self._end(self._good_since)
        return None

    def _begin(self, time: datetime) -> Event:
        self._lasting = Event(
            id=f"{battery_event_id(self._key.device)}{time.timestamp():.0f}",
            time=time,
            kind=EventKind.SENSOR,
            title=_TITLE.format(name=self._key.device),
            source=self._key.source,
            device=self._key.device,
            severity=Severity.WARNING,
        )
        return self._lasting

    def _end(self, time: datetime) -> Event | None:
        lasting, self._lasting = self._lasting, None
        return None if lasting is None else replace(lasting, ended=max(time, lasting.time))
