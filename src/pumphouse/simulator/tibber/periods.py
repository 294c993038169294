"""Periods of a day in a zone: quarters, hours, days and months that know when clocks change."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

__all__ = ["beginning", "following", "periods", "preceding"]

_SHORT: Final = {"quarterHour": timedelta(minutes=15), "hour": timedelta(hours=1)}
_NOON: Final = timedelta(hours=12)


def beginning(resolution: str, instant: datetime, zone: ZoneInfo) -> datetime:
    """When the period began that an instant lies in, UTC.

    Args:
        resolution: quarterHour, hour, day, week, month or year.
        instant: any instant.
        zone: where days begin.
    """
    short = _SHORT.get(resolution)
    if short is not None:
        return (
            instant - timedelta(seconds=instant.timestamp() % short.total_seconds())
        ).astimezone(UTC)
    day = instant.astimezone(zone).date()
    if resolution == "week":
        day -= timedelta(days=day.weekday())
    elif resolution == "month":
        day = day.replace(day=1)
    elif resolution == "year":
        day = day.replace(month=1, day=1)
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def following(resolution: str, start: datetime, zone: ZoneInfo) -> datetime:
    """When the period ends that begins at `start`."""
    short = _SHORT.get(resolution)
    if short is not None:
        return start + short
    days = {"day": 1, "week": 7, "month": 31, "year": 366}[resolution]
    return beginning(resolution, start + timedelta(days=days) + _NOON / 6, zone)


def preceding(resolution: str, start: datetime, zone: ZoneInfo) -> datetime:
    """When the period before the one that begins at `start` began."""
    return beginning(resolution, start - timedelta(seconds=1), zone)


def periods(
    resolution: str, first: datetime, last: datetime, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """Every whole period between two instants, as its beginning and end."""
    start = beginning(resolution, first, zone)
    if start < first:
        start = following(resolution, start, zone)
    while (end := following(resolution, start, zone)) <= last:
        yield start, end
        start = end
