"""The points of the air-source pump, as myUplink numbers them (S-series variable ids)."""

import math
from collections.abc import Mapping
from types import MappingProxyType

from pumphouse.simulator.house import settings
from pumphouse.simulator.house.air import AirMachine
from pumphouse.simulator.house.hot_water import Charge, Comfort
from pumphouse.simulator.house.machine import ZERO_CELSIUS, Mode, cooled
from pumphouse.simulator.house.meters import WATT_MINUTES_PER_KWH
from pumphouse.simulator.house.plant import Plant
from pumphouse.simulator.house.readout import Past, Values, counted, hundredths, tenths
from pumphouse.simulator.house.settings import Setting

__all__ = ["AirReadout"]

_VOLT = 230.0
_ADDITION_RATED_KW = 6.0
_SHOWER = 8.0  # litres per minute at 40 °C
_MORE_ONCE = 2
_MORE_HOURS = (3, 6, 12, 24, 48)

_MEASURED = (
    "4 54 8 10 11 12 29972 48351 50660 1708 58 64 65 66 "  # temperatures, flow, currents
    "15 16 17 18 19 94 6994 5927 1965 1959 1961 8080 1963 605 "  # compressor
    "14950 55000 1975 10905 1756 55027 1755 1865 26411 22130 25165 27335 "  # state, addition, power
    "25133 25134 25137 25138 25141 25142 27378 27379 27382 27383 28392 28393 "  # counters
    "25154 25155 25158 25159 25162 25163"  # the past hour
)


class AirReadout:
    """An indoor unit S320 with its outdoor unit S2125 (propane)."""

    ids = tuple(_MEASURED.split())
    fixed: Mapping[str, float | None] = MappingProxyType(
        {
            "44": None,  # return of a second circuit, BT62
            "29699": 4.6,  # power demand at the design outdoor temperature, kW
        }
    )

    @property
    def settings(self) -> Mapping[str, Setting]:
        """Points that can be written."""
        return _SETTINGS

    def measure(self, plant: Plant, past: Past) -> Values:
        """The measured points now."""
        machine = plant.machine
        assert isinstance(machine, AirMachine)
        return (
            *_temperatures(plant),
            *_compressor(plant, machine, past),
            *_state(plant, past),
            *_counters(plant, past),
            *_past_hour(plant),
        )


def _temperatures(plant: Plant) -> Values:
    """Sensors in water and air, and phase currents (compressor on BE1, heater on all three)."""
    waters = plant.waters()
    tank = plant.tank
    heater = plant.addition_w / (3.0 * _VOLT)
    rest = (plant.power_w - plant.addition_w) / _VOLT
    warm = max(0.0, tank.stored_above(40.0)) / _SHOWER
    return (
        tenths(plant.outdoor),
        tenths(plant.outdoor_mean),
        tenths(waters.supply),
        tenths(waters.back),
        tenths(tank.top),
        tenths(tank.bottom),
        float(int(warm)),
        tenths(plant.building.air),
        tenths(plant.building.air),
        tenths(plant.calculated),
        tenths(waters.flow),
        tenths(heater),
        tenths(heater),
        tenths(heater + rest),
    )


def _compressor(plant: Plant, machine: AirMachine, past: Past) -> Values:
    totals = plant.totals
    hours = past.hours + totals[9] / 60.0
    hot_water = past.hours_hot_water + totals[10] / 60.0
    evaporating, condensing = machine.evaporating, machine.sink + 2.0
    gas = condensing + 18.0 + 0.12 * machine.frequency
    liquid = condensing - 5.0
    suction = evaporating + 6.0
    if not machine.running:
        around, minutes = plant.outdoor, machine.minutes
        gas = cooled(gas, around, minutes)
        liquid = cooled(liquid, around, minutes)
        suction = cooled(suction, around, minutes)
        evaporating = cooled(evaporating, around, minutes, 5.0)
        condensing = cooled(condensing, around, minutes, 5.0)
    return (
        tenths(plant.waters().condenser),
        tenths(gas),
        tenths(liquid),
        tenths(evaporating + 2.0),
        tenths(suction),
        hundredths(_pressure(evaporating)),
        hundredths(_pressure(condensing)),
        tenths(machine.frequency),
        float(machine.status),
        float(past.starts + machine.starts),
        counted(hours, 1.0),
        counted(hours - hot_water, 1.0),
        counted(hot_water, 1.0),
        0.0,
    )


def _state(plant: Plant, past: Past) -> Values:
    """Priorities, circulation, immersion heater, power."""
    totals = plant.totals
    charging = plant.charge is not Charge.NONE
    heating = plant.mode is Mode.HEATING
    hours = 1.0 / (WATT_MINUTES_PER_KWH * _ADDITION_RATED_KW)
    hot_water = past.addition_hot_water_kwh / _ADDITION_RATED_KW + totals[4] * hours
    space = past.addition_heating_kwh / _ADDITION_RATED_KW + (totals[3] - totals[4]) * hours
    state = 6.0 if plant.addition_w else 3.0
    pump = 0.0
    if plant.circulating:
        pump = 70.0 if charging else 48.0
    return (
        3.0 if charging else float(heating),
        20.0 if charging else 30.0 if heating else 10.0,
        pump,
        float(plant.circulating),
        hundredths(plant.addition_w / 1000.0),
        state if plant.addition_permitted or plant.addition_w else 4.0,
        counted(hot_water + space),
        counted(hot_water),
        counted(space),
        float(round(plant.power_w)),
        hundredths(plant.power_w / 1000.0),
        hundredths(plant.power_w / 1000.0),
    )


