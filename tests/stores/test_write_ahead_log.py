"""A bit that flips in a write-ahead log is noticed, which SQLite would take for its end."""

import random
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from pumphouse.core.errors import StoreError
from pumphouse.core.model import Batch, Interval, PointKey, Reading, Site
from pumphouse.stores.sqlite import open_store
from pumphouse.stores.sqlite.deep_check import deep_check
from pumphouse.stores.sqlite.write_ahead_log import damage, frames
from pumphouse.testing.clock import FakeClock

START = datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2025, 1, 3, tzinfo=UTC)
KEY = PointKey("house", "pump", "40004")
DAY = timedelta(days=1)
POLLS = 60

#: writes into a database without ever stopping, until its stdin is closed; begins anew in its log
WRITER = """
import sqlite3, sys, threading
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
over = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
number = 0
while not over.is_set():
    connection.execute("INSERT INTO words VALUES (randomblob(900))")
    number += 1
    if number % 150 == 0:
        connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
    if number == 10:
        print("writing", flush=True)
"""


def _open(path):
    return open_store(path, site=Site(), clock=FakeClock(NOW))


@pytest.fixture
async def left(tmp_path):
    """A store whose process was killed: all that it has committed is in the log."""
    async with _open(tmp_path / "first" / "p.db") as store:
        for number in range(POLLS):
            reading = Reading(KEY, START + number * timedelta(minutes=5), float(number))
            await store.append(Batch("house", readings=(reading,)))
        shutil.copytree(tmp_path / "first", tmp_path / "left")
    (tmp_path / "left" / "p.db-shm").unlink()  # as after a power cut
    return tmp_path / "left" / "p.db"


def _log(path):
    return path.with_name(path.name + "-wal")


def _newest_transaction(path):
    """Where the newest transaction begins in the log."""
    ends = [frame.number for frame in frames(path) if frame.pages]
    size = len(next(frames(path)).content) + 24
    return 32 + ends[-2] * size, size


def test_a_log_that_nothing_happened_to_is_whole(left):
    assert len(list(frames(left))) > POLLS
    assert all(frame.fits for frame in frames(left))
    assert damage(left) == []


def test_every_flipped_bit_before_the_newest_transaction_is_found_and_its_frame_named(left):
    whole = _log(left).read_bytes()
    behind, size = _newest_transaction(left)
    chance = random.Random(4)
    for _ in range(60):
        place = chance.randrange(behind)
        broken = bytearray(whole)
        broken[place] ^= 1 << chance.randrange(8)
        _log(left).write_bytes(broken)
        named = "the head" if place < 32 else f"frame {(place - 32) // size + 1} "
        assert damage(left)[0].startswith(named), place


def test_what_a_power_cut_tears_is_no_damage(left):
    whole = _log(left).read_bytes()
    newest, _ = _newest_transaction(left)
    for end in (len(whole) - 1, newest + 1, newest, newest - 1):
        _log(left).write_bytes(whole[:end])
        assert damage(left) == []
    broken = bytearray(whole)
    broken[newest + 500] ^= 1
    _log(left).write_bytes(broken)
    assert damage(left) == []


@pytest.mark.parametrize("content", [b"", b"x", b"no log at all " * 9])
def test_what_is_no_log_holds_no_frame(tmp_path, content):
    (tmp_path / "p.db-wal").write_bytes(content)
    assert list(frames(tmp_path / "p.db")) == []
    assert bool(damage(tmp_path / "p.db")) == (len(content) > 32)


def test_what_is_left_of_an_earlier_round_is_no_damage(tmp_path):
    connection = sqlite3.connect(tmp_path / "p.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE words (word)")
    for number in range(200):
        connection.execute("INSERT INTO words VALUES (randomblob(900))")
        if number in {120, 190}:
            connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
    assert len({frame.is_current for frame in frames(tmp_path / "p.db")}) == 2
    assert damage(tmp_path / "p.db") == []
    connection.close()


def test_a_log_that_somebody_writes_to_just_now_is_not_taken_for_damaged(tmp_path):
    path = tmp_path / "p.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE words (word)")
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdin is not None
        assert writer.stdout.readline() == b"writing\n"
        for _ in range(30):
            assert damage(path) == []
        writer.stdin.close()
    assert writer.returncode == 0
    connection.close()


async def test_whoever_opens_the_store_first_is_told_what_its_log_has_lost(left):
    broken = bytearray(_log(left).read_bytes())
    broken[len(broken) // 2] ^= 4
    _log(left).write_bytes(broken)
    async with _open(left) as store:
        told, *_ = await store.damage(known_for=DAY)
        assert f"of the log {_log(left)} has changed" in told
        kept = await store.readings(KEY, Interval(START, NOW))
        assert len(kept) < POLLS
        assert [one.value for one in kept] == [float(n) for n in range(len(kept))]


def test_the_deep_check_names_a_damaged_log(left):
    broken = bytearray(_log(left).read_bytes())
    broken[len(broken) // 2] ^= 4
    _log(left).write_bytes(broken)
    assert "of the log" in deep_check(left).problems[0]


async def test_no_flipped_bit_of_a_log_is_read_without_a_word(left, tmp_path):
    chance = random.Random(5)
    whole = _log(left).read_bytes()
    truth = [float(number) for number in range(POLLS)]
    for number in range(20):
        copied = shutil.copytree(left.parent, tmp_path / f"copy {number}") / left.name
        broken = bytearray(whole)
        broken[chance.randrange(_newest_transaction(left)[0])] ^= 1 << chance.randrange(8)
        _log(copied).write_bytes(broken)
        try:
            async with _open(copied) as store:
                told = await store.damage(known_for=DAY)
                kept = await store.readings(KEY, Interval(START, NOW))
        except StoreError:
            continue
        assert told or [one.value for one in kept] == truth


def test_the_log_is_read_only(left):
    before = _log(left).stat().st_mtime_ns
    assert damage(left) == []
    assert _log(left).stat().st_mtime_ns == before
