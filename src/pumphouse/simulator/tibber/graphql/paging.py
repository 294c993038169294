"""Pages of GraphQL: `first` after a cursor, or `last` before one, silently capped."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from pumphouse.simulator.tibber.graphql.execution import Arguments
from pumphouse.simulator.tibber.graphql.language import GraphqlProblem
from pumphouse.simulator.tibber.periods import beginning, following, preceding

__all__ = ["Page", "Span", "cursor_of", "paged"]

_PERIODS: Final = {
    "QUARTER_HOURLY": "quarterHour",
    "HOURLY": "hour",
    "DAILY": "day",
    "WEEKLY": "week",
    "MONTHLY": "month",
    "ANNUAL": "year",
}


class Span(NamedTuple):
    """What there is to be paged through.

    Attributes:
        begins: the first instant.
        ends: no period beyond it.
        zone: where days begin.
        caps: by resolution the most periods of one page.
    """

    begins: datetime
    ends: datetime
    zone: ZoneInfo
    caps: dict[str, int]


class Page(NamedTuple):
    """The periods of one page, in the order of time, and whether there is more."""

    periods: Sequence[tuple[datetime, datetime]]
    has_next: bool
    has_previous: bool


def paged(arguments: Arguments, span: Span) -> Page:
    """The page that is asked for.

    Raises:
        GraphqlProblem: an argument is missing or makes no sense.
    """
    name = arguments.get("resolution")
    if not isinstance(name, str) or name not in span.caps:
        raise GraphqlProblem(f'Value "{name}" does not exist in the resolution enum.')
    resolution = _PERIODS[name]
    most = span.caps[name]
    if arguments.get("last") is not None:
        return _backward(resolution, min(most, _count(arguments, "last")), arguments, span)
    return _forward(resolution, min(most, _count(arguments, "first")), arguments, span)


def cursor_of(instant: datetime) -> str:
    """The cursor of a period: its beginning in base64."""
    return base64.b64encode(instant.isoformat(timespec="milliseconds").encode()).decode()


def _forward(resolution: str, count: int, arguments: Arguments, span: Span) -> Page:
    first = beginning(resolution, span.begins, span.zone)
    begin = first
    after = _instant(arguments, "after")
    if after is not None:
        begin = max(
            begin, following(resolution, beginning(resolution, after, span.zone), span.zone)
        )
    found: list[tuple[datetime, datetime]] = []
    start = begin
    while len(found) < count and (end := following(resolution, start, span.zone)) <= span.ends:
        found.append((start, end))
        start = end
    has_next = following(resolution, start, span.zone) <= span.ends
    return Page(found, has_next, bool(found) and begin > first)


def _backward(resolution: str, count: int, arguments: Arguments, span: Span) -> Page:
    first = beginning(resolution, span.begins, span.zone)
    last = beginning(resolution, span.ends, span.zone)
    end = last
    before = _instant(arguments, "before")
    if before is not None:
        end = min(end, beginning(resolution, before, span.zone))
    found: list[tuple[datetime, datetime]] = []
    stop = end
    while len(found) < count and (start := preceding(resolution, end, span.zone)) >= first:
        found.append((start, end))
        end = start
    return Page(found[::-1], bool(found) and stop < last, end > first)


def _count(arguments: Arguments, name: str) -> int:
    count = arguments.get(name)
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise GraphqlProblem("Give first or last, a whole number.")
    return count


def _instant(arguments: Arguments, name: str) -> datetime | None:
    """What a cursor stands for."""
    cursor = arguments.get(name)
    if cursor is None:
        return None
    try:
        instant = datetime.fromisoformat(base64.b64decode(str(cursor)).decode())
    except (ValueError, binascii.Error):
        raise GraphqlProblem(f"The cursor of {name} is not valid.") from None
    if instant.tzinfo is None:
        raise GraphqlProblem(f"The cursor of {name} has no offset.")
    return instant
