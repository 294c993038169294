"""What a store must do for the owner's own sensors; part of `pumphouse.testing.stores`."""

from dataclasses import replace
from typing import Final

from pumphouse.core.model import Batch, Device, Event, EventKind, Interval, PointKey, Suspect
from pumphouse.core.ports import Binding, SensorName, Store
from pumphouse.testing.store_data import (
    AROUND,
    BOX,
    FIRMWARE,
    HOUR,
    MIDNIGHT,
    MINUTE,
    MODE,
    OUTDOOR,
    POINTS,
    PUMP,
    OpenStore,
    StoreCheck,
    batch_of,
    reading_of,
)

__all__ = ["SENSOR_CHECKS"]

#: new hardware beside the pump, with the same points
NEW: Final = replace(PUMP, id="new", name="F1255 too", serial="456")
NEW_OUTDOOR: Final = replace(OUTDOOR, key=OUTDOOR.key._replace(device="new"))
NEW_MODE: Final = replace(MODE, key=MODE.key._replace(device="new"))
BINDING: Final = Binding("house", "new", "pump", MIDNIGHT + HOUR)


def _new(*minutes: int) -> Batch:
    readings = tuple(reading_of(NEW_OUTDOOR, minute, float(minute)) for minute in minutes)
    return Batch("house", (NEW,), (NEW_OUTDOOR, NEW_MODE), readings)


async def _course(store: Store, key: PointKey) -> list[float | None]:
    return [reading.value for reading in await store.readings(key, AROUND)]


async def keeps_what_was_not_believed_out_of_the_series(open_store: OpenStore) -> None:
    """A suspect is in no series and no bucket, is told again without a trace, and stays."""
    doubt = Suspect(OUTDOOR.key, MIDNIGHT + MINUTE, 85.0, "power was lost")
    nobody_s = Suspect(PointKey("house", "pump", "1"), MIDNIGHT, -127.0, "nobody answered")
    batch = replace(batch_of(reading_of(OUTDOOR, 0, 1.0)), suspects=(doubt, nobody_s))
    async with open_store() as store:
        assert await store.append(batch) == 1
        assert await store.append(batch) == 0
        assert await _course(store, OUTDOOR.key) == [1.0]
        ((_, latest),) = await store.latest("pump")
        assert latest.value == 1.0
    async with open_store() as store:
        assert list(await store.suspects(AROUND)) == [nobody_s, doubt]
        assert list(await store.suspects(AROUND, OUTDOOR.key)) == [doubt]
        assert list(await store.suspects(Interval(MIDNIGHT, doubt.time))) == [nobody_s]


async def tells_the_oldest_readings(open_store: OpenStore) -> None:
    """The oldest reading of each point that has one, whatever the order of arrival."""
    async with open_store() as store:
        await store.append(batch_of(reading_of(OUTDOOR, 900, 2.0), reading_of(FIRMWARE, 5, "v1")))
        await store.append(batch_of(reading_of(OUTDOOR, 3, 1.0)))
        oldest = [(OUTDOOR, reading_of(OUTDOOR, 3, 1.0)), (FIRMWARE, reading_of(FIRMWARE, 5, "v1"))]
        assert list(await store.earliest()) == oldest
        assert list(await store.earliest("pump")) == oldest[:1]


async def shows_the_owners_names(open_store: OpenStore) -> None:
    """The owner's word counts until it is taken back, whatever the source says meanwhile."""
    name = SensorName("house", "pump", "Cellar", {"40004": "room_temperature"})
    async with open_store() as store:
        await store.append(batch_of(reading_of(OUTDOOR, 0, 1.0)))
        await store.sensors.save_name(name)
        await store.append(batch_of(reading_of(OUTDOOR, 1, 1.0)))
    async with open_store() as store:
        assert list(await store.sensors.names()) == [name]
        assert list(await store.devices()) == [replace(PUMP, name="Cellar"), BOX]
        meant = replace(OUTDOOR, metric="room_temperature")
        assert list(await store.find_points("room_temperature")) == [meant]
        assert list(await store.find_points("outdoor_temperature")) == []
        assert (await store.latest())[0][0] == meant
        only_meant = SensorName("house", "pump", None, name.metrics)
        await store.sensors.save_name(only_meant)
        assert list(await store.sensors.names()) == [only_meant]
        await store.sensors.save_name(SensorName("house", "pump"))
        assert list(await store.sensors.names()) == []
        assert list(await store.devices()) == [PUMP, BOX]
        assert list(await store.points()) == list(POINTS)


async def makes_one_line_of_bound_hardware(open_store: OpenStore) -> None:
    """What new hardware has said moves to the line, what it says goes there, its id is gone."""
    async with open_store() as store:
        await store.append(batch_of(reading_of(OUTDOOR, 0, 0.0), reading_of(OUTDOOR, 30, 30.0)))
        await store.append(_new(60, 90, 900))
        assert await store.sensors.bind(BINDING) == 3  # noqa: PLR2004
        await store.append(_new(120, 960))
    async with open_store() as store:
        await store.append(_new(150))
        assert await _course(store, OUTDOOR.key) == [0, 30, 60, 90, 120, 150, 900, 960]
        assert await _course(store, NEW_OUTDOOR.key) == []
        assert [device.id for device in await store.devices()] == ["pump", "box"]
        assert (await store.devices())[0].serial == NEW.serial, "it is the new hardware now"
        assert {point.key.device for point in await store.points()} == {"pump", "box"}
        hours = await store.buckets(OUTDOOR.key, AROUND, 3600)
        assert [(one.count, one.last) for one in hours[:3]] == [(2, 30.0), (2, 90.0), (2, 150.0)]
        assert list(await store.buckets(NEW_OUTDOOR.key, AROUND, 3600)) == []
        assert (await store.figures()).readings == 8  # noqa: PLR2004
        assert list(await store.check()) == []
        assert list(await store.sensors.bindings()) == [BINDING]


