"""The owner's sensors as they are now."""

from dataclasses import replace

import pytest

from pumphouse.core.errors import UsageError
from pumphouse.core.model import Batch, Device, Point, PointKey, Reading, Suspect
from pumphouse.core.ports import SensorName
from pumphouse.core.units import parse_unit
from pumphouse.runtime.sensors.keeping import bind
from pumphouse.runtime.sensors.registry import sensors_now

from .radio import MODEL, NEW, OLD, at, says

PUMP = Point(PointKey("house", "pump", "1"), "BT1", "outdoor_temperature", parse_unit("°C"))


async def test_a_sensor_is_what_has_a_metric_of_sensors_or_a_name(store):
    await store.append(
        Batch(
            "house", (Device("house", "pump", "Pump"),), (PUMP,), (Reading(PUMP.key, at(0), 1.0),)
        )
    )
    await store.append(says(OLD, 0))
    assert [one.device.id for one in (await sensors_now(store, at(1))).sensors] == [OLD]
    await store.sensors.save_name(SensorName("house", "pump", "Big one"))
    found = await sensors_now(store, at(1))
    assert [(one.device.name, one.named) for one in found.sensors] == [
        ("Big one", True),
        (f"{MODEL}, channel 1", False),
    ]


async def test_it_tells_values_battery_and_when_it_was_heard(store):
    await store.append(says(OLD, 0, 7, celsius=19.25))
    (sensor,) = (await sensors_now(store, at(9))).sensors
    assert [(point.metric, one.value) for point, one in sensor.values] == [
        ("sensor_temperature", 19.25)
    ]
    assert (sensor.battery_low, sensor.battery, sensor.signal) == (False, None, None)
    assert sensor.last_heard == at(7)


async def test_how_it_was_received_is_none_of_its_values(store):
    received = [
        Point(PointKey("radio", OLD, name), name, metric, parse_unit(unit).canonical)
        for name, metric, unit in (
            ("rssi", "sensor_signal_strength", "dB"),
            ("noise", None, "dB"),
            ("snr", None, "dB"),
        )
    ]
    readings = tuple(Reading(point.key, at(1), -12.0) for point in received)
    heard = says(OLD, 0)
    await store.append(replace(heard, points=(*heard.points, *received)))
    await store.append(Batch("radio", readings=readings))
    (sensor,) = (await sensors_now(store, at(9))).sensors
    assert [point.metric for point, _ in sensor.values] == ["sensor_temperature"]
    assert sensor.signal == -12.0


async def test_it_counts_the_doubts_of_a_day(store):
    batch = says(OLD, 0)
    key = batch.points[0].key
    suspects = tuple(Suspect(key, at(minute), -99.0, "outside") for minute in (-1000, 5, 6))
    await store.append(replace(batch, suspects=suspects))
    (sensor,) = (await sensors_now(store, at(600))).sensors
    assert [one.time for one in sensor.suspects] == [at(5), at(6)]


async def test_a_new_battery_is_suggested_until_it_is_bound(store):
    await store.append(says(OLD, 0, 5))
    await store.append(says(NEW, 10, celsius=22.5))
    found = await sensors_now(store, at(20))
    assert [(one.hardware, one.device) for one in found.suggestions] == [(NEW, OLD)]
    devices = {one.id: one for one in await store.devices()}
    await bind(store, devices[NEW], devices[OLD])
    found = await sensors_now(store, at(20))
    assert list(found.suggestions) == []
    (sensor,) = found.sensors
    assert [one.hardware for one in sensor.bindings] == [NEW]


async def test_the_owner_s_metric_does_not_hide_a_new_battery(store):
    await store.append(says(OLD, 0))
    metrics = {"temperature_C": "room_temperature"}
    await store.sensors.save_name(SensorName("radio", OLD, "Living room", metrics))
    await store.append(says(NEW, 10))
    assert len((await sensors_now(store, at(20))).suggestions) == 1


async def test_a_document_is_plain_json(store):
    await store.append(says(OLD, 0))
    await store.append(says(NEW, 10))
    document = (await sensors_now(store, at(20))).document()
    assert document["suggestions"] == [
        {
            "source": "radio",
            "hardware": NEW,
            "device": OLD,
            "since": "2026-01-15T06:10:00Z",
            "reason": f"the same model ({MODEL}) on the same channel, first heard 10 min after the"
            " old one fell silent, and its values go on: from 21.5 to 21.5 °C",
        }
    ]


async def test_who_was_heard_beside_the_old_one_is_no_successor_though_that_is_deleted(store):
    day = 24 * 60
    await store.append(says(OLD, *range(0, 40 * day, day)))
    await store.append(says(NEW, *range(0, 90 * day, day)))
    for point in await store.points(NEW):
        await store.delete_older(point.key, at(60 * day))
    assert (await sensors_now(store, at(90 * day))).suggestions == []
    old, new = [one for name in (OLD, NEW) for one in await store.devices() if one.id == name]
    with pytest.raises(UsageError, match="two sensors"):
        await bind(store, new, old)


@pytest.mark.parametrize("ended", [5, 65, 17 * 60 + 55, 23 * 60 + 59])
async def test_who_was_heard_later_on_the_same_day_may_be_the_successor(store, ended):
    await store.append(says(OLD, ended - 60, ended))
    await store.append(says(NEW, ended + 1, ended + 90))
    (found,) = (await sensors_now(store, at(ended + 91))).suggestions
    assert (found.hardware, found.device) == (NEW, OLD)
