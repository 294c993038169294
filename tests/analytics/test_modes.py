"""What a pump works for, from the codes of both of NIBE's families."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.analytics.modes import Mode, mode_stretches, only_in
from pumphouse.analytics.sampling import steps_of
from pumphouse.analytics.series import Recording, Series, Stretches


def recording(codes, step=60.0):
    instants = np.arange(len(codes)) * step
    return Recording.of(0.0, len(codes) * step - step, {"priority": Series.of(instants, codes)})


@pytest.mark.parametrize(
    ("codes", "mode"),
    [
        ((30, 1, 6, 70), Mode.HEATING),
        ((20, 25, 3), Mode.HOT_WATER),
        ((60, 2), Mode.COOLING),
        ((40, 41, 4, 5), Mode.POOL),
        ((10, 0, 50, 99), Mode.IDLE),
    ],
)
def test_each_code_means_a_mode(codes, mode):
    for code in codes:
        stretches = mode_stretches(recording([code] * 10))
        assert stretches[mode].seconds == 540.0
        assert sum(one.seconds for one in stretches.values()) == 540.0


@given(st.lists(st.sampled_from([10, 20, 30, 40, 60, 99]), min_size=2, max_size=50))
def test_modes_share_out_the_time_without_rest(codes):
    told = recording(codes)
    stretches = mode_stretches(told)
    assert set(stretches) == set(Mode)
    assert sum(one.seconds for one in stretches.values()) == pytest.approx(told.covered.seconds)


def test_a_code_holds_while_a_device_tells_changes_only():
    heard = np.arange(0.0, 3601.0, 60.0)
    told = Recording(0.0, 3600.0, {"priority": Series.of([0.0, 1800.0], [1, 3])}, heard)
    stretches = mode_stretches(told)
    assert stretches[Mode.HEATING].seconds == 1800.0
    assert stretches[Mode.HOT_WATER].seconds == 1800.0


def test_a_gap_belongs_to_no_mode():
    heard = np.array([0.0, 60.0, 120.0, 7200.0, 7260.0])
    told = Recording(0.0, 7260.0, {"priority": Series.of([0.0], [30])}, heard)
    assert mode_stretches(told)[Mode.HEATING].seconds == 180.0
    assert steps_of(told).seconds.tolist() == [60.0, 60.0, 60.0]


def test_without_priority_every_mode_is_empty():
    told = Recording.of(0.0, 60.0, {"x": Series.of([0.0, 60.0], [1, 1])})
    assert all(not len(one) for one in mode_stretches(told).values())


@given(
    st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 100)), min_size=1, max_size=20),
    st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1e4)), max_size=5),
)
def test_masking_keeps_values_inside_and_zero_outside(rows, spans):
    series = Series.of([row[0] for row in rows], [row[1] for row in rows])
    stretches = Stretches.of([min(span) for span in spans], [max(span) for span in spans])
    masked = only_in(series, stretches)
    instants = np.linspace(series.times[0], 1e4, 200)
    expected = np.where(stretches.contain(instants), series.held(instants)[0], 0.0)
    assert np.array_equal(masked.held(instants)[0], expected)


def test_a_mean_over_steps_is_weighted_by_their_length():
    told = Recording.of(0.0, 400.0, {"t": Series.of([0.0, 100.0, 400.0], [10.0, 20.0, 0.0])})
    steps = steps_of(told)
    values = steps.values("t")
    assert values is not None
    assert steps.mean(values, np.ones(2, np.bool_)) == pytest.approx(17.5)
    assert steps.mean(values, np.zeros(2, np.bool_)) is None
    assert steps.values("nothing") is None
