"""The charts of money: what each day cost, and what each hour of the day."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from pumphouse.web.charts.plot import BOTTOM, LEFT, RIGHT, TOP, Bar, Plot, Table, number, scale
from pumphouse.web.efficiency_pages import Day, HourOfDay
from pumphouse.web.text import texts

__all__ = ["cost_by_day", "cost_by_hour"]

_MOST_TICKS: Final = 8
_WIDTH: Final = 0.72  # of the place of a bar


class _Amount(NamedTuple):
    """A bar to be: what it is called below, its height, what a pointer is told."""

    name: str
    money: float | None
    hint: str


def cost_by_day(days: Sequence[Day], currency: str) -> Plot:
    """A bar a day; a day without enough data or prices leaves a gap."""
    t = texts()
    amounts = [
        _Amount(f"{day.day:%d.%m.}", None, "")
        if day.cost is None
        else _Amount(
            f"{day.day:%d.%m.}",
            day.cost.value,
            f"{day.day}: {number(day.cost.value, 2)} ± {number(day.cost.error, 2)} {currency}",
        )
        for day in days
    ]
    nothing = t("figures.not_enough")
    rows = [
        (
            str(day.day),
            f"{number(day.cost.value, 2)} ± {number(day.cost.error, 2)}" if day.cost else nothing,
            number(day.electricity_kwh.value, 1) if day.electricity_kwh else nothing,
        )
        for day in days
    ]
    head = (t("chart.day"), t("chart.cost", currency=currency), t("chart.electricity_kwh"))
    return _bars("cost-day", t("chart.cost_day"), amounts, Table(head, rows), currency)


def cost_by_hour(hours: Sequence[HourOfDay], currency: str) -> Plot:
    """A bar for each hour of the site's day, all days together."""
    t = texts()
    amounts = [
        _Amount(
            f"{one.hour:02}",
            one.cost,
            t(
                "chart.hour_hint",
                hour=f"{one.hour:02}",
                cost=number(one.cost, 2),
                kwh=number(one.electricity_kwh, 1),
                price=number(one.price or 0.0, 3),
                currency=currency,
            ),
        )
        for one in hours
        if one.price is not None
    ]
    rows = [
        (
            f"{one.hour:02}:00",
            number(one.cost, 2),
            number(one.electricity_kwh, 1),
            number(one.price, 3),
        )
        for one in hours
        if one.price is not None
    ]
    head = (
        t("chart.hour"),
        t("chart.cost", currency=currency),
        t("chart.electricity_kwh"),
        t("chart.price", currency=currency),
    )
    return _bars("cost-hour", t("chart.cost_hour"), amounts, Table(head, rows), currency)


def _bars(key: str, title: str, amounts: Sequence[_Amount], table: Table, currency: str) -> Plot:
    """Bars from the line of nought; an hour of negative prices hangs below it."""
    known = [one.money for one in amounts if one.money is not None]
    y = scale(known, BOTTOM, TOP, zero=True, least=0.1)
    step = (RIGHT - LEFT) / max(len(amounts), 1)
    every = max(1, -(-len(amounts) // _MOST_TICKS))
    zero = y.at(0.0)
    bars = [
        Bar(
            "cost",
            round(LEFT + (place + (1.0 - _WIDTH) / 2.0) * step, 1),
            min(zero, y.at(one.money)),
            round(step * _WIDTH, 1),
            round(abs(y.at(one.money) - zero), 1),
            one.hint,
        )
        for place, one in enumerate(amounts)
        if one.money is not None
    ]
    ticks = [
        (round(LEFT + (place + 0.5) * step, 1), one.name)
        for place, one in enumerate(amounts)
        if place % every == every // 2
    ]
    return Plot(key, title, table, y_label=currency, x_ticks=ticks, y_ticks=y.ticks, bars=bars)
