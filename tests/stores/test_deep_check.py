"""A bit that flips anywhere in a store is found and named; only sums are ever repaired."""

import asyncio
import random
import shutil
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from pumphouse.core.model import (
    Batch,
    Device,
    Event,
    EventKind,
    Interval,
    PointKey,
    Reading,
    Severity,
    Site,
)
from pumphouse.stores.sqlite import file, open_store, sums
from pumphouse.stores.sqlite.deep_check import deep_check
from pumphouse.stores.sqlite.frozen import frozen
from pumphouse.testing.clock import FakeClock

START = datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2025, 3, 20, tzinfo=UTC)
POINTS = 8


def _store(path, timezone="Europe/Stockholm"):
    return open_store(path, site=Site(timezone=timezone), clock=FakeClock(NOW))


def _poll(number):
    time = START + number * timedelta(minutes=20)
    chance = random.Random(number)
    readings = [
        Reading(PointKey("house", "pump", str(n)), time, round(chance.gauss(20, 3), 1))
        for n in range(POINTS)
    ]
    if number % 100 == 0:
        readings.append(Reading(PointKey("house", "pump", "firmware"), time, None, f"v{number}"))
    return tuple(readings)


async def _fill(path, first, behind, timezone="Europe/Stockholm", *, archive=False):
    async with _store(path, timezone) as store:
        for number in range(first, behind, 72):
            readings = tuple(r for n in range(number, min(number + 72, behind)) for r in _poll(n))
            await store.append(Batch("house", (Device("house", "pump", "Pump"),), (), readings))
        event = Event("e1", START, EventKind.STORE, "Something", severity=Severity.INFO)
        await store.append(Batch("house", events=(event,)))
        while archive and await store.archive_next(NOW):
            pass


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A store of 70 days, of which two months are archived."""
    path = tmp_path_factory.mktemp("filled") / "p.db"
    asyncio.run(_fill(path, 0, 72 * 70, archive=True))
    return path


@pytest.fixture
def path(filled, tmp_path):
    shutil.copytree(filled.parent, tmp_path / "store")
    return tmp_path / "store" / "p.db"


def _change(path, *statements):
    connection = sqlite3.connect(path)
    for statement in statements:
        assert connection.execute(statement).rowcount > 0
    connection.commit()
    connection.close()


@pytest.mark.parametrize("zone", ["Europe/Stockholm", "Asia/Kolkata"])
async def test_a_sound_store_has_no_problems(tmp_path, zone):
    await _fill(tmp_path / "p.db", 0, 72 * 20, zone)
    assert deep_check(tmp_path / "p.db").problems == ()
    async with _store(tmp_path / "p.db", zone) as store:
        assert await store.append(Batch("house", readings=_poll(72 * 20))) == POINTS
        assert deep_check(tmp_path / "p.db").problems == ()


def test_a_store_with_an_archive_has_no_problems(path):
    assert deep_check(path).problems == ()


def test_an_archive_is_as_private_as_its_store(path):
    folder = path.with_name("archive")
    assert {stat.S_IMODE(one.stat().st_mode) for one in (folder, *folder.glob("*-*"))} == {0o700}
    assert stat.S_IMODE((folder / "manifest.json").stat().st_mode) == 0o600


async def test_a_text_that_became_a_number_leaves_nothing_behind(tmp_path):
    async with _store(tmp_path / "p.db", "UTC") as store:
        newest, old = START + timedelta(days=19), START
        for time in (newest, old):
            key = PointKey("house", "pump", "state")
            await store.append(Batch("house", readings=(Reading(key, time, None, "idle"),)))
            await store.append(Batch("house", readings=(Reading(key, time, 3.0),)))
            found = await store.readings(key, Interval(time, time + timedelta(hours=1)))
            assert [(one.value, one.text) for one in found] == [(3.0, None)]
    assert deep_check(tmp_path / "p.db").problems == ()


def test_every_flipped_bit_of_a_store_is_found_and_its_page_named(path):
    whole = path.read_bytes()
    chance = random.Random(8)
    for number in range(200):
        place = chance.randrange(len(whole))
        page = place // 4096 + 1
        broken = bytearray(whole)
        broken[place] ^= 1 << chance.randrange(8)
        found: list[int] = []
        for _ in sums.checked(sums.load(path), [bytes(broken)], found):
            pass
        assert found == [page]
        if number % 20 == 0:
            path.write_bytes(broken)
            assert f"page {page} " in deep_check(path).problems[0]


@pytest.mark.parametrize("place", [0, 18, 60, 68, 100, 4096 * 13 + 2000], ids=str)
def test_damage_is_named_where_a_store_cannot_even_be_opened(path, place):
    broken = bytearray(path.read_bytes())
    broken[place] ^= 0x40
    path.write_bytes(broken)
    assert f"page {place // 4096 + 1} " in deep_check(path).problems[0]


def test_a_flipped_bit_of_the_checksums_is_found(path):
    kept = sums.sums_path(path)
    whole = kept.read_bytes()
    chance = random.Random(9)
    for _ in range(30):
        broken = bytearray(whole)
        broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        kept.write_bytes(broken)
        with frozen(path) as still:
            for _ in still.checked_content():
                pass
        assert kept.name in still.damage[0]
    assert deep_check(path, trust=True).problems == ()
    kept.write_bytes(whole)
    assert deep_check(path).problems == ()


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE samples SET value = value + 90 WHERE point = 3 AND time % 7 = 0", "pump/2 do not"),
        ("UPDATE hours SET mean = mean + 0.01 WHERE point = 2 AND period % 91 = 0", "pump/1 do no"),
        ("DELETE FROM days WHERE point = 2 AND period % 30 = 0", "in 0 hours and 2 days"),
        ("UPDATE journal SET packed = x'00' WHERE sequence = 70", "entry 70 of the journal"),
        ("UPDATE journal SET total = total + 1 WHERE sequence = 70", "entry 70 of the journal"),
        ("UPDATE events SET detail = '{'", "e1 in events"),
        ("UPDATE state SET samples = samples - 2", "is 2 more or less"),
        ("DELETE FROM texts WHERE time % 3 = 0", "no text"),
        ("DELETE FROM points WHERE id = 4", "nobody has described"),
    ],
)
def test_what_the_tables_cannot_say_is_named_even_without_checksums(path, statement, sentence):
    sums.forget(path)
    _change(path, statement)
    problems = deep_check(path).problems
    assert any(sentence in one for one in problems), problems


def _sums(path):
    """What hours and days say of which period; means differ in their last digit."""
    with closing(sqlite3.connect(path)) as connection:
        return [
            connection.execute(
                f"SELECT point, period, count, minimum, maximum, last FROM {table} ORDER BY 1, 2"
            ).fetchall()
            for table in ("hours", "days")
        ]


def test_damaged_sums_are_made_anew_of_readings_in_both_places(path):
    wanted = _sums(path)
    _change(
        path,
        "UPDATE hours SET last = 7 WHERE period % 50 = 0",
        "DELETE FROM days WHERE period % 3 = 0",
        "INSERT INTO hours SELECT point, period + 90000, 1, 1, 1, 1, 1 FROM hours LIMIT 5",
        "INSERT INTO days SELECT point, period + 9000, 1, 1, 1, 1, 1 FROM days LIMIT 5",
        "INSERT INTO days SELECT point, period - 9000, 1, 1, 1, 1, 1 FROM days LIMIT 5",
    )
    assert len(deep_check(path).problems) > POINTS
    done = deep_check(path, mend=True)
    assert done.repaired > POINTS * 20
    assert done.problems == ()
    assert deep_check(path).problems == ()
    assert _sums(path) == wanted


def test_sums_are_not_made_of_readings_that_may_be_damaged(path):
    _change(path, "UPDATE samples SET value = 900 WHERE point = 3 AND time % 5 = 0")
    done = deep_check(path, mend=True)
    assert done.repaired == 0
    assert any("(samples)" in one for one in done.problems)
    assert any("do not fit" in one for one in done.problems)


async def test_what_another_program_has_rightly_written_can_be_trusted(path):
    _change(path, "UPDATE points SET name = 'Theirs' WHERE id = 2")
    assert "(points)" in deep_check(path).problems[0]
    assert deep_check(path, trust=True).problems == ()
    assert deep_check(path).problems == ()


async def test_pages_that_are_written_again_fit_again(path):
    async with _store(path) as store:
        for number in range(72 * 70, 72 * 72):
            await store.append(Batch("house", readings=_poll(number)))
    assert deep_check(path).problems == ()


async def test_a_store_without_checksums_gets_them_at_the_first_check(path):
    whole = sums.sums_path(path).read_bytes()
    sums.forget(path)
    await _fill(path, 72 * 70, 72 * 70 + 1)
    known = sums.load(path)
    assert 0 < sum(one > 0 for one in known.sums[::2]) < known.pages
    assert deep_check(path).problems == ()
    assert all(sums.load(path).sums[::2])
    assert len(sums.sums_path(path).read_bytes()) >= len(whole)


async def test_a_long_log_moves_into_the_file_with_its_checksums(path, monkeypatch):
    monkeypatch.setattr(file, "LOG_KEPT", 50_000)
    async with _store(path) as store:
        for number in range(72 * 70, 72 * 70 + 60):
            await store.append(Batch("house", readings=_poll(number)))
        moved = shutil.copytree(path.parent, path.parent.with_name("as it lies"))
        assert file.log_size(path) < 500_000
    (moved / "p.db-wal").unlink()  # only what was moved, as after a power cut long ago
    (moved / "p.db-shm").unlink()
    with frozen(moved / "p.db") as still:
        for _ in still.checked_content():
            pass
    assert still.damage == []
