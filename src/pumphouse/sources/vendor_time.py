"""Instants as vendors write them."""

import re
from datetime import UTC, datetime
from typing import Final

__all__ = ["instant"]

#: `+0` and `-5` at the end of a time: myUplink's notifications carry this malformed offset
_SHORT_OFFSET: Final = re.compile(r"(?<=:\d\d)([+-])(\d)$")
#: .NET writes an unset time as year 1 or 9999; no pump had a cloud before the first of these
_YEARS: Final = range(2000, 9999)


def instant(text: str | None) -> datetime | None:
    """The instant that `text` names, in UTC; None where it names none.

    Both clouds document ISO 8601 with a zone. Met besides: an offset of one digit (`+0`), and no
    offset at all, which is read as UTC, the zone of all other times these clouds send. An instant
    ahead of our clock is kept: the clock that is wrong may be ours.
    """
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        try:
            time = datetime.fromisoformat(_SHORT_OFFSET.sub(r"\g<1>0\2:00", text.strip()))
        except ValueError:
            return None
    if time.year not in _YEARS:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
