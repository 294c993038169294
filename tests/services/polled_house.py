"""A house as its owner has it: `pumphouse run`, a cloud, and commands beside it, on one disk."""

import asyncio
import json
import os
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import aiohttp

from pumphouse.simulator.onewire import OneWireFolder
from pumphouse.simulator.server import Simulator, SimulatorOptions

from .small_disks import LimitedFiles, SmallDisk
from .three_servers import PATIENCE_SECS, until

PROGRAM = (sys.executable, "-W", "error", "-m", "pumphouse.cli.main")
#: seconds of the house in a second: each poll of the pump finds another minute
SPEED = 12.0
#: how long ago the house begins, so that it does not reach what is to come
HEAD_START = timedelta(hours=2)
#: less room is an alarm, in MB
TOO_LITTLE = 8

CONFIGURATION = """
[store]
path = "{disk}/house/pumphouse.db"
archive_after_months = 1
[web]
port = 0
[alarms]
disk_free_mb = {too_little}
[sources.wires]
type = "onewire"
interval_secs = 1
path = "{wires}"
[sources.pump]
type = "myuplink"
interval_secs = 5
grant = "client_credentials"
client_id = "{client_id}"
client_secret = "{client_secret}"
base_url = "{myuplink}"
[sinks.kept]
type = "file"
folder = "{disk}/kept"
"""


class Row(NamedTuple):
    """A reading as an export tells it."""

    source: str
    device: str
    point: str
    time: str
    value: float | None
    text: str | None


