"""Whatever is killed under load, every reading is in every server exactly once in the end.

The house is polled twenty times a second. Each server is killed for a while, as nothing else may
notice; then Pumphouse itself is killed at random instants, again and again, servers now and then
as well. The seed of chance is printed; CHAOS_SEED in the environment repeats it.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Self

import pytest

from pumphouse.core.model import Batch, Interval, PointKey, Reading, Site
from pumphouse.core.ports import SinkState, Store, SystemClock
from pumphouse.stores.sqlite import open_store

from .asked_back import (
    as_victoria_keeps,
    count,
    differences,
    in_influxdb,
    in_mosquitto,
    in_store,
    in_victoria,
    told_wrongly,
)
from .loaded_house import ENOUGH, NOTES
from .three_servers import PATIENCE_SECS, Servers, statuses, until

PROGRAM = Path(__file__).with_name("loaded_house.py")
SOURCES = ("ground", "air")
KILLS = 20
#: how long the program lives at most once it is ready, in seconds
LONGEST_LIFE = 0.7
#: how many polls there are under each condition whose figures are compared
MEASURED_POLLS = 40
#: how often a server is killed, where something else kept the machine busy meanwhile
TRIES = 5


@dataclass(frozen=True)
class Figures:
    """What was noted between two instants.

    Attributes:
        appends: how many polls were stored per second.
        p95: by what was done, the 95th percentile of the seconds it took; for a sink from being
            stored to being confirmed.
    """

    appends: float
    p95: Mapping[str, float]


@dataclass(frozen=True)
class Outage:
    """What was measured while all servers were alive, and right after while one was dead."""

    before: Figures
    during: Figures

    def slowed(self) -> list[str]:
        """What but the dead server itself was slower by more than chance."""
        before, during = self.before, self.during
        polls = ["polls"] if during.appends <= before.appends / 4 else []
        spared = {"append": 0.5} | dict.fromkeys(during.p95.keys() - {"append"}, 2.0)
        return polls + [
            name for name, secs in spared.items() if during.p95[name] >= 4 * before.p95[name] + secs
        ]


class Notes:
    """Everything that the program notes from now on."""

    def __init__(self, folder: Path) -> None:
        self._notes = folder / NOTES
        self._skip = self._notes.stat().st_size if self._notes.exists() else 0
        self._began = time.monotonic()

    def secs(self, what: str) -> list[float]:
        if not self._notes.exists():
            return []
        with self._notes.open("rb") as notes:
            notes.seek(self._skip)
            rows = [json.loads(row) for row in notes if row.endswith(b"\n")]
        return [row["secs"] for row in rows if row["what"] == what]

    async def enough(self, alive: Collection[str]) -> bool:
        """Whether there were so many polls, and each of the servers was told of some."""
        return len(self.secs("append")) >= MEASURED_POLLS and all(map(self.secs, alive))

    async def taken_by(self, sink: str) -> None:
        """Wait until a sink takes what has just been stored."""

        async def fresh() -> bool:
            return any(delay < 2 for delay in self.secs(sink))

        await until(fresh)

    async def figures(self, alive: Collection[str]) -> Figures:
        """What is noted until it is enough."""
        await until(partial(self.enough, alive))
        taken = time.monotonic() - self._began
        names = ("append", *alive)
        return Figures(
            len(self.secs("append")) / taken, {name: _p95(self.secs(name)) for name in names}
        )


def _p95(secs: Sequence[float]) -> float:
    return sorted(secs)[int(0.95 * len(secs))]


class Pumphouse:
    """The program at work in a folder; it is only ever killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        self._notes = Notes(self._folder)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, PROGRAM, str(self._folder)],
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )

    async def ready(self) -> None:
        """Wait until everything has been started."""
        await until(self._is_ready)

    async def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log()[-3000:]
        return bool(self._notes.secs("ready"))

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE_SECS)
            self._process = None

    def log(self) -> str:
        return (self._folder / "log").read_text()


async def test_whatever_is_killed_every_reading_is_there_once(
    demo_house, servers, tmp_path, capsys
):
    seed = int(os.environ.get("CHAOS_SEED") or random.randrange(10**6))
    folder = tmp_path / "house"
    began = time.monotonic()
    await tape(demo_house / "pumphouse.db", folder, servers)
    async with opened(folder / "pumphouse.db") as store:
        with Pumphouse(folder) as house:
            house.start()
            await house.ready()
            outages = await kill_each_server(servers, folder, store)
            house.kill()
            await kill_at_random(house, servers, random.Random(seed))
            (folder / ENOUGH).touch()
            house.start()
            with suppress(TimeoutError):
                await until(lambda: all_there(store, servers))
            expected = await in_store(store)
            wrong = await told_wrongly(store, await in_mosquitto(servers.broker))
        stored, history = (await store.figures()).readings, (await statuses(store))["history"]
        assert await store.check() == []
    report(capsys, seed, outages, stored, time.monotonic() - began)
    assert differences(in_influxdb(servers.history), expected) == []
    assert differences(in_victoria(servers.victoria), as_victoria_keeps(expected)) == []
    assert wrong == []
    assert (history.delivered, history.dropped) == (stored, 0)
    assert "This is a bug" not in house.log()
    assert {name: outage.slowed() for name, outage in outages.items()} == {
        name: [] for name in Servers.names
    }


