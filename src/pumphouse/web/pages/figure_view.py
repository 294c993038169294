"""A figure as it is shown: never without its error, where it comes from and what it includes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pumphouse.web.charts.plot import number
from pumphouse.web.efficiency_model import Figure
from pumphouse.web.text import texts

__all__ = ["FORMATS", "FigureView", "figure_view", "figure_views"]

#: name of a figure: its unit, its decimals, and by how much it is multiplied to be in that unit
FORMATS: Final[Mapping[str, tuple[str, int, float]]] = {
    "cop": ("", 2, 1),
    "cop_heating": ("", 2, 1),
    "cop_hot_water": ("", 2, 1),
    "cop_cooling": ("", 2, 1),
    "cop_running": ("", 2, 1),
    "electricity_kwh": ("kWh", 1, 1),
    "heat_kwh": ("kWh", 1, 1),
    "heat_heating_kwh": ("kWh", 1, 1),
    "heat_hot_water_kwh": ("kWh", 1, 1),
    "additional_heat_kwh": ("kWh", 1, 1),
    "additional_heat_share_of_heat": ("%", 2, 100),
    "additional_heat_hours": ("h", 1, 1),
    "compressor_starts": ("", 0, 1),
    "short_cycles": ("", 0, 1),
    "compressor_hours": ("h", 1, 1),
    "compressor_hours_heating": ("h", 1, 1),
    "compressor_hours_hot_water": ("h", 1, 1),
    "longest_pause_h": ("h", 1, 1),
    "defrosts": ("", 0, 1),
    "defrost_hours": ("h", 1, 1),
    "defrost_electricity_kwh": ("kWh", 1, 1),
    "defrost_heat_kwh": ("kWh", 1, 1),
    "hot_water_charges": ("", 0, 1),
    "hot_water_reheat_min": ("min", 0, 1),
    "hot_water_heat_per_charge_kwh": ("kWh", 2, 1),
    "hot_water_tappings": ("", 0, 1),
    "hot_water_boosts": ("", 0, 1),
    "heat_loss_w_per_k": ("W/K", 0, 1),
    "balance_point_c": ("°C", 1, 1),
    "heat_need_kw": ("kW", 2, 0.001),
    "degree_days_kd": ("K·d", 0, 1),
    "heat_per_degree_day_kwh": ("kWh/(K·d)", 2, 1),
    "degree_minutes_drift_dm_per_h": ("DM/h", 1, 1),
    "supply_excess_k": ("K", 1, 1),
    "room_deviation_k": ("K", 1, 1),
    "cost": ("¤", 2, 1),
    "cost_heating": ("¤", 2, 1),
    "cost_hot_water": ("¤", 2, 1),
    "cost_cooling": ("¤", 2, 1),
    "cost_additional_heat": ("¤", 2, 1),
    "cost_standby": ("¤", 2, 1),
    "price_paid": ("¤/kWh", 3, 1),
    "price_offered": ("¤/kWh", 3, 1),
}
"""`¤` stands for the currency of the prices."""


@dataclass(frozen=True, slots=True)
class FigureView:
    """One figure, ready to be shown.

    Attributes:
        name: names its texts.
        label: what it is called.
        value: the number as text; None where there is not enough data.
        error: half of its 90 % interval, as text.
        provenance: where it comes from, in words.
        boundary: what it includes, H1 to H4; "" where that has no meaning.
        note: what else there is to say.
        basis: what it was made from, where that is not just the period.
    """

    name: str
    label: str
    unit: str
    value: str | None
    error: str = ""
    provenance: str = ""
    boundary: str = ""
    note: str = ""
    basis: str = ""


def figure_view(
    name: str,
    figure: Figure | None,
    note: str = "",
    *,
    basis: str = "",
    currency: str | None = None,
) -> FigureView:
    """The figure called `name`, in the unit and with the digits that people use."""
    unit, digits, factor = FORMATS[name]
    unit = unit.replace("¤", currency or "")
    label = texts()(f"figures.{name}")
    if figure is None:
        return FigureView(name, label, unit, None, note=note, basis=basis)
    return FigureView(
        name,
        label,
        unit,
        number(figure.value * factor, digits),
        number(figure.error * factor, digits),
        texts()(f"figures.from.{figure.provenance.replace(' ', '_')}"),
        figure.boundary or "",
        note,
        basis,
    )


def figure_views(figures: Mapping[str, Figure | None], names: Iterable[str]) -> list[FigureView]:
    """Several figures in this order."""
    return [figure_view(name, figures[name]) for name in names]
