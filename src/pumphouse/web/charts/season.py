"""The charts of a season: COP, months, the house, the heating curve."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from pumphouse.web.charts.plot import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    Axis,
    Bar,
    Dot,
    Line,
    Plot,
    Table,
    Words,
    number,
    scale,
)
from pumphouse.web.efficiency_model import Figure
from pumphouse.web.efficiency_pages import Curve, Day, House, Means, Month, Parts
from pumphouse.web.text import texts

__all__ = [
    "cop_by_day",
    "cop_by_outdoor",
    "curve_cloud",
    "fleet",
    "fleet_factor",
    "heat_demand",
    "months",
]

#: seasonal performance factor over heat-weighted lift in K, of the pumps on heatpumpmonitor.org in
#: 2026, most of them air source: R² 0.60, and how far nine in ten lie from it at most
FLEET: Final = (-0.110, 7.04, 0.51)
_KILO: Final = 1000.0
_TWO: Final = 2
_MOST_DATES: Final = 7
_GAP: Final = 2.0
_PARTS: Final = ("heating", "hot_water", "additional")


def fleet_factor(lift: float) -> float:
    """What a pump of the fleet would reach at this lift."""
    slope, constant, _ = FLEET
    return slope * lift + constant


def cop_by_outdoor(days: Sequence[Day]) -> Plot:
    """A dot a day: warmer days have a better COP, and what lies low asks for a reason."""
    t = texts()
    known = [(day, day.outdoor, day.cop) for day in days if day.outdoor is not None and day.cop]
    x = scale((outdoor for _, outdoor, _ in known), LEFT, RIGHT, least=5)
    y = scale((cop.value for _, _, cop in known), BOTTOM, TOP)
    dots = [
        Dot(
            "cop",
            x.at(outdoor),
            y.at(cop.value),
            t("chart.cop_hint", day=day.day, cop=_pm(cop, 2), outdoor=number(outdoor, 1)),
        )
        for day, outdoor, cop in known
    ]
    rows = [(str(day.day), number(outdoor, 1), _pm(cop, 2)) for day, outdoor, cop in known]
    head = (t("chart.day"), t("chart.outdoor"), t("chart.cop"))
    return Plot(
        "cop-outdoor",
        t("chart.cop_outdoor"),
        Table(head, rows),
        x_label=t("chart.outdoor"),
        y_label=t("chart.cop"),
        x_ticks=x.ticks,
        y_ticks=y.ticks,
        dots=dots,
    )


def cop_by_day(days: Sequence[Day]) -> Plot:
    """A line with its error around it; days without enough data leave a gap."""
    t = texts()
    known = [day.cop for day in days if day.cop]
    usual = median([one.error for one in known]) if known else 0.0
    bounds = [bound for one in known for bound in (one.value - usual, one.value + usual)]
    y, step = scale(bounds, BOTTOM, TOP), (RIGHT - LEFT) / max(len(days), 1)
    runs = _without_gaps(days, step)
    lines = [
        Line("cop", [(x, y.at(day.cop.value)) for x, day in run if day.cop])
        for run in runs
        if len(run) >= _TWO
    ]
    areas = [_band(run, y) for run in runs if len(run) >= _TWO]
    dots = [
        Dot("small", x, y.at(day.cop.value), f"{day.day}: {_pm(day.cop, 2)}")
        for run in runs
        for x, day in run
        if day.cop
    ]
    every = max(1, -(-len(days) // _MOST_DATES))
    ticks = [
        (round(LEFT + (place + 0.5) * step, 1), f"{day.day:%d.%m.}")
        for place, day in enumerate(days)
        if place % every == every // 2
    ]
    return Plot(
        "cop-day",
        t("chart.cop_day"),
        _days_table(days),
        y_label=t("chart.cop"),
        x_ticks=ticks,
        y_ticks=y.ticks,
        areas=areas,
        lines=lines,
        dots=dots,
    )


def _without_gaps(days: Sequence[Day], step: float) -> list[list[tuple[float, Day]]]:
    """Days with a COP and their places, in pieces between those without one."""
    pieces: list[list[tuple[float, Day]]] = [[]]
    for place, day in enumerate(days):
        if day.cop is None:
            pieces.append([])
        else:
            pieces[-1].append((round(LEFT + (place + 0.5) * step, 1), day))
    return pieces


def _days_table(days: Sequence[Day]) -> Table:
    t = texts()
    nothing = t("figures.not_enough")
    rows = [
        (
            str(day.day),
            _pm(day.cop, 2) if day.cop else nothing,
            _pm(day.electricity_kwh, 1) if day.electricity_kwh else nothing,
            _pm(day.heat_kwh, 1) if day.heat_kwh else nothing,
            f"{day.coverage:.0%}",
        )
        for day in days
    ]
    head = ("day", "cop", "electricity_kwh", "heat_kwh", "coverage")
    return Table([t(f"chart.{name}") for name in head], rows)


def _band(run: Sequence[tuple[float, Day]], y: Axis) -> Line:
    """The errors of some days; what reaches out of the drawing is cut off there."""
    known = [(x, day.cop) for x, day in run if day.cop]
    upper = [(x, y.at(min(cop.value + cop.error, y.high))) for x, cop in known]
    lower = [(x, y.at(max(cop.value - cop.error, y.low))) for x, cop in known]
    return Line("error", [*upper, *reversed(lower)])


def months(given: Sequence[Month]) -> Plot:
    """Two bars a month, electricity and heat, each split by what it was for."""
    t = texts()
    totals = [
        figure.value
        for month in given
        for figure in (month.electricity_kwh, month.heat_kwh)
        if figure
    ]
    y = scale(totals, BOTTOM, TOP, zero=True)
    step = (RIGHT - LEFT) / max(len(given), 1)
    width = min(step * 0.36, 60.0)
    bars: list[Bar] = []
    words: list[Words] = []
    for place, month in enumerate(given):
        middle = LEFT + (place + 0.5) * step
        bars += _stack(month.electricity, middle - width - _GAP / 2, width, y, month, "electricity")
        bars += _stack(month.heat, middle + _GAP / 2, width, y, month, "heat")
        if month.cop and step > 34:  # noqa: PLR2004  (narrower than its text)
            whole = max(one.value for one in (month.electricity_kwh, month.heat_kwh) if one)
            words.append(
                Words("value", middle, y.at(whole) - 6, number(month.cop.value, 2), "middle")
            )
    ticks = [
        (round(LEFT + (place + 0.5) * step, 1), month.month[2:] if step < 60 else month.month)  # noqa: PLR2004  (as above)
        for place, month in enumerate(given)
    ]
    return Plot(
        "months",
        t("chart.months"),
        _months_table(given),
        y_label="kWh",
        x_ticks=ticks,
        y_ticks=y.ticks,
        bars=bars,
        words=words,
        legend=[(name, t(f"mode.{name}")) for name in _PARTS],
    )


def _stack(
    parts: Parts | None, x: float, width: float, y: Axis, month: Month, what: str
) -> list[Bar]:
    """Heating below, hot water on it, the additional heat on top; all in one where unknown."""
    t = texts()
    whole = month.electricity_kwh if what == "electricity" else month.heat_kwh
    if parts is None:
        amounts = [("unknown", whole.value)] if whole else []
    else:
        amounts = [(name, float(getattr(parts, name))) for name in _PARTS]
        rest = 0.0 if whole is None else whole.value - sum(value for _, value in amounts)
        if what == "electricity" and rest > 0:
            amounts.append(("standby", rest))
    bars, level = [], 0.0
    for name, value in amounts:
        low, high = y.at(level), y.at(level + value)
        hint = t(
            "chart.month_hint",
            month=month.month,
            what=t(f"chart.{what}"),
            mode=t(f"mode.{name}"),
            value=number(value, 1),
        )
        if low - high > 0:
            bars.append(Bar(f"{name} {what}", round(x, 1), high, round(width, 1), low - high, hint))
        level += value
    return bars


def _months_table(given: Sequence[Month]) -> Table:
    t = texts()
    nothing = t("figures.not_enough")
    rows = [
        (
            month.month,
            _pm(month.electricity_kwh, 1) if month.electricity_kwh else nothing,
            _pm(month.heat_kwh, 1) if month.heat_kwh else nothing,
            _pm(month.cop, 2) if month.cop else nothing,
            *(number(getattr(month.heat, name), 1) if month.heat else "" for name in _PARTS),
            t("chart.of_days", known=month.known, days=month.days),
        )
        for month in given
    ]
    head = ("month", "electricity_kwh", "heat_kwh", "cop", *(f"heat_{one}" for one in _PARTS))
    return Table([*(t(f"chart.{name}") for name in head), t("chart.days")], rows)


def fleet(means: Means, cop: float, error: float) -> Plot | None:
    """This pump's dot on the line of many others; None where the lift is not known."""
    if means.lift is None:
        return None
    t = texts()
    low, high = min(20.0, means.lift - 3), max(45.0, means.lift + 3)
    x = scale((low, high), LEFT, RIGHT)
    _, _, band = FLEET
    ends = (x.low, x.high)
    y = scale(
        (cop - error, cop + error, fleet_factor(x.low) + band, fleet_factor(x.high) - band),
        BOTTOM,
        TOP,
    )
    upper = [(x.at(end), y.at(fleet_factor(end) + band)) for end in ends]
    lower = [(x.at(end), y.at(fleet_factor(end) - band)) for end in reversed(ends)]
    dot = Dot(
        "own",
        x.at(means.lift),
        y.at(cop),
        t("chart.own_hint", cop=number(cop, 2), lift=number(means.lift, 1)),
        y.at(cop - error),
        y.at(cop + error),
    )
    head = ("", t("chart.lift"), t("chart.cop"))
    expected = f"{number(fleet_factor(means.lift), 2)} ± {number(band, 2)}"
    own = (t("chart.own"), number(means.lift, 1), f"{number(cop, 2)} ± {number(error, 2)}")
    return Plot(
        "fleet",
        t("chart.fleet"),
        Table(head, [own, (t("chart.others"), number(means.lift, 1), expected)]),
        x_label=t("chart.lift"),
        y_label=t("chart.cop"),
        x_ticks=x.ticks,
        y_ticks=y.ticks,
        areas=[Line("others", [*upper, *lower])],
        lines=[Line("others", [(x.at(end), y.at(fleet_factor(end))) for end in ends])],
        dots=[dot],
        legend=[("own", t("chart.own")), ("others", t("chart.others"))],
    )


