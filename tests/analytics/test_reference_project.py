"""The rules of the reference project, written a second time in plain Python, agree with ours.

Nothing here uses the analytics but their results: every rule is spelled out sample by sample.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from tests.analytics.house_recordings import DeviceRecord

from pumphouse.analytics.cop import performance
from pumphouse.analytics.heat import compressor_heat_power
from pumphouse.analytics.sampled import cop_of_samples

P0 = 150.0
FILL_BELOW = 900.0


def fill(samples: Sequence[float | None], step: float) -> list[float | None]:
    result = list(samples)
    index = 0
    while index < len(result):
        if result[index] is not None:
            index += 1
            continue
        end = index
        while end < len(result) and samples[end] is None:
            end += 1
        if index > 0 and (end - index) * step < FILL_BELOW:
            for place in range(index, end):
                result[place] = result[index - 1]
        index = end
    return result


def reference(
    power: Sequence[float | None],
    heat: Sequence[float | None],
    hot_water: Sequence[float],
    cooling: Sequence[float],
    step: float,
) -> dict[str, float | None]:
    sums = {name: [0.0, 0.0] for name in ("combined", "running", "heating", "hot_water", "cooling")}
    electric, thermal = fill(power, step), fill(heat, step)
    starts = 0
    before: float | None = None
    for e, q, water, cold in zip(electric, thermal, hot_water, cooling, strict=True):
        if e is not None and before is not None and before < P0 <= e:
            starts += 1
        before = e
        if e is None or q is None or e < 0:
            continue
        classes = ["combined"]
        if e >= P0:
            classes += ["running", "cooling" if cold else "hot_water" if water else "heating"]
        for name in classes:
            sums[name][0] += (-q if name == "cooling" else q) * step
            sums[name][1] += e * step
    result: dict[str, float | None] = {
        name: (q / e if e > 0 else None) for name, (q, e) in sums.items()
    }
    nulls = max(sum(1 for one in column if one is None) for column in (electric, thermal))
    result["quality"] = 1.0 - nulls / len(electric)
    result["starts"] = starts
    return result


def samples_of(device: DeviceRecord, name: str, step: int) -> tuple[np.ndarray, ...]:
    """Power, heat and hot-water flag of the truth at even steps."""
    every = step // 60
    heat = device.truth["heat_power"][::every]
    flag = (device.truth["charge"][::every] != 0).astype(float)
    return device.truth["power"][::every], heat, flag


@pytest.mark.parametrize("name", ["ground", "air"])
@pytest.mark.parametrize("step", [60, 300])
@pytest.mark.parametrize("removed", [0.0, 0.1, 0.3, 0.6])
def test_classes_agree_on_the_same_samples(
    name, step, removed, winter_month: Mapping[str, DeviceRecord]
):
    power, heat, flag = (one.copy() for one in samples_of(winter_month[name], name, step))
    chance = np.random.default_rng(7)
    power[chance.random(len(power)) < removed] = np.nan
    heat[chance.random(len(heat)) < removed] = np.nan
    cold = np.zeros(len(power))
    cold[: len(cold) // 20] = 1.0
    ours = cop_of_samples(power, heat, step, hot_water=flag, cooling=cold)
    plain = [
        [None if math.isnan(one) else float(one) for one in column] for column in (power, heat)
    ]
    theirs = reference(plain[0], plain[1], flag.tolist(), cold.tolist(), step)
    for key in ("combined", "running", "heating", "hot_water", "cooling", "quality"):
        assert getattr(ours, key) == pytest.approx(theirs[key], rel=0.005), key
    assert ours.starts == theirs["starts"]


def test_counters_agree_with_the_samples_of_the_same_month(
    winter_month: Mapping[str, DeviceRecord],
):
    """Two ways to the same number: counters of a day against its one-minute samples."""
    for day in winter_month["air"].daily():
        found = performance(day).coefficients.combined
        minutes = np.arange(day.start, day.end, 60.0)
        power = day["electric_power"].held(minutes)[0].tolist()
        heat = compressor_heat_power(day).held(minutes)[0]
        heat = heat + day["additional_heat_power"].held(minutes)[0]
        nothing = [0.0] * len(minutes)
        theirs = reference(power, heat.tolist(), nothing, nothing, 60.0)["combined"]
        assert found is not None
        assert theirs is not None
        assert found.value == pytest.approx(theirs, abs=max(found.error, 0.005 * theirs))


def test_a_class_without_electricity_has_no_number():
    result = cop_of_samples([0.0] * 10, [0.0] * 10, 60.0)
    assert (result.combined, result.running, result.hot_water) == (None, None, None)


def test_a_long_gap_stays_open_and_a_short_one_is_filled():
    power = [1000.0, *[math.nan] * 14, 1000.0, *[math.nan] * 15, 1000.0]
    assert cop_of_samples(power, [3000.0] * len(power), 60.0).quality == pytest.approx(17 / 32)


def test_the_heat_meter_is_caught_standing_still():
    power, heat = [1500.0] * 10, [0.0] * 10
    flow, back = [40.0] * 10, [35.0] * 10
    assert cop_of_samples(power, heat, 60.0, flow=flow, back=back).meter_error_seconds == 600.0
    assert (
        cop_of_samples(power[:1], heat[:1], 60.0, flow=[40.0], back=[35.0]).meter_error_seconds == 0
    )
