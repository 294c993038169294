"""Efficiency: COP, energy and the house, with how far each number is to be trusted."""

from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pumphouse.runtime.analyst import Period
from pumphouse.runtime.pumps import pumps
from pumphouse.web.context import Context
from pumphouse.web.efficiency_pages import Season
from pumphouse.web.pages.loading import answer_page, chosen_device, load, no_devices
from pumphouse.web.pages.periods import PRESETS, LastDays, Month, OfDevice, last_months, select
from pumphouse.web.pages.season_report import file_name, season_report
from pumphouse.web.pages.season_view import season_view

__all__ = ["router"]

router = APIRouter()


@router.get("/efficiency")
async def efficiency_page(
    request: Request,
    context: Context,
    *,
    device: OfDevice = None,
    last: LastDays = None,
    month: Month = None,
) -> HTMLResponse:
    """The page at once; its figures with it if they are known, else when they are there."""
    installation = context.installation
    devices = await pumps(installation.store, asked=device)
    if not devices:
        return no_devices(request, "efficiency")
    zone, now = ZoneInfo(installation.settings.site.timezone), installation.host.clock.now()
    chosen, selection = chosen_device(devices, device), select(last, month, zone, now)
    found = await load(request, context, "season", Period(chosen, selection.interval), Season)
    return answer_page(
        request,
        "efficiency.html",
        "efficiency/body.html",
        devices=devices,
        device=chosen,
        selection=selection,
        presets=PRESETS,
        months=last_months(zone, now),
        loaded=found,
        view=None if found.document is None else season_view(found.document),
    )


@router.get("/efficiency/report.html")
async def efficiency_report(
    request: Request,
    context: Context,
    *,
    device: OfDevice = None,
    last: LastDays = None,
    month: Month = None,
) -> Response:
    """The season report as a file to keep or to send."""
    installation = context.installation
    devices = await pumps(installation.store, asked=device)
    if not devices:
        return no_devices(request, "efficiency")
    site, now = installation.settings.site, installation.host.clock.now()
    chosen = chosen_device(devices, device)
    selection = select(last, month, ZoneInfo(site.timezone), now)
    answer = await context.figures.about("season", Period(chosen, selection.interval))
    season = Season.model_validate(answer)
    html = season_report([season], site=site.name, timezone=site.timezone, now=now)
    disposition = f'attachment; filename="{file_name(season)}"'
    return HTMLResponse(html, headers={"Content-Disposition": disposition})
