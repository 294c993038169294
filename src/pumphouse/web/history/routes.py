"""`/api/chart` and `/history.csv`: what the History page shows, for scripts and spreadsheets."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import StringConstraints

from pumphouse.core.errors import UsageError
from pumphouse.web.api.answers import answer
from pumphouse.web.api.openapi import TIME, OfDevice, refusals
from pumphouse.web.context import Context, WebContext
from pumphouse.web.history.chart import MAX_POINTS, chart
from pumphouse.web.history.document import ChartDocument, chart_json
from pumphouse.web.history.table import chart_csv, file_name
from pumphouse.web.history.view import View, view_of

__all__ = ["WIDTH", "FromTime", "Last", "Points", "ToTime", "router", "view_for"]

#: what is drawn where nobody says how wide: a desktop's window
WIDTH: Final = 1000
#: behind that nothing comes in late any more but imports, which may be seen a little later
_SETTLED: Final = timedelta(days=1)
_KEPT_SECS: Final = 300

router = APIRouter()

Points = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=200)]] | None,
    Query(
        alias="point",
        max_length=MAX_POINTS,
        description="Native ids or metrics, with `@device` behind one of another device; without"
        " any the most telling ones.",
        examples=[["outdoor_temperature", "supply_temperature"]],
    ),
]
FromTime = Annotated[
    str | None,
    Query(
        alias="from",
        pattern=TIME,
        description="Begin: a date, a time, `today`, or a length before now.",
        examples=["2026-01-01"],
    ),
]
ToTime = Annotated[
    str | None,
    Query(alias="to", pattern=TIME, description="End, written as `from`.", examples=["2026-01-08"]),
]
Last = Annotated[
    str | None,
    Query(
        pattern=r"^[1-9][0-9]{0,2}(min|h|d|w)$",
        description="Instead of `from` and `to`: a length that ends now; a day without all three.",
        examples=["24h"],
    ),
]
Width = Annotated[
    int, Query(ge=100, le=4000, description="How many pixels there are to draw on.", examples=[800])
]


def view_for(
    context: WebContext,
    device: str | None,
    points: list[str] | None,
    times: tuple[str | None, str | None, str | None],
) -> View:
    """The view of a request's device and points, and of its `from`, `to` and `last`.

    Raises:
        HTTPException: 404, there is no such stretch of time.
    """
    zone = context.installation.settings.site.timezone
    try:
        return view_of(device, points or (), times=times, zone=zone, now=_now(context))
    except UsageError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from None


@router.get(
    "/api/chart",
    tags=["past"],
    summary="Several points over time, ready to be drawn",
    response_model=ChartDocument,
    responses=refusals(304, 404, 422),
)
async def chart_answer(
    request: Request,
    context: Context,
    *,
    device: OfDevice = None,
    points: Points = None,
    start: FromTime = None,
    end: ToTime = None,
    last: Last = None,
    width: Width = WIDTH,
) -> Response:
    """Columns on one axis of time, as fine as `width` can show.

    Where the device was silent there is null; where values were averaged their least and greatest
    come along. Also when the compressor ran, when hot water was made, and alarms.
    """
    view = view_for(context, device, points, (start, end, last))
    drawn = await chart(context.installation, view, width=width)
    found = answer(request, chart_json(drawn, context.catalogue))
    if view.last is None and _now(context) - view.interval.end > _SETTLED:
        found.headers["Cache-Control"] = f"private, max-age={_KEPT_SECS}"
    return found


@router.get("/history.csv", include_in_schema=False)
async def chart_file(
    context: Context,
    *,
    device: OfDevice = None,
    points: Points = None,
    start: FromTime = None,
    end: ToTime = None,
    last: Last = None,
    width: Width = WIDTH,
) -> StreamingResponse:
    """The same as a file for a spreadsheet."""
    view = view_for(context, device, points, (start, end, last))
    drawn = await chart(context.installation, view, width=width)
    name = file_name(drawn, context.installation.settings.site.name)
    return StreamingResponse(
        chart_csv(drawn, context.catalogue),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _now(context: WebContext) -> datetime:
    return context.installation.host.clock.now()