async def kill_each_server(servers: Servers, folder: Path, store: Store) -> dict[str, Outage]:
    """What is measured by the server that was dead; again where that was slow."""
    warm = Notes(folder)
    for name in Servers.names:
        await warm.taken_by(name)
    found = {}
    for name in Servers.names:
        for _ in range(TRIES):
            found[name] = await kill_one(name, servers, folder, store)
            if not found[name].slowed():
                break
    return found


async def kill_one(name: str, servers: Servers, folder: Path, store: Store) -> Outage:
    """What is measured before and while a server is dead; it lives again."""
    before = await Notes(folder).figures(Servers.names)
    servers.kill(name)
    await until(partial(is_missed, store, name))
    during = await Notes(folder).figures([one for one in Servers.names if one != name])
    back = Notes(folder)
    servers.start(name)
    await back.taken_by(name)
    return Outage(before, during)


async def is_missed(store: Store, sink: str) -> bool:
    return (await statuses(store))[sink].state is SinkState.RETRYING


async def kill_at_random(house: Pumphouse, servers: Servers, chance: random.Random) -> None:
    """Kill the program, one time out of four while it starts; servers stay away for three lives."""
    victims = chance.sample(Servers.names, len(Servers.names))
    for number in range(KILLS):
        if number % 7 == 1:
            servers.kill(victims[number // 7])
        if number % 7 == 4:
            servers.start(victims[number // 7])
        house.start()
        if chance.random() < 0.75:
            await house.ready()
        await asyncio.sleep(chance.uniform(0, LONGEST_LIFE))
        house.kill()


async def all_there(store: Store, servers: Servers) -> bool:
    return (
        (await statuses(store))["history"].lag == 0
        and await told_wrongly(store, await in_mosquitto(servers.broker)) == []
        and count(in_victoria(servers.victoria)) == (await store.figures()).readings
    )


def report(
    capsys: pytest.CaptureFixture[str],
    seed: int,
    outages: Mapping[str, Outage],
    stored: int,
    took: float,
) -> None:
    """Print the table."""
    rows = [
        f"{KILLS} times kill -9 of Pumphouse, CHAOS_SEED={seed}: {took:.0f} s",
        f"{stored:,} readings in store, InfluxDB and VictoriaMetrics, each once",
        "            polls/s   p95, ms: stored   InfluxDB   VictoriaMetrics   mosquitto",
    ]
    measured = {"nothing": next(iter(outages.values())).before}
    measured |= {dead: outage.during for dead, outage in outages.items()}
    for dead, figures in measured.items():
        cells = [figures.p95.get(name) for name in ("append", *Servers.names)]
        shown = ["dead" if secs is None else f"{1000 * secs:.0f}" for secs in cells]
        columns = "{:>15}   {:>8}   {:>15}   {:>9}".format(*shown)
        rows.append(f"{_NAMES[dead]:12}{figures.appends:7.1f}   {columns}")
    with capsys.disabled():
        sys.stdout.write("\n\n" + "\n".join(rows) + "\n")


_NAMES = {
    "nothing": "all alive",
    "history": "no InfluxDB",
    "victoria": "no Victoria",
    "broker": "no broker",
}


def opened(path: Path):
    return open_store(path, site=Site(), clock=SystemClock())


def configured(folder: Path, servers: Servers) -> Path:
    """A new folder with a configuration; where its store will be."""
    folder.mkdir()
    path = folder / "pumphouse.db"
    sources = "".join(f'[sources.{name}]\ntype = "tape"\n' for name in SOURCES)
    own = f'[site]\n[store]\npath = "{path}"\n[web]\nport = 0\n{sources}'
    (folder / "pumphouse.toml").write_text(own + servers.sections())
    return path


async def tape(past: Path, folder: Path, servers: Servers) -> None:
    """A configured folder: a day of the house in its store, and once more on the tapes."""
    path = configured(folder, servers)
    async with opened(past) as told, opened(path) as store:
        devices, points = await told.devices(), await told.points()
        end = max(reading.time for _, reading in await told.latest())
        day = Interval(end - timedelta(days=1), end)
        readings = [one async for _, one in told.export(day) if one.value is not None]
        for source in SOURCES:
            own = tuple(one for one in readings if one.key.source == source)
            batch = Batch(
                source,
                devices=tuple(one for one in devices if one.source == source),
                points=tuple(one for one in points if one.key.source == source),
                readings=own,
            )
            await store.append(batch)
            (folder / f"{source}.jsonl").write_text("\n".join(_lines(own)))


def _lines(readings: Sequence[Reading]) -> Iterator[str]:
    """One line per instant: the device, and its values by point."""
    instants: dict[datetime, dict[PointKey, float | None]] = {}
    for one in readings:
        instants.setdefault(one.time, {})[one.key] = one.value
    for _, values in sorted(instants.items()):
        (device,) = {key.device for key in values}
        yield json.dumps([device, {key.point: value for key, value in values.items()}])
