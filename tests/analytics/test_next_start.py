"""The next start, foreseen from degree minutes."""

import itertools

import numpy as np
import pytest
from tests.analytics.made import NOON, made, pattern, without

from pumphouse.analytics.cycles import runs
from pumphouse.analytics.modes import Mode
from pumphouse.analytics.next_start import next_start


def cooling(kelvin_per_minute=0.0, *, below=3.0, value=-30.0, minutes=30, **columns):
    """A pump that stands, its supply so much below the calculated temperature in the end."""
    supply = 30.0 - below + kelvin_per_minute * np.arange(minutes - 1, -1, -1)
    given = {
        "compressor_status": [20.0] * minutes,
        "supply_temperature": supply.tolist(),
        "calculated_supply_temperature": [30.0] * minutes,
        "degree_minutes": [value] * minutes,
        "room_temperature": [21.0] * minutes,
    }
    return made(given | columns)


def test_a_steady_lack_of_heat_reaches_the_start_in_so_many_minutes():
    recording = cooling(below=3.0, value=-30.0)
    found = next_start(recording)
    assert found is not None
    assert found.instant - recording.end == 600.0
    assert found.error >= 120.0


def test_a_supply_that_cools_reaches_it_sooner_but_never_falls_below_the_room():
    steady, falling = next_start(cooling()), next_start(cooling(0.1))
    assert steady is not None
    assert falling is not None
    assert NOON < falling.instant < steady.instant
    at_room = next_start(cooling(below=9.0, value=-30.0))
    assert at_room is not None


def test_a_start_that_is_due_is_now():
    recording = cooling(value=-70.0)
    found = next_start(recording)
    assert found is not None
    assert found.instant == recording.end


@pytest.mark.parametrize(
    "recording",
    [
        cooling(compressor_status=pattern((20, 29), (60, 1))),
        cooling(below=-2.0),
        cooling(below=-2.0, room_temperature=[33.0] * 30),
        without(cooling(), "degree_minutes"),
        without(cooling(), "supply_temperature"),
        without(cooling(), "calculated_supply_temperature"),
        without(cooling(), "compressor_status"),
        made(),
    ],
)
def test_when_nothing_is_foreseen(recording):
    assert next_start(recording) is None


def test_a_supply_still_too_warm_is_foreseen_to_cool():
    assert next_start(cooling(0.2, below=-2.0)) is not None


def test_a_device_not_heard_lately_foresees_nothing():
    recording = cooling()
    later = type(recording)(
        recording.start, recording.end + 1000, recording.series, recording.heard
    )
    assert next_start(later) is None


@pytest.mark.parametrize("name", ["ground", "air"])
def test_starts_of_a_month_are_foreseen_half_an_hour_ahead(name, winter_month):
    recording = winter_month[name].recording
    found = runs(recording)
    misses, covered = [], []
    for earlier, later in itertools.pairwise(found):
        now = later.start - 1800
        if later.phases[0].mode is not Mode.HEATING or earlier.end > now:
            continue
        foreseen = next_start(recording.within(now - 7200, now))
        assert foreseen is not None
        misses.append(abs(foreseen.instant - later.start))
        covered.append(misses[-1] <= foreseen.error)
    assert len(misses) > 10
    assert np.median(misses) < 300
    assert np.mean(covered) >= 0.9
