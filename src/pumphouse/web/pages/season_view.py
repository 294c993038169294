"""What the Efficiency page and the season report say of a season, worked out for a template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pumphouse.web.charts.cost import cost_by_day, cost_by_hour
from pumphouse.web.charts.plot import Plot, number
from pumphouse.web.charts.season import (
    FLEET,
    cop_by_day,
    cop_by_outdoor,
    curve_cloud,
    fleet,
    fleet_factor,
    heat_demand,
    months,
)
from pumphouse.web.efficiency_model import Figure, Verdict
from pumphouse.web.efficiency_pages import Season
from pumphouse.web.pages.figure_view import FigureView, figure_view, figure_views
from pumphouse.web.text import texts

__all__ = ["Group", "SeasonView", "season_view"]

_GROUPS: Final[Mapping[str, Sequence[str]]] = {
    "efficiency": ("cop", "cop_heating", "cop_hot_water", "cop_running"),
    "energy": (
        "electricity_kwh",
        "heat_kwh",
        "heat_heating_kwh",
        "heat_hot_water_kwh",
        "additional_heat_kwh",
        "additional_heat_share_of_heat",
    ),
    "compressor": (
        "compressor_starts",
        "short_cycles",
        "compressor_hours",
        "longest_pause_h",
        "defrosts",
        "defrost_electricity_kwh",
    ),
    "hot_water": (
        "hot_water_charges",
        "hot_water_reheat_min",
        "hot_water_heat_per_charge_kwh",
        "hot_water_tappings",
    ),
}
_COSTS: Final = (
    "cost",
    "cost_heating",
    "cost_hot_water",
    "cost_additional_heat",
    "cost_standby",
    "price_paid",
    "price_offered",
)
_LEAST: Final = 2  # dots that make a chart


@dataclass(frozen=True, slots=True)
class Group:
    """Figures below one heading."""

    name: str
    figures: Sequence[FigureView]


@dataclass(frozen=True, slots=True)
class SeasonView:
    """A season for people.

    Attributes:
        coverage: in per cent.
        groups: figures by what they are about.
        means: sentences about how warm it had to be.
        causes: hours of additional heat by cause, in words.
        charts: of COP and energy.
        fleet: this pump among others; None where its lift is not known.
        demand: of the house; None without a heat-loss line.
        curve: of the heating curve; None without one.
        costs: figures about money; none where nothing tells a price.
        cost_charts: of money.
    """

    season: Season
    coverage: str
    groups: Sequence[Group]
    means: Sequence[str]
    causes: Sequence[str]
    verdicts: Sequence[Verdict]
    charts: Sequence[Plot]
    fleet: Plot | None
    demand: Plot | None
    curve: Plot | None
    house_notes: Sequence[str]
    costs: Sequence[FigureView] = ()
    cost_charts: Sequence[Plot] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing but missing figures."""
        return all(one.value is None for group in self.groups for one in group.figures)


def season_view(season: Season) -> SeasonView:
    """Everything that is shown of a season."""
    figures = _figures(season)
    groups = [Group(name, figure_views(figures, names)) for name, names in _GROUPS.items()]
    groups.append(Group("house", _house(season)))
    charts = [cop_by_outdoor(season.days), months(season.months), cop_by_day(season.days)]
    means, cop = season.means, season.cop
    return SeasonView(
        season=season,
        coverage=number(season.coverage * 100, 0),
        groups=groups,
        means=_means(season),
        causes=_causes(season),
        verdicts=season.verdicts,
        charts=[one for one in charts if len(one.dots) >= _LEAST or one.bars],
        fleet=fleet(means, cop.value, cop.error) if means and cop else None,
        demand=heat_demand(season.house, season.days) if season.house else None,
        curve=curve_cloud(season.curve) if season.curve else None,
        house_notes=_house_notes(season),
        costs=_costs(season, figures),
        cost_charts=_cost_charts(season),
    )


def _figures(season: Season) -> Mapping[str, Figure | None]:
    named = {
        name: value
        for name in type(season).model_fields
        if isinstance(value := getattr(season, name), Figure) or value is None
    }
    return {**named, **season.more}


def _costs(season: Season, figures: Mapping[str, Figure | None]) -> list[FigureView]:
    if season.currency is None:
        return []
    return [figure_view(name, figures[name], currency=season.currency) for name in _COSTS]


def _cost_charts(season: Season) -> list[Plot]:
    if season.currency is None:
        return []
    charts = [
        cost_by_day(season.days, season.currency),
        cost_by_hour(season.hours, season.currency),
    ]
    return [one for one in charts if len(one.bars) >= _LEAST]


def _house(season: Season) -> list[FigureView]:
    """What was made from whole days, and from how many."""
    house, t = season.house, texts()
    warm = t("figures.days", n=sum(one.outdoor is not None for one in season.days))
    used = t("figures.days", n=house.days) if house else ""
    outdoor = t("efficiency.at_outdoor", outdoor=number(house.design_outdoor, 0)) if house else ""
    per_day, degree_days = "heat_per_degree_day_kwh", "degree_days_kd"
    return [
        figure_view("heat_loss_w_per_k", season.heat_loss_w_per_k, basis=used),
        figure_view("balance_point_c", season.balance_point_c, basis=used),
        figure_view("heat_need_kw", house.need_w if house else None, outdoor, basis=used),
        figure_view(per_day, season.more[per_day], basis=warm),
        figure_view(degree_days, season.more[degree_days], basis=warm),
    ]


def _house_notes(season: Season) -> list[str]:
    house, t = season.house, texts()
    if house is None:
        return [t("efficiency.no_house")]
    notes = [
        t(
            "efficiency.house_days",
            days=house.days,
            left_out=house.left_out,
            coldest=number(house.coldest, 1),
            mildest=number(house.mildest, 1),
        )
    ]
    if house.design_outdoor < house.coldest:
        notes.append(t("efficiency.extrapolated", outdoor=number(house.design_outdoor, 0)))
    if not house.indoor_measured:
        notes.append(t("efficiency.indoor_assumed"))
    return notes


def _means(season: Season) -> list[str]:
    """How warm it had to be, and what others reach when it is as warm."""
    means, t = season.means, texts()
    if means is None:
        return []
    found = []
    if means.outdoor is not None and means.lift is not None:
        found.append(
            t(
                "efficiency.weighted",
                flow=number(means.flow, 1),
                outdoor=number(means.outdoor, 1),
                lift=number(means.lift, 1),
            )
        )
    if means.lift is not None and season.cop:
        found.append(_among_others(means.lift, season.cop))
    if means.carnot is not None:
        found.append(t("efficiency.carnot", share=number(means.carnot * 100, 0)))
    return found


def _among_others(lift: float, cop: Figure) -> str:
    expected, (_, _, band) = fleet_factor(lift), FLEET
    if cop.value - cop.error > expected + band:
        place = "above"
    elif cop.value + cop.error < expected - band:
        place = "below"
    else:
        place = "within"
    return texts()(f"efficiency.fleet_{place}", expected=number(expected, 1), band=number(band, 1))


def _causes(season: Season) -> list[str]:
    t = texts()
    return [
        t("efficiency.cause", cause=t(f"cause.{name.replace(' ', '_')}"), hours=number(hours, 1))
        for name, hours in sorted(season.causes.items(), key=lambda one: -one[1])
    ]
