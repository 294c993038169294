"""Temperatures that no healthy sensor would show."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.analytics.house_recordings import DeviceRecord, with_gaps
from tests.analytics.house_rows import rows_house

from pumphouse.analytics.sensor_faults import FaultKind, checked_metrics, healthy, sensor_faults
from pumphouse.analytics.series import Recording, Series
from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.units import Quantity

DAY = 86_400.0
STEP = 300.0


def swinging(days, phase=0.0, middle=20.0):
    times = np.arange(0.0, days * DAY + 1, STEP)
    return times, np.round(middle + 3.0 * np.sin(times / 5000.0 + phase), 1)


def device(days=2, **changed):
    """Four sensors that swing; `changed` overrides the values of some of them."""
    times, _ = swinging(days)
    names = (
        ("outdoor_temperature", 0.0),
        ("room_temperature", 21.0),
        ("supply_temperature", 35.0),
        ("brine_in_temperature", 5.0),
    )
    series = {
        name: Series.of(times, swinging(days, place, middle)[1])
        for place, (name, middle) in enumerate(names)
    }
    series |= {name: Series.of(times, values) for name, values in changed.items()}
    return Recording(0.0, days * DAY, series, times)


def with_value(metric, value, *places, days=2):
    recording = device(days)
    values = recording[metric].values.copy()
    values[list(places)] = value
    return device(days, **{metric: values})


def kinds(recording):
    return [(fault.metric, fault.kind) for fault in sensor_faults(recording)]


# Healthy.


@pytest.mark.parametrize("name", ["ground", "air"])
@pytest.mark.parametrize("month", ["winter_month", "sparse_winter_month"])
def test_a_healthy_house_has_no_faults(month, name, request):
    record: DeviceRecord = request.getfixturevalue(month)[name]
    assert sensor_faults(record.recording) == ()


def test_healthy_swinging_sensors_have_no_faults():
    assert sensor_faults(device()) == ()


def test_every_checked_metric_is_a_temperature_of_the_catalogue():
    catalogue = load_catalogue()
    for name in checked_metrics():
        metric = catalogue.metric(name)
        assert metric is not None
        assert metric.quantity is Quantity.TEMPERATURE


@pytest.mark.parametrize("share", [0.3, 0.6])
@pytest.mark.parametrize("name", ["ground", "air"])
def test_missing_data_is_no_fault(name, share, winter_month: Mapping[str, DeviceRecord]):
    record = winter_month[name].recording
    kept = record.heard[np.random.default_rng(1).random(len(record.heard)) >= share]
    assert sensor_faults(with_gaps(record, kept)) == ()


# Without the faults.


@pytest.mark.parametrize("value", [85.0, -127.0, 70.0])
def test_bad_values_can_be_left_out(value):
    recording = with_value("outdoor_temperature", value, 30, 31, 90)
    clean = healthy(recording)
    assert sensor_faults(clean) == ()
    assert len(clean["outdoor_temperature"]) == len(recording["outdoor_temperature"]) - 3
    assert clean["supply_temperature"] is recording["supply_temperature"]


def test_a_spike_goes_and_a_lasting_change_stays():
    values = device()["room_temperature"].values.copy()
    values[50] += 9.0
    values[200:] += 9.0
    left = healthy(device(room_temperature=values))["room_temperature"]
    assert np.max(left.values[:150]) < 25.0
    assert np.min(left.values[250:]) > 25.0


def test_the_house_is_found_with_a_sensor_that_fails_now_and_then(
    winter_month: Mapping[str, DeviceRecord],
):
    record = winter_month["ground"]
    outdoor = record.recording["outdoor_temperature"]
    broken = outdoor.values.copy()
    broken[np.random.default_rng(2).random(len(broken)) < 0.02] = -127.0
    series = {**record.recording.series, "outdoor_temperature": Series(outdoor.times, broken)}
    for row in rows_house(record, healthy(replace(record.recording, series=series))):
        assert row.figure is not None
        assert row.honest


# Faults.


@pytest.mark.parametrize(
    "metric", ["outdoor_temperature", "room_temperature", "supply_temperature"]
)
def test_85_degrees_between_other_values_is_the_power_on_value(metric):
    (fault,) = sensor_faults(with_value(metric, 85.0, 100))
    assert (fault.metric, fault.kind, fault.samples, fault.value) == (
        metric,
        FaultKind.POWER_ON,
        1,
        85.0,
    )
    assert fault.start == fault.end == 100 * STEP


def test_a_sensor_that_only_ever_shows_85_degrees_has_a_power_on_fault():
    times, _ = swinging(2)
    assert (
        "room_temperature",
        FaultKind.POWER_ON,
    ) in kinds(device(room_temperature=np.full(len(times), 85.0)))


def test_an_own_sensor_that_really_gets_hot_may_pass_85_degrees():
    times, _ = swinging(2)
    hot = np.round(80.0 + 10.0 * np.sin(times / 20_000.0))
    assert 85.0 in hot
    assert sensor_faults(device(sensor_temperature=hot)) == ()


@pytest.mark.parametrize("value", [-127.0, -3276.8, -32_768.0])
@pytest.mark.parametrize("metric", ["outdoor_temperature", "brine_in_temperature"])
def test_a_code_for_no_sensor_is_a_disconnected_sensor(metric, value):
    assert kinds(with_value(metric, value, 50)) == [(metric, FaultKind.DISCONNECTED)]


@pytest.mark.parametrize(
    ("metric", "value"),
    [("outdoor_temperature", 70.0), ("room_temperature", -8.0), ("brine_in_temperature", -40.0)],
)
def test_what_cannot_be_is_out_of_range(metric, value):
    assert kinds(with_value(metric, value, 7)) == [(metric, FaultKind.OUT_OF_RANGE)]


def test_a_second_instance_of_a_metric_is_checked_as_the_first():
    _, values = swinging(2)
    values[9] = -127.0
    assert kinds(device(room_temperature_2=values)) == [
        ("room_temperature_2", FaultKind.DISCONNECTED)
    ]


def test_a_change_that_is_too_fast_is_a_jump_told_once():
    (fault,) = sensor_faults(with_value("room_temperature", 35.0, 100))
    assert (fault.kind, fault.value) == (FaultKind.JUMP, 35.0)


def test_the_same_change_over_a_long_silence_is_none():
    recording = device()
    values = recording["room_temperature"].values.copy()
    values[300:] += 8.0
    heard = np.delete(recording.heard, range(297, 303))
    series = {
        name: Series.of(*_at(one, heard))
        for name, one in device(room_temperature=values).series.items()
    }
    assert sensor_faults(Recording(0.0, recording.end, series, heard)) == ()


def _at(series, instants):
    kept = np.isin(series.times, instants)
    return series.times[kept], series.values[kept]


def test_a_jump_after_hours_without_change_is_seen_where_only_changes_are_told():
    recording = device()
    room = Series.of([0.0, 40 * STEP, 90 * STEP], [21.0, 21.1, 35.0])
    series = {**recording.series, "room_temperature": room}
    faults = sensor_faults(replace(recording, series=series))
    assert (FaultKind.JUMP, 90 * STEP) in [(fault.kind, fault.start) for fault in faults]


def test_bad_values_close_together_are_one_fault_and_far_apart_are_two():
    faults = sensor_faults(with_value("outdoor_temperature", 85.0, 100, 101, 105, 400))
    assert [(fault.samples, fault.start) for fault in faults] == [
        (3, 100 * STEP),
        (1, 400 * STEP),
    ]


def test_a_sensor_that_stands_still_while_others_move_is_frozen():
    times, values = swinging(3)
    values[times >= DAY] = values[times >= DAY][0]
    (fault,) = sensor_faults(device(3, supply_temperature=values))
    assert (fault.metric, fault.kind) == ("supply_temperature", FaultKind.FROZEN)
    assert fault.start == pytest.approx(DAY, abs=4 * STEP)
    assert fault.end == 3 * DAY


def test_a_frozen_sensor_shows_in_the_recording_of_one_day(
    winter_month: Mapping[str, DeviceRecord],
):
    day = next(winter_month["air"].daily())
    first = day["supply_temperature"]
    frozen = Series(first.times[:1], first.values[:1])
    series = {**day.series, "supply_temperature": frozen}
    assert kinds(replace(day, series=series)) == [("supply_temperature", FaultKind.FROZEN)]


def test_a_room_may_keep_its_temperature_for_a_day():
    times, values = swinging(3)
    values[times >= 2 * DAY] = 21.0
    assert sensor_faults(device(3, room_temperature=values)) == ()


def test_a_cloud_that_stands_still_is_no_frozen_sensor():
    times, _ = swinging(3)
    values = {name: np.full(len(times), 20.0) for name in device().series}
    assert sensor_faults(device(3, **values)) == ()


def test_a_silent_device_is_no_frozen_sensor():
    recording = device(3)
    first = recording["supply_temperature"]
    series = {**recording.series, "supply_temperature": Series(first.times[:1], first.values[:1])}
    heard = recording.heard[recording.heard < 0.8 * DAY]
    assert sensor_faults(Recording(0.0, 3 * DAY, series, heard)) == ()


def test_a_sensor_at_0_all_along_is_not_fitted():
    times, _ = swinging(3)
    assert sensor_faults(device(3, return_temperature=np.zeros(len(times)))) == ()


def test_days_of_a_code_for_no_sensor_are_one_fault_and_not_frozen_too():
    times, values = swinging(4)
    values[times >= DAY] = -127.0
    (fault,) = sensor_faults(device(4, supply_temperature=values))
    assert (fault.kind, fault.samples) == (FaultKind.DISCONNECTED, int(3 * DAY / STEP) + 1)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 3 * DAY),
            st.sampled_from([-127.0, 85.0, 0.0, 20.0, 21.5, 300.0, -3276.8]) | st.floats(-200, 200),
        ),
        max_size=40,
    )
)
def test_any_values_give_finite_faults_in_order_inside_the_period(samples):
    times = [time for time, _ in samples]
    series = {
        "supply_temperature": Series.of(times, [value for _, value in samples]),
        "outdoor_temperature": device(3)["outdoor_temperature"],
    }
    faults = sensor_faults(Recording.of(0.0, 3 * DAY, series))
    for fault in faults:
        assert np.isfinite(fault.value)
        assert 0.0 <= fault.start <= fault.end <= 3 * DAY
        assert fault.samples >= 1
    starts = [fault.start for fault in faults if fault.metric == "supply_temperature"]
    assert starts == sorted(starts)
