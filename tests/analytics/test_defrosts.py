"""Defrosts, by flag, by status and by signature."""

import numpy as np
import pytest
from tests.analytics.event_rows import matches
from tests.analytics.house_recordings import with_gaps
from tests.analytics.made import NOON, made, pattern, told, true_events, without

from pumphouse.analytics.defrosts import defrost_figures, defrosts

RUNNING = [60.0] * 60
SIGNATURE = {
    "compressor_frequency": [50.0] * 60,
    "condenser_supply_temperature": pattern((35.0, 20), (28.0, 5), (35.0, 35)),
    "return_temperature": [30.0] * 60,
}


@pytest.mark.parametrize(
    "columns",
    [
        {"defrosting_active": pattern((0, 20), (1, 5), (0, 35)), "compressor_status": RUNNING},
        {"compressor_status": pattern((60, 20), (120, 1), (140, 3), (160, 1), (60, 35))},
        SIGNATURE,
        SIGNATURE | {"evaporator_temperature": pattern((-6.0, 20), (4.0, 5), (-6.0, 35))},
    ],
)
def test_a_defrost_is_found_by_the_best_sign_there_is(columns):
    (defrost,) = defrosts(made(columns))
    assert (defrost.start, defrost.seconds) == (NOON + 1200, 300)


@pytest.mark.parametrize(
    "columns",
    [
        SIGNATURE | {"compressor_frequency": [0.0] * 60},
        SIGNATURE | {"priority": [60.0] * 60},
        SIGNATURE | {"evaporator_temperature": [-6.0] * 60},
        SIGNATURE | {"return_temperature": [35.4] * 20 + [28.4] * 40},
        SIGNATURE | {"condenser_supply_temperature": pattern((35.0, 20), (28.0, 40))},
        {"compressor_frequency": [50.0] * 60},
    ],
)
def test_no_signature_of_a_defrost(columns):
    assert defrosts(made(columns)) == ()


def test_what_a_defrost_costs():
    recording = made(
        compressor_status=pattern((60, 20), (140, 6), (60, 34)),
        condenser_supply_temperature=pattern((35.0, 20), (25.0, 6), (35.0, 34)),
        return_temperature=[30.0] * 60,
        heating_medium_flow=[15.0] * 60,
        electric_power=[1200.0] * 60,
        outdoor_temperature=[-3.0] * 60,
    )
    (defrost,) = defrosts(recording)
    assert defrost.electricity == pytest.approx(0.12)
    assert defrost.heat_taken == pytest.approx(4186 * 15 / 60 * 5 * 360 / 3.6e6)
    assert defrost.outdoor_temperature == -3.0
    figures = defrost_figures(recording)
    assert told(figures.count).value == 1.0
    assert told(figures.hours).value == pytest.approx(0.1)
    assert told(figures.electricity).value == pytest.approx(0.12)
    assert told(figures.heat_taken).value == defrost.heat_taken


def test_a_pump_that_tells_no_power_has_defrosts_without_energy():
    recording = made(compressor_status=pattern((60, 20), (140, 6), (60, 34)))
    assert defrosts(recording)[0].electricity is None
    figures = defrost_figures(recording)
    assert told(figures.count).value == 1.0
    assert figures.electricity is None


def test_a_device_without_a_sign_and_a_silent_one_have_no_figures():
    assert defrost_figures(made(outdoor_temperature=[3.0] * 60)).count is None
    recording = made(compressor_status=RUNNING)
    assert defrost_figures(with_gaps(recording, recording.heard[:20])).count is None


def test_a_ground_source_pump_never_defrosts(winter_month):
    record = winter_month["ground"].recording
    assert defrosts(record) == ()
    assert defrosts(without(record, "compressor_status")) == ()
    assert told(defrost_figures(record).count).value == 0.0


@pytest.mark.parametrize(
    ("minutes", "with_status", "recall"),
    [(1, True, 0.99), (5, True, 0.99), (1, False, 0.99), (5, False, 0.7)],
)
def test_defrosts_of_a_winter_month(
    minutes, with_status, recall, winter_month, sparse_winter_month
):
    record = (winter_month if minutes == 1 else sparse_winter_month)["air"]
    recording = record.recording
    if not with_status:
        recording = without(recording, "compressor_status")
    found = defrosts(recording)
    starts = np.array([one.start for one in found])
    ends = np.array([one.end for one in found])
    real = true_events(record, record.truth["status"] > 100)
    assert len(real[0]) > 100
    assert matches(starts, ends, real) >= 0.99
    assert matches(*real, (starts, ends)) >= recall
