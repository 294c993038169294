"""What openenergymonitor's heat pump app calls the things we measure.

The names are those of its feeds; heatpumpmonitor.org finds a system's feeds by them. Powers are in
W, energies in kWh, temperatures in °C, the flow in l/min, flags 0 or 1.
"""

from collections.abc import Callable, Mapping
from typing import Final

from pumphouse.core.model import Point

__all__ = ["inputs_of"]

Translation = Callable[[Point, float], float]


def _as_it_is(_: Point, value: float) -> float:
    return value


def _flag(_: Point, value: float) -> float:
    return float(value != 0)


def _says(*labels: str) -> Translation:
    """1 while the point's label is one of `labels`: vendors number their modes differently."""

    def translated(point: Point, value: float) -> float:
        return float(point.label(value) in labels)

    return translated


_INPUTS: Final[Mapping[str, tuple[tuple[str, Translation], ...]]] = {
    "electric_power": (("heatpump_elec", _as_it_is),),
    "electricity_used": (("heatpump_elec_kwh", _as_it_is),),
    "heat_power": (("heatpump_heat", _as_it_is),),
    "heat_produced": (("heatpump_heat_kwh", _as_it_is),),
    "supply_temperature": (("heatpump_flowT", _as_it_is),),
    "return_temperature": (("heatpump_returnT", _as_it_is),),
    "calculated_supply_temperature": (("heatpump_targetT", _as_it_is),),
    "outdoor_temperature": (("heatpump_outsideT", _as_it_is),),
    "room_temperature": (("heatpump_roomT", _as_it_is),),
    "heating_medium_flow": (("heatpump_flowrate", _as_it_is),),
    "hot_water_top_temperature": (("heatpump_dhwT", _as_it_is),),
    "hot_water_charge_setpoint": (("heatpump_dhwTargetT", _as_it_is),),
    "additional_heat_power": (("immersion_elec", _as_it_is),),
    "alarm_active": (("heatpump_error", _flag),),
    "priority": (
        ("heatpump_dhw", _says("Hot water", "External hot water")),
        ("heatpump_ch", _says("Heating", "Preheating")),
        ("heatpump_cooling", _says("Cooling")),
    ),
}


def inputs_of(point: Point, value: float) -> Mapping[str, float]:
    """The inputs that a reading becomes, empty where the app has no use for it."""
    rows = _INPUTS.get(point.metric or "", ())
    return {name: translation(point, value) for name, translation in rows}
