"""The recordings that the other tests of this folder lean on."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pytest
from tests.analytics.house_recordings import DeviceRecord, days_between, with_gaps


@pytest.mark.parametrize("name", ["ground", "air"])
def test_a_device_is_heard_in_every_sample(
    name, winter_month: Mapping[str, DeviceRecord], sparse_winter_month: Mapping[str, DeviceRecord]
):
    assert len(winter_month[name].recording.heard) == 31 * 1440 + 1
    assert len(sparse_winter_month[name].recording.heard) == 31 * 288 + 1
    assert winter_month[name].recording.coverage == pytest.approx(1.0)


def test_the_ground_pump_tells_all_and_the_air_pump_only_changes(
    winter_month: Mapping[str, DeviceRecord],
):
    ground, air = winter_month["ground"].recording, winter_month["air"].recording
    assert len(ground["outdoor_temperature"]) == len(ground.heard)
    assert np.all(np.diff(air["outdoor_temperature"].values) != 0)


def test_truth_agrees_with_the_house_meters(winter_month: Mapping[str, DeviceRecord]):
    air = winter_month["air"]
    counter = air.recording["electricity_used"].values
    start, end = air.recording.start, air.recording.end
    assert counter[-1] - counter[0] == pytest.approx(air.true("electricity", start, end), abs=1.0)


def test_a_gap_moves_changes_to_the_next_instant_heard(winter_month: Mapping[str, DeviceRecord]):
    air = winter_month["air"].recording
    kept = air.heard[::10]
    thinned = with_gaps(air, kept)
    held, known = thinned["supply_temperature"].held(kept)
    truth, _ = air["supply_temperature"].held(kept)
    assert known.all()
    assert np.array_equal(held, truth)


def test_the_day_the_clocks_go_forward_has_23_hours():
    (start, end), _ = days_between(date(2026, 3, 29), 2, "Europe/Stockholm")
    assert end - start == 23 * 3600
