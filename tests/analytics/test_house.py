"""Heat loss and balance point."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.analytics.house_recordings import DeviceRecord, with_gaps
from tests.analytics.house_rows import rows_house, true_balance_point

from pumphouse.analytics.figure import Figure, Provenance
from pumphouse.analytics.heat import Heat
from pumphouse.analytics.house import HouseDay, heat_loss_line, house_day
from pumphouse.analytics.series import Recording, Series
from pumphouse.simulator.house import House

DAY = 86_400.0


def watts(value, provenance=Provenance.DEVICE_METER):
    return Figure(value, 0.03 * abs(value), provenance)


def house_days(count=30, *, loss=120.0, gains=480.0, indoor=21.0, seconds=DAY):
    outdoor = np.linspace(-15.0, 12.0, count)
    return [
        HouseDay(
            DAY * number, watts(max(0.0, loss * (indoor - each) - gains)), indoor, each, seconds
        )
        for number, each in enumerate(outdoor.tolist())
    ]


def kwh(value):
    return Figure(value, 0.05 * value, Provenance.DEVICE_METER)


def one_day(settings=None, **values):
    times = np.arange(0.0, DAY + 1, 300.0)
    series = {name: Series.of(times, np.full(len(times), value)) for name, value in values.items()}
    return Recording(0.0, DAY, series, times, settings or {})


# The truth of the simulated house.


@pytest.mark.parametrize("name", ["ground", "air"])
@pytest.mark.parametrize("month", ["winter_month", "sparse_winter_month"])
def test_the_simulated_house_is_found_in_a_month(month, name, request):
    record: DeviceRecord = request.getfixturevalue(month)[name]
    loss, balance = rows_house(record)
    assert loss.figure is not None
    assert balance.figure is not None
    assert loss.figure.value == pytest.approx(loss.truth, rel=0.05)
    assert balance.figure.value == pytest.approx(balance.truth, abs=0.7)
    assert loss.honest
    assert balance.honest


def test_the_true_balance_point_is_where_the_gains_of_the_house_carry_it(
    winter_month: Mapping[str, DeviceRecord],
):
    """The energy balance of the recordings against the building's own account of its gains."""
    record = winter_month["ground"]
    start = datetime.fromtimestamp(record.days[0][0], UTC)
    house = House(1, start)
    plant = next(pump.plant for pump in house.pumps.values() if pump.vendor == "nibe_uplink")
    before = plant.building.gained_wh
    house.advance_to(start + timedelta(days=31))
    gains = (plant.building.gained_wh - before) / (31 * 24)
    room = record.recording["room_temperature"].values.mean()
    assert true_balance_point(record) == pytest.approx(room - gains / 150.0, abs=0.05)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
