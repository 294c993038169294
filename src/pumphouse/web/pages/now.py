"""Now: a drawing of the pump with its values in place, what it is doing, and why."""

from collections.abc import Mapping, Sequence
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pumphouse.catalogue.catalogue import Catalogue
from pumphouse.core.model import Device, Interval, Reading, Severity
from pumphouse.http.login import SupportsLogin
from pumphouse.runtime.alarms import log
from pumphouse.runtime.pumps import pumps
from pumphouse.web.context import Context, WebContext
from pumphouse.web.pages.freshness import Contact
from pumphouse.web.pages.house import DeviceNow, devices_now
from pumphouse.web.pages.pump import Pump, number, pump_of, word
from pumphouse.web.pages.reason import TREND, plain, reason_of
from pumphouse.web.pages.rendering import is_fragment, render
from pumphouse.web.pages.values import Value
from pumphouse.web.text import texts

__all__ = ["router"]

router = APIRouter()

#: the coldest and the warmest colour of water, in degrees Celsius, and how many colours there are
_COLD, _WARM, _COLOURS = 10.0, 60.0, 9
#: what the drawing shows beside the metrics that the catalogue enables for a new user
_ALSO_DRAWN: Final = frozenset(
    {
        "additional_heat_power",
        "brine_pump_speed",
        "compressor_power",
        "electric_power",
        "evaporator_temperature",
        "extract_air_temperature",
        "heating_medium_flow",
        "hot_water_amount",
        "hot_water_temperature",
        "outdoor_unit_temperature",
        "room_setpoint_heating",
    }
)
#: groups of the catalogue that are no figures of the moment
_NOT_FIGURES: Final = frozenset({"daily", "device", "prices"})


@router.get("/")
async def now_page(request: Request, context: Context, device: str = "") -> HTMLResponse:
    """The front page, or only what changes on it where a script asks."""
    installation = context.installation
    now = installation.host.clock.now()
    houses = await devices_now(installation.store, context.catalogue, now)
    houses = [house for house in houses if house.latest]
    if not houses:
        return render(request, "empty.html", stage=await _stage(context))
    chosen = _chosen(houses, device, context.catalogue)
    values = chosen.values(context.catalogue)
    by_metric = {value.metric: value for value in values if value.metric}
    pump = pump_of(by_metric)
    lasting = await _unknown_alarms(context, chosen.device)
    template = "now/live.html" if is_fragment(request) else "now.html"
    return render(
        request,
        template,
        devices=await pumps(installation.store, asked=chosen.device.id),
        device=chosen.device,
        contact=chosen.freshness.contact,
        newest=chosen.freshness.newest,
        unsure=chosen.freshness.contact is not Contact.GOOD,
        pump=pump,
        reason=reason_of(pump, await _degree_minutes(context, pump), now) if pump else None,
        figures=_figures(values, context.catalogue),
        alarms=[one.event for one in lasting],
        alarm=None if any(one.event.device for one in lasting) else _alarm(by_metric),
        warmth=warmth,
        plain=plain,
    )


def _chosen(houses: Sequence[DeviceNow], device: str, catalogue: Catalogue) -> DeviceNow:
    """The device that was asked for, else the first that is a heat pump, else the first."""
    for house in houses:
        if house.device.id == device:
            return house
    for house in houses:
        if pump_of({one.metric: one for one in house.values(catalogue) if one.metric}):
            return house
    return houses[0]


async def _stage(context: WebContext) -> str:
    """What somebody who sees nothing yet has to do; the key of a text."""
    installation = context.installation
    if not installation.sources:
        return "no_source"
    asking_for_consent = [
        name
        for name, source in installation.sources.items()
        if isinstance(source, SupportsLogin)
        and source.registration().kind != "client_credentials"
        and await installation.host.grants.load(name) is None
    ]
    return "not_connected" if asking_for_consent else "waiting"


async def _degree_minutes(context: WebContext, pump: Pump | None) -> Sequence[Reading]:
    """The degree minutes of the last half hour."""
    value = pump["degree_minutes"] if pump else None
    if value is None:
        return ()
    now = context.installation.host.clock.now()
    return await context.installation.store.readings(value.key, Interval(now - TREND, now))


async def _unknown_alarms(context: WebContext, device: Device) -> list[log.Entry]:
    """What lasts at `device` or concerns all, and nobody has taken note of yet."""
    installation = context.installation
    found = await log.lasting(installation.store, installation.settings.sources)
    return [
        one
        for one in found
        if one.acknowledged is None
        and one.event.severity is not Severity.INFO
        and one.event.source in (None, device.source)
        and one.event.device in (None, device.id)
    ]


def _figures(values: Sequence[Value], catalogue: Catalogue) -> list[Value]:
    """What the drawing shows and what else matters at a glance, in the order of the catalogue."""
    order = {name: place for place, name in enumerate(catalogue.metrics)}
    ranked = []
    for value in values:
        metric = catalogue.metric(value.metric) if value.metric else None
        if metric is None or metric.group in _NOT_FIGURES:
            continue
        if metric.enabled or metric.name in _ALSO_DRAWN:
            ranked.append((order[metric.name], value.name, value))
    return [value for *_, value in sorted(ranked, key=lambda one: one[:2])]


def _alarm(values: Mapping[str, Value]) -> str | None:
    """A sentence if the pump reports an alarm."""
    if code := number(values, "alarm_number"):
        return texts()("now.alarm", number=f"{code:g}")
    return texts()("now.alarm_plain") if word(values, "alarm_active") == "yes" else None


def warmth(value: Value | None) -> int:
    """Which of the colours from cold, 0, to warm a temperature has."""
    if value is None or value.number is None:
        return 0
    share = (value.number - _COLD) / (_WARM - _COLD)
    return round(min(max(share, 0.0), 1.0) * (_COLOURS - 1))
