"""Backups, restores and archiving are killed at random instants: what is whole stays whole."""

import asyncio
import fcntl
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.lifetimes import Lifetimes

from pumphouse.core.model import Batch, Device, Interval, PointKey, Reading, Site
from pumphouse.core.ports import SystemClock
from pumphouse.runtime.backup.backing_up import Subject, back_up
from pumphouse.runtime.backup.checking import check_backup
from pumphouse.runtime.backup.restoring import restore, snapshots
from pumphouse.stores.sqlite import open_store
from pumphouse.stores.sqlite.deep_check import deep_check

APPENDING = Path(__file__).parents[1] / "stores" / "appending.py"
KILLABLE = Path(__file__).with_name("killable.py")
POINTS = 20
START = datetime(2025, 1, 1, tzinfo=UTC)
EVER = Interval(START, START + timedelta(days=3650))
KILLS = 20
ENVIRONMENT = {"PYTHONPATH": os.pathsep.join(sys.path)}


class Worker:
    """A process whose tasks are killed."""

    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, KILLABLE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=ENVIRONMENT,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders, self._answers = self._process.stdin.fileno(), self._process.stdout

    def kill(self, seconds, *task):
        """Begin a task and kill it so many seconds later; whether it was done before."""
        self._say("\t".join(map(str, task)))
        child = int(self._line())
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        self._say("killed")
        status = int(self._line())
        assert status in {0, signal.SIGKILL}
        return status == 0

    def lives(self, chance, *task):
        """Lives for a task, learnt first from one that nobody kills."""
        begun = time.monotonic()
        self._say("\t".join(map(str, task)))
        self._line()
        self._say("not killed")
        assert int(self._line()) == 0
        return Lifetimes(time.monotonic() - begun, chance)

    def _say(self, line):
        os.write(self._orders, f"{line}\n".encode())

    def _line(self):
        return self._answers.readline()

    def close(self):
        self._process.communicate()


@pytest.fixture(scope="module")
def worker():
    process = Worker()
    yield process
    process.close()


@pytest.fixture
def polled(tmp_path):
    """A store into which a process writes as fast as it can, and what that said is stored."""
    path, said = tmp_path / "pump.db", tmp_path / "said"
    with (
        said.open("wb") as output,
        subprocess.Popen(
            [sys.executable, APPENDING, path, "house", "0", "1000000"],
            stdout=output,
            env=ENVIRONMENT,
        ) as process,
    ):
        while stored(said) < 0:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.05)
        yield path, said
        process.kill()


def stored(said):
    """The number of the last poll that is said to be stored, -1 where there is none."""
    lines = said.read_text("utf-8").split("\n")[:-1]
    return int(lines[-1]) if len(lines) > 1 else -1


def polls_of(path):
    """How many polls a store holds: all of them from the first on, without a hole."""

    async def read():
        async with open_store(path, site=Site(), clock=SystemClock()) as store:
            count, rest = divmod((await store.figures()).readings, POINTS)
            assert rest == 0
            for point in (0, POINTS - 1):
                series = await store.readings(PointKey("house", "pump", str(point)), EVER)
                assert [one.value for one in series] == [float(n) for n in range(count)]
            return count

    return asyncio.run(read())


def test_no_backup_restores_wrongly_whenever_it_was_killed(worker, polled, tmp_path):
    path, said = polled
    kept, seen = tmp_path / "kept", set[str]()
    lives = worker.lives(random.Random(5), "backup once", path, tmp_path / "whole")
    for _ in range(KILLS):
        worker.kill(lives.secs(), "backup", path, kept)
        held = whole_snapshots(kept)
        lives.learn(over=not held <= seen)
        seen |= held
    assert len(seen) > KILLS / 2
    before = stored(said)
    back_up(Subject(path, None), kept, datetime.now(UTC))
    *_, last = held = list(snapshots(kept))
    for name in held:
        restore(kept, tmp_path / name, SystemClock(), name=name)
        polls = polls_of(tmp_path / name / "pump.db")
        assert polls > before or name != last
    assert deep_check(tmp_path / last / "pump.db").problems == ()


def whole_snapshots(kept):
    """The names of what a killed backup has left, which has nothing wrong with it."""
    mark = kept / "pumphouse-backup.json"
    if not mark.exists():
        return set()
    with mark.open() as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)  # what was being started lets go a moment later
    assert check_backup(kept, None) == []
    return set(snapshots(kept))


def test_a_killed_restore_leaves_nothing_or_all_of_it(worker, polled, tmp_path):
    path, _ = polled
    kept = tmp_path / "kept"
    back_up(Subject(path, None), kept, datetime.now(UTC))
    lives = worker.lives(random.Random(6), "restore", kept, tmp_path / "whole")
    wanted = polls_of(tmp_path / "whole" / "pump.db")
    killed = 0
    for number in range(KILLS):
        to = tmp_path / "new"
        done = worker.kill(lives.secs(), "restore", kept, to)
        lives.learn(over=done)
        if to.exists():
            assert polls_of(to / "pump.db") == wanted
            to.rename(tmp_path / f"done {number}")
        else:
            assert not done
            killed += 1
    assert killed > 2
    assert restore(kept, tmp_path / "new", SystemClock()).readings == wanted * POINTS
    drafts = {one.name for one in tmp_path.iterdir() if one.name.startswith(".")}
    assert not {one for one in drafts if not one.startswith(".pump.db")}  # those are the writer's


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A store of three devices and three months."""
    path = tmp_path_factory.mktemp("filled") / "pump.db"

    async def fill():
        async with open_store(path, site=Site(), clock=SystemClock()) as store:
            for name in ("a", "b", "c"):
                keys = [PointKey("house", name, str(n)) for n in range(4)]
                readings = tuple(
                    Reading(key, START + n * timedelta(hours=6), float(n + place))
                    for place, key in enumerate(keys)
                    for n in range(4 * 90)
                )
                await store.append(Batch("house", (Device("house", name, name),), (), readings))

    asyncio.run(fill())
    return path.parent


def everything(path):
    async def read():
        async with open_store(path, site=Site(), clock=SystemClock()) as store:
            assert await store.check() == []
            held = [(point.key, one.time, one.value) async for point, one in store.export(EVER)]
            return held, len(await store.archived())

    return asyncio.run(read())


def test_every_reading_is_there_once_whenever_archiving_was_killed(worker, filled, tmp_path):
    wanted, _ = everything(filled / "pump.db")
    whole = shutil.copytree(filled, tmp_path / "whole")
    lives, months = worker.lives(random.Random(7), "archive", whole / "pump.db"), []
    for number in range(KILLS):
        house = shutil.copytree(filled, tmp_path / f"house {number}")
        lives.learn(over=worker.kill(lives.secs(), "archive", house / "pump.db"))
        held, archived = everything(house / "pump.db")
        assert held == wanted
        months.append(archived)
    assert len(set(months)) > 2
    assert deep_check(house / "pump.db").problems == ()
