"""How well the house's heat pumps work."""

from datetime import timedelta
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from pumphouse.core.errors import UsageError
from pumphouse.core.model import Device, Interval
from pumphouse.runtime.analyst import Period
from pumphouse.runtime.pumps import pumps
from pumphouse.runtime.times import parse_interval
from pumphouse.web.api.answers import answer, encoded
from pumphouse.web.api.openapi import FromTime, OfDevice, ToTime, refusals
from pumphouse.web.context import Context, WebContext
from pumphouse.web.efficiency_model import Efficiency

__all__ = ["LONGEST", "router"]

router = APIRouter(prefix="/api")

#: a leap year and a month: what one answer may be about
LONGEST: Final = timedelta(days=400)


@router.get(
    "/efficiency",
    tags=["past"],
    summary="Energy, COP, cycles and the house, each figure with its error and origin",
    response_model=list[Efficiency],
    responses=refusals(304, 404, 422),
)
async def efficiency(
    request: Request,
    context: Context,
    from_: FromTime = "30d",
    to: ToTime = "now",
    device: OfDevice = None,
) -> Response:
    """`pumphouse report --json` for at most 400 days.

    It takes some seconds. Ends are rounded down to quarters of an hour.
    """
    settings, clock = context.installation.settings, context.installation.host.clock
    interval = parse_interval(from_, to, settings.site.timezone, clock.now())
    _check(interval)
    chosen = await _devices(context, device)
    found = [await context.figures.about("report", Period(one, interval)) for one in chosen]
    return answer(request, encoded(found))


def _check(interval: Interval) -> None:
    """Raises UsageError where the period is too long to be answered for."""
    if interval.duration > LONGEST:
        raise UsageError(f"the period is longer than {LONGEST.days} days; ask for a part of it")


async def _devices(context: WebContext, wanted: str | None) -> list[Device]:
    """The device called so, or all pumps.

    Raises:
        HTTPException: 404, because there is no such device.
    """
    if wanted is None:
        return list(await pumps(context.installation.store))
    devices = await context.installation.store.devices()
    chosen = [one for one in devices if one.id == wanted]
    if not chosen:
        detail = f'There is no device "{wanted}"; /api/devices lists all.'
        raise HTTPException(HTTPStatus.NOT_FOUND, detail)
    return chosen
