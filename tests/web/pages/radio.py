"""What radio sensors say, for pages that show them."""

from datetime import timedelta

from pumphouse.core.model import Batch, Device, Point, PointKey, Reading, Suspect
from pumphouse.core.units import parse_unit

from .house import NASTY

MODEL = "Oregon-THGR122N"
OLD, NEW = f"{MODEL}/1/155", f"{MODEL}/1/23"
MINUTE = timedelta(minutes=1)


def radio(device, time, *, celsius=21.5, battery=1.0, doubts=()):
    """What one radio sensor says."""
    points = [
        Point(PointKey("house", device, name), name, metric, parse_unit(unit))
        for name, metric, unit in (
            ("temperature_C", "sensor_temperature", "°C"),
            ("battery_ok", "sensor_battery_ok", ""),
            ("rssi", "sensor_signal_strength", "dB"),
        )
    ]
    values = (celsius, battery, -7.25)
    return Batch(
        "house",
        (Device("house", device, f"{device} {NASTY}", model=MODEL),),
        tuple(points),
        tuple(Reading(p.key, time, value) for p, value in zip(points, values, strict=True)),
        suspects=tuple(Suspect(points[0].key, time, value, "outside") for value in doubts),
    )
