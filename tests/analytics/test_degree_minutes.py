"""Degree minutes counted again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.analytics.house_recordings import with_gaps
from tests.analytics.made import NOON, made, pattern, told, without

from pumphouse.analytics.degree_minutes import replay, supply_temperature, thresholds
from pumphouse.analytics.series import Series


def counted(recording):
    return replay(recording).counted.values.tolist()


def warm(excess, **columns):
    """A supply that is so much too warm, sample by sample."""
    excess = list(excess)
    return made(
        supply_temperature=[30.0 + each for each in excess],
        calculated_supply_temperature=[30.0] * len(excess),
        **columns,
    )


def test_each_minute_adds_supply_minus_calculated_supply():
    recording = warm([-2.0] * 4, degree_minutes=[-50.0, -52.0, -54.0, -56.0])
    assert counted(recording) == [-50.0, -52.0, -54.0, -56.0]


def test_each_step_adds_its_mean_times_its_minutes():
    recording = warm([-2.0, -4.0, -4.0], step=300, degree_minutes=[-50.0])
    assert counted(recording) == [-50.0, -65.0, -85.0]


def test_the_sum_is_at_most_100():
    assert counted(warm([5.0] * 30))[-1] == 100.0
    assert counted(warm([5.0] * 30 + [-5.0] * 3))[-2:] == [95.0, 90.0]


def test_a_supply_more_than_10_kelvin_too_warm_stops_the_compressor():
    assert counted(warm([-3.0, -3.0, 10.5, -3.0], degree_minutes=[-200.0])) == pytest.approx(
        [-200.0, -203.0, 1.0, 4.75]
    )
    assert 1.0 not in counted(warm([9.0, 10.0, 10.0], degree_minutes=[-200.0]))


def test_it_stands_at_0_while_heating_is_not_permitted():
    reported = warm([-3.0] * 5, degree_minutes=pattern((0.0, 5)))
    assert counted(reported) == [0.0] * 5
    outdoor = warm(
        [-3.0] * 5,
        settings={"stop_heating_temperature": 17.0},
        outdoor_temperature_average=[16.9, 16.9, 17.0, 17.0, 16.9],
    )
    assert counted(outdoor) == [0.0, -3.0, 0.0, 0.0, -3.0]


def test_the_external_sensor_is_counted_where_it_is_fitted():
    recording = warm([-2.0] * 3, external_supply_temperature=[25.0] * 3)
    assert counted(recording) == [0.0, -5.0, -10.0]
    assert supply_temperature(recording).values.tolist() == [25.0] * 3


def test_behind_a_silence_it_goes_on_from_the_reported_value():
    recording = warm([-1.0] * 60, degree_minutes=np.linspace(0, -590, 60).tolist())
    silent = with_gaps(recording, np.delete(recording.heard, slice(10, 40)))
    values = replay(silent).counted
    assert values.values[10] == recording["degree_minutes"].values[40]
    unreported = without(silent, "degree_minutes")
    assert replay(unreported).counted.values[10] == replay(unreported).counted.values[9]


def test_without_both_temperatures_there_is_no_count():
    for columns in ({}, {"supply_temperature": [30.0] * 9}, {"degree_minutes": [0.0] * 9}):
        found = replay(made(columns))
        assert len(found.counted) == 0
        assert found.drift is found.bias is None


def test_drift_and_bias_of_a_supply_sensor_that_is_half_a_kelvin_off():
    hours = 6
    excess = np.where(np.arange(hours * 60 + 1) % 60 < 30, 3.0, -3.0)
    truth = np.cumsum(excess) - 40.0
    recording = warm((excess + 0.5).tolist(), degree_minutes=truth.tolist())
    found = replay(recording)
    assert told(found.bias).value == pytest.approx(0.5, abs=0.06)
    assert told(found.drift).value == pytest.approx(30.0, abs=4.0)


def test_drift_needs_a_reported_value_and_enough_data():
    recording = warm([-1.0] * 200, degree_minutes=np.linspace(0, -199, 200).tolist())
    assert told(replay(recording).drift).value == pytest.approx(0.0, abs=1e-9)
    assert replay(without(recording, "degree_minutes")).drift is None
    assert replay(with_gaps(recording, recording.heard[:90])).drift is None


def test_thresholds_are_the_owners_or_those_it_was_delivered_with():
    told = thresholds(
        made(
            settings={
                "degree_minutes_compressor_start": -100.0,
                "degree_minutes_additional_heat_difference": 700.0,
            }
        )
    )
    assert (told.compressor_start, told.additional_heat_start, told.told) == (-100, -800, True)
    usual = thresholds(made())
    assert (usual.compressor_start, usual.additional_heat_start, usual.told) == (-60, -460, False)


@pytest.mark.parametrize(("name", "most"), [("ground", 2.0), ("air", 2.0)])
def test_a_month_of_minutes_drifts_little(name, most, winter_month, sparse_winter_month):
    fine = replay(winter_month[name].recording)
    assert told(fine.drift).value < most
    assert abs(told(fine.bias).value) < 0.01
    coarse = replay(sparse_winter_month[name].recording)
    assert told(coarse.drift).value < 5.0


@given(
    st.lists(
        st.tuples(st.floats(0, 1e5), st.floats(-20, 90), st.floats(15, 70), st.floats(-3000, 100)),
        max_size=40,
    )
)
def test_whatever_is_told_the_count_is_finite_and_at_most_100(samples):
    times = [NOON + sample[0] for sample in samples]
    recording = made()
    recording = type(recording).of(
        NOON,
        NOON + 1e5,
        {
            name: Series.of(times, [sample[place] for sample in samples])
            for place, name in enumerate(
                ("supply_temperature", "calculated_supply_temperature", "degree_minutes"), start=1
            )
        },
    )
    found = replay(recording)
    assert np.all(np.isfinite(found.counted.values))
    assert np.all(found.counted.values <= 100.0)
