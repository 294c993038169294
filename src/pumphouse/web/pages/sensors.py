"""Sensors: the owner's own, with their names, batteries and doubts, and which may be the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pumphouse.core.errors import UsageError
from pumphouse.core.model import Device
from pumphouse.runtime.sensors import keeping
from pumphouse.runtime.sensors.registry import Sensor, Sensors, sensors_now
from pumphouse.web.context import Context, WebContext
from pumphouse.web.pages.freshness import DEVICE_FROZEN
from pumphouse.web.pages.house import label_of
from pumphouse.web.pages.points import history_address
from pumphouse.web.pages.rendering import is_fragment, render
from pumphouse.web.pages.values import Amount, shown

__all__ = ["router"]

router = APIRouter(prefix="/sensors")

#: what is shown of the values that were not believed; the command line has the rest
_SHOWN_DOUBTS: Final = 10

Id = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True, slots=True)
class ValueRow:
    """The newest value of one point.

    Attributes:
        history: address of its chart.
    """

    name: str
    amount: Amount
    history: str


@dataclass(frozen=True, slots=True)
class DoubtRow:
    """One value that was not believed."""

    time: datetime
    point: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class SensorCard:
    """One sensor as it is shown.

    Attributes:
        battery: key of a text; "" where it has none.
        silent: whether it has not been heard for long.
        bound: the ids of the hardware that goes on as this sensor.
    """

    source: str
    device: str
    name: str
    named: bool
    model: str
    heard: datetime | None
    silent: bool
    values: Sequence[ValueRow]
    battery: str
    charge: float | None
    signal: str
    count: int
    doubts: Sequence[DoubtRow]
    bound: Sequence[str]


@dataclass(frozen=True, slots=True)
class SuggestionCard:
    """That one sensor may be another with a new battery."""

    source: str
    hardware: str
    device: str
    name: str
    reason: str


@router.get("")
async def sensors_page(request: Request, context: Context) -> HTMLResponse:
    """Every sensor, or only what changes of it where a script asks."""
    found = await sensors_now(context.installation.store, context.installation.host.clock.now())
    template = "sensors/live.html" if is_fragment(request) else "sensors.html"
    cards = [_card(one, context) for one in found.sensors]
    return render(request, template, sensors=cards, suggestions=_suggestions(found))


@router.post("/name")
async def name_sensor(context: Context, source: Id, device: Id, name: Id = "") -> Response:
    """Give a sensor the owner's name."""
    store = context.installation.store
    found = await _device(context, source, device)
    try:
        await keeping.name_sensor(store, found, name)
    except UsageError as problem:
        raise HTTPException(HTTPStatus.CONFLICT, str(problem)) from None
    return _back(device)


@router.post("/bind")
async def bind(context: Context, source: Id, hardware: Id, device: Id) -> Response:
    """Let hardware go on where a sensor has ended."""
    new, old = await _device(context, source, hardware), await _device(context, source, device)
    try:
        await keeping.bind(context.installation.store, new, old)
    except UsageError as problem:
        raise HTTPException(HTTPStatus.CONFLICT, str(problem)) from None
    return _back(device)


@router.post("/unbind")
async def unbind(context: Context, source: Id, hardware: Id) -> Response:
    """Undo a binding."""
    try:
        await keeping.unbind(context.installation.store, hardware, source)
    except UsageError as problem:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(problem)) from None
    return _back(hardware)


async def _device(context: WebContext, source: str, device: str) -> Device:
    for one in await context.installation.store.devices():
        if (one.source, one.id) == (source, device):
            return one
    raise HTTPException(HTTPStatus.NOT_FOUND, f"There is no sensor {device} any more.")


def _back(device: str) -> Response:
    """To where the change can be seen."""
    return RedirectResponse(f"/sensors#sensor-{quote(device)}", HTTPStatus.SEE_OTHER)


def _card(sensor: Sensor, context: WebContext) -> SensorCard:
    device, now = sensor.device, context.installation.host.clock.now()
    return SensorCard(
        source=device.source,
        device=device.id,
        name=device.name,
        named=sensor.named,
        model=device.model or "",
        heard=sensor.last_heard,
        silent=sensor.last_heard is None or now - sensor.last_heard > DEVICE_FROZEN,
        values=[
            ValueRow(label_of(point, context.catalogue), shown(point, one), history_address(point))
            for point, one in sensor.values
        ],
        battery={None: "", True: "low", False: "good"}[sensor.battery_low],
        charge=sensor.battery,
        signal="" if sensor.signal is None else f"{_written(sensor.signal)} dB",
        count=len(sensor.suspects),
        doubts=[
            DoubtRow(one.time, one.key.point, _written(one.value), one.reason)
            for one in reversed(sensor.suspects[-_SHOWN_DOUBTS:])
        ],
        bound=[one.hardware for one in sensor.bindings],
    )


def _written(number: float) -> str:
    return f"{number:.6g}".replace("-", "\u2212")


def _suggestions(found: Sensors) -> list[SuggestionCard]:
    names: Mapping[tuple[str, str], str] = {
        (one.device.source, one.device.id): one.device.name for one in found.sensors
    }
    return [
        SuggestionCard(
            one.source, one.hardware, one.device, names[one.source, one.device], one.reason
        )
        for one in found.suggestions
    ]
