"""What there is, and how it is now."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from pumphouse.runtime.documents import (
    device_document,
    event_document,
    latest_document,
    point_document,
    status_document,
)
from pumphouse.runtime.ledger import books_of
from pumphouse.runtime.times import parse_interval
from pumphouse.web.api.answers import answer, encoded
from pumphouse.web.api.models import Device, Event, Latest, Point, Status
from pumphouse.web.api.openapi import FromTime, OfDevice, ToTime, refusals
from pumphouse.web.context import Context

__all__ = ["router"]

router = APIRouter(prefix="/api")


@router.get(
    "/devices",
    tags=["house"],
    summary="The devices that were ever seen",
    response_model=list[Device],
    responses=refusals(304),
)
async def devices(request: Request, context: Context) -> Response:
    """`pumphouse devices --json`."""
    found = await context.installation.store.devices()
    return answer(request, encoded([device_document(one) for one in found]))


@router.get(
    "/points",
    tags=["house"],
    summary="What the devices measure and let you set",
    response_model=list[Point],
    responses=refusals(304, 422),
)
async def points(request: Request, context: Context, device: OfDevice = None) -> Response:
    """`pumphouse points --json`."""
    found = await context.installation.store.points(device)
    return answer(request, encoded([point_document(one) for one in found]))


@router.get(
    "/latest",
    tags=["house"],
    summary="The newest reading of each point",
    response_model=list[Latest],
    responses=refusals(304, 422),
)
async def latest(request: Request, context: Context, device: OfDevice = None) -> Response:
    """`pumphouse latest --json`: a point whose sensor is missing has no reading."""
    found = await context.installation.store.latest(device)
    return answer(request, encoded([latest_document(*one) for one in found]))


@router.get(
    "/status",
    tags=["house"],
    summary="Sources, sinks, store and gaps",
    response_model=Status,
    responses=refusals(304),
)
async def status(request: Request, context: Context) -> Response:
    """`pumphouse status --json`."""
    store, settings = context.installation.store, context.installation.settings
    served = {one.sink: one for one in await store.sink_statuses()}
    document = status_document(
        books_of(settings.sources, await store.source_statuses()),
        {name: served.get(name) for name in settings.sinks},
        await store.gaps(),
        await store.figures(),
    )
    return answer(request, encoded(document))


@router.get(
    "/events",
    tags=["past"],
    summary="What happened: alarms, changes of state, gaps",
    response_model=list[Event],
    responses=refusals(304, 404, 422),
)
async def events(
    request: Request,
    context: Context,
    from_: FromTime = "7d",
    to: ToTime = "now",
    device: OfDevice = None,
) -> Response:
    """Events that began in this time, in time order."""
    zone, now = context.installation.settings.site.timezone, context.installation.host.clock.now()
    found = await context.installation.store.events(parse_interval(from_, to, zone, now))
    chosen = (one for one in found if device is None or one.device == device)
    return answer(request, encoded([event_document(one) for one in chosen]))
