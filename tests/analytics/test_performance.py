"""Energies and coefficients of performance against the truth of the simulated house."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date

import numpy as np
import pytest
from tests.analytics.energy_rows import rows_energy
from tests.analytics.house_recordings import DeviceRecord, record_house, with_gaps

from pumphouse.analytics.cop import Coefficients, performance, season
from pumphouse.analytics.electricity import Electricity, electricity
from pumphouse.analytics.figure import Boundary, Figure, Provenance
from pumphouse.analytics.heat import Heat, heat
from pumphouse.analytics.series import Recording, Series

House = Mapping[str, DeviceRecord]


def without(recording: Recording, *beginnings: str) -> Recording:
    """The same pump if it did not tell the metrics whose names begin like this."""
    kept = {name: one for name, one in recording.series.items() if not name.startswith(beginnings)}
    return replace(recording, series=kept)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_period_is_within_the_limits_and_its_days_within_their_bars(seed):
    days = 31 if seed == 1 else 10
    for step in (60, 300):
        for name, device in record_house(seed, days=days, step=step).items():
            for row in rows_energy(device):
                assert row.whole is not None
                assert abs(row.whole) <= row.limit, f"{name} {row.name}"
                assert row.hits >= 0.9 * len(row.days), f"{name} {row.name}"
                assert len(row.days) == len(device.days), f"{name} {row.name}"


@pytest.mark.parametrize("name", ["ground", "air"])
def test_error_bars_are_no_excuse(name, winter_month: House):
    """What is stated is a few per cent, not something that any number would satisfy."""
    for row in rows_energy(winter_month[name]):
        assert 0.01 <= float(np.median(row.bars)) <= 0.06, row.name


def chance_gone(heard, share, chance):
    return chance.random(len(heard)) < share


def hours_gone(heard, share, chance):
    hours = ((heard - heard[0]) // 3600).astype(int)
    return (chance.random(hours[-1] + 1) < share)[hours]


def days_gone(heard, share, chance):
    days = ((heard - heard[0]) // 86_400).astype(int)
    return (chance.random(days[-1] + 1) < share)[days]


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
@pytest.mark.parametrize("gone", [chance_gone, hours_gone, days_gone])
@pytest.mark.parametrize("name", ["ground", "air"])
def test_with_data_removed_results_stay_inside_their_bars_or_are_withheld(
    name, gone, share, sparse_winter_month: House
):
    device = sparse_winter_month[name]
    heard = device.recording.heard
    kept = heard[~gone(heard, share, np.random.default_rng(3))]
    recording = with_gaps(device.recording, kept)
    days = [recording.within(*day) for day in device.days]
    for day in days:
        longest = np.diff(np.concatenate(([day.start], day.heard, [day.end])))
        if np.all(longest <= 900.0):
            assert day.coverage > 0.99
        if day.coverage < 0.5:
            found = performance(day)
            assert found.coefficients == Coefficients()
            assert found.electricity == Electricity()
            assert found.heat == Heat()
    for row in rows_energy(device, days):
        if len(row.days) >= 10:
            assert row.hits >= 0.88 * len(row.days), row.name
        assert len(row.days) <= sum(day.coverage >= 0.5 for day in days)


def test_coverage_is_the_share_of_the_day_that_was_heard(sparse_winter_month: House):
    device = sparse_winter_month["ground"]
    start, end = device.days[3]
    heard = device.recording.heard
    kept = heard[(heard < start + 6 * 3600) | (heard > start + 12 * 3600)]
    day = with_gaps(device.recording, kept).within(start, end)
    assert day.coverage == pytest.approx(0.75, abs=0.01)


SOURCES = [
    ("ground", (), Provenance.DERIVED, Provenance.DEVICE_METER),
    ("ground", ("phase_",), Provenance.DERIVED, Provenance.DEVICE_METER),
    ("ground", ("electricity_",), Provenance.ESTIMATED, Provenance.DEVICE_METER),
    ("ground", ("heat_produced",), Provenance.DERIVED, Provenance.DERIVED),
    ("air", (), Provenance.DEVICE_METER, Provenance.DEVICE_METER),
    ("air", ("electricity_used", "heat_produced"), Provenance.DERIVED, Provenance.DERIVED),
    ("air", ("electric", "heat_produced"), Provenance.ESTIMATED, Provenance.DERIVED),
]


@pytest.mark.parametrize(("name", "gone", "used", "given"), SOURCES)
def test_every_source_is_near_the_truth_and_says_what_it_is(
    name, gone, used, given, winter_month: House
):
    device = winter_month[name]
    days = [without(day, *gone) for day in list(device.daily())[:10]]
    rows = {row.name: row for row in rows_energy(device, days)}
    for row, source in ((rows["electricity"], used), (rows["heat"], given)):
        assert row.source == source
        assert len(row.days) == 10
        assert row.hits >= 9
        assert row.whole is not None
        assert abs(row.whole) < 0.05


@pytest.mark.parametrize("name", ["ground", "air"])
def test_the_whole_pump_is_inside_the_boundary(name, winter_month: House):
    day = next(iter(winter_month[name].daily()))
    found = performance(day).coefficients
    for figure in (found.combined, found.running, found.heating, found.hot_water):
        assert figure is not None
        assert figure.boundary is Boundary.H4
    assert found.cooling is None


def test_without_word_of_additional_heat_the_boundary_is_h2(winter_month: House):
    day = without(next(iter(winter_month["ground"].daily())), "additional_", "phase_")
    kept = {name: one for name, one in day.series.items() if not name.endswith("_compressor")}
    kept["electricity_used_compressor"] = day["electricity_used_compressor"]
    figure = electricity(replace(day, series=kept))
    assert figure is not None
    assert figure.boundary is Boundary.H2


def test_currents_of_the_whole_house_are_not_taken_for_the_pump(winter_month: House):
    """A household that cooks and washes on the same phases does not change the pump's figure."""
    day = next(iter(winter_month["ground"].daily()))
    current = day["phase_1_current"]
    household = current.values + 3.0 + 5.0 * np.abs(np.sin(current.times / 5000.0))
    noisy = replace(day, series={**day.series, "phase_1_current": Series(current.times, household)})
    alone, with_household = electricity(day), electricity(noisy)
    assert alone is not None
    assert with_household is not None
    assert with_household.value == pytest.approx(alone.value, rel=0.05)


