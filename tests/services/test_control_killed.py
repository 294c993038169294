"""Killed at any instant around a change: never sent twice, always restored, always in the log.

The program is killed at fifty random instants while it changes a setting, changes one for a while,
or sets it back. The seed of chance is printed; CHAOS_SEED in the environment repeats it.
"""

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from pathlib import Path

from tests.lifetimes import Lifetimes

from pumphouse.core.model import Site
from pumphouse.core.ports import LoggedWrite, Outcome, SystemClock
from pumphouse.simulator.server import Simulator, SimulatorOptions
from pumphouse.stores.sqlite import open_store

PROGRAM = Path(__file__).with_name("controlled_house.py")
KILLS = 50
#: how long a life is, in shares of what its task is thought to take
SHORTEST_LIFE, LONGEST_LIFE = 0.4, 1.4
#: how long an override is at most, in seconds
LONGEST_OVERRIDE = 0.03
PATIENCE_SECS = 120.0
OFFSET, ROOM = "3671", "47751"
NOTHING: Mapping[str, object] = {"key": None}

CONFIGURATION = """
[store]
path = "{folder}/pumphouse.db"
[sources.pump]
type = "myuplink"
client_id = "{client_id}"
client_secret = "{client_secret}"
base_url = "{myuplink}"
write = true
confirm_secs = 0.1
writes_per_hour = 1000
writes_per_point = 1000
"""


class Sent:
    """What the house was told, in order: a pump that notes what it is set to."""

    def __init__(self, simulator: Simulator) -> None:
        assert simulator.house is not None
        (pump,) = (one for one in simulator.house.pumps.values() if one.vendor == "myuplink")
        self.device = pump.device_id
        self.values: dict[str, list[float]] = {OFFSET: [], ROOM: []}
        self._set = pump.set
        self._pump = pump
        pump.set = self._note  # type: ignore[method-assign]  # the house behind the cloud listens

    def _note(self, native_id: str, value: float) -> None:
        self.values[native_id].append(value)
        self._set(native_id, value)

    def shown(self, native_id: str) -> float | None:
        return self._pump.values()[native_id]


class Lives:
    """The program, one life after the other."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def begin(self, task: Mapping[str, object]) -> int:
        """A new life; its number."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(task).encode() + b"\n")
        return int(await asyncio.wait_for(self._process.stdout.readline(), PATIENCE_SECS))

    async def like(self, task: Mapping[str, object], chance: random.Random) -> Lifetimes:
        """Lives for such a task, learnt first from one that nobody ends."""
        began = time.monotonic()
        await self.until_over(await self.begin(task))
        took = time.monotonic() - began
        return Lifetimes(took, chance, shortest=SHORTEST_LIFE, longest=LONGEST_LIFE)

    async def until_over(self, life: int) -> None:
        """Wait until a life ends by itself: then nothing is left to be done."""
        over, loop = asyncio.Event(), asyncio.get_running_loop()
        watched = os.pidfd_open(life)
        loop.add_reader(watched, over.set)
        try:
            await asyncio.wait_for(over.wait(), PATIENCE_SECS)
        finally:
            loop.remove_reader(watched)
            os.close(watched)


@asynccontextmanager
async def program(folder: Path) -> AsyncIterator[Lives]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        PROGRAM,
        str(folder),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        yield Lives(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def test_whenever_it_is_killed_a_change_is_sent_once_restored_and_in_the_log(
    tmp_path, capsys
):
    seed = int(os.environ.get("CHAOS_SEED") or random.randrange(10**6))
    chance = random.Random(seed)
    options = SimulatorOptions(limited=False, seed=1)
    async with Simulator(options) as simulator, AsyncExitStack() as stack:
        told = simulator.announcement
        (tmp_path / "pumphouse.toml").write_text(
            CONFIGURATION.format(
                folder=tmp_path,
                client_id=told.client_id,
                client_secret=told.client_secret,
                myuplink=told.myuplink,
            )
        )
        lives = await stack.enter_async_context(program(tmp_path))
        sent = Sent(simulator)
        await lives.until_over(await lives.begin(NOTHING))
        kinds = [await lives.like(task(sent.device, kind, chance), chance) for kind in range(2)]
        for number in range(2, KILLS + 2):
            life = await lives.begin(task(sent.device, number, chance))
            await asyncio.sleep(kinds[number % 2].secs())
            kinds[number % 2].learn(over=not killed(life))
        await lives.until_over(await lives.begin(NOTHING))
        log = await logged(tmp_path)
    with capsys.disabled():
        sys.stdout.write(f"\nCHAOS_SEED={seed}: {len(log)} logged, sent {sent.values}\n")
    for native_id, values in sent.values.items():
        assert len(values) > 1, "only the life that nobody ended was long enough to send anything"
        assert all(one != next_one for one, next_one in pairwise(values)), "sent twice"
        wanted = [one.requested for one in log if one.key.point == native_id]
        for value in set(values):
            assert values.count(value) <= wanted.count(value), "sent and not in the log"
    assert sent.shown(OFFSET) == 0, "not restored"
    assert all(one.outcome is not None for one in log)
    assert (
        {Outcome.CONFIRMED}
        <= {one.outcome for one in log}
        <= {
            Outcome.CONFIRMED,
            Outcome.IGNORED,
        }
    )


def killed(life: int) -> bool:
    """Kill it, unless it is over already."""
    try:
        os.kill(life, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def task(device: str, number: int, chance: random.Random) -> Mapping[str, object]:
    """A change that stays or one for a while, in turn, never twice to the same value."""
    if number % 2:
        return {"key": ("pump", device, ROOM), "value": 10 + number // 2 % 20 / 2, "secs": None}
    secs = chance.uniform(0, LONGEST_OVERRIDE)
    return {"key": ("pump", device, OFFSET), "value": 1 + number // 2 % 9, "secs": secs}


async def logged(folder: Path) -> list[LoggedWrite]:
    async with open_store(folder / "pumphouse.db", site=Site(), clock=SystemClock()) as store:
        assert await store.write_log.overrides() == []
        assert await store.write_log.unfinished() == []
        return list(await store.write_log.writes(limit=10_000))
