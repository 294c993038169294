"""Points: all of them, searchable, with their newest value and a line of the last day."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pumphouse.catalogue.catalogue import Catalogue
from pumphouse.core.model import Interval, Point, PointKey
from pumphouse.web.context import Context, WebContext
from pumphouse.web.pages.house import DeviceNow, devices_now, label_of
from pumphouse.web.pages.rendering import is_fragment, render
from pumphouse.web.pages.sparkline import SPAN, STEP_SECS, polyline
from pumphouse.web.pages.values import Amount, shown
from pumphouse.web.text import texts

__all__ = ["Group", "Row", "grouped", "history_address", "matches", "router", "rows_of"]

router = APIRouter()

#: the group of points without a shared meaning
_OTHER: Final = "other"
#: so many lines are drawn with the page; more follow group by group, as they are scrolled to
DRAWN_AT_ONCE: Final = 24


@dataclass(frozen=True, slots=True)
class Row:
    """One point in the list.

    Attributes:
        history: address of its chart.
        amount: None where it has no reading.
        drawable: whether its course says anything: a number that is measured.
        doubts: how many of its values of the last day were not believed.
        spark: the line of its last day, "" where there is none (yet).
    """

    key: PointKey
    name: str
    metric: str | None
    group: str
    writable: bool
    history: str
    drawable: bool
    amount: Amount | None
    time: datetime | None
    stale: bool
    doubts: int = 0
    spark: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The points of one device that belong to one group of the catalogue.

    Attributes:
        lines: address of its rows with their lines, where these are still missing.
    """

    name: str
    rows: Sequence[Row]
    lines: str = ""


@dataclass(frozen=True, slots=True)
class DevicePoints:
    """The points of one device."""

    name: str
    groups: Sequence[Group]


@router.get("/points")
async def points_page(
    request: Request, context: Context, q: Annotated[str, Query(max_length=100)] = ""
) -> HTMLResponse:
    """Every point, or those that `q` finds."""
    devices = await _found(context, q)
    count = sum(len(group.rows) for device in devices for group in device.groups)
    if count <= DRAWN_AT_ONCE:
        devices = [
            replace(one, groups=[await _drawn(context, group) for group in one.groups])
            for one in devices
        ]
    template = "points/found.html" if is_fragment(request) else "points.html"
    return render(request, template, query=q.strip(), count=count, devices=devices)


@router.get("/points/lines")
async def lines(
    request: Request,
    context: Context,
    source: str,
    device: str,
    group: str,
    q: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """The rows of one group of a device with the lines of the last day, for the script."""
    rows = [
        row
        for one in await _found(context, q)
        for found in one.groups
        if found.name == group
        for row in found.rows
        if row.key[:2] == (source, device)
    ]
    drawn = await _drawn(context, Group(group, rows))
    return render(request, "points/rows.html", group=drawn)


async def _found(context: WebContext, query: str) -> list[DevicePoints]:
    store, catalogue = context.installation.store, context.catalogue
    points: dict[tuple[str, str], list[Point]] = {}
    for point in await store.points():
        points.setdefault((point.key.source, point.key.device), []).append(point)
    devices = []
    now = context.installation.host.clock.now()
    doubts = Counter(one.key for one in await store.suspects(Interval(now - SPAN, now)))
    for house in await devices_now(store, catalogue, now):
        own = points.get((house.device.source, house.device.id), [])
        rows = [
            replace(row, doubts=doubts[row.key])
            for row in rows_of(house, own, catalogue)
            if matches(row, query)
        ]
        if rows:
            devices.append(DevicePoints(house.device.name, grouped(rows, catalogue, query)))
    return devices


def rows_of(house: DeviceNow, points: Sequence[Point], catalogue: Catalogue) -> list[Row]:
    """The points of a device as they stand in the list."""
    latest = {point.key: reading for point, reading in house.latest}
    rows = []
    for point in points:
        metric = catalogue.metric(point.metric) if point.metric else None
        reading = latest.get(point.key)
        row = Row(
            key=point.key,
            name=label_of(point, catalogue),
            metric=point.metric,
            group=metric.group if metric else _OTHER,
            writable=point.writable,
            history=history_address(point),
            drawable=reading is not None and reading.value is not None and not point.options,
            amount=shown(point, reading) if reading else None,
            time=reading.time if reading else None,
            stale=reading is not None and house.freshness.stale(point.key),
        )
        rows.append(row)
    return rows


def grouped(rows: Sequence[Row], catalogue: Catalogue, query: str = "") -> list[Group]:
    """`rows` of one device by group, in the order of the catalogue; what has none comes last."""
    order = dict.fromkeys(metric.group for metric in catalogue.metrics.values())
    places = {name: place for place, name in enumerate(catalogue.metrics)}

    def place(row: Row) -> tuple[int, str, str]:
        metric = catalogue.metric(row.metric) if row.metric else None
        return (places[metric.name] if metric else len(places), row.name, row.key.point)

    found = []
    for name in (*order, _OTHER):
        if members := sorted((row for row in rows if row.group == name), key=place):
            source, device, _ = members[0].key
            wanted = {"source": source, "device": device, "group": name, "q": query}
            found.append(Group(name, members, f"/points/lines?{urlencode(wanted)}"))
    return found


def matches(row: Row, query: str) -> bool:
    """Whether each word of `query` is in a point's name, number, metric or group."""
    group = texts()(f"points.group.{row.group}")
    text = _folded(f"{row.name} {row.key.point} {row.metric or ''} {group}")
    return all(part in text for part in _folded(query).split())


def _folded(text: str) -> str:
    return text.casefold().replace("_", " ")


def history_address(point: Point) -> str:
    """Where the chart of one point is."""
    name = point.metric or point.key.point
    return f"/history?{urlencode({'device': point.key.device, 'point': name})}"


async def _drawn(context: WebContext, group: Group) -> Group:
    """`group` with the lines of the last day."""
    store, now = context.installation.store, context.installation.host.clock.now()
    day = Interval(now - SPAN, now)
    rows = []
    for row in group.rows:
        buckets = await store.buckets(row.key, day, STEP_SECS) if row.drawable else ()
        rows.append(replace(row, spark=polyline(buckets, day, held=not row.stale)))
    return Group(group.name, rows)
