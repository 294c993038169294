"""What to change on a heating curve."""

from dataclasses import replace

import pytest

from pumphouse.analytics.curve_advice import curve_advice
from pumphouse.analytics.figure import Figure, Provenance
from pumphouse.analytics.heating_curve import CurveKnot, HeatingCurve, RoomDeviation

CURVE = HeatingCurve(
    cloud=(),
    knots=(CurveKnot(-10.0, 42.0, 100.0), CurveKnot(0.0, 36.0, 300.0), CurveKnot(8.0, 28.0, 100.0)),
    scatter=0.2,
    number=7.0,
    offset=0.0,
    minimum=20.0,
    maximum=55.0,
    excess=None,
    room=None,
    follows_room=None,
)


def rooms(cold, mild, error=0.3):
    mean = Figure((cold + mild) / 2, error, Provenance.MEASURED)
    return RoomDeviation(mean, cold, mild, 21.0, -1.0)


def advice(cold, mild, error=0.3, **changes):
    return curve_advice(replace(CURVE, room=rooms(cold, mild, error), **changes))


@pytest.mark.parametrize(("cold", "mild"), [(0.0, 0.0), (0.4, 0.3), (-0.45, -0.2), (0.3, -0.3)])
def test_rooms_as_wanted_need_no_advice(cold, mild):
    assert advice(cold, mild) == ()


def test_without_a_room_sensor_nobody_knows():
    assert curve_advice(CURVE) == ()


def test_warm_rooms_ask_for_a_lower_offset_with_the_numbers():
    (verdict,) = advice(1.0, 0.8)
    assert verdict.name == "rooms_too_warm"
    assert "0.9 K warmer than the 21.0 °C" in verdict.sentence
    assert "from 0 to -1" in verdict.advice
    assert "2.5 K" in verdict.advice
    assert verdict.evidence["room_deviation_k"] == pytest.approx(0.9)
    assert verdict.evidence["supply_change_k"] == -2.5


def test_cold_rooms_ask_for_a_higher_offset():
    (verdict,) = advice(-1.0, -0.8, offset=-2.0)
    assert verdict.name == "rooms_too_cold"
    assert "Raise" in verdict.advice
    assert "from -2 to -1" in verdict.advice
    assert "saves" not in verdict.sentence


def test_a_deviation_inside_its_error_needs_no_advice():
    assert advice(0.9, 0.7, error=0.9) == ()


@pytest.mark.parametrize(
    ("cold", "mild", "words", "number"),
    [
        (0.9, 0.1, "flatter heating curve (from 7 to 6)", -1.0),
        (-0.9, -0.1, "steeper heating curve (from 7 to 8)", 1.0),
        (0.1, 0.9, "steeper heating curve (from 7 to 8) and lower its offset", 1.0),
        (-0.1, -0.9, "flatter heating curve (from 7 to 6) and raise its offset", -1.0),
    ],
)
def test_rooms_that_are_off_in_one_kind_of_weather_ask_for_another_slope(cold, mild, words, number):
    (verdict,) = advice(cold, mild)
    assert verdict.name == "curve_slope"
    assert words in verdict.advice
    assert verdict.evidence["curve_change"] == number


@pytest.mark.parametrize(("cold", "number"), [(0.9, 0.0), (0.9, 1.0), (-0.9, 15.0), (0.9, None)])
def test_a_curve_without_a_next_number_is_changed_without_one(cold, number):
    (verdict,) = advice(cold, 0.1 * cold, number=number)
    assert "from" not in verdict.advice


@pytest.mark.parametrize(
    ("deviation", "offset", "word"), [(1.0, -10.0, "flatter"), (-1.0, 10.0, "steeper")]
)
def test_at_the_end_of_the_offset_another_curve_is_advised(deviation, offset, word):
    (verdict,) = advice(deviation, deviation, offset=offset)
    assert "at its end" in verdict.advice
    assert word in verdict.advice


def test_a_pump_that_tells_no_offset_gets_the_same_advice_without_numbers():
    (verdict,) = advice(1.0, 1.0, offset=None, number=None)
    assert "one step:" in verdict.advice
    assert "heating_offset" not in verdict.evidence


def test_a_highest_supply_temperature_that_keeps_rooms_cold_is_named():
    (verdict,) = advice(-1.0, -0.1, maximum=42.0)
    assert verdict.name == "supply_limited"
    assert verdict.evidence["share_at_maximum"] == pytest.approx(0.2)
    assert "20%" in verdict.sentence


def test_a_lowest_supply_temperature_that_keeps_rooms_warm_is_named():
    (verdict,) = advice(0.1, 1.0, minimum=28.0)
    assert verdict.name == "supply_limited"
    assert verdict.evidence["minimum_c"] == 28.0


def test_a_limit_that_never_cuts_is_not_blamed():
    (verdict,) = advice(-1.0, -0.9)
    assert verdict.name == "rooms_too_cold"
