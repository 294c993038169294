"""The view of a whole house: which points it chooses, and when there is none."""

import pytest

from pumphouse.core.model import Point, PointKey
from pumphouse.core.units import DIMENSIONLESS, parse_unit
from pumphouse.web.history.chart import Lookup
from pumphouse.web.history.preset import whole_house

PUMP = ("supply_temperature", "outdoor_temperature", "hot_water_top_temperature")


def points_of(device: str, *metrics: str, unit: str = "°C") -> list[Point]:
    return [
        Point(PointKey(f"source of {device}", device, metric), metric, metric, parse_unit(unit))
        for metric in metrics
    ]


PRICE = points_of("home", "electricity_price", unit="SEK/kWh")
SENSORS = [
    *points_of("living", "room_temperature"),
    *points_of("tank", "hot_water_top_temperature"),
    *points_of("wall", "outdoor_temperature"),
]


def test_sensors_come_before_those_of_the_pump():
    lookup = Lookup([*points_of("pump", *PUMP), *SENSORS, *PRICE], "pump")
    assert whole_house(lookup) == (
        "supply_temperature",
        "room_temperature@living",
        "hot_water_top_temperature@tank",
        "outdoor_temperature@wall",
        "electricity_price@home",
    )


def test_what_no_sensor_tells_is_taken_from_the_pump():
    lookup = Lookup([*points_of("pump", *PUMP), *PRICE], "pump")
    assert whole_house(lookup) == (
        "supply_temperature",
        "hot_water_top_temperature",
        "outdoor_temperature",
        "electricity_price@home",
    )


def test_of_another_pump_nothing_is_shown():
    other = points_of("other", *PUMP, "room_temperature")
    lookup = Lookup([*points_of("pump", *PUMP), *other, *SENSORS], "pump")
    assert not any(name.endswith("@other") for name in whole_house(lookup))


@pytest.mark.parametrize("points", [[], points_of("pump", *PUMP)])
def test_a_pump_alone_needs_no_such_view(points):
    assert whole_house(Lookup(points, None)) == ()


def test_a_setting_of_the_pump_is_no_price():
    setting = Point(PointKey("s", "pump", "41427"), "price", "electricity_price", DIMENSIONLESS)
    lookup = Lookup([*points_of("pump", *PUMP), setting, *SENSORS], "pump")
    assert "electricity_price" not in whole_house(lookup)


def test_only_pumps_are_offered_for_a_page_of_their_own():
    lookup = Lookup([*points_of("pump", *PUMP), *SENSORS, *PRICE], None)
    assert list(lookup.telling) == ["pump"]
