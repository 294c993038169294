"""Single readings go when their owner says so, and never their sums."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from pumphouse.config.load import parse
from pumphouse.config.retention import RetentionSettings
from pumphouse.core.errors import ConfigurationError, StoreFull
from pumphouse.core.model import Batch, Device, EventKind, Interval, Point, PointKey, Reading, Site
from pumphouse.runtime.housekeeping import INTERVAL, Housekeeping
from pumphouse.runtime.retention import delete_expired, expired
from pumphouse.stores.sqlite import open_store
from pumphouse.stores.sqlite.deep_check import deep_check
from pumphouse.testing.clock import FakeClock

START = datetime(2025, 1, 5, tzinfo=UTC)
NOW = datetime(2025, 6, 1, 10, 30, tzinfo=UTC)
WHOLE = Interval(START, NOW + timedelta(days=900))
RADIO = Point(PointKey("radio", "t1", "rssi"), "Signal", "rssi_outdoor")
HEAT = Point(PointKey("radio", "t1", "temperature_C"), "Outdoor", "outdoor_temperature")
MODEL = Point(PointKey("radio", "t1", "model"), "Model")
POINTS = (RADIO, HEAT, MODEL)
SETTINGS = RetentionSettings(keep={"rssi*": "90d"})
#: 90 days before now, cut to the hour
BEFORE = datetime(2025, 3, 3, 10, tzinfo=UTC)


def _batch(first=0, behind=4 * 24 * 148):
    readings = []
    for n in range(first, behind):
        time = START + n * timedelta(minutes=15)
        readings.append(Reading(RADIO.key, time, float(-60 - n % 30)))
        readings.append(Reading(HEAT.key, time, n % 40 / 2))
        if n % 500 == 0:
            readings.append(Reading(MODEL.key, time, None, f"v{n}"))
    return Batch("radio", (Device("radio", "t1", "Garden"),), POINTS, tuple(readings))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "p.db"


@pytest.fixture
async def store(path):
    async with open_store(path, site=Site(), clock=FakeClock(NOW)) as opened:
        await opened.append(_batch())
        yield opened


async def _sums(store, point):
    """Buckets that begin with whole hours; means are sums in another order once hours make them."""
    cut = Interval(START + timedelta(days=9, hours=7), NOW - timedelta(hours=5))
    return [
        [replace(one, mean=round(one.mean, 6)) for one in buckets]
        for interval in (WHOLE, cut)
        for step in (3600, 7200, 10_800, 86_400, 30 * 86_400)
        for buckets in [await store.buckets(point.key, interval, step)]
    ]


async def test_nothing_is_deleted_before_it_was_asked_for(store):
    before = await store.readings(RADIO.key, WHOLE)
    (found,) = await expired(store, SETTINGS, NOW)
    assert (found.point, found.before) == (RADIO, NOW - timedelta(days=90))
    assert found.readings == sum(one.time < BEFORE for one in before)
    assert await store.readings(RADIO.key, WHOLE) == before
    assert await expired(store, RetentionSettings(), NOW) == []


@pytest.mark.parametrize("archived", [False, True], ids=["in the database", "in files"])
async def test_old_readings_go_and_sums_stay(store, path, archived):
    readings, sums = await store.readings(RADIO.key, WHOLE), await _sums(store, RADIO)
    others = [await store.readings(one.key, WHOLE) for one in POINTS[1:]]
    while archived and await store.archive_next(NOW):
        pass
    (preview,) = await expired(store, SETTINGS, NOW)
    (done,) = await delete_expired(store, SETTINGS, NOW)
    kept = [one for one in readings if one.time >= BEFORE]
    assert done.readings == preview.readings == len(readings) - len(kept)
    assert await store.readings(RADIO.key, WHOLE) == kept
    assert await _sums(store, RADIO) == sums
    assert [await store.readings(one.key, WHOLE) for one in POINTS[1:]] == others
    assert (await store.figures()).readings == len(kept) + sum(map(len, others))
    (event,) = [e for e in await store.events(WHOLE) if e.kind is EventKind.STORE]
    assert event.title.startswith(f"{done.readings} old readings of 1 points were deleted")
    assert event.detail == {"radio/t1/rssi": str(done.readings)}
    assert event.ended == NOW
    assert await expired(store, SETTINGS, NOW) == []
    assert deep_check(path).problems == ()
    while archived and await store.archive_next(NOW):
        pass
    assert deep_check(path).problems == ()
    assert await store.readings(RADIO.key, WHOLE) == kept
    assert await _sums(store, RADIO) == sums


async def test_what_is_interrupted_was_told_before_it_began(store, monkeypatch):
    deleted = []

    async def interrupted(key, before):
        deleted.append(key)
        raise StoreFull("no room is left")

    monkeypatch.setattr(store, "delete_older", interrupted)
    (preview,) = await expired(store, SETTINGS, NOW)
    with pytest.raises(StoreFull):
        await delete_expired(store, SETTINGS, NOW)
    (event,) = [e for e in await store.events(WHOLE) if e.kind is EventKind.STORE]
    assert event.title.startswith(f"{preview.readings} old readings of 1 points are being deleted")
    assert (event.ended, deleted) == (None, [RADIO.key])


async def test_what_was_deleted_does_not_come_back_and_spoils_no_sum(store, path):
    sums = await _sums(store, RADIO)
    await delete_expired(store, SETTINGS, NOW)
    assert await store.append(_batch()) == 0
    late = Reading(RADIO.key, START + timedelta(days=2, minutes=1), -99.0)
    assert await store.append(Batch("radio", readings=(late,))) == 0
    assert await _sums(store, RADIO) == sums
    older = replace(late, time=START - timedelta(days=100))
    assert await store.append(Batch("radio", readings=(older,))) == 1
    assert (await store.readings(RADIO.key, Interval(older.time, NOW)))[0] == older
    assert deep_check(path).problems == ()
    await delete_expired(store, SETTINGS, NOW)
    days = await store.buckets(RADIO.key, Interval(older.time - timedelta(days=1), NOW), 86_400)
    assert (days[0].minimum, days[0].count) == (-99.0, 1)


async def test_the_newest_reading_of_a_point_stays_however_old_it_is(store):
    settings = RetentionSettings(default="30d")
    old = Reading(PointKey("radio", "t1", "battery"), START, 1.0)
    await store.append(Batch("radio", readings=(old,)))
    await delete_expired(store, settings, NOW)
    assert list(await store.readings(old.key, WHOLE)) == [old]
    kept = await store.readings(MODEL.key, WHOLE)
    assert [one.text for one in kept] == [f"v{n}" for n in range(11500, 14001, 500)]
    assert await expired(store, settings, NOW) == []


async def test_sinks_are_still_told_what_they_have_not_read(store):
    await store.enrol_sink("broker", backfill=False)
    fresh = replace(_batch(4 * 24 * 148, 4 * 24 * 148 + 3), devices=(), points=())
    await store.append(fresh)
    cursor = await store.cursor("broker")
    await delete_expired(store, RetentionSettings(default="1d"), NOW + timedelta(days=400))
    entries = await store.journal(cursor, 10)
    assert [r for one in entries for r in one.readings] == list(fresh.readings)


async def test_run_deletes_once_a_day_where_it_was_told_to(store):
    clock = FakeClock(NOW)
    for automatic, left in ((False, 0), (True, 1)):
        settings = RetentionSettings(keep={"rssi*": "90d"}, automatic=automatic)
        house = Housekeeping(store, {}, journal_limit=10_000, retention=settings, clock=clock)
        await house._delete_expired(clock.now())
        assert len([e for e in await store.events(WHOLE) if "deleted" in e.title]) == left
    assert await expired(store, SETTINGS, NOW) == []


async def test_a_start_is_too_busy_to_delete(store, monkeypatch):
    clock = FakeClock(NOW)
    settings = RetentionSettings(keep={"rssi*": "90d"}, automatic=True)
    house = Housekeeping(store, {}, journal_limit=10_000, retention=settings, clock=clock)

    async def takes_a_second():
        await clock.advance(1)

    monkeypatch.setattr(house, "round", takes_a_second)
    running = asyncio.create_task(house.run())
    for left in (0, 1):
        assert await clock.until_asleep() == INTERVAL
        assert len([e for e in await store.events(WHOLE) if "deleted" in e.title]) == left
        await clock.advance(INTERVAL)
    running.cancel()


def test_the_first_pattern_that_matches_counts():
    text = """
    [retention]
    default = "10y"
    "rssi*" = "90d"
    "t1/*" = "forever"
    "*" = "2w"
    """
    settings = parse(text, {}).retention
    assert settings.period(("rssi_outdoor", "rssi", "t1/rssi")) == timedelta(days=90)
    assert settings.period(("40004", "t1/40004")) is None
    assert settings.period(("40004", "t2/40004")) == timedelta(days=14)
    assert RetentionSettings(default="10y").period(("x",)) == timedelta(days=3660)
    assert RetentionSettings().period(("x",)) is None
    assert not settings.automatic


@pytest.mark.parametrize("wrong", ["0d", "90", "-3d", "1h", "ever"])
def test_a_duration_that_is_none_is_a_mistake_of_the_configuration(wrong):
    with pytest.raises(ValidationError):
        RetentionSettings(default=wrong)
    with pytest.raises(ConfigurationError, match="90d"):
        parse(f'[retention]\n"rssi*" = "{wrong}"', {})
