"""Charges of the tank, and what was tapped from it."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from tests.analytics.event_rows import matches
from tests.analytics.house_recordings import with_gaps
from tests.analytics.made import NOON, made, pattern, told, true_events, without

from pumphouse.analytics.hot_water import Reason, charges, hot_water_figures
from pumphouse.analytics.series import Recording, Series
from pumphouse.analytics.tappings import tappings
from pumphouse.simulator.house import House

NORMAL = {"hot_water_comfort_mode": 1.0, "hot_water_stop_normal": 50.0}


def tank(*parts: tuple[float, float, int]) -> list[float]:
    """Temperatures that go evenly from one to another in some minutes."""
    return [
        float(value)
        for start, end, count in parts
        for value in np.linspace(start, end, count, endpoint=False)
    ]


def charged(stop=50.0, **columns):
    return made(
        settings=NORMAL,
        priority=pattern((10, 30), (20, 20), (10, 30)),
        hot_water_charging_temperature=tank((44.0, 44.0, 30), (44.0, stop, 20), (stop, stop, 30)),
        **columns,
    )


def test_a_charge_from_its_beginning_to_its_end():
    recording = charged(
        heat_produced_hot_water=tank((100.0, 100.0, 30), (100.0, 102.0, 20), (102.0, 102.0, 30)),
        electric_power=[1800.0] * 80,
    )
    (charge,) = charges(recording)
    assert (charge.start, charge.seconds, charge.whole) == (NOON + 1800, 1200, True)
    assert (charge.start_temperature, charge.end_temperature) == (44.0, 50.0)
    assert charge.heat == pytest.approx(2.0)
    assert charge.electricity == pytest.approx(0.6)
    assert charge.reason is Reason.DEMAND


def test_without_a_heat_meter_flow_and_temperatures_tell_the_heat():
    recording = charged(
        condenser_supply_temperature=[55.0] * 80,
        return_temperature=[47.0] * 80,
        heating_medium_flow=[10.0] * 80,
    )
    (charge,) = charges(recording)
    assert charge.heat == pytest.approx(4186 * 10 / 60 * 8 * 1200 / 3.6e6)


@pytest.mark.parametrize(
    ("recording", "reason"),
    [
        (charged(), Reason.DEMAND),
        (charged(hot_water_boost=pattern((0, 40), (1, 40))), Reason.BOOST),
        (charged(hot_water_boost=pattern((4, 35), (0, 45))), Reason.BOOST),
        (charged(hot_water_boost=pattern((0, 60), (1, 20))), Reason.DEMAND),
        (charged(stop=55.0), Reason.INCREASE),
    ],
)
def test_why_a_tank_was_charged(recording, reason):
    (charge,) = charges(recording)
    assert charge.reason is reason
    assert told(hot_water_figures(recording).boosts).value == (reason is not Reason.DEMAND)


def test_without_settings_the_other_charges_tell_what_is_usual():
    stops = [50.0] * 6 + [57.0]
    recording = made(
        priority=pattern((10, 10), *[(20, 20), (10, 10)] * 7),
        hot_water_charging_temperature=tank(
            (44, 44, 10), *[part for stop in stops for part in ((44, stop, 20), (stop, 44, 10))]
        ),
    )
    reasons = [charge.reason for charge in charges(recording)]
    assert reasons == [Reason.DEMAND] * 6 + [Reason.INCREASE]
    alone = recording.within(NOON + 190 * 60, recording.end)
    assert [charge.reason for charge in charges(alone)] == [Reason.DEMAND]


def test_a_tank_that_warms_while_the_compressor_runs_is_charged_without_a_priority():
    recording = without(
        charged(compressor_status=pattern((20, 20), (60, 40), (20, 20))), "priority"
    )
    (charge,) = charges(recording)
    assert abs(charge.start - NOON - 1800) <= 120
    assert abs(charge.end - NOON - 3000) <= 120
    still = without(charged(compressor_status=[20.0] * 80), "priority")
    assert charges(still) == ()
    assert charges(made(outdoor_temperature=[1.0] * 60)) == ()


def test_a_tapping_is_what_the_tank_cools_by_at_once():
    recording = made(
        priority=[10.0] * 60,
        hot_water_charging_temperature=tank((48, 48, 30), (48, 38, 5), (38, 38, 25)),
        hot_water_top_temperature=[50.0] * 60,
    )
    (tapping,) = told(tappings(recording, tank_litres=200.0))
    assert (tapping.start, tapping.end) == (NOON + 30 * 60, NOON + 35 * 60)
    assert tapping.heat == pytest.approx(200 * 4186 * 5 / 3.6e6)
    assert tapping.litres == pytest.approx(200 * 5 / 30)
    figures = hot_water_figures(recording, tank_litres=200.0)
    assert told(figures.tappings).value == 1.0
    assert told(figures.heat_per_tapping).value == tapping.heat


def test_a_tank_left_alone_and_a_silence_are_no_tapping():
    recording = made(
        priority=[10.0] * 300, hot_water_charging_temperature=tank((50, 48.5, 200), (48.5, 40, 100))
    )
    assert tappings(recording.within(NOON, NOON + 200 * 60)) == ()
    silent = with_gaps(recording, np.delete(recording.heard, slice(200, 299)))
    assert tappings(silent) == ()
    assert tappings(made(priority=[10.0] * 60)) is None


def test_tappings_of_two_days_come_near_what_was_tapped():
    start = datetime(2026, 1, 12, tzinfo=UTC)
    house = House(3, start)
    pump = house.pumps["80105"]
    before, heard, rows = pump.plant.tank.tapped_wh, [], []
    for instant, values in house.history(until=start + timedelta(days=2), step_seconds=60):
        heard.append(instant.timestamp())
        rows.append([values["80105"][name] for name in ("43086", "40014", "40013", "43427")])
    columns = np.array(rows, dtype=float).T
    names = ("priority", "hot_water_charging_temperature", "hot_water_top_temperature", "status")
    series = {name: Series.of(heard, column) for name, column in zip(names, columns, strict=True)}
    found = told(tappings(Recording.of(heard[0], heard[-1], series)))
    tapped = (pump.plant.tank.tapped_wh - before) / 1000.0
    # What is tapped while the tank is charged is not seen.
    assert 0.3 * tapped < sum(one.heat for one in found) < 1.1 * tapped


@pytest.mark.parametrize("name", ["ground", "air"])
@pytest.mark.parametrize("minutes", [1, 5])
@pytest.mark.parametrize("with_priority", [True, False])
def test_charges_of_a_winter_month(name, minutes, with_priority, winter_month, sparse_winter_month):
    record = (winter_month if minutes == 1 else sparse_winter_month)[name]
    recording = record.recording if with_priority else without(record.recording, "priority")
    found = charges(recording)
    starts = np.array([one.start for one in found])
    ends = np.array([one.end for one in found])
    real = true_events(record, record.truth["charge"] > 0)
    assert len(real[0]) > 80
    assert matches(starts, ends, real) >= 0.95
    assert matches(*real, (starts, ends)) >= 0.95
    heat = sum(told(one.heat) for one in found)
    assert heat == pytest.approx(
        record.true("hot_water", recording.start, recording.end), rel=0.1 if with_priority else 0.25
    )


def test_the_figures_of_a_month_agree_with_its_charges(winter_month):
    recording = winter_month["air"].recording
    figures, found = hot_water_figures(recording), charges(recording)
    assert told(figures.charges).value == len(found)
    assert told(figures.hours).value == pytest.approx(sum(one.seconds for one in found) / 3600)
    assert 10 < told(figures.reheat_minutes).value < 60
    assert 1.0 < told(figures.heat_per_charge).value < 4.0
    assert told(figures.boosts).value == 2.0  # every fortnight
    silent = hot_water_figures(with_gaps(recording, recording.heard[:100]))
    assert silent.charges is silent.tappings is silent.boosts is None
