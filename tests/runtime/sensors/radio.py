"""A house with radio sensors, as their source tells of them."""

from datetime import UTC, datetime, timedelta

from pumphouse.core.model import Batch, Device, Point, PointKey, Reading
from pumphouse.core.units import parse_unit

START = datetime(2026, 1, 15, 6, tzinfo=UTC)
MODEL = "Oregon-THGR122N"
OLD, NEW, THIRD = (f"{MODEL}/1/{number}" for number in (155, 23, 7))


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def says(device: str, *minutes: float, celsius: float = 21.5, battery: float = 1.0) -> Batch:
    """What a radio sensor says at some minutes."""
    temperature, charge = (
        Point(PointKey("radio", device, name), name, metric, parse_unit(unit))
        for name, metric, unit in (
            ("temperature_C", "sensor_temperature", "°C"),
            ("battery_ok", "sensor_battery_ok", ""),
        )
    )
    return Batch(
        "radio",
        (Device("radio", device, f"{MODEL}, channel 1", model=MODEL),),
        (temperature, charge),
        tuple(
            reading
            for minute in minutes
            for reading in (
                Reading(temperature.key, at(minute), celsius),
                Reading(charge.key, at(minute), battery),
            )
        ),
    )
