"""Whatever a device tells or leaves out: nothing is invented, nothing is NaN."""

import math
from dataclasses import fields, is_dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.analytics.event_rows import matches, rows_events
from tests.analytics.house_recordings import with_gaps
from tests.analytics.made import NOON, true_events

from pumphouse.analytics.additional_heat import additional_heat, uses
from pumphouse.analytics.coverage import LEAST_COVERAGE
from pumphouse.analytics.cycles import cycle_figures, runs
from pumphouse.analytics.defrosts import defrost_figures, defrosts
from pumphouse.analytics.degree_minutes import replay
from pumphouse.analytics.hot_water import charges, hot_water_figures
from pumphouse.analytics.next_start import next_start
from pumphouse.analytics.series import Recording, Series
from pumphouse.analytics.tappings import tappings

FUNCTIONS = (
    runs,
    cycle_figures,
    defrosts,
    defrost_figures,
    charges,
    hot_water_figures,
    tappings,
    uses,
    additional_heat,
    replay,
    next_start,
)
METRICS = {
    "compressor_status": st.sampled_from([20.0, 40.0, 60.0, 100.0, 120.0, 140.0, 160.0, 7.0]),
    "compressor_starts": st.integers(0, 70_000).map(float),
    "compressor_run_time": st.integers(0, 9_000).map(lambda hours: 3600.0 * hours),
    "priority": st.sampled_from([0.0, 1.0, 3.0, 10.0, 20.0, 30.0, 99.0]),
    "supply_temperature": st.floats(-20, 90),
    "return_temperature": st.floats(-20, 90),
    "calculated_supply_temperature": st.floats(15, 70),
    "degree_minutes": st.floats(-3000, 100),
    "hot_water_charging_temperature": st.floats(5, 70),
    "heat_produced_hot_water": st.floats(0, 1e5),
    "heating_medium_flow": st.floats(0, 40),
    "electric_power": st.floats(0, 9000),
    "additional_heat_power": st.sampled_from([0.0, 1000.0, 3000.0]),
    "alarm_active": st.sampled_from([0.0, 1.0]),
}


def numbers(found):
    """Every number in a result."""
    if isinstance(found, float):
        yield found
    elif isinstance(found, Series):
        yield from found.values.tolist()
    elif is_dataclass(found):
        for field in fields(found):
            yield from numbers(getattr(found, field.name))
    elif isinstance(found, tuple):
        for one in found:
            yield from numbers(one)


@st.composite
def recordings(draw):
    """A device that tells some metrics at some instants: duplicated, in disorder, or none."""
    series = {}
    for metric in draw(st.sets(st.sampled_from(sorted(METRICS)))):
        samples = draw(st.lists(st.tuples(st.integers(-60, 300), METRICS[metric]), max_size=12))
        times = [NOON + 60.0 * minute for minute, _ in samples]
        series[metric] = Series.of(times, [value for _, value in samples])
    length = draw(st.sampled_from([0.0, 60.0, 3600.0, 10_800.0]))
    return Recording.of(NOON, NOON + length, series)


@settings(deadline=None)
@given(recordings())
def test_every_number_is_finite_and_every_event_lies_in_the_period(recording):
    for function in FUNCTIONS:
        assert all(math.isfinite(number) for number in numbers(function(recording)))
    for function in (runs, defrosts, charges, uses):
        for event in function(recording):
            assert recording.start <= event.start < event.end <= recording.end
    counted = cycle_figures(recording).starts.counted
    assert counted is None or counted.value >= 0


@pytest.mark.parametrize("value", [20.0, 60.0, 140.0])
@pytest.mark.parametrize("count", [1, 2, 500])
def test_a_status_that_never_changes_has_no_starts(value, count):
    heard = NOON + 60.0 * np.arange(count)
    recording = Recording.of(
        NOON, NOON + 60.0 * (count - 1), {"compressor_status": Series.of(heard, [value] * count)}
    )
    seen = cycle_figures(recording).starts.seen
    assert seen is None or seen.value == 0.0


def thinned(recording, share, how, seed=7):
    """The same device, so much of its data removed."""
    chance = np.random.default_rng(seed)
    heard = recording.heard
    if how == "samples":
        return with_gaps(recording, heard[chance.random(len(heard)) >= share])
    block = ((heard - heard[0]) // (3600.0 if how == "hours" else 86_400.0)).astype(int)
    return with_gaps(recording, heard[chance.random(block[-1] + 1)[block] >= share])


@pytest.mark.parametrize("name", ["ground", "air"])
@pytest.mark.parametrize("how", ["samples", "hours", "days"])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_with_data_removed_figures_stay_inside_their_errors_or_are_withheld(
    name, how, share, winter_month
):
    record = winter_month[name]
    silent = thinned(record.recording, share, how)
    charge = true_events(record, record.truth["charge"] > 0)
    inside = []
    for start, end in record.days:
        day = silent.within(start, end)
        cycles, frost, water = cycle_figures(day), defrost_figures(day), hot_water_figures(day)
        pairs = [
            (cycles.starts.counted, record.true("starts", start, end)),
            (cycles.starts.seen, record.true("starts", start, end)),
            (cycles.run_hours.seen, record.true("minutes", start, end) / 60.0),
            (frost.count, record.true("defrosts", start, end)),
            (water.charges, np.count_nonzero((charge[0] >= start) & (charge[0] < end))),
        ]
        if day.coverage < LEAST_COVERAGE:
            assert all(figure is None for figure, _ in pairs)
            continue
        for figure, truth in pairs:
            assert figure is not None
            inside.append(abs(figure.value - truth) <= figure.error + 1e-6)
    assert not inside or np.mean(inside) >= 0.9
    assert np.mean([silent.within(*day).coverage for day in record.days]) == pytest.approx(
        1.0 if how == "samples" else 1.0 - share, abs=0.15
    )


@pytest.mark.parametrize("how", ["samples", "hours", "days"])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_with_data_removed_no_event_is_invented(how, share, winter_month):
    record = winter_month["air"]
    silent = thinned(record.recording, share, how)
    for found, happening in (
        (defrosts(silent), record.truth["status"] > 100),
        (charges(silent), record.truth["charge"] > 0),
        (runs(silent), np.isin(record.truth["status"], (60, 120, 140, 160))),
    ):
        starts = np.array([one.start for one in found])
        ends = np.array([one.end for one in found])
        assert matches(starts, ends, true_events(record, happening)) >= 0.97


@pytest.mark.parametrize("name", ["ground", "air"])
@pytest.mark.parametrize("minutes", [1, 5])
def test_events_of_a_winter_month_against_the_truth(
    name, minutes, winter_month, sparse_winter_month
):
    rows = {
        row.name: row
        for row in rows_events((winter_month if minutes == 1 else sparse_winter_month)[name])
    }
    assert rows["starts, counted"].precision == 1.0
    assert rows["starts, seen"].precision >= 0.97
    for event in ("defrosts", "hot-water charges"):
        assert rows[event].precision >= 0.95
        assert rows[event].recall >= 0.95