async def describes_a_line_no_worse_for_a_binding(open_store: OpenStore) -> None:
    """A source that described its points before the binding does not do so again."""
    reading = reading_of(NEW_OUTDOOR, 90, 90.0)
    doubt = Suspect(NEW_MODE.key, MIDNIGHT + 2 * HOUR, 9.0, "outside")
    async with open_store() as store:
        await store.append(batch_of(reading_of(OUTDOOR, 0, 0.0)))
        await store.append(_new(60))
        await store.sensors.bind(BINDING)
        await store.append(Batch("house", readings=(reading,), suspects=(doubt,)))
        assert list(await store.points()) == list(POINTS)
        assert await _course(store, OUTDOOR.key) == [0, 60, 90]


async def tells_sinks_of_the_line_only(open_store: OpenStore) -> None:
    """The journal has no key of bound hardware any more, and tells what was moved once more."""
    async with open_store() as store:
        await store.append(batch_of(reading_of(OUTDOOR, 0, 0.0)))
        await store.append(_new(60))
        read = await store.journal_end()
        await store.sensors.bind(BINDING)
        entries = await store.journal(0, 100)
        assert {one.key.device for entry in entries for one in entry.readings} == {"pump"}
        moved = [one for entry in await store.journal(read, 100) for one in entry.readings]
        assert moved == [reading_of(OUTDOOR, 60, 60.0)]


async def takes_a_binding_back(open_store: OpenStore) -> None:
    """What the hardware has said, before and since, is its own again; nothing else is."""
    async with open_store() as store:
        await store.append(batch_of(reading_of(OUTDOOR, 30, 30.0)))
        await store.append(_new(60, 900))
        await store.sensors.bind(BINDING)
        await store.append(_new(960))
        assert await store.sensors.unbind("house", "new") == 3  # noqa: PLR2004
        await store.append(_new(1000))
        assert await _course(store, OUTDOOR.key) == [30]
        assert await _course(store, NEW_OUTDOOR.key) == [60, 900, 960, 1000]
        assert len(await store.buckets(OUTDOOR.key, AROUND, 3600)) == 1
        assert [device.id for device in await store.devices()] == ["new", "pump", "box"]
        assert (await store.figures()).readings == 5  # noqa: PLR2004
        assert list(await store.check()) == []
        assert await store.sensors.unbind("house", "new") == 0


async def follows_one_battery_after_the_other(open_store: OpenStore) -> None:
    """The second binding ends where the third begins; what was bound to hardware goes with it."""
    third = Device("house", "third", "F1255 again")
    point = replace(OUTDOOR, key=OUTDOOR.key._replace(device="third"))
    async with open_store() as store:
        await store.append(batch_of(reading_of(OUTDOOR, 30, 30.0)))
        await store.append(_new(60))
        await store.append(Batch("house", (third,), (point,), (reading_of(point, 120, 120.0),)))
        await store.sensors.bind(Binding("house", "third", "new", MIDNIGHT + 2 * HOUR))
        await store.sensors.bind(BINDING)
        assert await _course(store, OUTDOOR.key) == [30, 60, 120]
        assert {one.device for one in await store.sensors.bindings()} == {"pump"}
        assert await store.sensors.unbind("house", "new") == 1
        assert await _course(store, OUTDOOR.key) == [30, 120]
        assert await _course(store, NEW_OUTDOOR.key) == [60]


async def binds_events_and_suspects_too(open_store: OpenStore) -> None:
    """They are told of the line."""
    event = Event("b1", MIDNIGHT + 2 * HOUR, EventKind.SENSOR, "Battery", "house", "new")
    before = Suspect(NEW_OUTDOOR.key, MIDNIGHT + HOUR, 85.0, "power was lost")
    after = replace(before, time=MIDNIGHT + 2 * HOUR)
    async with open_store() as store:
        await store.append(batch_of(reading_of(OUTDOOR, 0, 0.0)))
        await store.append(replace(_new(60), suspects=(before,)))
        await store.sensors.bind(BINDING)
        await store.append(replace(_new(120), suspects=(after,), events=(event,)))
        assert [one.device for one in await store.events(AROUND)] == ["pump"]
        line = [replace(one, key=OUTDOOR.key) for one in (before, after)]
        assert list(await store.suspects(AROUND, OUTDOOR.key)) == line


#: what a store must do for sensors
SENSOR_CHECKS: Final[tuple[StoreCheck, ...]] = (
    keeps_what_was_not_believed_out_of_the_series,
    tells_the_oldest_readings,
    shows_the_owners_names,
    makes_one_line_of_bound_hardware,
    describes_a_line_no_worse_for_a_binding,
    tells_sinks_of_the_line_only,
    takes_a_binding_back,
    follows_one_battery_after_the_other,
    binds_events_and_suspects_too,
)
