"""Energies from counters, powers and currents."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.analytics.energy import (
    CounterIncrease,
    counter_increase,
    energy_of_power,
    power_of_currents,
)
from pumphouse.analytics.integral import integral
from pumphouse.analytics.series import EMPTY, Recording, Series, Stretches

HOUR = 3600.0
DAY = 86_400.0


def counter(*readings: float, step: float = HOUR) -> Series:
    return Series.of(np.arange(len(readings)) * step, readings)


def whole(series: Series, **more):
    return counter_increase(series, float(series.times[0]), float(series.times[-1]), **more)


def test_a_counter_grows_by_last_minus_first():
    increase = whole(counter(100.0, 101.0, 103.0, 106.0))
    assert increase is not None
    assert increase.value == pytest.approx(6.0, abs=increase.error + 1e-9)
    assert increase.resets == 0


def test_a_counter_that_was_reset_goes_on_from_zero():
    increase = whole(counter(5000.0, 5001.0, 5002.0, 1.0, 2.0, 3.0))
    assert increase is not None
    assert increase.resets == 1
    assert increase.value == pytest.approx(5.0, abs=increase.error)


@pytest.mark.parametrize(
    ("readings", "grown"),
    [
        ((65_534.0, 65_535.0, 0.0, 1.0), 3.0),  # 16 bits
        ((99_998.0, 99_999.0, 0.0, 1.0), 3.0),  # five digits
        ((6553.4, 6553.5, 0.0, 0.1), 0.3),  # 16 bits of tenths
    ],
)
def test_a_full_counter_rolls_over(readings, grown):
    increase = whole(counter(*readings))
    assert increase is not None
    assert increase.value == pytest.approx(grown, abs=grown / 3)
    assert increase.error <= grown


@pytest.mark.parametrize("slip", [0.0, 99_999.0, 3.0])
def test_one_reading_that_both_neighbours_contradict_is_a_slip(slip):
    increase = whole(counter(5000.0, 5001.0, slip, 5002.0, 5003.0))
    assert increase is not None
    assert increase.resets == 0
    assert increase.value == pytest.approx(3.0, abs=increase.error + 1e-9)


def test_growth_across_a_gap_stays():
    times = [*np.arange(0, 6 * HOUR, 300.0), *np.arange(12 * HOUR, 24 * HOUR + 1, 300.0)]
    series = Series.of(times, np.floor(np.array(times) / HOUR * 10.0) / 10.0)
    increase = counter_increase(series, 0.0, DAY)
    assert increase is not None
    assert increase.value == pytest.approx(24.0, abs=0.2)


def test_growth_across_a_gap_at_an_edge_makes_less_certain():
    heard = np.arange(-DAY, 2 * DAY, 300.0)
    kept = heard[(heard < -3 * HOUR) | (heard > 3 * HOUR)]
    values = np.floor(np.maximum(0.0, kept + DAY) / HOUR)
    with_gap = counter_increase(Series.of(kept, values), 0.0, DAY)
    told = Series.of(heard, np.floor((heard + DAY) / HOUR))
    without = counter_increase(told, 0.0, DAY)
    assert with_gap is not None
    assert without is not None
    assert with_gap.error > without.error
    assert with_gap.value == pytest.approx(24.0, abs=with_gap.error)


def test_a_silence_before_the_period_is_not_counted_into_it():
    times = np.array([-3 * DAY, *np.arange(12 * HOUR, 24 * HOUR + 1, 300.0)])
    series = Series.of(times, np.floor((times + 3 * DAY) / HOUR))
    increase = counter_increase(series, 0.0, DAY, heard=times[1:])
    assert increase is not None
    assert increase.value == pytest.approx(24.0, abs=increase.error)
    assert increase.value < 40.0


def test_a_device_that_tells_changes_only_is_known_until_it_was_heard():
    """After the last change nothing is told: the counter stands still, it is not unknown."""
    heard = np.arange(0.0, DAY + 1, 300.0)
    increase = counter_increase(Series.of([-1e6, -9e5], [10.0, 11.0]), 0.0, DAY, heard=heard)
    assert increase is not None
    assert increase.value == pytest.approx(0.0, abs=1.0)


def test_a_shape_tells_where_in_a_step_the_growth_was():
    """1 kWh steps, all of it used in the first hour after noon: the afternoon has it."""
    power = Series.of([0.0, 12 * HOUR, 13 * HOUR, DAY], [0.0, 3000.0, 0.0, 0.0])
    ticks = Series.of([-HOUR, 12 * HOUR + 1200, 12 * HOUR + 2400, 13 * HOUR], [7.0, 8.0, 9.0, 10.0])
    heard = np.arange(0.0, DAY + 1, 60.0)
    morning = counter_increase(ticks, 0.0, 12 * HOUR, shape=power, heard=heard)
    assert morning is not None
    assert morning.value == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize(
    ("series", "start", "end"),
    [
        (EMPTY, 0.0, DAY),
        (counter(5.0), 0.0, DAY),
        (counter(5.0, 6.0), 100.0, 100.0),
        (counter(5.0, 6.0), 100.0, 50.0),
        (counter(5.0, 6.0), 0.0, DAY),
    ],
    ids=["empty", "one reading", "no length", "backwards", "mostly unknown"],
)
def test_too_little_is_not_a_number(series, start, end):
    assert counter_increase(series, start, end) is None


times = st.lists(st.integers(0, 86_400), min_size=2, max_size=60)


@st.composite
def counters(draw):
    instants = sorted(set(draw(times)) | {0, 86_400})
    steps = draw(st.lists(st.integers(0, 50), min_size=len(instants), max_size=len(instants)))
    values = 100_000.0 + np.cumsum(steps) / 10.0
    return np.array(instants, dtype=np.float64), values


@given(counters())
def test_the_increase_is_what_was_counted(made):
    instants, values = made
    increase = counter_increase(Series(instants, values), 0.0, DAY)
    assert increase is not None
    widest = increase.error / 0.9  # of what lies anywhere in a step, all and not nine in ten
    assert abs(increase.value - (values[-1] - values[0])) <= widest + 0.2
    assert math.isfinite(increase.error)
    assert increase.resets == 0


@given(counters(), st.randoms(use_true_random=False))
def test_order_and_duplicates_do_not_matter(made, chance):
    instants, values = made
    rows = [*zip(instants, values, strict=True)] * 2
    chance.shuffle(rows)
    shuffled = Series.of([row[0] for row in rows], [row[1] for row in rows])
    assert counter_increase(shuffled, 0.0, DAY) == counter_increase(
        Series(instants, values), 0.0, DAY
    )


@given(counters(), st.floats(0.3, 0.7))
def test_parts_add_up_to_the_whole(made, share):
    series = Series(*made)
    cut = share * DAY
    parts = counter_increase(series, 0.0, cut), counter_increase(series, cut, DAY)
    all_of_it = counter_increase(series, 0.0, DAY)
    assert all_of_it is not None
    assert parts[0] is not None
    assert parts[1] is not None
    assert parts[0].value + parts[1].value == pytest.approx(all_of_it.value, abs=0.2)


@given(st.lists(st.integers(0, 30), min_size=6, max_size=40), st.data())
def test_resets_lose_no_more_than_the_reading_between(steps, data):
    """Any number of resets: what was counted after each is there."""
    value, readings, counted = 50_000.0, [50_000.0], 0.0
    for step in steps:
        if data.draw(st.integers(0, 9)) == 0 and value > 1000.0:
            value = 0.0
        else:
            value += step / 10.0
            counted += step / 10.0
        readings.append(value)
    increase = whole(counter(*readings))
    assert increase is not None
    assert increase.value == pytest.approx(counted, abs=increase.error + 0.2)


#: as stores keep them
milliseconds = st.integers(0, int(1000 * DAY)).map(lambda number: number / 1000)


@given(
    st.lists(st.tuples(milliseconds, st.floats(allow_nan=True, allow_infinity=True)), max_size=30)
)
def test_whatever_is_told_no_result_is_nan(rows):
    series = Series.of([row[0] for row in rows], [min(1e9, abs(row[1])) for row in rows])
    increase = counter_increase(series, 0.0, DAY)
    if increase is not None:
        assert math.isfinite(increase.value)
        assert math.isfinite(increase.error)
        assert increase.value >= 0.0
    covered = Stretches.heard(series.times)
    energy = energy_of_power(series, covered, 0.0, DAY)
    if energy is not None:
        assert math.isfinite(energy.value)
        assert math.isfinite(energy.error)


def test_a_constant_power_is_its_value_times_its_time():
    instants = np.arange(0.0, DAY + 1, 300.0)
    series = Series(instants, np.full(len(instants), 1500.0))
    energy = energy_of_power(series, Stretches.heard(instants), 0.0, DAY)
    assert energy is not None
    assert energy.value == pytest.approx(36.0)
    assert energy.error == 0.0
    assert energy.coverage == pytest.approx(1.0)


def test_a_gap_is_filled_with_the_mean_and_may_be_all_wrong():
    instants = np.concatenate(
        (np.arange(0.0, 8 * HOUR, 300.0), np.arange(16 * HOUR, DAY + 1, 300.0))
    )
    series = Series(instants, np.full(len(instants), 1000.0))
    energy = energy_of_power(series, Stretches.heard(instants), 0.0, DAY)
    assert energy is not None
    assert energy.coverage == pytest.approx(16 / 24, abs=0.01)
    assert energy.value == pytest.approx(24.0)
    assert energy.error == pytest.approx(8.0, abs=0.2)


def test_runs_seen_through_samples_are_uncertain_by_delta_over_root_six():
    """One 20-minute run of 6 kW seen every 5 minutes: 90 % of ±1.645·Δ/√6."""
    instants = np.arange(0.0, DAY + 1, 300.0)
    power = np.where((instants >= 36_000) & (instants < 37_200), 6000.0, 0.0)
    energy = energy_of_power(Series(instants, power), Stretches.heard(instants), 0.0, DAY)
    assert energy is not None
    expected = 1.645 * 300.0 / math.sqrt(6.0) * 6000.0 / 3.6e6
    assert energy.error == pytest.approx(expected, rel=1e-6)


def test_currents_make_power_at_230_volts():
    recording = Recording.of(
        0.0,
        60.0,
        {
            "phase_1_current": Series.of([0.0, 60.0], [1.0, 2.0]),
            "phase_3_current": Series.of([0.0], [0.5]),
        },
    )
    assert power_of_currents(recording).values.tolist() == [345.0, 575.0]


@given(counters(), st.lists(st.floats(0, DAY), min_size=2, max_size=10))
def test_an_integral_grows_with_a_positive_value(made, instants):
    sums = integral(Series(*made), np.sort(np.array(instants)))
    assert np.all(np.diff(sums) >= 0)


@given(st.floats(0, 1e6), st.integers(2, 50))
def test_a_counter_that_stands_still_grew_by_nothing(reading, count):
    times = np.arange(count) * 600.0
    increase = counter_increase(Series(times, np.full(count, reading)), 0.0, times[-1])
    assert increase == CounterIncrease(0.0, 0.0, 0)
