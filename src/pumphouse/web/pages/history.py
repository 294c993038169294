"""The History page: any points over any time. The browser draws; without a script it is a table."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import fsum, isnan
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from pumphouse.catalogue.catalogue import Catalogue
from pumphouse.core.model import Device, Point
from pumphouse.core.ports import Store
from pumphouse.core.units import Quantity
from pumphouse.web.api.openapi import OfDevice
from pumphouse.web.context import Context
from pumphouse.web.history.chart import MAX_POINTS, Chart, Charted, Lookup, chart
from pumphouse.web.history.document import chart_json, label, title
from pumphouse.web.history.preset import whole_house
from pumphouse.web.history.routes import WIDTH, FromTime, Last, Points, ToTime, view_for
from pumphouse.web.history.view import PRESETS, View
from pumphouse.web.pages.rendering import render
from pumphouse.web.pages.values import amount
from pumphouse.web.text import texts

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_OTHERS: Final = "other"
_NOTHING: Final = "\u2013"
#: what makes text a part of a script would end it; JSON has another spelling for these
_ESCAPES: Final = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A box of the picker.

    Attributes:
        name: what the address calls the point.
        words: what the search looks in, lower case.
    """

    name: str
    label: str
    unit: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Boxes below one heading: a group of the catalogue, on one device."""

    device: str
    title: str
    choices: Sequence[Choice]

    @property
    def chosen(self) -> int:
        """How many of its boxes are ticked."""
        return sum(choice.chosen for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Row:
    """One line in figures: what a person who cannot see the chart reads."""

    label: str
    least: str
    mean: str
    greatest: str
    newest: str


@router.get("/history", response_class=HTMLResponse)
async def history(
    request: Request,
    context: Context,
    *,
    device: OfDevice = None,
    points: Points = None,
    start: FromTime = None,
    end: ToTime = None,
    last: Last = None,
) -> HTMLResponse:
    """The page; the first chart comes with it, so that it is there at once."""
    store = context.installation.store
    view = view_for(context, device, points, (start, end, last))
    lookup = Lookup(await store.points(), view.device)
    drawn = await chart(context.installation, view, width=WIDTH, lookup=lookup)
    shown, devices = drawn.view, await store.devices()
    return render(
        request,
        "history.html",
        chart=drawn,
        view=shown,
        presets=[(last, shown.lasting(last, shown.interval.end).query()) for last in PRESETS],
        links={
            "earlier": shown.moved(-0.5).query(),
            "later": shown.moved(0.5).query(),
            "closer": shown.zoomed(0.5).query(),
            "wider": shown.zoomed(2).query(),
        },
        fixed=shown.moved(0).query(),
        whole_house=_of_the_house(shown, lookup),
        devices=[one for one in devices if one.id in lookup.telling or one.id == shown.device],
        groups=_groups(lookup, drawn, devices, context.catalogue),
        most=MAX_POINTS,
        rows=[_row(one, context.catalogue) for one in drawn.lines],
        words=_script_safe(_words().encode()),
        data=_script_safe(chart_json(drawn, context.catalogue)),
        kinds=("compressor", "hot_water", "defrost"),
        doubts=await _doubts(store, drawn),
    )


async def _doubts(store: Store, drawn: Chart) -> int:
    """How many values of the lines were not believed and are in none of them."""
    interval = drawn.view.interval
    return sum([len(await store.suspects(interval, one.point.key)) for one in drawn.lines])


def _of_the_house(view: View, lookup: Lookup) -> str | None:
    """The address of the same time with pump, rooms, tank, outdoors and price; None: no such."""
    points = whole_house(lookup)
    return replace(view, points=points).query() if points else None


def _groups(
    lookup: Lookup, drawn: Chart, devices: Sequence[Device], catalogue: Catalogue
) -> list[Group]:
    """Every point that can be drawn, the device of the view first."""
    names = {(one.source, one.id): one.name for one in devices}
    chosen = {one.point.key for one in drawn.lines}
    order = {name: place for place, name in enumerate(catalogue.metrics)}

    def rank(point: Point) -> tuple[bool, str, str, int, str]:
        group, metric = _group_of(point, catalogue)
        elsewhere = point.key.device != lookup.device
        place = order.get(metric, len(order))
        return elsewhere, point.key.device, group, place, point.name.lower()

    def heading(point: Point) -> tuple[str, str, str]:
        return point.key.source, point.key.device, _group_of(point, catalogue)[0]

    drawable = sorted((point for point in lookup.points if _drawable(point, catalogue)), key=rank)
    groups = [
        Group(
            names.get((source, device), device),
            group,
            [_choice(point, lookup, catalogue, chosen=point.key in chosen) for point in points],
        )
        for (source, device, group), points in groupby(drawable, heading)
    ]
    first = list(dict.fromkeys(metric.group for metric in catalogue.metrics.values()))
    place = {group: number for number, group in enumerate(first)}
    by_device = list(dict.fromkeys(group.device for group in groups))
    return sorted(
        groups,
        key=lambda group: (by_device.index(group.device), place.get(group.title, len(place))),
    )


def _group_of(point: Point, catalogue: Catalogue) -> tuple[str, str]:
    metric = catalogue.metric(point.metric) if point.metric else None
    return (metric.group, metric.name) if metric else (_OTHERS, "")


def _drawable(point: Point, catalogue: Catalogue) -> bool:
    metric = catalogue.metric(point.metric) if point.metric else None
    return not (metric and metric.text)


def _choice(point: Point, lookup: Lookup, catalogue: Catalogue, *, chosen: bool) -> Choice:
    name = label(point, catalogue)
    words = f"{name} {point.name} {point.metric or ''} {point.key.point}".lower()
    return Choice(lookup.name(point), name, point.unit.symbol, words, chosen)


def _row(one: Charted, catalogue: Catalogue) -> Row:
    point, line = one.point, one.line
    known = [value for value in line.values if not isnan(value)]
    name = title(one, catalogue)
    if not known:
        return Row(name, _NOTHING, _NOTHING, _NOTHING, _NOTHING)
    newest = known[-1]
    if point.options:
        return Row(name, _NOTHING, _NOTHING, _NOTHING, point.label(newest) or "")

    def text(value: float) -> str:
        return str(amount(value, point.unit.quantity, point.unit.symbol))

    least = min(value for value in line.low if not isnan(value))
    greatest = max(value for value in line.high if not isnan(value))
    mean = fsum(known) / len(known)
    return Row(name, text(least), text(mean), text(greatest), text(newest))


def _words() -> str:
    """The texts that the scripts need."""
    t = texts()
    words = {key: t(f"history.{key}") for key in ("title", "alone", "nothing", "newest")}
    quantities = {one.name.lower(): t(f"history.quantity.{one.name.lower()}") for one in Quantity}
    return json.dumps({**words, "quantities": quantities}, ensure_ascii=False)


def _script_safe(document: bytes) -> Markup:
    """JSON that cannot end the element it stands in."""
    return Markup(document.decode().translate(_ESCAPES))  # noqa: S704  (escaped just here)
