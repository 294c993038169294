"""Values for tests, by metric."""

from datetime import UTC, datetime

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import PointKey
from pumphouse.web.pages.values import Amount, Value, amount

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)

GROUND: dict[str, float | str] = {
    "brine_in_temperature": 6.9,
    "brine_out_temperature": 2.2,
    "brine_pump_speed": 0.0,
    "compressor_status": "Off",
    "degree_minutes": -26.4,
    "heating_medium_pump_speed": 0.0,
    "hot_water_charging_temperature": 45.9,
    "hot_water_top_temperature": 47.4,
    "outdoor_temperature": 0.5,
    "priority": "Off",
    "return_temperature": 28.0,
    "room_temperature": 21.0,
    "supply_temperature": 33.6,
    "calculated_supply_temperature": 34.2,
}
AIR: dict[str, float | str] = {
    "compressor_frequency": 0.0,
    "compressor_status": "Off",
    "evaporator_temperature": 2.4,
    "outdoor_unit_fan_speed": 640.0,
    "priority": "Off",
    "supply_temperature": 30.5,
}
EXHAUST: dict[str, float | str] = {
    "compressor_status": "Off",
    "exhaust_air_temperature": 21.5,
    "extract_air_temperature": 5.0,
    "priority": "Off",
}


def value(metric: str, content: float | str, *, stale: bool = False) -> Value:
    """One value of a metric: a number, or the label of an enumeration."""
    known = load_catalogue().metric(metric)
    assert known is not None, metric
    if isinstance(content, str):
        written, number = Amount(content), 0.0
    else:
        written, number = amount(content, known.quantity, known.unit.symbol), content
    key = PointKey("house", "pump", metric)
    return Value(key, metric, known.label, written, number, NOW, stale)


def values(*parts: dict[str, float | str], stale: bool = False) -> dict[str, Value]:
    """The values of `parts`, later ones first."""
    return {
        metric: value(metric, content, stale=stale)
        for part in parts
        for metric, content in part.items()
    }
