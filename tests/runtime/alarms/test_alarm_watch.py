"""The watch over a real store: alarms in the log, also over restarts."""

import asyncio
from dataclasses import replace

import pytest

from pumphouse.config.alarms import AlarmRuleSettings, AlarmSettings
from pumphouse.core.errors import StoreFull
from pumphouse.core.model import Batch, Device, Event, EventKind, Point, PointKey, Reading
from pumphouse.core.ports import Gap, LoggedWrite, Override, SourceState, SourceStatus
from pumphouse.core.units import parse_unit
from pumphouse.runtime.alarms.examination import Examination
from pumphouse.runtime.alarms.watch import AlarmWatch

from .making import DAY, EVER, HOUR, MINUTE, NOON

KEY = PointKey("pump", "d1", "40033")
ROOM = Point(KEY, "room temperature", "room_temperature", parse_unit("°C"))
DEVICE = Device("pump", "d1", "Cellar")
STATUS = SourceStatus("pump", SourceState.OK, since=NOON, last_success=NOON, interval=300)
WARM = AlarmRuleSettings(device="d1", metric="room_temperature", below=18, for_minutes=30)


async def no_reports(_periods):
    raise AssertionError("nobody asked for a report")


@pytest.fixture
def watching(store, clock):
    def watching(reports=no_reports, sources=("pump",), **settings):
        return AlarmWatch(
            store,
            AlarmSettings(disk_free_mb=1, **settings),
            sources=sources,
            sinks=(),
            examination=Examination(store, clock, sources, reports),
            clock=clock,
        )

    return watching


async def told(store, clock, value=20.0, state=SourceState.OK, since=None):
    """A reading now, of a source in this state."""
    reading = Reading(KEY, clock.now(), value)
    await store.append(Batch("pump", (DEVICE,), (ROOM,), (reading,)))
    await store.save_source_status(
        replace(STATUS, state=state, since=since or clock.now(), last_error="it is down")
    )


async def titles(store):
    return [one.title for one in await store.lasting_events()]


async def test_where_all_is_well_there_is_no_alarm(watching, store, clock):
    await told(store, clock)
    await watching().look()
    assert await store.events(EVER) == []


async def test_a_source_that_fails_is_an_alarm_until_it_answers(watching, store, clock):
    await told(store, clock, state=SourceState.RETRYING)
    watch, began = watching(), clock.now()
    await watch.look()
    assert await titles(store) == []
    await clock.advance(1800)
    await watch.look()
    assert await titles(store) == ["pump: it is down"]
    await clock.advance(60)
    await told(store, clock)
    await watch.look()
    (event,) = await store.events(EVER)
    assert (event.time, event.ended) == (began, clock.now())


async def test_a_login_is_asked_for_at_once(watching, store, clock):
    await told(store, clock, state=SourceState.LOGIN_REQUIRED)
    await watching().look()
    (event,) = await store.lasting_events()
    assert (event.detail["rule"], event.severity.value) == ("login_required", "error")


async def test_after_a_restart_alarms_go_on_and_none_comes_twice(watching, store, clock):
    await told(store, clock, state=SourceState.STOPPED)
    for _ in range(3):
        await watching().look()
        await clock.advance(60)
    (event,) = await store.events(EVER)
    assert event.ended is None
    await told(store, clock)
    await watching().look()
    (event,) = await store.events(EVER)
    assert event.ended == clock.now()


async def test_a_source_that_is_configured_no_longer_has_no_alarm(watching, store, clock):
    await told(store, clock, state=SourceState.STOPPED)
    await watching().look()
    await watching(sources=()).look()
    assert await store.lasting_events() == []


async def test_a_device_that_its_cloud_has_lost_is_an_alarm(watching, store, clock):
    await told(store, clock)
    heard = clock.now()
    await clock.advance(7200)
    await store.save_source_status(replace(STATUS, last_success=clock.now()))
    watch = watching()
    await watch.look()
    (event,) = await store.lasting_events()
    assert (event.device, event.time, event.detail["rule"]) == ("d1", heard, "stale_device")
    await told(store, clock)
    await watch.look()
    assert await store.lasting_events() == []


async def test_a_device_s_own_word_counts_as_much_as_its_readings(watching, store, clock):
    await told(store, clock)
    await clock.advance(7200)
    await store.save_source_status(replace(STATUS, last_success=clock.now()))
    await store.append(Batch("pump", (replace(DEVICE, last_seen=clock.now()),)))
    await watching().look()
    assert await store.lasting_events() == []


async def test_a_reading_that_is_to_come_tells_nothing_of_the_present(watching, store, clock):
    await told(store, clock)
    tomorrow = Reading(PointKey("pump", "d1", "price"), clock.now() + DAY, 1.0)
    await store.append(Batch("pump", readings=(tomorrow,)))
    await clock.advance(7200)
    await store.save_source_status(replace(STATUS, last_success=clock.now()))
    await watching().look()
    assert len(await store.lasting_events()) == 1


