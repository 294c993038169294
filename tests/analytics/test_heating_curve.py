"""The heating curve as it shows in the data."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.analytics.house_recordings import DeviceRecord, with_gaps

from pumphouse.analytics.heating_curve import heating_curve
from pumphouse.analytics.series import Recording, Series
from pumphouse.simulator.house.control import HeatingCurve as TrueCurve

HOUR = 3600.0
DAY = 24 * HOUR


def winter(days=20, *, settings=None, room=21.0, calculated=None, excess=1.5):
    """A pump that heats all day and no water, told every ten minutes."""
    times = np.arange(0.0, days * DAY + 1, 600.0)
    outdoor = np.round(-2.0 + 8.0 * np.sin(times / DAY / 3.0) + 3.0 * np.sin(times / DAY * 6.28), 1)
    wanted = (35.0 - 0.8 * outdoor) if calculated is None else calculated(outdoor)
    values = {
        "outdoor_temperature": outdoor,
        "calculated_supply_temperature": wanted,
        "supply_temperature": wanted + excess,
        "room_temperature": np.broadcast_to(room(outdoor) if callable(room) else room, times.shape),
        "priority": np.full(len(times), 30.0),
    }
    series = {name: Series.of(times, one) for name, one in values.items()}
    return Recording(0.0, days * DAY, series, times, settings or {"room_setpoint_heating": 21.0})


# The truth of the simulated house.


@pytest.mark.parametrize(("name", "number"), [("ground", 7.0), ("air", 6.0)])
def test_the_simulated_curve_is_found(name, number, winter_month: Mapping[str, DeviceRecord]):
    curve = heating_curve(winter_month[name].recording)
    assert curve is not None
    assert curve.room is not None
    truth = TrueCurve(curve=number)
    room = 21.0 + curve.room.mean.value
    for knot in curve.knots:
        assert knot.supply == pytest.approx(truth.supply(knot.outdoor, room), abs=0.6)


def test_the_fit_does_not_depend_on_how_often_the_pump_was_asked(
    winter_month: Mapping[str, DeviceRecord], sparse_winter_month: Mapping[str, DeviceRecord]
):
    often = heating_curve(winter_month["air"].recording)
    seldom = heating_curve(sparse_winter_month["air"].recording)
    assert often is not None
    assert seldom is not None
    for outdoor in (-8.0, -2.0, 3.0):
        assert often.at(outdoor) == pytest.approx(seldom.at(outdoor), abs=0.1)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_the_curve_hardly_moves_when_hours_are_missing(
    share, winter_month: Mapping[str, DeviceRecord]
):
    record = winter_month["ground"].recording
    blocks = ((record.heard - record.heard[0]) // HOUR).astype(int)
    kept = np.random.default_rng(1).random(blocks[-1] + 1) >= share
    whole, part = (
        heating_curve(record),
        heating_curve(with_gaps(record, record.heard[kept[blocks]])),
    )
    assert whole is not None
    assert part is not None
    assert part.at(-2.0) == pytest.approx(whole.at(-2.0), abs=0.2)
    assert len(part.cloud) < len(whole.cloud)


# What it is made of.


def test_a_straight_curve_is_told_inside_of_what_was_seen_only():
    curve = heating_curve(winter())
    assert curve is not None
    assert curve.at(-4.3) == pytest.approx(35.0 + 0.8 * 4.3, abs=0.1)
    assert curve.at(-25.0) is None
    assert curve.at(25.0) is None


def test_limits_cut_the_curve_flat_and_tell_how_often():
    limits = {"minimum_supply_temperature": 33.0, "maximum_supply_temperature": 40.0}
    curve = heating_curve(
        winter(settings=limits, calculated=lambda t: np.clip(35.0 - 0.8 * t, 33.0, 40.0))
    )
    assert curve is not None
    assert curve.knots[0].supply == pytest.approx(40.0)
    assert curve.knots[-1].supply == pytest.approx(33.0)
    assert 0.1 < curve.share_at_maximum < 0.6
    assert 0.1 < curve.share_at_minimum < 0.6


def test_limits_that_the_pump_does_not_tell_are_read_off_the_flat_ends():
    curve = heating_curve(winter(calculated=lambda t: np.clip(35.0 - 0.8 * t, 33.0, 40.0)))
    assert curve is not None
    assert (curve.minimum, curve.maximum) == pytest.approx((33.0, 40.0))


def test_settings_stand_beside_the_fit():
    told = {"heating_curve": 7.0, "heating_offset": -1.0, "room_sensor_control_active": 0.0}
    curve = heating_curve(winter(settings=told))
    assert curve is not None
    assert (curve.number, curve.offset, curve.follows_room) == (7.0, -1.0, False)
    assert (curve.minimum, curve.maximum, curve.share_at_minimum) == (None, None, 0.0)
    assert curve.room is None


def test_the_supply_above_the_curve_is_that_while_heating():
    curve = heating_curve(winter(excess=2.5))
    assert curve is not None
    assert curve.excess is not None
    assert curve.excess.value == pytest.approx(2.5)


def test_hours_without_heating_are_no_part_of_the_cloud():
    recording = winter()
    times = recording.heard
    priority = np.where((times // DAY) % 2 == 0, 30.0, 20.0)
    series = {**recording.series, "priority": Series.of(times, priority)}
    curve = heating_curve(Recording(0.0, recording.end, series, times))
    assert curve is not None
    assert len(curve.cloud) == 240
    assert {hour.start // DAY % 2 for hour in curve.cloud} == {0.0}


def test_the_room_is_compared_with_the_set_point_in_cold_and_mild_weather():
    curve = heating_curve(winter(room=lambda t: np.where(t < -2.0, 22.0, 21.0)))
    assert curve is not None
    assert curve.room is not None
    assert curve.room.cold - curve.room.mild > 0.8
    assert curve.room.mild < curve.room.mean.value < curve.room.cold


@pytest.mark.parametrize(
    "recording",
    [
        winter(days=0),
        winter(days=0.5),
        Recording.of(0.0, DAY, {}),
        Recording.of(
            0.0,
            9 * DAY,
            {"outdoor_temperature": Series.of(np.arange(0, 9 * DAY, 600), 4.0 + np.zeros(1296))},
        ),
    ],
    ids=["no time", "half a day", "nothing", "no calculated supply"],
)
def test_without_a_day_of_hours_there_is_no_curve(recording):
    assert heating_curve(recording) is None


NUMBER = st.floats(-60, 120)
SAMPLES = st.lists(
    st.tuples(st.integers(0, 60 * 24), NUMBER, NUMBER, NUMBER, st.sampled_from([10.0, 20.0, 30.0])),
    max_size=60,
)


@settings(max_examples=50, deadline=None)
@given(SAMPLES)
def test_any_samples_give_finite_numbers_or_none(samples):
    heard = np.arange(0.0, 2 * DAY, 600.0)
    times = [60.0 * row[0] for row in samples]
    names = (
        "outdoor_temperature",
        "calculated_supply_temperature",
        "room_temperature",
        "priority",
    )
    series = {
        name: Series.of(times, [row[place] for row in samples])
        for place, name in enumerate(names, start=1)
    } | {"supply_temperature": Series.of(times, [row[2] for row in samples])}
    told = {"room_setpoint_heating": 21.0, "maximum_supply_temperature": 50.0}
    curve = heating_curve(Recording(0.0, 2 * DAY, series, heard, told))
    if curve is None:
        return
    numbers = [
        curve.scatter,
        curve.share_at_maximum,
        *np.ravel(curve.cloud),
        *np.ravel(curve.knots),
    ]
    if curve.room is not None:
        numbers += [curve.room.cold, curve.room.mild, curve.room.cold_below]
    assert np.all(np.isfinite(numbers))
    assert np.all(np.diff([knot.supply for knot in curve.knots]) <= 1e-9)
