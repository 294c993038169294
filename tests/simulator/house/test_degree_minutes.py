import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.simulator.house.control import DegreeMinutes, HeatingCurve


def make() -> DegreeMinutes:
    return DegreeMinutes(addition_difference=400.0, step_difference=100.0, most_steps=3)


def test_the_compressor_starts_at_minus_sixty_and_stops_at_zero():
    counter = make()
    for _ in range(59):
        counter.step(30.0, 31.0)
        assert not counter.calling
    counter.step(30.0, 31.0)
    assert counter.value == -60.0
    assert counter.calling
    for _ in range(59):
        counter.step(32.0, 31.0)
        assert counter.calling
    counter.step(32.0, 31.0)
    assert counter.value == 0.0
    assert not counter.calling


def test_one_minute_adds_the_difference_to_a_tenth():
    counter = make()
    counter.step(30.04, 35.06)
    assert counter.value == -5.1


def test_they_never_exceed_a_hundred():
    counter = make()
    for _ in range(100):
        counter.step(40.0, 31.0)
    assert counter.value == 100.0


def test_more_than_ten_kelvin_too_warm_sets_plus_one():
    counter = make()
    counter.value = -300.0
    counter.step(45.1, 35.0)
    assert counter.value == 1.0
    assert not counter.calling
    counter.value = -300.0
    counter.step(45.0, 35.0)
    assert counter.value == -290.0


def test_they_freeze_at_zero_when_heating_is_not_permitted():
    counter = make()
    counter.value = -700.0
    counter.step(30.0, 31.0)
    counter.freeze()
    assert (counter.value, counter.calling, counter.steps) == (0.0, False, 0)


@pytest.mark.parametrize(
    ("degree_minutes", "steps"), [(-450.0, 0), (-461.0, 1), (-561.0, 2), (-661.0, 3), (-990.0, 3)]
)
def test_additional_heat_comes_in_steps_below_the_start_difference(degree_minutes, steps):
    counter = make()
    for _ in range(6):
        counter.value = degree_minutes + 1.0
        counter.step(30.0, 31.0)
    assert counter.steps == steps


def test_additional_heat_ends_when_the_supply_is_seven_kelvin_too_warm():
    counter = make()
    counter.value = -600.0
    counter.step(30.0, 31.0)
    assert counter.steps == 1
    counter.step(38.1, 31.0)
    assert counter.steps == 0


@given(st.lists(st.floats(-15.0, 15.0), max_size=300))
def test_they_stay_within_their_limits(differences):
    counter = make()
    for difference in differences:
        counter.step(35.0 + difference, 35.0)
        assert -3000.0 <= counter.value <= 100.0
        assert counter.calling or counter.value > -60.0
        assert not counter.calling or counter.value < 0.0


@given(st.floats(-25.0, 30.0), st.integers(-10, 9))
def test_an_offset_step_is_two_and_a_half_kelvin_inside_the_limits(outdoor, offset):
    curve = HeatingCurve(curve=9.0)
    curve.minimum, curve.maximum = -100.0, 200.0
    curve.offset = offset
    lower = curve.supply(outdoor, 21.0)
    curve.offset = offset + 1
    assert curve.supply(outdoor, 21.0) - lower == pytest.approx(2.5)


@given(st.floats(-25.0, 24.0), st.floats(0.0, 15.0))
def test_colder_weather_never_asks_for_cooler_water(outdoor, slope):
    curve = HeatingCurve(curve=slope)
    assert curve.supply(outdoor, 21.0) >= curve.supply(outdoor + 1.0, 21.0)
    assert curve.minimum <= curve.supply(outdoor, 21.0) <= curve.maximum
