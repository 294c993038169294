"""Compressor runs and their figures."""

import numpy as np
import pytest
from tests.analytics.house_recordings import with_gaps
from tests.analytics.made import NOON, made, pattern, told, without

from pumphouse.analytics.compared import Compared
from pumphouse.analytics.cycles import Phase, cycle_figures, runs
from pumphouse.analytics.figure import Figure, Provenance
from pumphouse.analytics.modes import Mode
from pumphouse.analytics.running import compressor, unseen_starts

OFF, STARTING, ON, STOPPING, DEFROST = 20.0, 40.0, 60.0, 100.0, 140.0


@pytest.mark.parametrize(
    ("metric", "off", "on"),
    [
        ("compressor_status", OFF, ON),
        ("compressor_status", STOPPING, DEFROST),
        ("compressor_frequency", 0.0, 30.0),
        ("compressor_power", 20.0, 900.0),
        ("electric_power", 149.0, 151.0),
    ],
)
def test_what_shows_that_a_compressor_runs(metric, off, on):
    (run,) = runs(made({metric: pattern((off, 10), (on, 20), (off, 10))}))
    assert (run.start, run.end, run.whole) == (NOON + 600, NOON + 1800, True)


def test_its_status_is_believed_before_its_power():
    recording = made(compressor_status=[OFF] * 30, electric_power=[3000.0] * 30)
    assert runs(recording) == ()


def test_a_device_without_any_sign_has_no_runs_and_no_figures():
    recording = made(outdoor_temperature=[5.0] * 30)
    assert runs(recording) == ()
    figures = cycle_figures(recording)
    assert figures.coverage == 1.0
    assert figures.starts.best is figures.run_hours.best is figures.short_runs is None


def test_a_run_knows_what_it_was_for_and_how_warm():
    recording = made(
        compressor_status=pattern((OFF, 10), (ON, 40), (OFF, 10)),
        priority=pattern((10, 10), (20, 15), (30, 25), (10, 10)),
        condenser_supply_temperature=[40.0] * 60,
        supply_temperature=[30.0] * 60,
        return_temperature=[35.0] * 60,
        outdoor_temperature=pattern((0.0, 30), (-2.0, 30)),
        heating_medium_flow=[12.0] * 60,
        electric_power=[1500.0] * 60,
    )
    (run,) = runs(recording)
    assert run.phases == (
        Phase(NOON + 600, NOON + 1500, Mode.HOT_WATER),
        Phase(NOON + 1500, NOON + 3000, Mode.HEATING),
    )
    assert run.mode is Mode.HEATING
    assert run.seconds == 2400
    assert (run.flow_temperature, run.return_temperature) == (40.0, 35.0)
    assert run.outdoor_temperature == pytest.approx(-1.0)
    assert run.brine_in_temperature is None
    assert run.electricity == pytest.approx(1.0)
    assert run.heat == pytest.approx(4186 * 12 / 60 * 5 * 2400 / 3.6e6)


def test_a_mode_change_is_no_start():
    recording = made(
        compressor_status=pattern((OFF, 10), (ON, 40), (OFF, 10)),
        priority=pattern((10, 10), (20, 15), (30, 25), (10, 10)),
        compressor_starts=pattern((7, 10), (8, 50)),
    )
    starts = cycle_figures(recording).starts
    assert starts.counted is not None
    assert starts.seen is not None
    assert told(starts.counted).value == told(starts.seen).value == 1.0
    assert starts.disagreement == 0.0


def test_a_run_across_midnight_is_cut_and_started_only_once():
    recording = made(compressor_status=pattern((OFF, 30), (ON, 60), (OFF, 30)))
    midnight = NOON + 3600
    days = [recording.within(NOON, midnight), recording.within(midnight, recording.end)]
    (evening,), (morning,) = (runs(day) for day in days)
    assert (evening.start_seen, evening.end_seen) == (True, False)
    assert (morning.start_seen, morning.end_seen) == (False, True)
    assert evening.end == morning.start == midnight
    assert [told(cycle_figures(day).starts.best).value for day in days] == [1.0, 0.0]


def test_a_counter_that_rises_while_running_splits_the_run():
    recording = made(
        step=300,
        compressor_status=pattern((OFF, 4), (ON, 12), (OFF, 4)),
        compressor_starts=pattern((7, 4), (8, 6), (9, 10)),
    )
    first, second = runs(recording)
    assert first.end == second.start == NOON + 300 * 10
    assert first.whole
    assert second.whole
    starts = cycle_figures(recording).starts
    assert told(starts.best).value == 2.0
    assert starts.disagreement == 1.0


@pytest.mark.parametrize("late", [-1, 0, 1])
def test_a_counter_that_is_read_a_sample_off_explains_the_start_it_belongs_to(late):
    recording = made(
        compressor_status=pattern((OFF, 10), (ON, 20), (OFF, 10)),
        compressor_starts=pattern((7, 10 + late), (8, 30 - late)),
    )
    assert len(runs(recording)) == 1
    state = compressor(recording)
    assert state is not None
    assert len(unseen_starts(recording, state).instants) == 0


