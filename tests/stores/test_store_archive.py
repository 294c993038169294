"""A store whose months lie in files answers as if they did not."""

import hashlib
import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pumphouse.core.errors import StoreCorrupt, StoreError
from pumphouse.core.model import Batch, Device, Interval, Option, Point, PointKey, Reading, Site
from pumphouse.core.units import parse_unit
from pumphouse.stores.parquet.month_file import MonthFile
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.clock import FakeClock

START = datetime(2025, 1, 20, tzinfo=UTC)
NOW = datetime(2025, 6, 1, tzinfo=UTC)
WHOLE = Interval(START - timedelta(days=400), NOW + timedelta(days=400))
DEVICES = (Device("house", "hp~1", "Pump"), Device("bus", "b/2", "Bus"))
POINTS = (
    Point(PointKey("house", "hp~1", "40004"), "Outdoor", "outdoor_temperature", parse_unit("°C")),
    Point(PointKey("house", "hp~1", "mode"), "Mode", None, options=(Option(1.0, "On"),)),
    Point(PointKey("house", "hp~1", "version"), "Version"),
    Point(PointKey("bus", "b/2", "t"), "Tank", None, parse_unit("°C")),
)


def _opened(folder, timezone="Europe/Stockholm"):
    clock = FakeClock(NOW)
    return open_store(folder / "p.db", site=Site(timezone=timezone), clock=clock)


