"""What every batch passes before it is stored."""

from dataclasses import replace

import pytest

from pumphouse.config.sensors import CheckSettings
from pumphouse.core.model import Batch, Interval, Point, PointKey, Reading
from pumphouse.core.ports import Binding, SensorName
from pumphouse.core.units import parse_unit
from pumphouse.runtime.sensors.intake import Intake, as_it_is

from .radio import NEW, OLD, at, says

DAY = Interval(at(-60), at(1440))


def cold(batch):
    """What was not believed, in the order of time."""
    return [suspect.value for suspect in batch.suspects]


async def test_what_is_doubtful_goes_aside(store):
    intake = Intake(store, {})
    await store.append(await intake(says(OLD, 0)))
    checked = await intake(says(OLD, 1, celsius=-80.0))
    assert cold(checked) == [-80.0]
    await store.append(checked)
    assert [one.value for one in await store.suspects(DAY)] == [-80.0]


async def test_a_program_that_reads_once_compares_with_what_the_store_knows(store):
    await store.append(await Intake(store, {})(says(OLD, 0)))
    assert cold(await Intake(store, {})(says(OLD, 1, celsius=60.0))) == [60.0]
    assert cold(await Intake(store, {})(says(OLD, 1, celsius=22.0))) == []


async def test_hardware_with_a_new_battery_is_compared_with_its_line(store):
    await store.append(says(OLD, 0))
    await store.append(says(NEW, 10))
    await store.sensors.bind(Binding("radio", NEW, OLD, at(10)))
    assert cold(await Intake(store, {})(says(NEW, 11, celsius=60.0))) == [60.0]


async def test_the_owner_decides_what_is_checked(store):
    sections = {"sensor_temperature": CheckSettings(maximum=30)}
    assert cold(await Intake(store, sections)(says(OLD, 0, celsius=31.0))) == [31.0]
    off = {"sensor_temperature": CheckSettings(enabled=False)}
    assert cold(await Intake(store, off)(says(OLD, 0, celsius=999.0))) == []


async def test_the_owner_s_word_on_a_metric_takes_no_check_away(store):
    await store.append(says(OLD, 0))
    metrics = {"temperature_C": "room_temperature"}
    await store.sensors.save_name(SensorName("radio", OLD, None, metrics))
    assert cold(await Intake(store, {})(says(OLD, 1, celsius=999.0))) == [999.0]


async def test_a_low_battery_is_told_once_by_the_owner_s_name(store):
    await store.append(says(OLD, 0))
    await store.sensors.save_name(SensorName("radio", OLD, "Cellar"))
    intake = Intake(store, {})
    (event,) = (await intake(says(OLD, 1, 2, 3, battery=0.0))).events
    assert event.title == "The battery of Cellar is nearly empty"
    assert (await intake(says(OLD, 4, battery=0.0))).events == ()


async def test_a_low_battery_is_not_told_again_after_a_restart(store):
    await store.append(await Intake(store, {})(says(OLD, 1, 2, battery=0.0)))
    intake = Intake(store, {})
    assert (await intake(says(OLD, 3, 4, battery=0.0))).events == ()
    (over,) = (await intake(says(OLD, 10, 80))).events
    assert over.ended == at(10)
    assert len(await store.events(DAY)) == 1


async def test_a_battery_of_bound_hardware_has_the_name_of_the_line(store):
    await store.append(says(OLD, 0))
    await store.sensors.save_name(SensorName("radio", OLD, "Cellar"))
    await store.append(says(NEW, 10))
    await store.sensors.bind(Binding("radio", NEW, OLD, at(10)))
    batch = await Intake(store, {})(says(NEW, 11, 12, battery=0.0))
    assert "Cellar" in batch.events[0].title
    await store.append(batch)
    assert [event.device for event in await store.events(DAY)] == [OLD]


async def test_nothing_is_lost_while_the_store_does_not_answer(opened):
    intake = Intake(opened(), {})  # never entered
    assert await intake(says(OLD, 0)) == says(OLD, 0)
    assert cold(await intake(says(OLD, 1, celsius=-99.0))) == [-99.0]
    (event,) = (await intake(says(OLD, 2, 3, battery=0.0))).events
    assert OLD in event.title


async def test_a_pump_passes_unchanged(store):
    point = Point(PointKey("house", "pump", "1"), "BT1", "outdoor_temperature", parse_unit("°C"))
    batch = Batch("house", points=(point,), readings=(Reading(point.key, at(0), 900.0),))
    assert await Intake(store, {})(batch) is batch
    assert await as_it_is(batch) is batch


@pytest.mark.parametrize("described", [True, False])
async def test_readings_of_points_of_earlier_batches_are_checked_too(store, described):
    intake = Intake(store, {})
    await intake(says(OLD, 0))
    batch = says(OLD, 1, celsius=-99.0)
    assert cold(await intake(batch if described else replace(batch, points=()))) == [-99.0]