def test_a_run_between_two_samples_is_known_by_the_counter_only():
    recording = made(
        step=300,
        compressor_status=pattern((OFF, 10), (ON, 10), (OFF, 20)),
        compressor_starts=pattern((7, 10), (8, 20), (9, 10)),
    )
    assert len(runs(recording)) == 1
    figures = cycle_figures(recording)
    assert told(figures.starts.best).value == 2.0
    assert told(figures.short_runs).value == 1.0
    assert told(figures.longest_pause).value * 3600 == pytest.approx(10 * 300)


def test_a_run_of_ten_minutes_is_not_short_but_one_of_nine_is():
    recording = made(compressor_status=pattern((OFF, 10), (ON, 10), (OFF, 30), (ON, 9), (OFF, 10)))
    assert told(cycle_figures(recording).short_runs).value == 1.0


def test_hours_by_what_they_were_for():
    recording = made(
        compressor_status=pattern((OFF, 10), (ON, 60), (OFF, 50), (ON, 30), (OFF, 60)),
        priority=pattern((10, 10), (30, 60), (10, 50), (20, 30), (10, 60)),
    )
    figures = cycle_figures(recording)
    assert told(figures.run_hours.best).value == pytest.approx(1.5)
    assert told(figures.run_hours_hot_water.best).value == pytest.approx(0.5)
    assert told(figures.run_hours_heating.best).value == pytest.approx(1.0)
    assert told(figures.longest_pause).value == pytest.approx(59 / 60)


def test_without_a_priority_nothing_is_said_about_what_it_ran_for():
    recording = made(compressor_status=pattern((OFF, 10), (ON, 60), (OFF, 50)))
    figures = cycle_figures(recording)
    assert figures.run_hours.best is not None
    assert figures.run_hours_hot_water.best is None
    (run,) = runs(recording)
    assert (run.phases, run.mode) == ((), None)


def test_half_of_the_data_missing_withholds_every_figure():
    recording = made(
        compressor_status=pattern((OFF, 60), (ON, 60)), compressor_starts=pattern((7, 60), (8, 60))
    )
    silent = with_gaps(recording, recording.heard[:50])
    figures = cycle_figures(silent)
    assert figures.coverage == pytest.approx(49 / 119)
    assert figures.starts == Compared()
    assert figures.longest_pause is None


def figure(value, error, provenance=Provenance.DERIVED):
    return Figure(value, error, provenance)


@pytest.mark.parametrize(
    ("counted", "seen", "best"),
    [
        (figure(5.0, 0.0), figure(4.0, 1.0), 5.0),
        (figure(5.0, 0.6), figure(4.7, 0.1), 4.7),
        (figure(9.0, 0.6), figure(4.7, 0.1), 9.0),
        (None, figure(4.7, 0.1), 4.7),
        (figure(5.0, 0.6), None, 5.0),
    ],
)
def test_a_counter_is_preferred_unless_samples_agree_and_are_tighter(counted, seen, best):
    assert told(Compared(counted, seen).best).value == best


def test_disagreement_needs_both():
    assert Compared(None, figure(4.7, 0.1)).disagreement is None
    assert Compared(figure(5.0, 0.6), figure(4.7, 0.1)).disagreement == pytest.approx(0.3)


@pytest.mark.parametrize("name", ["ground", "air"])
def test_starts_of_a_winter_month_are_exact_by_counter_and_by_minutes(name, winter_month):
    record = winter_month[name]
    for day in record.daily():
        truth = record.true("starts", day.start, day.end)
        starts = cycle_figures(day).starts
        assert starts.counted is not None
        assert (told(starts.counted).value, told(starts.counted).error) == (truth, 0.0)
        assert starts.seen is not None
        assert told(starts.seen).value == truth


@pytest.mark.parametrize("name", ["ground", "air"])
def test_run_hours_of_a_month_come_near_the_truth(name, sparse_winter_month):
    record = sparse_winter_month[name]
    recording = record.recording
    hours = cycle_figures(recording).run_hours
    truth = record.true("minutes", recording.start, recording.end) / 60.0
    for one in (hours.counted, hours.seen, hours.best):
        assert one is not None
        assert one.value == pytest.approx(truth, abs=max(2.0 * one.error, 0.5))


def test_short_runs_sampled_every_five_minutes_agree_with_those_of_every_minute(
    winter_month, sparse_winter_month
):
    fine = cycle_figures(winter_month["ground"].recording).short_runs
    coarse = cycle_figures(sparse_winter_month["ground"].recording).short_runs
    assert fine is not None
    assert coarse is not None
    assert abs(coarse.value - fine.value) <= coarse.error + fine.error
    assert fine.value > 3


def test_the_runs_of_a_month_hold_all_its_energy(winter_month):
    record = winter_month["air"]
    recording = record.recording
    found = runs(recording)
    electricity = np.sum([run.electricity for run in found])
    truth = record.true("electricity", recording.start, recording.end)
    assert 0.97 * truth < electricity < truth
    heat = np.sum([run.heat for run in found])
    compressor_heat = record.true_heat(recording.start, recording.end) - record.true(
        "addition", recording.start, recording.end
    )
    assert heat == pytest.approx(compressor_heat, rel=0.03)


def test_frequency_and_power_find_the_same_runs_as_status(winter_month):
    recording = winter_month["air"].recording
    by_status = runs(recording)
    by_frequency = runs(without(recording, "compressor_status"))
    assert len(by_status) == len(by_frequency)
    assert [run.start for run in by_status] == [run.start for run in by_frequency]
