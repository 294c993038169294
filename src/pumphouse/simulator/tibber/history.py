"""A device's history, page by page, as Tibber keeps it.

Where the documents are silent: the minutes of `since` and `until` are cut to the hour, giving both
is an error, giving none means the newest page, points of a page are in the order of time, and the
link that leads on is null on the last page.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pumphouse.simulator.tibber.devices import Device
from pumphouse.simulator.tibber.periods import beginning, periods, preceding
from pumphouse.simulator.tibber.wire import Problem

__all__ = ["RESOLUTIONS", "Window", "page"]

RESOLUTIONS: Final = ("quarterHour", "hour", "day", "month")
_Point = Mapping[str, object]


class Window(NamedTuple):
    """What of a history can be told.

    Attributes:
        begins: when the device was paired.
        now: only periods that are over now are told.
        zone: of the home.
    """

    begins: datetime
    now: datetime
    zone: ZoneInfo


class _Asked(NamedTuple):
    resolution: str
    forward: bool
    instant: datetime


def page(
    device: Device, query: Mapping[str, str], window: Window, address: str
) -> Mapping[str, object]:
    """One page of a device's history.

    Args:
        device: whose.
        query: of the request.
        window: what can be told.
        address: of the request without its query, for the links.

    Raises:
        Problem: 400, the query makes no sense.
    """
    asked = _read(device, query, window.now)
    earliest = window.begins
    if device.plate.retention_days is not None:
        earliest = max(earliest, window.now - timedelta(days=device.plate.retention_days))
    latest = beginning(asked.resolution, window.now, window.zone)
    if asked.forward:
        start, end = max(asked.instant, earliest), latest
        points, rest = _forward(device, asked.resolution, start, end, window.zone)
    else:
        start, end = earliest, min(asked.instant, latest)
        points, rest = _backward(device, asked.resolution, start, end, window.zone)
    link = None if rest is None else f"{address}?{_link(asked, rest)}"
    return {
        "query": {
            "effectiveStart": _local(start, window.zone),
            "effectiveEnd": _local(max(start, end), window.zone),
            "pageSize": device.plate.page_size,
        },
        "items": points,
        "next" if asked.forward else "prev": link,
    }


def _read(device: Device, query: Mapping[str, str], now: datetime) -> _Asked:
    resolution = query.get("resolution", "")
    if resolution not in RESOLUTIONS:
        raise Problem(400, f"resolution is one of {', '.join(RESOLUTIONS)}.")
    if resolution not in device.plate.resolutions:
        raise Problem(400, f"The device has no history by {resolution}.")
    if "cursor" in query:
        return _opened(resolution, query["cursor"])
    if "since" in query and "until" in query:
        raise Problem(400, "Give since or until.")
    if "since" in query:
        return _Asked(resolution, forward=True, instant=_instant("since", query["since"]))
    until = _instant("until", query["until"]) if "until" in query else now
    return _Asked(resolution, forward=False, instant=until)


def _instant(name: str, text: str) -> datetime:
    """An ISO 8601 time, cut to the hour; a `+` that was not percent-encoded arrives as a blank."""
    try:
        instant = datetime.fromisoformat(text[:11] + text[11:].replace(" ", "+"))
        instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        return instant.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Problem(400, f"The value '{text}' is not valid for {name}.") from None


def _forward(
    device: Device, resolution: str, start: datetime, end: datetime, zone: ZoneInfo
) -> tuple[list[_Point], datetime | None]:
    """The first points from `start` on, and where the next page begins."""
    points: list[_Point] = []
    for first, last in periods(resolution, start, end, zone):
        if len(points) == device.plate.page_size:
            return points, first
        points += _point(device, resolution, first, last, zone)
    return points, None


def _backward(
    device: Device, resolution: str, start: datetime, end: datetime, zone: ZoneInfo
) -> tuple[list[_Point], datetime | None]:
    """The last points up to `end`, and where the page before them ends."""
    points: list[_Point] = []
    last = beginning(resolution, end, zone)
    while (first := preceding(resolution, last, zone)) >= start:
        if len(points) == device.plate.page_size:
            return points[::-1], last
        points += _point(device, resolution, first, last, zone)
        last = first
    return points[::-1], None


def _point(
    device: Device, resolution: str, first: datetime, last: datetime, zone: ZoneInfo
) -> list[_Point]:
    data = device.history(first, last, resolution)
    return [] if data is None else [{"time": _local(device.stamp(first), zone), "data": data}]


def _local(instant: datetime, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).isoformat(timespec="seconds")


def _link(asked: _Asked, rest: datetime) -> str:
    direction = "next" if asked.forward else "prev"
    cursor = base64.urlsafe_b64encode(f"{direction} {rest.isoformat()}".encode()).decode()
    return urlencode({"resolution": asked.resolution, "cursor": cursor})


def _opened(resolution: str, cursor: str) -> _Asked:
    try:
        direction, _, text = base64.urlsafe_b64decode(cursor).decode().partition(" ")
        return _Asked(resolution, direction == "next", datetime.fromisoformat(text))
    except (ValueError, binascii.Error):
        raise Problem(400, "The cursor is not valid.") from None
