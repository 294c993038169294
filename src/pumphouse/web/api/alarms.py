"""Alarms: which last, which there were, taking note of them, and whether messages arrive."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from pumphouse.runtime.alarms import log
from pumphouse.runtime.alarms.trial import try_messages
from pumphouse.runtime.documents import event_document
from pumphouse.runtime.times import parse_interval
from pumphouse.web.access.gate import visitor_of
from pumphouse.web.api.answers import answer, encoded
from pumphouse.web.api.models import Alarm, Event, MessageTrial
from pumphouse.web.api.openapi import TIME, OfDevice, refusals
from pumphouse.web.context import Context

__all__ = ["router"]

router = APIRouter(prefix="/api")

Since = Annotated[
    str | None,
    Query(
        alias="from",
        description="With it, every alarm that began since then, whether it lasts or not: a date,"
        " a time, `today`, or a length before now.",
        pattern=TIME,
        examples=["7d"],
    ),
]


class Noted(BaseModel):
    """Which alarm somebody has taken note of."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(
        description="Its id, as /api/alarms tells it.",
        min_length=1,
        max_length=400,
        examples=["notification 987654"],
    )
    source: str | None = Field(
        default=None,
        description="Its source, where several have an alarm with this id.",
        max_length=100,
    )


class Tried(BaseModel):
    """By what to send a message."""

    model_config = ConfigDict(extra="forbid")

    sink: str | None = Field(
        default=None,
        description="Name of a sink that carries messages; all of them without it.",
        max_length=100,
    )


@router.get(
    "/alarms",
    tags=["house"],
    summary="Alarms that last, or those of some time",
    response_model=list[Alarm],
    responses=refusals(304, 404, 422),
)
async def alarms(
    request: Request, context: Context, since: Since = None, device: OfDevice = None
) -> Response:
    """`pumphouse alarms --json`: what lasts, what matters most first; or what was, newest first."""
    installation = context.installation
    if since is None:
        found = await log.lasting(installation.store, installation.settings.sources)
    else:
        zone, now = installation.settings.site.timezone, installation.host.clock.now()
        found = await log.past(installation.store, parse_interval(since, "now", zone, now))
    chosen = (one for one in found if device is None or one.event.device == device)
    return answer(request, encoded([log.entry_document(one) for one in chosen]))


@router.post(
    "/alarms/acknowledge",
    tags=["change"],
    summary="Take note of an alarm",
    response_model=list[Event],
    responses=refusals(404, 422),
)
async def acknowledge(request: Request, context: Context, noted: Noted) -> Response:
    """The alarm goes on, but is marked as known; answers with it."""
    store, clock = context.installation.store, context.installation.host.clock
    by = visitor_of(request).name
    events = await log.acknowledge(store, [noted.id], by, clock, source=noted.source)
    return Response(encoded([event_document(one) for one in events]), media_type="application/json")


@router.post(
    "/alarms/test",
    name="try_messages",
    tags=["change"],
    summary="Send a message to see whether it arrives",
    response_model=list[MessageTrial],
    responses=refusals(404, 422),
)
async def test(context: Context, tried: Tried) -> Response:
    """Each sink by which one was sent, with what went wrong."""
    trials = await try_messages(context.installation, tried.sink)
    documents = [{"sink": one.sink, "problems": list(one.problems)} for one in trials]
    return Response(encoded(documents), media_type="application/json")
