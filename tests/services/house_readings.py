"""What two simulated heat pumps measure, as a store would hand it to a sink."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Point, PointKey, Reading
from pumphouse.simulator.house import House

START = datetime(2026, 1, 14, tzinfo=UTC)
SOURCES = {"nibe_uplink": "ground", "myuplink": "air"}


def house_readings(days: float = 1.0) -> tuple[list[Reading], Mapping[PointKey, Point]]:
    """Every five minutes all numbers of both pumps, in order of time; and their points."""
    house = House(seed=7, start=START)
    points: dict[str, dict[str, Point]] = {}
    for device, pump in house.pumps.items():
        vendor = load_catalogue().vendor(pump.vendor)
        natives = {point: vendor.get(point) for point in pump.values()}
        metrics = load_catalogue().assign([native for native in natives.values() if native])
        points[device] = {
            point: Point(
                PointKey(SOURCES[pump.vendor], device, point),
                point,
                metrics.get(native.id) if native else None,
            )
            for point, native in natives.items()
        }
    readings = [
        Reading(points[device][point].key, instant, value)
        for instant, values in house.history(until=START + timedelta(days=days))
        for device, of_device in values.items()
        for point, value in of_device.items()
        if value is not None
    ]
    return readings, {p.key: p for of_device in points.values() for p in of_device.values()}


def stored(
    readings: list[Reading], points: Mapping[PointKey, Point]
) -> dict[tuple[str, str, str, int], float]:
    """By source, device, metric (or native id in brackets) and milliseconds, what must be there."""
    return {
        (
            reading.key.source,
            reading.key.device,
            points[reading.key].metric or f"[{reading.key.point}]",
            round(reading.time.timestamp() * 1000),
        ): reading.value
        for reading in readings
        if reading.value is not None
    }