def _counters(plant: Plant, past: Past) -> Values:
    """Heat produced and electricity used since the pump was new, kWh."""
    totals = [total / WATT_MINUTES_PER_KWH for total in plant.totals]
    heating = past.heating_kwh + plant.compressor_heating_meter / WATT_MINUTES_PER_KWH
    heating_all = past.heating_kwh + past.addition_heating_kwh
    heating_all += plant.heating_meter / WATT_MINUTES_PER_KWH
    water = past.hot_water_kwh + totals[2] - totals[4]
    water_all = past.hot_water_kwh + past.addition_hot_water_kwh + totals[2]
    addition = past.addition_heating_kwh + past.addition_hot_water_kwh
    used = (past.heating_kwh + past.hot_water_kwh) / past.cop + addition
    return (
        counted(heating_all, 100.0),
        counted(water_all, 100.0),
        counted(past.heating_kwh / past.cop + totals[5], 100.0),
        counted(past.hot_water_kwh / past.cop + totals[6], 100.0),
        counted(past.addition_heating_kwh + totals[3] - totals[4], 100.0),
        counted(past.addition_hot_water_kwh + totals[4], 100.0),
        counted(heating),
        counted(water),
        counted(heating_all),
        counted(water_all),
        counted(heating_all + water_all, 1.0),
        counted(used + totals[0], 1.0),
    )


def _past_hour(plant: Plant) -> Values:
    """Produced, used, and used by the immersion heater: heating and hot water, kWh."""
    hour = plant.ledger.between(plant.minute - 60, plant.minute)
    addition_heating = hour.addition - hour.addition_hot_water
    energies = (
        hour.heating,
        hour.hot_water,
        hour.used_heating + addition_heating,
        hour.used_hot_water + hour.addition_hot_water,
        addition_heating,
        hour.addition_hot_water,
    )
    return tuple(hundredths(energy / WATT_MINUTES_PER_KWH) for energy in energies)


def _pressure(temperature: float) -> float:
    """Saturation pressure of propane (R290), bar: fitted between -30 and 60 °C."""
    return 4.742 * math.exp(2275.0 * (1.0 / ZERO_CELSIUS - 1.0 / (temperature + ZERO_CELSIUS)))


def _more(plant: Plant) -> float:
    demand = plant.hot_water
    if demand.boost_once:
        return float(_MORE_ONCE)
    return demand.boost_minutes / 60.0 if demand.boost_until is not None else 0.0


def _set_more(plant: Plant, code: float) -> None:
    if int(code) in _MORE_HOURS:
        plant.hot_water.boost(plant.minute, minutes=60 * int(code))
    else:
        _set_once(plant, int(code) == _MORE_ONCE)


def _set_once(plant: Plant, on: float) -> None:
    if on:
        plant.hot_water.boost(plant.minute)
    else:
        plant.hot_water.end_boost()


def _set_boost(plant: Plant, on: float) -> None:
    _set_more(plant, 3.0 if on else 0.0)


def _set_smart(plant: Plant, on: float) -> None:
    if on:
        plant.hot_water.comfort = Comfort.SMART
    elif plant.hot_water.comfort is Comfort.SMART:
        plant.hot_water.comfort = Comfort.NORMAL


def _set_degree_minutes(plant: Plant, value: float) -> None:
    plant.degree_minutes.value = value


_LEVELS = {0: Comfort.ECONOMY, 1: Comfort.NORMAL, 2: Comfort.LUXURY}
_SETTINGS = MappingProxyType(
    {
        "781": Setting(lambda plant: plant.degree_minutes.value, _set_degree_minutes),
        "3671": settings.curve("offset"),
        "47751": settings.curve("set_point"),
        "3830": settings.FAN,
        "8121": Setting(
            lambda plant: float(plant.fan_speed > 0),
            lambda plant, on: plant.set_fan(4 if on else 0),
        ),
        "4564": Setting(_more, _set_more),
        "7086": Setting(lambda plant: float(plant.hot_water.boosting), _set_boost),
        "27233": Setting(lambda plant: float(plant.hot_water.boost_once), _set_once),
        "30337": Setting(lambda plant: float(plant.hot_water.comfort is Comfort.SMART), _set_smart),
        "30338": settings.comfort(_LEVELS),
        "4040": settings.kept("4040", 0.0),  # night cooling
        "4041": settings.kept("4041", 25.0),
        "4789": settings.kept("4789", 0.0),  # smart price adaption
        "10613": settings.kept("10613", 0.0),  # SG Ready by API
    }
)
