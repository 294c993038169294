"""Days of a pump whose energies are known beforehand: half of every hour it runs."""

import math
from datetime import datetime, timedelta

from pumphouse.core.model import Batch, Device, Option, Point, PointKey, Reading
from pumphouse.core.units import parse_unit

SOURCE = "house"
NAME = "Pump <b>&\"'"
STEP = timedelta(minutes=5)
#: per hour of running: electricity, heat for heating, heat for hot water, kWh
ELECTRICITY, HEATING, HOT_WATER = 2.0, 8.0, 5.0
RUNS_A_DAY = 24
HOT_WATER_HOURS = (6, 18)
HEAT_A_DAY = 22 * 0.5 * HEATING + 2 * 0.5 * HOT_WATER
ELECTRICITY_A_DAY = RUNS_A_DAY * 0.5 * ELECTRICITY

UNITS = {
    "outdoor_temperature": "°C",
    "supply_temperature": "°C",
    "return_temperature": "°C",
    "calculated_supply_temperature": "°C",
    "room_temperature": "°C",
    "degree_minutes": "DM",
    "compressor_status": "",
    "priority": "",
    "compressor_starts": "",
    "compressor_run_time": "s",
    "electricity_used": "kWh",
    "heat_produced_heating": "kWh",
    "heat_produced_hot_water": "kWh",
}
OPTIONS = {"compressor_status": (Option(20, "off"), Option(60, "runs"))}


def pump_days(start: datetime, days: int, device: str = "p1") -> Batch:
    """The readings of some days from `start` on, one in five minutes."""
    points = {
        metric: Point(
            PointKey(SOURCE, device, metric),
            metric,
            metric,
            parse_unit(unit),
            options=OPTIONS.get(metric, ()),
        )
        for metric, unit in UNITS.items()
    }
    readings = [
        Reading(points[metric].key, start + n * STEP, value)
        for n in range(days * 288 + 1)
        for metric, value in values(n).items()
    ]
    owner = Device(SOURCE, device, NAME, model="F1255")
    return Batch(SOURCE, (owner,), tuple(points.values()), tuple(readings))


def values(n: int) -> dict[str, float]:
    """What it tells at the `n`-th step."""
    hours, minute = divmod(n * 5, 60)
    hot_water = hours % 24 in HOT_WATER_HOURS
    running = minute < 30
    ran = hours * 0.5 + min(minute, 30) / 60
    before = sum(1 for hour in range(hours) if hour % 24 in HOT_WATER_HOURS) * 0.5
    for_water = before + (min(minute, 30) / 60 if hot_water else 0.0)
    outdoor = 2.0 + 4.0 * math.sin(hours / 24 * math.tau) - hours / 24
    return {
        "outdoor_temperature": outdoor,
        "supply_temperature": 36.0 if running else 31.0,
        "return_temperature": 30.0,
        "calculated_supply_temperature": 34.0 - outdoor / 2,
        "room_temperature": 21.0,
        "degree_minutes": -60.0 + 2 * min(minute, 60 - minute),
        "compressor_status": 60.0 if running else 20.0,
        "priority": (20.0 if hot_water else 30.0) if running else 10.0,
        "compressor_starts": 100.0 + hours + 1,
        "compressor_run_time": (1000 + ran) * 3600.0,
        "electricity_used": 500.0 + ran * ELECTRICITY,
        "heat_produced_heating": 900.0 + (ran - for_water) * HEATING,
        "heat_produced_hot_water": 300.0 + for_water * HOT_WATER,
    }