def heat_demand(house: House, days: Sequence[Day]) -> Plot:
    """A dot a day, and the line through them with the band in which four days in five lie."""
    t = texts()
    known = [
        (day, day.difference, day.heating_w / _KILO)
        for day in days
        if day.difference is not None and day.heating_w is not None
    ]
    corners = [(x, y / _KILO) for x, y in house.line]
    band = house.band_w / _KILO
    x = scale([*(d for _, d, _ in known), *(d for d, _ in corners)], LEFT, RIGHT, least=5)
    y = scale(
        [*(kw for _, _, kw in known), *(kw + band for _, kw in corners)], BOTTOM, TOP, zero=True
    )
    upper = [(x.at(d), y.at(kw + band)) for d, kw in corners]
    lower = [(x.at(d), y.at(max(0.0, kw - band))) for d, kw in reversed(corners)]
    dots = [
        Dot("heating", x.at(d), y.at(kw), f"{day.day}: {number(kw, 2)} kW") for day, d, kw in known
    ]
    rows = [(str(day.day), number(d, 1), number(kw, 2)) for day, d, kw in known]
    return Plot(
        "demand",
        t("chart.demand"),
        Table((t("chart.day"), t("chart.difference"), t("chart.heating_kw")), rows),
        x_label=t("chart.difference"),
        y_label="kW",
        x_ticks=x.ticks,
        y_ticks=y.ticks,
        areas=[Line("fit", [*upper, *lower])],
        lines=[Line("fit", [(x.at(d), y.at(kw)) for d, kw in corners])],
        dots=dots,
        legend=[("heating", t("chart.a_day")), ("fit", t("chart.line_and_band"))],
    )