class Finished(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str


class House:
    """`pumphouse run` on a disk, and other commands beside it.

    Attributes:
        told: which point of the pump has a new value since when, as its cloud has told.
    """

    def __init__(
        self, disk: SmallDisk | LimitedFiles, elsewhere: Path, simulator: Simulator
    ) -> None:
        self.disk = disk
        self.told: set[tuple[str, str]] = set()
        self._elsewhere = elsewhere
        self._said: list[str] = []
        self._hearing: asyncio.Task[None] | None = None
        self._config = elsewhere / "pumphouse.toml"
        self._process: asyncio.subprocess.Process | None = None
        self._environment = {
            **{name: value for name, value in os.environ.items() if "PUMPHOUSE" not in name},
            "HOME": str(elsewhere),
            "PUMPHOUSE_LOG": "json",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        self._listen_to(simulator)
        announced = simulator.announcement
        self._config.write_text(
            CONFIGURATION.format(
                disk=disk.folder,
                too_little=TOO_LITTLE,
                wires=elsewhere / "wires",
                client_id=announced.client_id,
                client_secret=announced.client_secret,
                myuplink=announced.myuplink,
            )
        )

    def _listen_to(self, simulator: Simulator) -> None:
        """Note what the pump's cloud tells from now on."""
        assert simulator.house is not None
        (pump,) = (one for one in simulator.house.pumps.values() if one.vendor == "myuplink")
        values = pump.values

        def noted() -> Mapping[str, float | None]:
            found = values()
            for name in found:
                if (changed := pump.changed_at(name)) is not None:
                    self.told.add((name, f"{changed:%Y-%m-%dT%H:%M:%SZ}"))
            return found

        pump.values = noted  # type: ignore[method-assign]  # its cloud asks for them

    async def start(self) -> None:
        """Start `pumphouse run` and wait until it answers."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command("run"), stderr=asyncio.subprocess.PIPE, env=self._environment
        )
        assert self._process.stderr is not None
        self._hearing = asyncio.create_task(self._hear(self._process.stderr))
        await self.until(lambda: bool(self.logged("running")))

    async def _hear(self, stream: asyncio.StreamReader) -> None:
        async for line in stream:
            self._said.append(line.decode())

    async def stop(self) -> int:
        """End it as a supervisor does; its exit code."""
        assert self._process is not None
        process, self._process = self._process, None
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            code = await asyncio.wait_for(process.wait(), PATIENCE_SECS)
        except TimeoutError:
            process.kill()
            code = await process.wait()
        assert self._hearing is not None
        await self._hearing
        return code

    async def end(self) -> None:
        """Stop it if it still runs."""
        if self._process is not None:
            await self.stop()

    async def __call__(self, *arguments: str) -> Finished:
        """What a command comes to."""
        command = await asyncio.create_subprocess_exec(
            *self._command(*arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment,
        )
        try:
            out, err = await asyncio.wait_for(command.communicate(), PATIENCE_SECS)
        finally:
            if command.returncode is None:
                command.kill()
                await command.wait()
        assert command.returncode is not None
        done = Finished(command.returncode, out.decode(), err.decode())
        assert "Traceback" not in done.err, done.err
        assert "bug" not in done.err, done.err
        return done

    def _command(self, *arguments: str) -> list[str]:
        return self.disk.command([*PROGRAM, "--config", str(self._config), *arguments])

    def fill(self, *, left: int = 0) -> None:
        """Take all the room there is, but for so many bytes."""
        self.disk.fill(self._number, left=left)

    def free(self) -> None:
        """Give it back."""
        self.disk.free(self._number)

    @property
    def _number(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def rows(self) -> Counter[Row]:
        """Every reading of the store, and how often it is there."""
        file = self._elsewhere / "export.jsonl"
        done = await self("export", "--format", "jsonl", "--out", str(file))
        assert done.code == 0, done.err
        return rows_of(file)

    def kept(self) -> Counter[Row]:
        """Every reading that the sink has taken, and how often."""
        files = (self.disk.seen / "kept").glob("*.jsonl")
        return sum(map(rows_of, files), Counter())

    def log(self) -> str:
        """All that `run` has said."""
        return "".join(self._said)

    def logged(self, event: str, **about: str) -> list[Mapping[str, object]]:
        """What `run` has said of an event."""
        entries = (json.loads(line) for line in self._said if line.startswith("{"))
        return [one for one in entries if one["event"] == event and about.items() <= one.items()]

    async def asked(self, path: str) -> tuple[int, str]:
        """Status and body of a page."""
        address = f"{self.logged('serving')[-1]['web']}{path}"
        async with aiohttp.ClientSession() as session, session.get(address) as answer:
            return answer.status, await answer.text()

    async def figure(self, name: str) -> float:
        """What `/metrics` says of one figure, 0 where it says nothing yet."""
        _, page = await self.asked("/metrics")
        found = re.search(rf"^pumphouse_{re.escape(name)} (\S+)$", page, re.MULTILINE)
        return float(found[1]) if found else 0.0

    async def polls(self, source: str) -> int:
        """How many polls of a source there were."""
        return int(await self.figure(f'source_polls_total{{source="{source}"}}'))

    async def until_polled(self, source: str, times: int) -> None:
        """Wait until a source was polled so many times more, and what it brought is stored."""
        wanted = times + await self.polls(source)

        async def enough() -> bool:
            return await self.polls(source) >= wanted

        await self.until(enough)

    async def until_page(self, path: str, status: int) -> None:
        """Wait until a page is answered with this status."""

        async def answered() -> bool:
            return (await self.asked(path))[0] == status

        await self.until(answered)

    async def until(self, seen: Callable[[], bool | Awaitable[bool]]) -> None:
        """Wait until something is seen, while `run` lives."""

        async def so() -> bool:
            assert self._process is not None
            assert self._process.returncode is None, self.log()[-3000:]
            found = seen()
            return found if isinstance(found, bool) else await found

        await until(so)


def rows_of(file: Path) -> Counter[Row]:
    """The readings in a file of JSON lines."""
    documents = map(json.loads, file.read_text("utf-8").splitlines())
    return Counter(Row(*(one[name] for name in Row._fields)) for one in documents)


@asynccontextmanager
async def house_on(disk: SmallDisk | LimitedFiles, elsewhere: Path) -> AsyncIterator[House]:
    """A house with its cloud and its wires, `run` not started yet; everything is ended at last."""
    begin = datetime.now(UTC) - HEAD_START
    options = SimulatorOptions(limited=False, speed=SPEED, start=begin)
    async with Simulator(options) as simulator:
        assert simulator.sensors is not None
        probes = simulator.sensors.probes
        wires = OneWireFolder(elsewhere / "wires", probes, simulator.house_clock)
        async with wires.kept(1.0):
            house = House(disk, elsewhere, simulator)
            try:
                yield house
            finally:
                await house.end()