async def test_a_gap_of_hours_is_an_error(watching, store, clock):
    await told(store, clock)
    await store.open_gap(Gap("pump", clock.now() - 6 * HOUR, None, "maintenance"))
    watch = watching()
    await watch.look()
    (event,) = await store.lasting_events()
    assert event.detail["rule"] == "gap"
    await store.close_gap("pump", clock.now())
    await watch.look()
    assert await store.lasting_events() == []


async def test_a_value_out_of_range_for_some_time_is_an_alarm(watching, store, clock):
    watch = watching(rules={"cold": WARM})
    values = (17, 19, 17, 17, 17, 17, 19, 17, 19, 19, 19, 19)
    lasting = []
    for value in values:
        await told(store, clock, value, since=NOON)
        await clock.advance(600)
        await watch.look()
        lasting.append(bool(await store.lasting_events()))
    assert lasting == [False] * 4 + [True] * 6 + [False] * 2
    (event,) = await store.events(EVER)
    assert event.time == NOON + 20 * MINUTE
    assert event.ended == NOON + 80 * MINUTE
    assert event.detail["name"] == "cold"


async def test_a_setting_that_does_not_go_back_is_an_alarm_until_it_has(watching, store, clock):
    until = clock.now() + HOUR
    write = LoggedWrite(KEY, 23.0, "test", clock.now(), "sender", 20.0)
    lent = Override(KEY, 23.0, 20.0, clock.now(), until, "test")
    noted = await store.write_log.begin(write, None, lent)
    watch, lasting = watching(), []
    for _ in range(10):
        await told(store, clock, since=NOON)
        await watch.look()
        lasting.append(await titles(store))
        await clock.advance(600)
    title = "room temperature was changed for a while only, but has not gone back."
    assert lasting == [[]] * 9 + [[title]]
    over = Event("override 1", clock.now(), EventKind.WRITE, "over", source="pump")
    assert await store.write_log.end_override(noted.override, "back", over)
    await watch.look()
    assert await titles(store) == []


async def test_a_rule_with_a_slip_in_its_name_does_not_stay_silent(watching, store, clock):
    slip = AlarmRuleSettings(device="d1", metric="room_temprature", below=18)
    watch = watching(rules={"cold": slip})
    for _ in range(4):
        await told(store, clock, since=NOON)
        await watch.look()
        await clock.advance(600)
    assert await titles(store) == [
        "The rule cold watches nothing: device d1 tells no room_temprature"
    ]
    await watching(rules={"cold": WARM}).look()
    assert await titles(store) == []


async def test_a_disk_without_room_is_an_alarm_by_itself(watching, store, clock):
    await told(store, clock)
    watch = AlarmWatch(
        store,
        AlarmSettings(disk_free_mb=1e12),
        sources=("pump",),
        sinks=(),
        examination=Examination(store, clock, (), no_reports),
        clock=clock,
    )
    await watch.look()
    (event,) = await store.lasting_events()
    assert (event.source, event.detail["rule"]) == (None, "disk_nearly_full")


async def test_the_daily_examination_of_the_pumps_begins_and_ends_alarms(store, clock):
    key = PointKey("pump", "d1", "40008")
    await told(store, clock)
    flow = Point(key, "degree minutes", "degree_minutes")
    await store.append(Batch("pump", points=(flow,)))
    verdict = {
        "name": "short_cycling",
        "severity": "warning",
        "sentence": "Short.",
        "advice": "Open valves.",
    }
    answers = [[verdict], [verdict], []]
    asked = []

    async def reports(periods):
        asked.append(periods)
        return [{"verdicts": answers.pop(0)}]

    examination = Examination(store, clock, ("pump",), reports)
    settings = AlarmSettings(disk_free_mb=1)
    watch = AlarmWatch(
        store, settings, sources=("pump",), sinks=(), examination=examination, clock=clock
    )
    lasting = []
    for _ in range(3):
        await watch.look()
        await examination.look()
        await watch.look()
        lasting.append(await titles(store))
    assert lasting == [["Short."], ["Short."], []]
    assert len(await store.events(EVER)) == 1
    ((period,), *_) = asked
    assert period.interval.duration == 7 * DAY


async def test_it_looks_every_minute_and_a_store_that_fails_does_not_end_it(
    watching, store, clock, monkeypatch
):
    looks = []
    watch = watching()

    async def look():
        looks.append(clock.now())
        raise StoreFull("the disk is full")

    monkeypatch.setattr(watch, "look", look)
    task = asyncio.create_task(watch.run())
    await clock.advance(185)
    assert [(one - NOON).total_seconds() for one in looks] == [0, 60, 120, 180]
    watch.wake()
    await clock.advance(10)
    assert len(looks) == 5
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
