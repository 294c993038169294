"""What the owner does with sensors: names, meanings, bindings."""

import pytest

from pumphouse.core.errors import UsageError
from pumphouse.core.model import Interval
from pumphouse.runtime.sensors.intake import Intake
from pumphouse.runtime.sensors.keeping import bind, find_device, name_sensor, set_metric, unbind

from .radio import NEW, OLD, THIRD, at, says

DAY = Interval(at(-60), at(1440))


async def device(store, name):
    return find_device(await store.devices(), name)


async def test_a_name_is_kept_without_spare_blanks_and_given_back(store):
    await store.append(says(OLD, 0))
    await name_sensor(store, await device(store, OLD), "  Living   room ")
    found = await device(store, "Living room")
    assert found.id == OLD
    await name_sensor(store, found, "")
    assert (await device(store, OLD)).name.startswith("Oregon")


async def test_two_sensors_never_have_one_name(store):
    await store.append(says(OLD, 0))
    await store.append(says(NEW, 0))
    await name_sensor(store, await device(store, OLD), "Cellar")
    await name_sensor(store, await device(store, OLD), "Cellar")
    with pytest.raises(UsageError, match='called "cellar" already'):
        await name_sensor(store, await device(store, NEW), "cellar")


async def test_a_name_that_is_no_name_is_refused(store):
    await store.append(says(OLD, 0))
    with pytest.raises(UsageError, match="80 characters"):
        await name_sensor(store, await device(store, OLD), "x" * 81)


async def test_a_metric_goes_to_the_one_point_that_measures_it(store):
    await store.append(says(OLD, 0))
    point = await set_metric(store, await device(store, OLD), "room_temperature")
    assert point.key.point == "temperature_C"
    (found,) = await store.find_points("room_temperature")
    assert found.key == point.key
    await set_metric(store, await device(store, OLD), "outdoor_temperature", "temperature_C")
    assert list(await store.find_points("room_temperature")) == []


@pytest.mark.parametrize(
    ("metric", "point", "problem"),
    [
        ("room_temprature", None, "did you mean room_temperature"),
        ("room_humidity", None, "no point that can be room_humidity"),
        ("room_temperature", "battery_ok", "no point that can be"),
        ("sensor_temperature", "battery_ok", "is sensor_temperature already"),
    ],
)
async def test_a_metric_that_does_not_fit_is_refused(store, metric, point, problem):
    await store.append(says(OLD, 0))
    with pytest.raises(UsageError, match=problem):
        await set_metric(store, await device(store, OLD), metric, point)


async def test_a_binding_begins_with_the_first_word_of_the_new_hardware(store):
    await store.append(says(OLD, 0, 5))
    await store.append(says(NEW, 10, 15))
    assert await bind(store, await device(store, NEW), await device(store, OLD)) == 4
    (binding,) = await store.sensors.bindings()
    assert (binding.hardware, binding.device, binding.since) == (NEW, OLD, at(10))
    assert [one.id for one in await store.devices()] == [OLD]
    assert await unbind(store, NEW) == 4
    assert {one.id for one in await store.devices()} == {OLD, NEW}


async def test_two_that_were_heard_at_once_are_two(store):
    await store.append(says(OLD, 0, 20))
    await store.append(says(NEW, 10))
    with pytest.raises(UsageError, match="two sensors, not one"):
        await bind(store, await device(store, NEW), await device(store, OLD))
    assert list(await store.sensors.bindings()) == []


async def test_a_sensor_cannot_go_on_as_itself_or_before_it_spoke(store):
    await store.append(says(OLD, 0))
    await store.append(says(NEW))
    old = await device(store, OLD)
    with pytest.raises(UsageError, match="two of one source"):
        await bind(store, old, old)
    with pytest.raises(UsageError, match="has not said anything"):
        await bind(store, await device(store, NEW), old)


async def test_a_new_battery_ends_the_news_of_the_old_one(store):
    await store.append(await Intake(store, {})(says(OLD, 0, 1, battery=0.0)))
    await store.append(says(NEW, 10))
    await bind(store, await device(store, NEW), await device(store, OLD))
    (event,) = await store.events(DAY)
    assert event.ended == at(10)


async def test_batteries_follow_one_another_on_one_line(store):
    for minute, hardware in ((0, OLD), (10, NEW), (20, THIRD)):
        await store.append(says(hardware, minute))
        if hardware != OLD:
            await bind(store, await device(store, hardware), await device(store, OLD))
    (point,) = await store.find_points("sensor_temperature")
    assert [one.time for one in await store.readings(point.key, DAY)] == [at(0), at(10), at(20)]


async def test_what_is_not_bound_cannot_be_unbound(store):
    with pytest.raises(UsageError, match="not bound; bound: nothing is"):
        await unbind(store, NEW)


async def test_a_name_that_nobody_has_gets_a_hint(store):
    await store.append(says(OLD, 0))
    with pytest.raises(UsageError, match="did you mean Oregon"):
        find_device(await store.devices(), OLD[:-1])


async def test_a_name_that_two_have_is_answered_by_their_ids(store):
    await store.append(says(OLD, 0))
    await store.append(says(NEW, 0))
    with pytest.raises(UsageError, match=f"more than once: {OLD} .source radio., {NEW}"):
        find_device(await store.devices(), "Oregon-THGR122N, channel 1")
