"""Heating curve: what was measured, what is set, and what people would change."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pumphouse.runtime.analyst import Period
from pumphouse.runtime.pumps import pumps
from pumphouse.web.charts.plot import Plot, number
from pumphouse.web.charts.season import curve_cloud
from pumphouse.web.context import Context
from pumphouse.web.efficiency_model import Verdict
from pumphouse.web.efficiency_pages import Curve, CurvePage
from pumphouse.web.pages.figure_view import FigureView, figure_view
from pumphouse.web.pages.loading import answer_page, chosen_device, load, no_devices
from pumphouse.web.pages.periods import PRESETS, LastDays, OfDevice, select
from pumphouse.web.text import texts

__all__ = ["CurveView", "curve_view", "router"]

router = APIRouter()

_DEFAULT: Final = "90d"
_CUT: Final = 0.02  # share of the hours from which on a limit is worth a word


@dataclass(frozen=True, slots=True)
class CurveView:
    """A heating curve for people.

    Attributes:
        settings: what is set in the pump: name and value.
        notes: what else the data say.
        verdicts: what people would change, and why.
    """

    coverage: str
    plot: Plot | None
    figures: Sequence[FigureView]
    settings: Sequence[tuple[str, str]]
    notes: Sequence[str]
    verdicts: Sequence[Verdict]


@router.get("/heating-curve")
async def curve_page(
    request: Request, context: Context, *, device: OfDevice = None, last: LastDays = None
) -> HTMLResponse:
    """The last months, at most a year."""
    installation = context.installation
    devices = await pumps(installation.store, asked=device)
    if not devices:
        return no_devices(request, "curve")
    zone, now = ZoneInfo(installation.settings.site.timezone), installation.host.clock.now()
    selection = select(last, None, zone, now, _DEFAULT)
    chosen = chosen_device(devices, device)
    found = await load(request, context, "curve", Period(chosen, selection.interval), CurvePage)
    return answer_page(
        request,
        "heating_curve.html",
        "efficiency/curve.html",
        devices=devices,
        device=chosen,
        selection=selection,
        presets=PRESETS,
        loaded=found,
        view=None if found.document is None else curve_view(found.document),
    )


def curve_view(page: CurvePage) -> CurveView:
    """Everything that is shown of a heating curve."""
    coverage, curve = number(page.coverage * 100, 0), page.curve
    if curve is None:
        return CurveView(coverage, None, (), (), (), page.verdicts)
    room, basis = curve.room, texts()("figures.hours", n=curve.hours)
    return CurveView(
        coverage,
        curve_cloud(curve),
        [
            figure_view("room_deviation_k", room.mean if room else None, basis=basis),
            figure_view("supply_excess_k", curve.excess, basis=basis),
        ],
        _settings(curve),
        _notes(curve),
        page.verdicts,
    )


def _settings(curve: Curve) -> list[tuple[str, str]]:
    t, known = texts(), []
    for name, value, digits, unit in (
        ("number", curve.number, 0, ""),
        ("offset", curve.offset, 0, ""),
        ("minimum", curve.minimum, 0, " °C"),
        ("maximum", curve.maximum, 0, " °C"),
        ("setpoint", curve.room.setpoint if curve.room else None, 1, " °C"),
    ):
        text = t("curve.not_told") if value is None else f"{number(value, digits)}{unit}"
        known.append((t(f"curve.{name}"), text))
    return known


def _notes(curve: Curve) -> list[str]:
    t, room = texts(), curve.room
    notes = [t("curve.hours", n=curve.hours, scatter=number(curve.scatter, 1))]
    if room:
        notes.append(
            t(
                "curve.rooms",
                cold=_signed(room.cold),
                mild=_signed(room.mild),
                below=number(room.cold_below, 1),
            )
        )
    if curve.follows_room:
        notes.append(t("curve.follows_room"))
    for name, share in (("minimum", curve.share_at_minimum), ("maximum", curve.share_at_maximum)):
        if share >= _CUT:
            notes.append(t(f"curve.at_{name}", share=number(share * 100, 0)))
    return notes


def _signed(value: float) -> str:
    return f"+{number(value, 1)}" if value > 0 else number(value, 1)
