"""Prices and costs as Home Assistant and the topics have them."""

from datetime import timedelta

import pytest

from pumphouse.core.model import Batch, Device, Point, PointKey, Reading
from pumphouse.core.units import parse_unit
from pumphouse.sinks.mqtt.quantities import sensor_kind

from .recorded import NOW, news

HOME = Device("tibber", "home", "Home")


def told(metric, unit, age=timedelta()):
    """News of one point whose reading is so old."""
    point = Point(PointKey("tibber", "home", metric), "x", metric, parse_unit(unit))
    return news(Batch("tibber", (HOME,), (point,), (Reading(point.key, NOW - age, 1.0),)))


@pytest.mark.parametrize(
    ("metric", "unit", "kind"),
    [
        ("electricity_price", "SEK/kWh", (None, "SEK/kWh", "measurement")),
        ("electricity_tax", "EUR/kWh", (None, "EUR/kWh", "measurement")),
        ("daily_electricity_cost", "SEK", ("monetary", "SEK", "total")),
        ("house_cost_today", "NOK", ("monetary", "NOK", "total")),
        ("daily_electricity_cost", "¤", (None, "¤", "total")),
    ],
)
def test_money_is_shown_in_its_currency(seen, metric, unit, kind):
    (device,) = seen(told(metric, unit))
    (value,) = device.values
    found = sensor_kind(value)

    assert (found.device_class, found.unit, found.state_class) == kind


@pytest.mark.parametrize(
    ("age", "online"),
    [
        (timedelta(minutes=1), True),
        (timedelta(minutes=55), True),
        (timedelta(hours=1, minutes=5), True),
        (timedelta(hours=4), False),
    ],
)
def test_a_price_is_good_for_its_hour_and_its_device_online(seen, age, online):
    (device,) = seen(told("electricity_price", "SEK/kWh", age))

    assert device.online is online
