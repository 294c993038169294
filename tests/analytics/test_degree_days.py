"""Degree days and energy per degree day."""

import numpy as np
import pytest

from pumphouse.analytics.degree_days import degree_days, energy_per_degree_day, outdoor_mean
from pumphouse.analytics.figure import Figure, Provenance, total
from pumphouse.analytics.series import Recording, Series

DAY = 86_400.0


def day_with(outdoor, until=DAY):
    times = np.arange(0.0, until + 1, 600.0)
    series = {"outdoor_temperature": Series.of(times, np.resize(outdoor, len(times)))}
    return Recording(0.0, DAY, series, times)


def kwh(value):
    return Figure(value, 0.03 * value, Provenance.DEVICE_METER)


@pytest.mark.parametrize(("outdoor", "expected"), [(7.0, 10.0), (17.0, 0.0), (25.0, 0.0)])
def test_a_day_counts_the_kelvins_below_the_base(outdoor, expected):
    found = degree_days(outdoor)
    assert found is not None
    assert found.value == expected


def test_the_base_can_be_chosen():
    found = degree_days(10.0, 15.5)
    assert found is not None
    assert found.value == 5.5


def test_a_warm_day_is_certain_and_a_day_at_the_base_is_not():
    warm, near = degree_days(20.0), degree_days(17.2)
    assert warm is not None
    assert near is not None
    assert warm.error == 0.0 < near.error


def test_the_mean_of_a_day_is_weighed_by_time():
    times = np.array([0.0, DAY / 4])
    heard = np.arange(0.0, DAY + 1, 600.0)
    series = {"outdoor_temperature": Series.of(times, [0.0, 8.0])}
    assert outdoor_mean(Recording(0.0, DAY, series, heard)) == pytest.approx(6.0, abs=0.05)


def test_a_day_that_is_mostly_unknown_has_no_mean_and_no_degree_days():
    mean = outdoor_mean(day_with([5.0], until=0.4 * DAY))
    assert mean is None
    assert degree_days(mean) is None


def test_a_month_with_an_unknown_day_has_no_degree_days():
    assert total([degree_days(5.0), degree_days(None)], independent=False) is None


def test_energy_per_degree_day_uses_the_days_for_which_both_are_known():
    energy = [kwh(50.0), None, kwh(30.0), kwh(1000.0)]
    days = [degree_days(7.0), degree_days(0.0), degree_days(11.0), None]
    found = energy_per_degree_day(energy, days)
    assert found is not None
    assert found.value == pytest.approx(80.0 / 16.0)
    assert found.error > 0.03 * found.value


def test_a_warm_week_says_nothing_about_the_house():
    assert energy_per_degree_day([kwh(3.0)] * 7, [degree_days(16.5)] * 7) is None
    assert energy_per_degree_day([], []) is None
