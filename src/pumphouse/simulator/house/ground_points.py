"""The points of the ground-source pump, as NIBE Uplink numbers them (F-series)."""

from collections.abc import Mapping
from types import MappingProxyType

from pumphouse.simulator.house import settings
from pumphouse.simulator.house.ground import GroundMachine
from pumphouse.simulator.house.hot_water import Charge, Comfort
from pumphouse.simulator.house.machine import Compressor, Mode, cooled
from pumphouse.simulator.house.meters import WATT_MINUTES_PER_KWH
from pumphouse.simulator.house.plant import Plant
from pumphouse.simulator.house.readout import (
    Past,
    Values,
    counted,
    hundredths,
    tenths,
)
from pumphouse.simulator.house.settings import Setting

__all__ = ["GroundReadout"]

_VOLT = 230.0
_ADDITION_RATED_KW = 6.0
_LUX_MINUTES = {1: 180, 2: 360, 3: 720}
_LUX_ONCE = 4

_MEASURED = (
    "40004 40067 40013 40014 40079 40081 40083 43005 "  # status
    "10012 43416 43439 43437 40015 40016 40017 40008 40018 40019 40012 40022 43420 43424 43427 "
    "43064 43115 43086 43144 43305 "  # compressor module
    "43009 40033 44270 "  # climate system
    "10033 43081 43084 "  # addition
    "44308 44300 44306 44298 40072"  # heat meter
)


class GroundReadout:
    """An F1245 with heat meter, without external supply sensor."""

    ids = tuple(_MEASURED.split())
    fixed = MappingProxyType(
        {
            "43161": 0.0,  # external adjustment
            "40071": None,  # external supply sensor BT25
            "43152": 0.0,  # external blocking of cooling
            "47214": 16.0,  # fuse, A
            "44304": 0.0,  # pool heat
            "40771": 0.0,
            "41427": 250.0,  # price of electricity
            "40872": 50.0,
            "40870": 2.0,
            "40874": None,
            "40875": None,
            "47411": 12.0,  # what is connected to AUX1 …
            "47410": 31.0,
            "47409": 0.0,
            "47408": 0.0,
            "47407": 0.0,
            "47412": 2.0,
            "48745": 45.0,  # Sweden
        }
    )

    @property
    def settings(self) -> Mapping[str, Setting]:
        """Points that can be written."""
        return _SETTINGS

    def measure(self, plant: Plant, past: Past) -> Values:
        """The measured points now."""
        machine = plant.machine
        assert isinstance(machine, GroundMachine)
        return (
            *_status(plant, machine),
            *_compressor(plant, machine, past),
            *_climate(plant),
            *_addition(plant, past),
            *_heat_meter(plant, past),
        )


def _status(plant: Plant, machine: GroundMachine) -> Values:
    """Outdoor, tank, phase currents (three-phase compressor and heater, the rest on BE1), DM."""
    shared = (machine.compressor_w + plant.addition_w) / (3.0 * _VOLT)
    single = plant.power_w - machine.compressor_w - plant.addition_w
    return (
        tenths(plant.outdoor),
        tenths(plant.outdoor_mean),
        tenths(plant.tank.top),
        tenths(plant.tank.bottom),
        tenths(shared),
        tenths(shared),
        tenths(shared + single / _VOLT),
        plant.degree_minutes.value,
    )


def _compressor(plant: Plant, machine: GroundMachine, past: Past) -> Values:
    totals = plant.totals
    waters = plant.waters()
    running = machine.running
    hot_gas = machine.sink + 24.0
    liquid = machine.sink - 5.0
    suction = machine.brine_in - 1.5
    if not running:
        around = plant.building.air
        hot_gas = cooled(hot_gas, around + 4.0, machine.minutes)
        liquid = cooled(liquid, around + 2.0, machine.minutes)
        suction = cooled(suction, around, machine.minutes)
    circulating = 65.0 if plant.charge else 50.0
    electricity = (past.heating_kwh + past.hot_water_kwh) / past.cop
    electricity_hot_water = past.hot_water_kwh / (0.8 * past.cop)
    return (
        float(not running and machine.minutes < machine.rest),
        float(past.starts + machine.starts),
        75.0 if machine.status is not Compressor.OFF else 0.0,
        circulating if plant.circulating else 0.0,
        tenths(machine.brine_in),
        tenths(machine.brine_out),
        tenths(waters.condenser),
        tenths(waters.supply),
        tenths(hot_gas),
        tenths(liquid),
        tenths(waters.back),
        tenths(suction),
        counted(past.hours + totals[9] / 60.0, 1.0),
        counted(past.hours_hot_water + totals[10] / 60.0, 1.0),
        float(machine.status),
        tenths(min(10.0, 5.0 + 0.06 * (20.0 - plant.outdoor))) if plant.mode is _HEATING else None,
        tenths(plant.hot_water.stop) if plant.charge else None,
        float(_priority(plant)),
        counted(electricity + totals[8] / WATT_MINUTES_PER_KWH, 100.0),
        counted(electricity_hot_water + totals[7] / WATT_MINUTES_PER_KWH, 100.0),
    )