def test_an_external_meter_is_told_as_measured(winter_month: House):
    day = next(iter(winter_month["air"].daily()))
    said = replace(day, settings={"electricity_meter_is_external": 1, "heat_meter_is_external": 1})
    used, given = electricity(said), heat(said).total
    assert used is not None
    assert given is not None
    assert (used.provenance, given.provenance) == (Provenance.MEASURED, Provenance.MEASURED)


def test_a_single_run_has_a_coefficient(winter_month: House):
    """A COP of any period: here the one-hour pieces of a day."""
    start, _ = winter_month["ground"].days[0]
    hours = [
        performance(
            winter_month["ground"].recording.within(start + n * 3600, start + n * 3600 + 3600)
        )
        for n in range(24)
    ]
    told = [hour.coefficients.combined for hour in hours if hour.coefficients.combined]
    assert len(told) == 24
    assert all(0.0 <= one.value < 8.0 for one in told)


def test_means_are_weighted_by_heat(winter_month: House):
    for name in ("ground", "air"):
        day = next(iter(winter_month[name].daily()))
        means = performance(day).means
        assert means is not None
        assert means.outdoor is not None
        assert means.lift == pytest.approx(means.flow - means.outdoor)
        assert 25.0 < means.flow < 55.0
        assert means.carnot is not None
        assert 0.3 < means.carnot < 0.7
        assert (means.carnot_of_brine is None) == (name == "air")


def test_nothing_is_known_of_nothing():
    empty = Recording.of(0.0, 86_400.0, {})
    found = performance(empty)
    assert found.coverage == 0.0
    assert found.coefficients == Coefficients()
    assert found.means is None


@pytest.mark.parametrize("length", [0.0, -60.0])
def test_a_period_without_length_has_no_figures(length, winter_month: House):
    device = winter_month["ground"]
    start = device.days[2][0]
    found = performance(replace(device.recording.within(start, start + 60.0), end=start + length))
    assert found.coefficients == Coefficients()


def test_one_sample_says_nothing():
    recording = Recording.of(0.0, 86_400.0, {"electricity_used": Series.of([3600.0], [5.0])})
    assert performance(recording).electricity == Electricity()


def finite(thing) -> bool:
    """Whether no number anywhere inside is NaN or infinite, and every one is a plain float."""
    if is_dataclass(thing):
        return all(finite(getattr(thing, field.name)) for field in fields(thing))
    return not isinstance(thing, float) or (type(thing) is float and math.isfinite(thing))


@pytest.mark.parametrize("name", ["ground", "air"])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_no_result_is_nan_whatever_metrics_are_missing(name, share, sparse_winter_month: House):
    chance = np.random.default_rng(5)
    days = list(sparse_winter_month[name].daily())
    for _ in range(40):
        day = days[chance.integers(len(days))]
        kept = {metric: one for metric, one in day.series.items() if chance.random() >= share}
        assert finite(performance(replace(day, series=kept)))


def test_a_summer_time_day_is_only_shorter_or_longer():
    """The 23 hours of a day in March are covered like any other day's."""
    house = record_house(4, days=2, step=300, start=date(2026, 3, 29))
    first, second = house["air"].days
    assert (first[1] - first[0], second[1] - second[0]) == (23 * 3600, 24 * 3600)
    for device in house.values():
        for row in rows_energy(device):
            assert len(row.days) == 2
            assert row.hits == 2
        assert all(day.coverage == pytest.approx(1.0) for day in device.daily())


def figure(value: float) -> Figure:
    return Figure(value, 0.1 * value, Provenance.DEVICE_METER, Boundary.H4)


def test_a_season_sums_the_days_on_which_both_are_known():
    days = [(figure(60.0), figure(20.0)), (figure(40.0), None), (figure(40.0), figure(5.0))]
    found = season(days)
    assert found.factor is not None
    assert found.factor.value == pytest.approx(100.0 / 25.0)
    assert found.coverage == pytest.approx(2 / 3)
    assert found.heat is not None
    assert found.heat.error == pytest.approx(10.0)


def test_a_season_known_by_less_than_half_has_no_factor():
    found = season([(figure(60.0), figure(20.0)), (None, None), (None, figure(5.0))])
    assert found.factor is None
    assert found.coverage == pytest.approx(1 / 3)
    assert season([]).factor is None
