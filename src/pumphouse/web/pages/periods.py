"""The periods that a page of figures can be about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Query

from pumphouse.core.model import Interval

__all__ = ["PRESETS", "LastDays", "Month", "OfDevice", "Selection", "last_months", "select"]

#: days, as they stand in addresses
PRESETS: Final = ("30d", "90d", "365d")
_MONTHS: Final = 24

OfDevice = Annotated[str | None, Query(max_length=200)]
LastDays = Annotated[str | None, Query(max_length=10)]
Month = Annotated[str | None, Query(max_length=10)]


@dataclass(frozen=True, slots=True)
class Selection:
    """The period that was asked for.

    Attributes:
        last: the preset; None for a month.
        month: `2026-01`; None for a preset.
        query: the same as part of an address.
    """

    interval: Interval
    last: str | None
    month: str | None

    @property
    def query(self) -> str:
        """For an address."""
        return f"month={self.month}" if self.month else f"last={self.last}"


def select(
    last: str | None, month: str | None, zone: ZoneInfo, now: datetime, default: str = PRESETS[0]
) -> Selection:
    """The month, if it is one that has begun; else the last days, from a midnight on."""
    today = now.astimezone(zone).date()
    first = _month(month)
    if month and first is not None and first <= today:
        following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
        return Selection(_between(first, following, zone, now), None, month)
    days = last if last in PRESETS else default
    begin = today - timedelta(days=int(days.removesuffix("d")))
    return Selection(_between(begin, today + timedelta(days=1), zone, now), days, None)


def last_months(zone: ZoneInfo, now: datetime) -> Sequence[str]:
    """The names of this month and those before it, newest first."""
    first, found = now.astimezone(zone).date().replace(day=1), []
    for _ in range(_MONTHS):
        found.append(f"{first:%Y-%m}")
        first = (first - timedelta(days=1)).replace(day=1)
    return found


def _month(name: str | None) -> date | None:
    try:
        return date.fromisoformat(f"{name}-01")
    except ValueError:
        return None


def _between(first: date, end: date, zone: ZoneInfo, now: datetime) -> Interval:
    start, stop = (datetime.combine(one, time(), zone).astimezone(UTC) for one in (first, end))
    return Interval(start, max(start, min(stop, now.astimezone(UTC))))
