"""Values as people like them."""

from datetime import UTC, datetime

import pytest

from pumphouse.core.model import Option, Point, PointKey, Reading
from pumphouse.core.units import Quantity, parse_unit
from pumphouse.web.pages.values import amount, shown

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
KEY = PointKey("house", "pump", "1")


@pytest.mark.parametrize(
    ("value", "quantity", "symbol", "written"),
    [
        (20.46, Quantity.TEMPERATURE, "°C", "20.5 °C"),
        (-3.0, Quantity.TEMPERATURE, "°C", "\u22123.0 °C"),
        (-0.04, Quantity.TEMPERATURE, "°C", "0.0 °C"),
        (999.0, Quantity.POWER, "W", "999 W"),
        (1250.0, Quantity.POWER, "W", "1.25 kW"),
        (-2000.0, Quantity.POWER, "W", "\u22122.00 kW"),
        (59.0, Quantity.DURATION, "s", "59 s"),
        (1620.0, Quantity.DURATION, "s", "27 min"),
        (990720.0, Quantity.DURATION, "s", "275.2 h"),
        (92729.5, Quantity.ENERGY, "kWh", "92729.5 kWh"),
        (114240.0, Quantity.ENERGY, "kWh", "114.2 MWh"),
        (19957.0, Quantity.NUMBER, "", "19957"),
        (-10.0, Quantity.NUMBER, "", "\u221210"),
        (1.23456, Quantity.OTHER, "øre", "1.235 øre"),
        (50.0, Quantity.RATIO, "%", "50 %"),
        (4.907, Quantity.PRESSURE, "bar", "4.91 bar"),
    ],
)
def test_an_amount_is_in_the_unit_and_with_the_digits_that_people_use(
    value, quantity, symbol, written
):
    assert str(amount(value, quantity, symbol)) == written


def test_an_enumeration_shows_its_label_and_no_unit():
    point = Point(KEY, "prio", options=(Option(20, "Hot water"),))
    assert str(shown(point, Reading(KEY, NOON, 20.0))) == "Hot water"
    assert str(shown(point, Reading(KEY, NOON, 7.0))) == "unknown (7)"


def test_a_text_is_shown_as_it_is():
    assert str(shown(Point(KEY, "version"), Reading(KEY, NOON, None, "9443R3"))) == "9443R3"


def test_a_reading_takes_the_unit_of_its_point():
    point = Point(KEY, "outdoor", unit=parse_unit("°C"))
    assert str(shown(point, Reading(KEY, NOON, 0.5))) == "0.5 °C"
