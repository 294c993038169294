"""Instants as the store keeps them: whole milliseconds since 1970-01-01T00:00Z."""

from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = ["DAY", "HOUR", "first_at", "instant", "milliseconds"]

HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(time: datetime) -> int:
    """`time` as the store keeps it; what is finer than a millisecond is cut off."""
    since = time - _EPOCH
    return since.days * DAY + since.seconds * 1000 + since.microseconds // 1000


def first_at(time: datetime) -> int:
    """The first stored instant that is not before `time`."""
    return milliseconds(time) + (time.microsecond % 1000 > 0)


def instant(stored: int) -> datetime:
    """The stored instant as a time in UTC."""
    return _EPOCH + timedelta(0, 0, 0, stored)
