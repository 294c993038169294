"""Cycles: the compressor's runs of a day, and the degree minutes that made it run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pumphouse.core.model import Interval
from pumphouse.runtime.analyst import Period
from pumphouse.runtime.pumps import pumps
from pumphouse.web.charts.cycles import day_strip, degree_minutes
from pumphouse.web.charts.plot import Plot, number
from pumphouse.web.context import Context
from pumphouse.web.efficiency_pages import Compared, CyclesPage, Run
from pumphouse.web.pages.figure_view import FigureView, figure_view
from pumphouse.web.pages.loading import answer_page, chosen_device, load, no_devices
from pumphouse.web.pages.periods import OfDevice
from pumphouse.web.pages.times import length
from pumphouse.web.text import texts

__all__ = ["CyclesView", "RunRow", "cycles_view", "router"]

router = APIRouter()

_SHORT: Final = timedelta(minutes=10)
_NOTHING: Final = "\u2013"
OfDay = Annotated[str | None, Query(max_length=10)]


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as a line of a table.

    Attributes:
        open: whether it began before, or goes on after, what is known.
        short: whether it was so short that it wears out the compressor.
    """

    start: str
    length: str
    mode: str
    kind: str
    flow: str
    back: str
    outdoor: str
    electricity: str
    heat: str
    cop: str
    open: bool
    short: bool


@dataclass(frozen=True, slots=True)
class CyclesView:
    """A day's cycles for people."""

    coverage: str
    figures: Sequence[FigureView]
    strip: Plot
    rows: Sequence[RunRow]
    degree_minutes: Plot | None
    degree_figures: Sequence[FigureView]
    factory_limits: bool
    next_start: str | None


@dataclass(frozen=True, slots=True)
class Days:
    """The day that is shown, and those beside it."""

    day: date
    before: date
    after: date | None
    today: date


@router.get("/cycles")
async def cycles_page(
    request: Request, context: Context, *, device: OfDevice = None, day: OfDay = None
) -> HTMLResponse:
    """A day, today where none is named."""
    installation = context.installation
    devices = await pumps(installation.store, asked=device)
    if not devices:
        return no_devices(request, "cycles")
    zone, now = ZoneInfo(installation.settings.site.timezone), installation.host.clock.now()
    days = _days(day, now.astimezone(zone).date())
    start, end = (_midnight(one, zone) for one in (days.day, days.day + timedelta(days=1)))
    chosen = chosen_device(devices, device)
    interval = Interval(start, max(start, min(end, now.astimezone(UTC))))
    found = await load(request, context, "cycles", Period(chosen, interval), CyclesPage)
    page = found.document
    return answer_page(
        request,
        "cycles.html",
        "efficiency/cycles.html",
        devices=devices,
        device=chosen,
        days=days,
        loaded=found,
        view=None if page is None else cycles_view(page, zone, end),
    )


def cycles_view(page: CyclesPage, zone: ZoneInfo, end: datetime) -> CyclesView:
    """Everything that is shown of a day.

    Args:
        zone: of the site.
        end: the midnight that ends the day.
    """
    told = page.degree_minutes
    drift = figure_view("degree_minutes_drift_dm_per_h", told.drift)
    return CyclesView(
        coverage=number(page.coverage * 100, 0),
        figures=[
            _compared("compressor_starts", page.starts),
            figure_view("short_cycles", page.short_runs),
            figure_view("longest_pause_h", page.longest_pause_h),
            _compared("compressor_hours", page.run_hours),
            _compared("compressor_hours_heating", page.run_hours_heating),
            _compared("compressor_hours_hot_water", page.run_hours_hot_water),
        ],
        strip=day_strip(page, zone, end),
        rows=[_row(run, zone) for run in page.runs],
        degree_minutes=degree_minutes(page, zone, end),
        degree_figures=[drift],
        factory_limits=not told.told,
        next_start=_next_start(page, zone, end),
    )


def _compared(name: str, figure: Compared) -> FigureView:
    """A figure and, where counter and samples are apart, by how much."""
    view, t = figure_view(name, figure.best), texts()
    if figure.counted is None or figure.seen is None or not figure.disagreement:
        return view
    counted, seen = figure_view(name, figure.counted), figure_view(name, figure.seen)
    if counted.value == seen.value:
        return view
    note = t("cycles.disagreement", counted=counted.value, seen=seen.value)
    return figure_view(name, figure.best, note)


def _row(run: Run, zone: ZoneInfo) -> RunRow:
    t, span = texts(), run.end - run.start
    cop = run.heat_kwh / run.electricity_kwh if run.heat_kwh and run.electricity_kwh else None
    whole = run.start_seen and run.end_seen
    return RunRow(
        start=f"{run.start.astimezone(zone):%H:%M}",
        length=length(span) if span < timedelta(hours=1) else _hours(span),
        mode=" + ".join(t(f"mode.{one}") for one in _modes(run)),
        kind=run.mode or "unknown",
        flow=_degrees(run.flow),
        back=_degrees(run.return_),
        outdoor=_degrees(run.outdoor),
        electricity=_plain(run.electricity_kwh, 2),
        heat=_plain(run.heat_kwh, 2),
        cop=_plain(cop, 1),
        open=not whole,
        short=whole and span < _SHORT,
    )


def _modes(run: Run) -> Sequence[str]:
    """What it was for, each once, in order."""
    modes = [one.mode for one in run.phases if one.mode] or [run.mode or "unknown"]
    return list(dict.fromkeys(modes))


def _next_start(page: CyclesPage, zone: ZoneInfo, end: datetime) -> str | None:
    """When the next start is expected; only where the day is not over."""
    found = page.next_start
    if found is None or page.to >= end:
        return None
    error = length(timedelta(seconds=found.error_seconds))
    return texts()("cycles.next_start", time=f"{found.time.astimezone(zone):%H:%M}", error=error)


def _hours(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    return f"{minutes // 60} h {minutes % 60:02} min"


def _degrees(value: float | None) -> str:
    return _plain(value, 1)


def _plain(value: float | None, digits: int) -> str:
    return _NOTHING if value is None else number(value, digits)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _days(wanted: str | None, today: date) -> Days:
    """The day that was asked for, today where it is none or lies ahead."""
    try:
        day = min(date.fromisoformat(wanted or ""), today)
    except ValueError:
        day = today
    day = max(day, date(2000, 1, 1))
    after = day + timedelta(days=1) if day < today else None
    return Days(day, day - timedelta(days=1), after, today)