def _climate(plant: Plant) -> Values:
    return (
        tenths(plant.calculated),
        tenths(plant.building.air),
        tenths(min(25.0, max(18.0, 21.0 - 0.15 * (plant.outdoor_mean - 20.0)))),
    )


def _addition(plant: Plant, past: Past) -> Values:
    """Blocked, equivalent hours at full power, power now."""
    kwh = past.addition_heating_kwh + past.addition_hot_water_kwh
    kwh += plant.totals[3] / WATT_MINUTES_PER_KWH
    return (
        float(not plant.addition_permitted),
        counted(kwh / _ADDITION_RATED_KW),
        hundredths(plant.addition_w / 1000.0),
    )


def _heat_meter(plant: Plant, past: Past) -> Values:
    """Heat produced: heating by compressor, with addition; hot water likewise; flow."""
    totals = plant.totals
    water = past.hot_water_kwh + past.addition_hot_water_kwh
    heating = past.heating_kwh + past.addition_heating_kwh
    by_compressor = (totals[2] - totals[4]) / WATT_MINUTES_PER_KWH
    return (
        counted(past.heating_kwh + plant.compressor_heating_meter / WATT_MINUTES_PER_KWH),
        counted(heating + plant.heating_meter / WATT_MINUTES_PER_KWH),
        counted(past.hot_water_kwh + by_compressor),
        counted(water + totals[2] / WATT_MINUTES_PER_KWH),
        tenths(plant.waters().flow),
    )


def _priority(plant: Plant) -> int:
    """NIBE's codes: 10 off, 20 hot water, 30 heating."""
    if plant.charge is not Charge.NONE:
        return 20
    return 30 if plant.mode is _HEATING else 10


def _lux(plant: Plant) -> float:
    demand = plant.hot_water
    if demand.boost_once:
        return float(_LUX_ONCE)
    if demand.boost_until is None:
        return 0.0
    return float(next((n for n, m in _LUX_MINUTES.items() if m >= demand.boost_minutes), 3))


def _set_lux(plant: Plant, code: float) -> None:
    demand = plant.hot_water
    if int(code) == _LUX_ONCE:
        demand.boost(plant.minute)
    elif int(code) in _LUX_MINUTES:
        demand.boost(plant.minute, minutes=_LUX_MINUTES[int(code)])
    else:
        demand.end_boost()


_HEATING = Mode.HEATING
_SETTINGS = MappingProxyType(
    {
        "47011": settings.curve("offset"),
        "47007": settings.curve("curve"),
        "47015": settings.curve("minimum"),
        "47016": settings.curve("maximum"),
        "47398": settings.curve("set_point"),
        "47206": settings.degree_minutes_start(),
        "48072": settings.addition_difference(),
        "47394": settings.room_sensor(),
        "47137": settings.kept("47137", 0.0),  # operating mode: auto
        "47212": settings.most_addition(),
        "47041": settings.comfort({int(level): level for level in Comfort}),
        "47045": settings.tank(Comfort.ECONOMY, 0),
        "47049": settings.tank(Comfort.ECONOMY, 1),
        "47044": settings.tank(Comfort.NORMAL, 0),
        "47048": settings.tank(Comfort.NORMAL, 1),
        "47043": settings.tank(Comfort.LUXURY, 0),
        "47047": settings.tank(Comfort.LUXURY, 1),
        "48132": Setting(_lux, _set_lux),
        "47260": settings.FAN,
        "47276": settings.kept("47276", 0.0),  # floor drying
        "48739": settings.kept("48739", 0.0),  # cooling offset
        "48785": settings.kept("48785", 25.0),  # room set point cooling
    }
)
