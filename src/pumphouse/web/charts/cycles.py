"""The charts of a day: when the compressor ran and for what, and its degree minutes."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pumphouse.web.charts.plot import LEFT, TOP, Axis, Bar, Line, Plot, Table, Words, scale
from pumphouse.web.efficiency_pages import CyclesPage, DegreeMinutes, Run, Span
from pumphouse.web.text import texts

__all__ = ["MODES", "day_strip", "degree_minutes"]

MODES: Final = ("heating", "hot_water", "cooling", "pool", "idle")
#: wider than other charts: a day has many minutes
_WIDTH: Final = 1000
_RIGHT: Final = _WIDTH - 14.0
_STRIP_HEIGHT: Final = 108
_STRIP_BOTTOM: Final = 72.0
_DEFROST_TOP: Final = 10.0
_LINE_HEIGHT: Final = 280
_LINE_BOTTOM: Final = 236.0
#: a line is broken where nothing is known for longer, in seconds
_BREAK: Final = 1800.0
_HOURS: Final = 3


def day_strip(page: CyclesPage, zone: ZoneInfo, day_end: datetime) -> Plot:
    """Runs as bars along the hours of the day, coloured by what they were for.

    Args:
        zone: of the site.
        day_end: the midnight that ends the day; the day itself may not be over yet.
    """
    t = texts()
    x = Axis(page.from_.timestamp(), day_end.timestamp(), LEFT, _RIGHT, 3600.0)
    phases = [phase for run in page.runs for phase in _phases(run)]
    bars = [_bar(phase, phase.mode or "unknown", x, zone) for phase in phases]
    bars += [_bar(one, "defrost", x, zone, TOP - _DEFROST_TOP) for one in page.defrosts]
    bars += [_bar(one, "additional", x, zone, TOP - _DEFROST_TOP) for one in page.additional_heat]
    shown = {bar.kind for bar in bars}
    kinds = [one for one in (*MODES, "unknown", "defrost", "additional") if one in shown]
    return Plot(
        "strip",
        t("chart.strip"),
        Table((), ()),
        x_ticks=_hours(page.from_, day_end, x, zone),
        bars=bars,
        legend=[(kind, t(f"mode.{kind}")) for kind in kinds],
        height=_STRIP_HEIGHT,
        bottom=_STRIP_BOTTOM,
        width=_WIDTH,
        right=_RIGHT,
    )


def _phases(run: Run) -> Iterable[Span]:
    """What a run was for; a pump that does not tell leaves one phase without a mode."""
    return run.phases or (Span(start=run.start, end=run.end),)


def _bar(span: Span, kind: str, x: Axis, zone: ZoneInfo, top: float = TOP) -> Bar:
    start, end = x.at(span.start.timestamp()), x.at(span.end.timestamp())
    low = _STRIP_BOTTOM if top == TOP else TOP
    first, last = (one.astimezone(zone).strftime("%H:%M") for one in (span.start, span.end))
    hint = f"{texts()(f'mode.{kind}')} {first}\u2013{last}"
    return Bar(kind, start, top, round(max(end - start, 1.5), 1), low - top, hint)


def degree_minutes(page: CyclesPage, zone: ZoneInfo, day_end: datetime) -> Plot | None:
    """Degree minutes as the pump tells them and as they are counted again; None without any."""
    t, told = texts(), page.degree_minutes
    if not told.reported and not told.counted:
        return None
    x = Axis(page.from_.timestamp(), day_end.timestamp(), LEFT, _RIGHT, 3600.0)
    values = [value for _, value in (*told.reported, *told.counted)]
    y = scale([*values, told.compressor_start], _LINE_BOTTOM, TOP, zero=True)
    limits = _limits(told, y)
    return Plot(
        "degree-minutes",
        t("chart.degree_minutes"),
        _table(told, zone),
        y_label=t("chart.dm"),
        x_ticks=_hours(page.from_, day_end, x, zone),
        y_ticks=y.ticks,
        lines=[
            *(Line(f"limit {kind}", [(LEFT, place), (_RIGHT, place)]) for kind, place in limits),
            *_lines("counted", told.counted, x, y),
            *_lines("reported", told.reported, x, y),
        ],
        words=[
            Words("limit", _RIGHT - 4, place - 5, t(f"chart.limit_{kind}"), "end")
            for kind, place in limits
        ],
        legend=[("reported", t("chart.reported")), ("counted", t("chart.counted"))],
        height=_LINE_HEIGHT,
        bottom=_LINE_BOTTOM,
        width=_WIDTH,
        right=_RIGHT,
    )


def _limits(told: DegreeMinutes, y: Axis) -> list[tuple[str, float]]:
    """Those limits that lie in the drawing."""
    limits = (
        ("stop", told.compressor_stop),
        ("start", told.compressor_start),
        ("additional", told.additional_heat_start),
    )
    return [(kind, y.at(value)) for kind, value in limits if y.low <= value <= y.high]


def _lines(kind: str, values: Iterable[tuple[float, float]], x: Axis, y: Axis) -> list[Line]:
    """A line, in pieces where nothing is known for a while."""
    pieces: list[list[tuple[float, float]]] = [[]]
    before: float | None = None
    for time, value in values:
        if before is not None and time - before > _BREAK:
            pieces.append([])
        pieces[-1].append((x.at(time), y.at(value)))
        before = time
    return [Line(kind, piece) for piece in pieces if len(piece) > 1]


def _hours(start: datetime, end: datetime, x: Axis, zone: ZoneInfo) -> list[tuple[float, str]]:
    """Every third hour on the clock of the site, right on days of 23 and 25 hours too."""
    found, moment = [], start
    while moment <= end:
        local = moment.astimezone(zone)
        if local.hour % _HOURS == 0 and local.minute == 0:
            found.append((x.at(moment.timestamp()), f"{local:%H}" if moment < end else "24"))
        moment += timedelta(hours=1)
    return found


def _table(told: DegreeMinutes, zone: ZoneInfo) -> Table:
    """A value an hour."""
    rows: list[tuple[str, str]] = []
    last = ""
    for time, value in told.reported or told.counted:
        hour = f"{datetime.fromtimestamp(time, zone):%H}"
        if hour != last:
            rows.append((f"{datetime.fromtimestamp(time, zone):%H:%M}", f"{value:.0f}"))
        last = hour
    return Table((texts()("chart.time"), texts()("chart.dm")), rows)
