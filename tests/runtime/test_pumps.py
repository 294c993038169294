"""Pumps are told from sensors by what they tell."""

import pytest

from pumphouse.analytics.inputs import INPUTS, PUMP_METRICS
from pumphouse.core.model import Batch, Device, Point, PointKey
from pumphouse.runtime.pumps import pumps


def batch_of(device: str, *metrics: str) -> Batch:
    points = [Point(PointKey("house", device, one), one, one) for one in metrics]
    return Batch("house", devices=(Device("house", device, device),), points=tuple(points))


def test_nothing_but_temperatures_and_currents_is_told_by_others():
    assert {"compressor_status", "degree_minutes", "heat_produced"} <= PUMP_METRICS
    assert not {"outdoor_temperature", "room_temperature", "phase_1_current"} & PUMP_METRICS
    assert PUMP_METRICS < INPUTS


@pytest.mark.parametrize(
    ("asked", "expected"),
    [(None, ["new", "pump"]), ("wall", ["new", "pump", "wall"]), ("nobody", ["new", "pump"])],
)
async def test_a_sensor_is_no_pump_unless_it_is_asked_for(store, asked, expected):
    await store.append(batch_of("wall", "outdoor_temperature"))
    await store.append(batch_of("pump", "outdoor_temperature", "degree_minutes"))
    await store.append(batch_of("new"))
    assert sorted(one.id for one in await pumps(store, asked=asked)) == expected


async def test_where_nobody_is_one_anybody_may_become_one(store):
    await store.append(batch_of("wall", "outdoor_temperature"))
    assert [one.id for one in await pumps(store)] == ["wall"]
