"""Whether something was on, from samples."""

import numpy as np
import pytest
from tests.analytics.house_recordings import with_gaps
from tests.analytics.made import NOON, made, pattern

from pumphouse.analytics.series import Series
from pumphouse.analytics.states import means, seen_beginnings, seen_hours, switching


def switched(recording, metric="compressor_frequency"):
    state = switching(recording, metric, lambda values: values > 0)
    assert state is not None
    return state


def test_what_a_device_does_not_tell_has_no_state():
    assert switching(made(priority=[10.0]), "compressor_frequency", lambda hz: hz > 0) is None


def test_it_was_on_from_the_sample_that_shows_it_to_the_one_that_does_not():
    state = switched(made(compressor_frequency=pattern((0, 5), (40, 3), (0, 5))))
    assert state.stretches().starts.tolist() == [NOON + 300]
    assert state.stretches().ends.tolist() == [NOON + 480]
    assert state.began.tolist() == [NOON + 300]
    assert state.ended.tolist() == [NOON + 480]
    assert state.stretches(on=False).seconds == 12 * 60 - 180


def test_an_edge_at_the_end_of_one_period_is_not_one_of_the_next():
    recording = made(compressor_frequency=pattern((0, 5), (40, 5)))
    first = recording.within(NOON, NOON + 300)
    second = recording.within(NOON + 300, NOON + 540)
    assert len(switched(first).began) == 1
    assert len(switched(second).began) == 0


def test_a_silence_cuts_and_what_came_in_it_is_not_sharp():
    recording = made(compressor_frequency=pattern((40, 10), (0, 30), (40, 10)))
    kept = recording.heard[(recording.heard < NOON + 480) | (recording.heard > NOON + 2400)]
    state = switched(with_gaps(recording, kept))
    assert state.stretches().ends.tolist() == [NOON + 420, recording.end]
    assert len(state.ended) == 0
    off = with_gaps(recording, np.delete(recording.heard, slice(15, 45)))
    begun = switched(off).began
    assert len(begun) == 1
    assert len(switched(off).sharp(begun)) == 0
    assert switched(off).silence == 31 * 60


def test_halfway_between_samples_is_taken_for_an_edge_that_was_not_seen():
    values = np.array([0, 0, 40, 40, 40, 0, 0], dtype=float)
    times = NOON + np.array([0, 60, 660, 720, 780, 840, 900])
    recording = made()
    recording = type(recording).of(
        NOON, NOON + 900, {"compressor_frequency": Series(times, values)}
    )
    state = switched(recording)
    hours = seen_hours(state.stretches(), state)
    assert hours.value * 3600 == pytest.approx(180 + 300 - 30)
    assert hours.error * 3600 == pytest.approx(1.645 * 600 / np.sqrt(12), rel=0.3)


def test_of_a_silence_all_may_be_missing_and_nothing_is_added():
    recording = made(compressor_frequency=pattern((40, 120)))
    whole, cut = switched(recording), switched(with_gaps(recording, recording.heard[:61]))
    hours = seen_hours(cut.stretches(), cut)
    assert hours.value == pytest.approx(1.0)
    assert hours.value + hours.error >= seen_hours(whole.stretches(), whole).value
    assert seen_hours(whole.stretches(on=False), whole).value == 0.0


def test_the_doubt_about_a_count_grows_with_what_was_not_heard():
    recording = made(compressor_frequency=pattern(*[(0, 40), (40, 20)] * 10))
    whole = seen_beginnings(switched(recording))
    assert (whole.value, whole.error) == (10.0, 0.0)
    part = seen_beginnings(switched(with_gaps(recording, recording.heard[:400])))
    assert part.value < 10.0 <= part.value + part.error


def test_a_mean_is_over_time_and_unknown_before_the_first_value():
    series = Series.of([NOON, NOON + 60, NOON + 240], [10.0, 20.0, 99.0])
    starts, ends = NOON + np.array([-60, 0, 0, 60]), NOON + np.array([60, 240, 0, 240])
    assert means(series, starts, ends) == [None, pytest.approx(17.5), None, pytest.approx(20.0)]
    assert means(made()["none"], starts, ends) == [None] * 4


def test_the_typical_step_leaves_silences_out():
    recording = made(compressor_frequency=pattern((0, 60)))
    assert switched(recording).step == 60.0
    silent = with_gaps(recording, np.delete(recording.heard, slice(10, 40)))
    assert switched(silent).step == 60.0
    assert switched(made(compressor_frequency=[1.0])).step == 0.0