def curve_cloud(curve: Curve) -> Plot:
    """What was measured in each hour of heating, and the curve that the pump asked for."""
    t = texts()
    pairs = [*curve.cloud, *curve.knots]
    limits = [one for one in (curve.minimum, curve.maximum) if one is not None]
    x = scale((outdoor for outdoor, _ in pairs), LEFT, RIGHT, least=5)
    y = scale((supply for _, supply in pairs), BOTTOM, TOP, least=5)
    limits = [one for one in limits if y.low <= one <= y.high]
    return Plot(
        "curve",
        t("chart.curve"),
        Table(
            (t("chart.outdoor"), t("chart.asked")),
            [(number(outdoor, 1), number(supply, 1)) for outdoor, supply in curve.knots],
        ),
        x_label=t("chart.outdoor"),
        y_label=t("chart.supply"),
        x_ticks=x.ticks,
        y_ticks=y.ticks,
        lines=[
            *(Line("limit", [(LEFT, y.at(one)), (RIGHT, y.at(one))]) for one in limits),
            Line("curve", [(x.at(outdoor), y.at(supply)) for outdoor, supply in curve.knots]),
        ],
        dots=[Dot("cloud", x.at(outdoor), y.at(supply)) for outdoor, supply in curve.cloud],
        legend=[("cloud", t("chart.an_hour")), ("curve", t("chart.asked"))],
    )


def _pm(figure: Figure, digits: int) -> str:
    return f"{number(figure.value, digits)} ± {number(figure.error, digits)}"
