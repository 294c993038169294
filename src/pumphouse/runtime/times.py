"""Times and lengths as people type them, on a command line or in an address."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pumphouse.core.errors import UsageError
from pumphouse.core.model import Interval

__all__ = ["parse_interval", "parse_length", "parse_time"]

_UNITS = {"s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)")
#: a century: nobody has data of more, and what is longer may lie before there are dates
_LONGEST_SECS: Final = 36525 * 86400.0


def parse_length(text: str) -> float:
    """Seconds in `90s`, `15min`, `1h`, `7d`, `2w`.

    Raises:
        UsageError: it is none of these, not more than nothing, or more than a hundred years.
    """
    match = _LENGTH.fullmatch(text.strip())
    seconds = float(match[1]) * _UNITS[match[2]] if match else 0.0
    if not 0 < seconds <= _LONGEST_SECS:
        raise UsageError(f'"{text}" is no length of time; write 15min, 1h, 7d …')
    return seconds


def parse_time(text: str, zone: str, now: datetime) -> datetime:
    """An instant: `now`, `today`, `7d` (ago), `2026-01-31`, `2026-01-31T12:00` or with an offset.

    A time without an offset is in the site's `zone`; a date is its midnight there.

    Raises:
        UsageError: it is none of these.
    """
    local = ZoneInfo(zone)
    word = text.strip().lower()
    if word == "now":
        return now
    if word in {"today", "yesterday"}:
        midnight = now.astimezone(local).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=1) if word == "yesterday" else midnight
    if _LENGTH.fullmatch(word):
        return now - timedelta(seconds=parse_length(word))
    try:
        moment = datetime.fromisoformat(text.strip())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=local)
        moment.astimezone(UTC)  # in the first and in the last year there are instants without it
    except (ValueError, OverflowError):
        raise UsageError(
            f'"{text}" is no time; write 2026-01-31, 2026-01-31T12:00, today or 7d (ago)'
        ) from None
    return moment


def parse_interval(start: str, end: str, zone: str, now: datetime) -> Interval:
    """The interval between two times as `parse_time` takes them.

    Raises:
        UsageError: a time is wrong, or the end lies before the start.
    """
    first, last = parse_time(start, zone, now), parse_time(end, zone, now)
    if last < first:
        raise UsageError(f"the end ({end}) lies before the start ({start})")
    return Interval(first, last)
