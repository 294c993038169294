"""What changes, as it changes: server-sent events."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, HTTPException
from starlette.responses import Response

from pumphouse.web.api.openapi import refusals
from pumphouse.web.context import Context
from pumphouse.web.stream import MOST_STREAMS, EventStream

__all__ = ["router"]

router = APIRouter(prefix="/api")

_EXAMPLE: Final = """\
event: sources
data: {"house": true}

event: latest
data: [{"source": "house", "device": "147463", "point": "40004", "metric": "outdoor_temperature", \
"name": "outdoor temp.", "value": -3.5, "text": null, "unit": "°C", "time": "2026-01-31T12:00:00Z"}]
id: 5f0c2a1b-7

"""
#: of each event, as OpenAPI 3.1 describes a stream
_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "enum": ["sources", "latest"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "id": {"type": "string", "description": "Of `latest`: for `Last-Event-ID`."},
        "retry": {"type": "integer", "description": "Milliseconds before coming back."},
    },
    "required": ["event", "data"],
}


@router.get(
    "/stream",
    tags=["live"],
    summary="The newest readings as they come",
    response_class=Response,
    responses={
        **refusals(422),
        200: {
            "description": "Server-sent events, for ever. `latest`: a list as `/api/latest` has it,"
            " at first of every point, then of those that have changed. `sources`: whether each"
            " source answers. A comment comes every 15 seconds. Who reads too slowly is cut off and"
            " may come back.",
            "content": {"text/event-stream": {"schema": _EVENT, "example": _EXAMPLE}},
        },
    },
)
async def stream(
    context: Context,
    last_event_id: Annotated[
        str | None,
        Header(
            description="The `id` seen last; browsers send it by themselves.",
            max_length=100,
            examples=["5f0c2a1b-7"],
        ),
    ] = None,
) -> Response:
    """Everything at first, then what changes."""
    subscription = context.live.subscribe()
    if subscription is None:
        raise HTTPException(
            HTTPStatus.SERVICE_UNAVAILABLE,
            f"{MOST_STREAMS} streams are open already; close a page that you do not need.",
            {"Retry-After": "60"},
        )
    return EventStream(context.live, subscription, seen=last_event_id)
