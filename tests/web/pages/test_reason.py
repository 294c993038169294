"""Why a pump does what it does."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.core.model import PointKey, Reading
from pumphouse.web.pages.pump import pump_of
from pumphouse.web.pages.reason import FACTORY_START, HORIZON, TREND, Reason, extrapolate, reason_of

from .pumps import AIR, GROUND, NOW, values

KEY = PointKey("house", "pump", "43005")
MINUTE = timedelta(minutes=1)


def falling(start: float, slope: float, minutes: int = 30, step: int = 5) -> list[Reading]:
    """Degree minutes up to now along a straight line."""
    return [
        Reading(KEY, NOW - (minutes - i) * MINUTE, start + slope * i)
        for i in range(0, minutes + 1, step)
    ]


def reason(*parts, readings=(), stale: bool = False) -> Reason:
    pump = pump_of(values(*parts, stale=stale))
    assert pump is not None
    return reason_of(pump, readings, NOW)


@given(
    slope=st.floats(-20, -0.05),
    left=st.floats(0.1, 30),
    target=st.floats(-1000, -30),
)
def test_a_straight_line_is_carried_on_exactly(slope, left, target):
    readings = falling(target + left - slope * 30, slope)
    expected = NOW + timedelta(minutes=left / -slope)
    found = extrapolate(readings, target, NOW)
    if expected - NOW > HORIZON:
        assert found is None
    else:
        assert found is not None
        assert abs(found - expected) < timedelta(seconds=2)


@pytest.mark.parametrize(
    "readings",
    [
        [],
        falling(-30, -2)[-1:],
        falling(-30, 0),
        falling(-30, 1),
        falling(-59, -2),  # it is below the start value already
        falling(-30, -0.01),  # noise
        [Reading(KEY, NOW - TREND - timedelta(minutes=n), -n) for n in (20, 10, 1)],  # too old
    ],
)
def test_where_nothing_leads_to_the_start_the_next_one_is_not_known(readings):
    assert extrapolate(readings, FACTORY_START, NOW) is None


def test_the_next_start_is_where_falling_degree_minutes_reach_the_start_value():
    found = reason(GROUND, {"degree_minutes": -30.0}, readings=falling(0, -1)).degree_minutes
    assert found is not None
    assert found.next_start == NOW + 30 * MINUTE


def test_a_pump_that_runs_or_whose_values_are_old_has_no_next_start():
    line = falling(0, -1)
    running = reason(GROUND, {"compressor_status": "Running"}, readings=line).degree_minutes
    old = reason(GROUND, readings=line, stale=True).degree_minutes
    assert running is not None
    assert running.next_start is None
    assert old is not None
    assert old.next_start is None


def test_the_start_value_of_the_pump_itself_goes_before_the_factory_s():
    own = reason(GROUND, {"degree_minutes_compressor_start": -200.0}).degree_minutes
    factory = reason(GROUND).degree_minutes
    assert own is not None
    assert (own.start, own.factory) == (-200.0, False)
    assert factory is not None
    assert (factory.start, factory.factory) == (FACTORY_START, True)


@given(st.floats(-3000, 300))
def test_the_gauge_holds_every_value_that_it_shows(level):
    found = reason(GROUND, {"degree_minutes": level}).degree_minutes
    assert found is not None
    assert 0 <= found.at(found.value) <= 100
    assert 0 < found.at(found.start) < found.at(0) < 100


def test_at_rest_the_sentences_say_what_the_start_waits_for():
    said = " ".join(reason(GROUND).sentences)
    assert "fallen to \u221260; they are at \u221226.4" in said
    assert "33.6 °C; the heating curve asks for 34.2 °C" in said


@pytest.mark.parametrize(
    ("mode", "limits"),
    [({"hot_water_comfort_mode": "Normal"}, "normal"), ({"hot_water_demand": "Large"}, "luxury")],
)
def test_hot_water_names_the_limits_of_the_mode_that_is_set(mode, limits):
    bounds = {f"hot_water_start_{limits}": 43.0, f"hot_water_stop_{limits}": 50.0}
    charging = {"compressor_status": "Running", "priority": "Hot water"}
    assert "made again below 43.0 °C" in " ".join(reason(GROUND, mode, bounds).sentences)
    said = reason(GROUND, mode, bounds, charging).sentences
    assert said == ("The water in the tank is at 45.9 °C; it is charged until 50.0 °C.",)


def test_hot_water_without_limits_says_less():
    said = reason(GROUND, {"compressor_status": "Running", "priority": "Hot water"}).sentences
    assert said == ("The water in the tank is at 45.9 °C.",)


def test_a_pump_that_tells_no_degree_minutes_has_no_gauge():
    assert reason(AIR).degree_minutes is None


@pytest.mark.parametrize(("level", "words"), [(-45.0, "too little heat"), (3.0, "had enough heat")])
def test_while_heating_degree_minutes_say_what_is_owed(level, words):
    running = {"compressor_status": "Running", "priority": "Heating", "degree_minutes": level}
    assert words in reason(GROUND, running).sentences[0]


def test_the_headline_names_additional_heat():
    heating = {"compressor_status": "Running", "priority": "Heating"}
    helped = reason(GROUND, heating, {"additional_heat_power": 3000.0})
    assert helped.headline == "Heating the house, with additional heat"
    assert reason(GROUND, {"additional_heat_power": 3000.0}).headline == "Additional heat alone"


def test_defrosting_and_a_block_are_explained():
    said = reason(AIR, {"compressor_status": "Defrosting", "compressor_blocked": "Yes"}).sentences
    assert "Ice" in said[0]
    assert "keeps the compressor" in said[1]


def test_where_it_is_warm_outdoors_the_sentence_says_so_instead_of_degree_minutes():
    limit = {"stop_heating_temperature": 15.0}
    warm = reason(GROUND, limit, {"outdoor_temperature_average": 16.2}).sentences
    cold = reason(GROUND, limit, {"outdoor_temperature_average": 14.9}).sentences
    assert "16.2 \u00b0C on average, and the pump heats up to 15.0 \u00b0C only" in warm[0]
    assert not any("degree minutes" in sentence for sentence in warm)
    assert "degree minutes" in cold[0]