@pytest.mark.parametrize("size", [1.0, 3600.0, DAY], ids=["samples", "hours", "days"])
@pytest.mark.parametrize("name", ["ground", "air"])
def test_with_data_missing_the_result_stays_inside_its_error_or_is_withheld(
    name, size, share, winter_month: Mapping[str, DeviceRecord]
):
    record = winter_month[name]
    heard = record.recording.heard
    blocks = ((heard - heard[0]) // (size if size > 1 else 60.0)).astype(int)
    kept = np.random.default_rng(5).random(blocks[-1] + 1) >= share
    for row in rows_house(record, with_gaps(record.recording, heard[kept[blocks]])):
        assert row.honest


def test_nothing_is_told_when_most_hours_of_every_day_are_missing(
    winter_month: Mapping[str, DeviceRecord],
):
    record = winter_month["air"]
    heard = record.recording.heard
    kept = heard[(heard % DAY) < 16 * 3600.0]
    for row in rows_house(record, with_gaps(record.recording, kept)):
        assert row.figure is None


# The line.


def test_a_clean_house_is_found_exactly():
    found = heat_loss_line(house_days())
    assert found is not None
    assert found.w_per_k.value == pytest.approx(120.0)
    assert found.balance_point.value == pytest.approx(21.0 - 480.0 / 120.0)
    assert found.heat_need(-10.0).value == pytest.approx(120.0 * 31.0 - 480.0)
    assert found.band_w == pytest.approx(0.0, abs=1e-6)


def test_the_meter_is_inside_the_error_even_where_days_do_not_scatter():
    found = heat_loss_line(house_days())
    assert found is not None
    assert found.w_per_k.error == pytest.approx(0.03 * 120.0)
    assert found.heat_need(-10.0).error == pytest.approx(0.03 * found.heat_need(-10.0).value)


def test_beyond_the_balance_point_no_heat_is_needed():
    found = heat_loss_line(house_days())
    assert found is not None
    assert found.heat_need(20.0).value == 0.0


def test_four_days_in_five_lie_inside_the_prediction_band():
    rng = np.random.default_rng(2)
    days = [
        HouseDay(day.start, watts(day.heat.value + rng.normal(0.0, 150.0)), 21.0, day.outdoor, DAY)
        for day in house_days(200)
    ]
    found = heat_loss_line(days)
    assert found is not None
    cold = [day for day in days if day.outdoor < 10.0]
    inside = [
        abs(day.heat.value - found.heat_need(day.outdoor).value) <= found.band_w for day in cold
    ]
    assert np.mean(inside) == pytest.approx(0.8, abs=0.07)


@pytest.mark.parametrize(
    "days",
    [
        [],
        house_days(9),
        house_days(30, seconds=64_800.0),
        [HouseDay(DAY * n, watts(3000.0 + n), 21.0, 0.01 * n, DAY) for n in range(40)],
        [HouseDay(DAY * n, watts(100.0 * n), 21.0, -10.0 + n, DAY) for n in range(20)],
    ],
    ids=["none", "few", "too little data", "all alike", "heat rises with warmth"],
)
def test_without_a_sound_line_there_is_no_number(days):
    assert heat_loss_line(days) is None


def test_a_heat_loss_that_is_mostly_chance_is_not_told():
    rng = np.random.default_rng(4)
    days = [
        HouseDay(day.start, watts(day.heat.value + rng.normal(0.0, 4000.0)), 21.0, day.outdoor, DAY)
        for day in house_days(15)
    ]
    assert heat_loss_line(days) is None


def test_estimated_heat_makes_an_estimate():
    days = [
        HouseDay(d.start, watts(d.heat.value, Provenance.ESTIMATED), d.indoor, d.outdoor, DAY)
        for d in house_days()
    ]
    found = heat_loss_line(days)
    assert found is not None
    assert found.w_per_k.provenance is Provenance.ESTIMATED


@given(
    st.lists(
        st.builds(
            HouseDay,
            start=st.just(0.0),
            heat=st.builds(watts, st.floats(-5000, 20_000)),
            indoor=st.floats(10, 30),
            outdoor=st.floats(-40, 40),
            seconds=st.floats(0, DAY),
        ),
        max_size=40,
    )
)
def test_any_days_give_a_house_or_nothing(days):
    found = heat_loss_line(days)
    if found is not None:  # a Figure refuses what is not finite
        assert found.w_per_k.value > 0
        assert found.days + found.left_out == len(days)


# One day.

WARM = {"outdoor_temperature": 1.0, "room_temperature": 21.0}


def test_a_day_is_its_mean_heat_and_temperatures():
    found = house_day(one_day(**WARM), Heat(heating=kwh(48.0)))
    assert found is not None
    assert (found.heat.value, found.indoor, found.outdoor, found.seconds) == pytest.approx(
        (2000.0, 21.0, 1.0, DAY)
    )


def test_cooling_is_subtracted():
    found = house_day(one_day(**WARM), Heat(heating=kwh(48.0), cooling=kwh(24.0)))
    assert found is not None
    assert found.heat.value == pytest.approx(1000.0)


def test_without_a_room_sensor_the_set_point_stands_in_and_says_so():
    day = one_day({"room_setpoint_heating": 20.5}, outdoor_temperature=1.0)
    found = house_day(day, Heat(heating=kwh(48.0)))
    assert found is not None
    assert (found.indoor, found.indoor_measured) == (20.5, False)


@pytest.mark.parametrize(
    ("day", "heat"),
    [
        (one_day(**WARM), Heat()),
        (one_day(room_temperature=21.0), Heat(heating=kwh(48.0))),
        (one_day(outdoor_temperature=1.0), Heat(heating=kwh(48.0))),
        (
            one_day(**WARM, supply_temperature=0.0, return_temperature=0.0),
            Heat(heating=kwh(48.0)),
        ),
        (Recording.of(0.0, 0.0, {}), Heat(heating=kwh(48.0))),
    ],
    ids=["no heat", "no outdoor", "no indoor", "flow and return at 0", "no time"],
)
def test_a_day_that_says_too_little_says_nothing(day, heat):
    assert house_day(day, heat) is None