def _readings(step=timedelta(hours=2), until=NOW):
    readings, time, n = [], START, 0
    while time < until:
        readings.append(Reading(POINTS[0].key, time, round(n % 97 / 10 - 3, 1)))
        readings.append(Reading(POINTS[1].key, time, float(n // 25 % 2)))
        readings.append(Reading(POINTS[3].key, time + timedelta(minutes=7), n % 60 / 2))
        if n % 250 == 0:
            readings.append(Reading(POINTS[2].key, time, None, f"v{n // 250}"))
        time, n = time + step, n + 1
    return readings


async def _append(store, readings, at_once=5000):
    stored = 0
    for source in ("house", "bus"):
        own = [one for one in readings if one.key.source == source]
        devices = tuple(one for one in DEVICES if one.source == source)
        points = tuple(one for one in POINTS if one.key.source == source)
        for begin in range(0, len(own), at_once):
            part = tuple(own[begin : begin + at_once])
            stored += await store.append(Batch(source, devices, points, part))
    return stored


async def _archive_all(store, before=NOW):
    count = 0
    while await store.archive_next(before):
        count += 1
    return count


async def _everything(store):
    """All that a store can be asked for, as plain values."""
    span = Interval(START + timedelta(hours=5), NOW - timedelta(minutes=13))
    answers: dict[object, object] = {
        "latest": await store.latest(),
        "earliest": [one async for one in store.export(Interval(START, START + timedelta(days=1)))],
        "export": [one async for one in store.export(WHOLE)],
        "figures": (await store.figures()).readings,
    }
    for point in POINTS:
        for interval in (WHOLE, span):
            name = (point.key, interval.start)
            answers[*name, "readings"] = await store.readings(point.key, interval)
            answers[*name, "texts"] = await store.has_texts(point.key, interval)
            for held in (False, True):
                columns = await store.columns(point.key, interval, held=held)
                answers[*name, held] = (list(columns.times), list(columns.values))
    return answers


async def _buckets(store):
    span = Interval(START + timedelta(hours=5), NOW - timedelta(minutes=13))
    return [
        await store.buckets(point.key, span, step)
        for point in POINTS
        for step in (900, 3600, 7200, 31_536, 86_400, 7 * 86_400, 30 * 86_400)
    ]


def _about(buckets):
    return [
        [(b.start, b.count, b.minimum, b.maximum, pytest.approx(b.mean), b.last) for b in one]
        for one in buckets
    ]


async def test_every_question_has_the_answer_that_it_had_before(tmp_path):
    async with _opened(tmp_path) as store:
        await _append(store, _readings())
        before, sums = await _everything(store), await _buckets(store)
        assert await _archive_all(store) == 10  # January to May of two devices
        assert await _everything(store) == before
        assert [
            [(b.start, b.count, b.minimum, b.maximum, b.mean, b.last) for b in one]
            for one in await _buckets(store)
        ] == _about(sums)
        assert await store.check() == []
    files = sorted(str(p.relative_to(tmp_path / "archive")) for p in tmp_path.glob("archive/*/*"))
    assert len(files) == 10
    assert files[0].startswith("2025-01/bus~b%2F2-")
    assert files[1].startswith("2025-01/house~hp%7E1-")
    manifest = json.loads((tmp_path / "archive" / "manifest.json").read_text("utf-8"))
    assert [one["file"] for one in manifest["files"]] == [*files[0::2], *files[1::2]]


async def test_storing_archived_readings_again_changes_nothing(tmp_path):
    async with _opened(tmp_path) as store:
        readings = _readings(timedelta(hours=6))
        await _append(store, readings)
        await _archive_all(store)
        months = await store.archived()
        assert await _append(store, readings) == 0
        assert await store.archived() == months


async def test_late_data_bring_a_month_back_and_it_is_archived_again(tmp_path):
    async with _opened(tmp_path) as store, _opened(tmp_path / "plain") as plain:
        await _append(store, _readings())
        await _append(plain, _readings())
        await _archive_all(store)
        key = POINTS[0].key
        february = datetime(2025, 2, 10, 3, 30, tzinfo=UTC)
        late = Batch(
            "house",
            readings=(
                Reading(key, february, 55.0),
                Reading(key, february + timedelta(minutes=30), -9.0),
            ),
        )
        assert await store.append(late) == await plain.append(late) == 2
        february_files = [one for one in await store.archived() if one.month == "2025-02"]
        assert [one.device for one in february_files] == ["b/2"]
        assert await _everything(store) == await _everything(plain)
        assert await _archive_all(store) == 1
        assert await _everything(store) == await _everything(plain)
        assert _about(await _buckets(store)) == [
            [(b.start, b.count, b.minimum, b.maximum, b.mean, b.last) for b in one]
            for one in await _buckets(plain)
        ]
        assert await store.check() == []


async def test_a_sink_is_owed_what_lies_in_files_too(tmp_path):
    async with _opened(tmp_path) as store:
        await _append(store, _readings(timedelta(hours=3)))
        await _archive_all(store)
        await store.enrol_sink("history", backfill=True)
        owed, piece = [], await store.backfill("history", 700)
        while piece is not None:
            owed += piece.readings
            piece = await store.backfill("history", 700, piece)
        stored = [reading async for _, reading in store.export(WHOLE)]
        assert sorted(owed, key=_place) == sorted(stored, key=_place)
        assert [one.time for one in owed] == sorted(one.time for one in owed)


def _place(reading):
    return (reading.key, reading.time)


async def test_any_tool_opens_a_file(tmp_path):
    async with _opened(tmp_path) as store:
        await _append(store, _readings())
        await _archive_all(store)
        key = POINTS[0].key
        stored = await store.readings(key, WHOLE)
    pattern = str(tmp_path / "archive" / "*" / "house~*.parquet")
    query = f"SELECT epoch_ms(time), value FROM '{pattern}' WHERE point = '40004' ORDER BY time"
    rows = duckdb.execute(query).fetchall()
    archived = [
        (round(r.time.timestamp() * 1000), r.value)
        for r in stored[1:-1]  # the oldest and the newest stay in the database
    ]
    assert rows == archived
    (path,) = tmp_path.glob("archive/2025-02/house~*.parquet")
    frame = pd.read_parquet(path)
    assert list(frame.columns) == ["point", "time", "value", "text"]
    assert frame[frame.point == "version"].text.tolist() == ["v1"]
    assert str(frame.time.dtype) == "datetime64[ms, UTC]"


async def test_a_flipped_bit_anywhere_in_a_file_is_found(tmp_path):
    async with _opened(tmp_path) as store:
        await _append(store, _readings(timedelta(hours=8)))
        await _archive_all(store)
    (path,) = tmp_path.glob("archive/2025-03/house~*.parquet")
    whole = path.read_bytes()
    sha256 = hashlib.sha256(whole).hexdigest()
    chance = random.Random(3)
    for number in range(200):
        place, bit = chance.randrange(len(whole)), chance.randrange(8)
        broken = bytearray(whole)
        broken[place] ^= 1 << bit
        path.write_bytes(broken)
        with pytest.raises(StoreCorrupt, match=path.name):
            MonthFile(path, sha256)
        if number % 20:
            continue
        async with _opened(tmp_path) as store:
            with pytest.raises(StoreCorrupt, match=path.name):
                await store.readings(POINTS[0].key, WHOLE)
            (problem,) = await store.check()
            assert path.name in problem
    path.unlink()
    async with _opened(tmp_path) as store:
        with pytest.raises(StoreCorrupt, match="missing"):
            await store.columns(POINTS[0].key, WHOLE)


async def test_a_file_that_cannot_be_written_changes_nothing(tmp_path):
    (tmp_path / "archive").write_text("in the way", encoding="utf-8")
    async with _opened(tmp_path) as store:
        await _append(store, _readings(timedelta(hours=6)))
        before = await _everything(store)
        with pytest.raises(StoreError):
            await store.archive_next(NOW)
        (tmp_path / "archive").unlink()
        assert await _everything(store) == before
        assert await _archive_all(store) == 10


@dataclass
class Model:
    """What a store holds, as a plain dictionary."""

    rows: dict[tuple[PointKey, datetime], float] = field(default_factory=dict)


instants = st.integers(0, 90 * 24).map(lambda hours: START + timedelta(hours=hours))
readings = st.builds(
    Reading,
    st.sampled_from([POINTS[0].key, POINTS[1].key, POINTS[3].key]),
    instants,
    st.integers(-40, 90).map(float),
)


@given(
    steps=st.lists(st.one_of(st.lists(readings, min_size=1, max_size=12), instants), max_size=14)
)
@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_archiving_at_any_time_changes_no_answer(tmp_path_factory, steps):
    model = Model()
    async with _opened(tmp_path_factory.mktemp("store")) as store:
        for step in steps:
            if isinstance(step, datetime):
                await store.archive_next(step)
            else:
                await _append(store, step)
                model.rows.update({(one.key, one.time): one.value for one in step})
        for point in POINTS:
            held = [
                (time, value)
                for (key, time), value in sorted(model.rows.items())
                if key == point.key
            ]
            found = await store.readings(point.key, WHOLE)
            assert [(one.time, one.value) for one in found] == held
            daily = await store.buckets(point.key, WHOLE, 86_400)
            assert sum(one.count for one in daily) == len(held)
            hourly = await store.buckets(point.key, WHOLE, 7200)
            assert sum(one.count for one in hourly) == len(held)
            assert max((b.maximum for b in daily), default=0) == max(
                (v for _, v in held), default=0
            )
        assert (await store.figures()).readings == len(model.rows)
        assert await store.check() == []
