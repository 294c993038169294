"""Days of a zone, numbered from 1970-01-01: 23, 24 or 25 hours long, or none at all."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pumphouse.core.errors import ConfigurationError
from pumphouse.stores.sqlite.instants import DAY, instant, milliseconds

__all__ = ["Days", "days_of"]

#: offsets are looked up between these bounds, so that a vendor's year 1 overflows nowhere
_FIRST: Final = milliseconds(datetime(2, 1, 1, tzinfo=UTC))
_LAST: Final = milliseconds(datetime(9998, 1, 1, tzinfo=UTC))
_KEPT_STARTS: Final = 4096


class Days:
    """The calendar of one zone: when its days begin, and which day an instant belongs to."""

    def __init__(self, timezone: str) -> None:
        try:
            self._zone = ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ConfigurationError([f'site.timezone: "{timezone}" is no time zone']) from None
        self.start = lru_cache(_KEPT_STARTS)(self._start)

    def _start(self, day: int) -> int:
        """The instant at which `day` begins: its midnight, or the leap that skips it."""
        midnight = instant(min(max(day * DAY, _FIRST), _LAST)).replace(tzinfo=self._zone)
        return day * DAY - _milliseconds_of(midnight.utcoffset())

    def at(self, stored: int) -> int:
        """The day in which a stored instant lies."""
        local = instant(min(max(stored, _FIRST), _LAST)).astimezone(self._zone)
        day = (stored + _milliseconds_of(local.utcoffset())) // DAY
        while stored < self.start(day):
            day -= 1
        while stored >= self.start(day + 1):
            day += 1
        return day


def _milliseconds_of(offset: timedelta | None) -> int:
    assert offset is not None
    return round(offset.total_seconds() * 1000)


@lru_cache(8)
def days_of(timezone: str) -> Days:
    """The calendar of a zone, made once.

    Raises:
        ConfigurationError: there is no such zone.
    """
    return Days(timezone)
