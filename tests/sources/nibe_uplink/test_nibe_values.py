"""What the numbers and texts of NIBE Uplink mean."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pumphouse.sources.nibe_uplink.values import derived_divisor, displayed_number, is_missing
from pumphouse.sources.nibe_uplink.wire import Parameter


def parameter(display: str | None, raw: float | None, unit: str = "", number: int = 40004):
    return Parameter.model_validate(
        {"parameterId": number, "unit": unit, "displayValue": display, "rawValue": raw}
    )


@pytest.mark.parametrize(
    ("display", "raw", "unit", "divisor"),
    [
        ("-477DM", -4773, "DM", 10),
        ("104Hz", 1039, "Hz", 10),
        ("57Hz", 577, "Hz", 10),
        ("5öre/kWh", 5675, "öre/kWh", 1000),
        ("25°C", 250, "°C", 10),
        ("20.0Hz", 20, "Hz", 1),
        ("50.0", 50, "", 1),
        ("6.0kW", 600, "kW", 100),
        ("20477.6kWh", 2047756, "kWh", 100),
        ("21,5°C", 215, "°C", 10),
        ("0 ", 0, " ", None),
        ("0.0kW", 0, "kW", None),
        ("0h", 4, "h", None),
        ("10.1°C", 151, "°C", None),
        ("yes", 1, "", None),
        ("1.0", None, "", None),
    ],
)
def test_the_divisor_follows_from_what_is_shown_or_not_at_all(display, raw, unit, divisor):
    assert derived_divisor(parameter(display, raw, unit)) == divisor


@given(
    raw=st.integers(-(2**31), 2**31 - 1),
    divisor=st.sampled_from((1, 10, 100, 1000)),
    places=st.integers(0, 3),
    cut=st.booleans(),
    unit=st.sampled_from(("", "°C", "kWh", "öre/kWh")),
)
def test_a_derived_divisor_is_never_wrong(raw, divisor, places, cut, unit):
    scaled = raw / divisor * 10**places
    shown = math.trunc(scaled) if cut else math.trunc(scaled + math.copysign(0.5, scaled))
    assume(shown != 0)
    text = f"{shown / 10**places:.{places}f}{unit}"
    assert derived_divisor(parameter(text, raw, unit)) == divisor


@given(st.floats(allow_nan=True, allow_infinity=True), st.text(), st.integers())
def test_no_answer_is_too_odd_to_derive_from(shown, unit, raw):
    derived_divisor(parameter(f"{shown}{unit}", raw, unit))


@pytest.mark.parametrize(
    ("display", "raw", "number", "missing"),
    [
        ("--", -32768, 40004, True),
        ("--", 0, 40004, True),
        ("-3276.8", -32768, 40004, True),
        ("F1255-6 R PC", -32768, 0, False),
        ("06500000000001", -32768, 0, False),
        ("--", -32768, 0, True),
        (None, -32768, 0, True),
        (None, None, 40004, True),
        (None, 5, 40004, False),
        ("12.2", 122, 40004, False),
    ],
)
def test_missing_is_what_shows_two_hyphens_or_carries_the_sentinel(display, raw, number, missing):
    assert is_missing(parameter(display, raw, number=number)) is missing


@pytest.mark.parametrize(
    ("display", "unit", "number"),
    [
        ("0 ", " ", 0.0),
        ("-477DM", "DM", -477.0),
        ("56.1ºC", "ºC", 56.1),
        ("nan", "", None),
        ("21,5°C", "°C", 21.5),
    ],
)
def test_the_unit_is_cut_off_the_displayed_number(display, unit, number):
    assert displayed_number(parameter(display, 0, unit)) == number
