"""When rtl_433 says that it heard something, in any of the ways it can be told to write a time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

__all__ = ["TOLERANCE", "heard_at"]

#: rtl_433's clock and ours may differ by so much; nothing is under way for longer
TOLERANCE: Final = timedelta(seconds=120)


def heard_at(written: object, arrived: datetime, zone: tzinfo) -> datetime | None:
    """The instant that `written` names, if it lies near `arrived`; else None.

    rtl_433 writes local time or UTC without saying which, unless it is asked to write the offset
    (`-M time:tz`) or the seconds since 1970 (`-M time:unix`). So what names no zone is read both
    ways, and whichever is near enough to the arrival is right.

    Args:
        zone: of the machine that rtl_433 runs on.
    """
    for instant in _readings(written, zone):
        if abs(instant - arrived) <= TOLERANCE:
            return instant
    return None


def _readings(written: object, zone: tzinfo) -> Iterator[datetime]:
    """All that `written` may mean; nothing where it is no time at all."""
    text = str(written)
    try:
        yield datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    else:
        return
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return
    if time.tzinfo is not None:
        yield time.astimezone(UTC)
        return
    for fold in (0, 1):
        yield time.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    yield time.replace(tzinfo=UTC)
