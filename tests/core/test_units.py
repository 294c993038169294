import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.core.units import (
    DIMENSIONLESS,
    Quantity,
    Unit,
    canonical_unit,
    currency_of,
    parse_unit,
    price_unit,
)

SYMBOLS = (
    *("", "°C", "°F", "K", "W", "kW", "MW", "Wh", "kWh", "MWh", "GWh", "Hz", "rpm", "l/min"),
    *("l/s", "l/h", "m³/h", "l", "m³", "bar", "mbar", "Pa", "hPa", "kPa", "%", "s", "min", "h"),
    *("d", "DM", "A", "mA", "V", "mV", "ppm", "dBm", "dB"),
    *("SEK/kWh", "EUR/kWh", "öre/kWh", "cent/kWh", "EUR/MWh", "öre/MWh", "SEK", "¤", "¤/kWh"),
)
KNOWN = [parse_unit(symbol) for symbol in SYMBOLS]
units = st.sampled_from(KNOWN)
values = st.floats(-1e9, 1e9)


@given(units, values)
def test_a_value_survives_the_way_to_the_canonical_unit_and_back(unit, value):
    back = unit.from_canonical(unit.to_canonical(value))

    assert math.isclose(back, value, rel_tol=1e-10, abs_tol=1e-9)


@given(units, values, values)
def test_conversion_keeps_the_order_of_values(unit, one, other):
    low, high = sorted((one, other))

    assert unit.to_canonical(low) <= unit.to_canonical(high)


@given(units, values)
def test_conversion_to_the_canonical_unit_happens_only_once(unit, value):
    canonical = unit.to_canonical(value)

    assert unit.canonical.to_canonical(canonical) == canonical


@given(st.floats(allow_nan=False))
def test_a_canonical_value_is_not_touched(value):
    assert parse_unit("°C").to_canonical(value) == value
    assert parse_unit("°C").from_canonical(value) == value


@given(st.text())
def test_any_text_parses_to_a_unit_and_its_symbol_parses_to_the_same(text):
    unit = parse_unit(text)

    assert parse_unit(unit.symbol) == unit


@given(st.text().filter(lambda text: parse_unit(text).quantity is Quantity.OTHER), values)
def test_an_unknown_unit_is_carried_along_unchanged(text, value):
    unit = parse_unit(text)

    assert unit.canonical is unit
    assert unit.symbol == text.strip()
    assert unit.to_canonical(value) == value


@pytest.mark.parametrize("unit", KNOWN, ids=SYMBOLS)
def test_a_units_canonical_unit_measures_the_same_and_is_its_own(unit):
    assert unit.quantity is not Quantity.OTHER
    assert unit.canonical.quantity is unit.quantity
    assert unit.canonical.canonical == unit.canonical


@pytest.mark.parametrize("quantity", [q for q in Quantity if q is not Quantity.OTHER])
def test_every_quantity_has_a_canonical_unit_that_needs_no_conversion(quantity):
    unit = canonical_unit(quantity)

    assert (unit.symbol, unit.quantity) == (quantity.value, quantity)
    assert (unit.factor, unit.offset) == (1.0, 0.0)


def test_an_unknown_quantity_has_no_unit():
    assert canonical_unit(Quantity.OTHER) == DIMENSIONLESS


@pytest.mark.parametrize(
    ("value", "unit", "canonical", "symbol"),
    [
        (6.1, "kW", 6100.0, "W"),
        (650, "Wh", 0.65, "kWh"),
        (1.5, "MWh", 1500.0, "kWh"),
        (323.5, "h", 1_164_600.0, "s"),
        (22, "min", 1320.0, "s"),
        (14, "days", 1_209_600.0, "s"),
        (32, "°F", 0.0, "°C"),
        (212, "F", 100.0, "°C"),
        (-40, "°F", -40.0, "°C"),
        (0.5, "l/s", 30.0, "l/min"),
        (600, "l/h", 10.0, "l/min"),
        (1013.25, "hPa", 1.01325, "bar"),
        (250, "kPa", 2.5, "bar"),
        (0.25, "m³", 250.0, "l"),
        (150, "mA", 0.15, "A"),
        (-458.5, "DM", -458.5, "DM"),
    ],
)
def test_values_in_other_units_become_canonical(value, unit, canonical, symbol):
    parsed = parse_unit(unit)

    assert parsed.to_canonical(value) == canonical
    assert parsed.canonical.symbol == symbol


@pytest.mark.parametrize(
    ("spelling", "symbol"),
    [
        ("\u00baC", "°C"),
        ("l/m", "l/min"),
        ("m3/h", "m³/h"),
        ("hrs", "h"),
        ("hour(s)", "h"),
        ("sec", "s"),
        ("days", "d"),
        ("%RH", "%"),
        (" ", ""),
        (" kW ", "kW"),
    ],
)
def test_the_vendors_spellings_mean_one_unit(spelling, symbol):
    assert parse_unit(spelling).symbol == symbol


@pytest.mark.parametrize("nonsense", ["(EB101)", "Ws", "øre/kWh", "cent"])
def test_an_invented_unit_becomes_a_unit_of_its_own(nonsense):
    assert parse_unit(nonsense) == Unit(nonsense, Quantity.OTHER)


@pytest.mark.parametrize(
    ("spelling", "value", "canonical", "price"),
    [
        ("SEK/kWh", 1.25, "SEK/kWh", 1.25),
        ("öre/kWh", 125.0, "SEK/kWh", 1.25),
        ("cent/kWh", 31.5, "EUR/kWh", 0.315),
        ("ct/kWh", 31.5, "EUR/kWh", 0.315),
        ("€/kWh", 0.315, "EUR/kWh", 0.315),
        ("EUR/MWh", 84.2, "EUR/kWh", 0.0842),
        ("XYZ / kWh", 2.0, "XYZ/kWh", 2.0),
    ],
)
def test_a_price_is_told_in_the_currency_of_its_source_for_a_kilowatt_hour(
    spelling, value, canonical, price
):
    unit = parse_unit(spelling)

    assert unit.quantity is Quantity.PRICE
    assert unit.canonical == parse_unit(canonical)
    assert unit.to_canonical(value) == pytest.approx(price)


@pytest.mark.parametrize(
    ("symbol", "currency"),
    [("SEK/kWh", "SEK"), ("öre/kWh", "SEK"), ("SEK", "SEK"), ("kWh", ""), ("kr/kWh", ""), ("", "")],
)
def test_only_prices_and_money_have_a_currency(symbol, currency):
    assert currency_of(parse_unit(symbol)) == currency


def test_the_unit_of_a_price_is_made_from_its_currency():
    assert price_unit("NOK") == parse_unit("NOK/kWh")


@pytest.mark.parametrize("symbol", ["RPM", "GP1", "LUX", "SEK/h", "kr/kWh", "/kWh"])
def test_capitals_and_slashes_alone_make_no_money(symbol):
    assert parse_unit(symbol).quantity is Quantity.OTHER
