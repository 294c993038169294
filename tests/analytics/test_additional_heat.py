"""Additional heat and what made the pump ask for it."""

import pytest
from tests.analytics.house_recordings import with_gaps
from tests.analytics.made import NOON, made, pattern, told

from pumphouse.analytics.additional_heat import Cause, additional_heat, uses
from pumphouse.analytics.figure import Figure, Provenance

USED = {"additional_heat_power": pattern((0, 30), (3000.0, 20), (0, 30))}
HEATING = {"priority": [30.0] * 80, "compressor_status": [60.0] * 80}
STANDING = {"priority": [30.0] * 80, "compressor_status": pattern((60, 5), (20, 75))}
COLD = {"degree_minutes": [-470.0] * 80}
MILD = {"degree_minutes": [-200.0] * 80}


@pytest.mark.parametrize(
    ("columns", "cause"),
    [
        (HEATING | COLD, Cause.DEGREE_MINUTES),
        (HEATING | MILD, Cause.UNKNOWN),
        (HEATING | COLD | {"priority": [20.0] * 80}, Cause.HOT_WATER),
        (STANDING | COLD | {"compressor_blocked": [1.0] * 80}, Cause.COMPRESSOR_OUT),
        (STANDING | COLD | {"alarm_active": [1.0] * 80}, Cause.COMPRESSOR_OUT),
        (HEATING | COLD | {"alarm_active": [1.0] * 80}, Cause.DEGREE_MINUTES),
        (
            HEATING | COLD | {"compressor_status": pattern((60, 30), (140, 15), (60, 35))},
            Cause.DEFROST,
        ),
        ({}, Cause.UNKNOWN),
    ],
)
def test_what_made_the_pump_ask_for_it(columns, cause):
    (use,) = uses(made(USED | columns))
    assert (use.start, use.end) == (NOON + 1800, NOON + 3000)
    assert use.cause is cause
    assert use.energy == pytest.approx(1.0)


def test_a_rest_between_two_runs_is_no_blocked_compressor():
    recording = made(
        additional_heat_power=pattern((0, 30), (3000.0, 10), (0, 40)),
        priority=[20.0] * 80,
        compressor_status=pattern((60, 30), (20, 50)),
        compressor_blocked=pattern((0, 30), (1, 5), (0, 45)),
    )
    assert uses(recording)[0].cause is Cause.HOT_WATER


def test_the_limit_is_the_one_that_the_owner_has_set():
    settings = {
        "degree_minutes_compressor_start": -60.0,
        "degree_minutes_additional_heat_difference": 700.0,
    }
    recording = made(USED | HEATING | COLD, settings=settings)
    assert uses(recording)[0].cause is Cause.UNKNOWN


@pytest.mark.parametrize(
    "sign",
    [
        {"additional_heat_status": pattern((3, 30), (6, 20), (3, 30))},
        {"additional_heat_status": pattern((4, 30), (2, 20), (5, 30))},
        {"additional_heat_step": pattern((0, 30), (2, 20), (0, 30))},
    ],
)
def test_a_status_or_steps_tell_the_hours_but_no_energy(sign):
    recording = made(sign)
    assert uses(recording)[0].energy is None
    figures = additional_heat(recording)
    assert told(figures.hours).value == pytest.approx(1 / 3)
    assert figures.energy is None


def test_hours_energy_shares_and_causes():
    def kwh(value):
        return Figure(value, 0.1, Provenance.DEVICE_METER)

    recording = made(USED | HEATING | COLD)
    figures = additional_heat(recording, used=kwh(4.0), delivered=kwh(10.0))
    assert told(figures.hours).value == pytest.approx(1 / 3)
    assert told(figures.energy).value == pytest.approx(1.0)
    assert told(figures.share_of_electricity).value == pytest.approx(0.25)
    assert told(figures.share_of_heat).value == pytest.approx(0.1)
    assert figures.hours_by_cause == {Cause.DEGREE_MINUTES: pytest.approx(1 / 3)}
    assert additional_heat(recording).share_of_heat is None


def test_what_is_not_told_or_too_little_is_withheld():
    nothing = additional_heat(made(outdoor_temperature=[1.0] * 80))
    assert nothing.hours is nothing.energy is None
    recording = made(USED)
    silent = additional_heat(with_gaps(recording, recording.heard[:35]))
    assert silent.hours is silent.energy is None
    assert silent.hours_by_cause == {}


@pytest.mark.parametrize("name", ["ground", "air"])
def test_hours_of_a_winter_month(name, winter_month):
    record = winter_month[name]
    recording = record.recording
    figures = additional_heat(recording)
    on = (record.truth["addition"][1:] - record.truth["addition"][:-1]) > 1e-6
    assert told(figures.hours).value == pytest.approx(
        on.sum() / 60.0, abs=told(figures.hours).error
    )
    truth = record.true("addition", recording.start, recording.end)
    assert told(figures.energy).value == pytest.approx(
        truth, abs=max(told(figures.energy).error, 0.2)
    )
    water = record.true("addition_hot_water", recording.start, recording.end) / 3.0
    assert figures.hours_by_cause[Cause.HOT_WATER] == pytest.approx(water, abs=0.3)
