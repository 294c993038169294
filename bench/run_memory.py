"""How much memory does `pumphouse run` need, two sources polled and all pages read again and again?

Both simulated clouds serve from another process; the figure is the peak of the daemon alone.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import aiohttp

from pumphouse.config.load import load
from pumphouse.runtime.demo import log_in, write_configuration
from pumphouse.runtime.plugins import source_types
from pumphouse.simulator.server import Announcement

LIMIT_MB = 90
PROGRAM = (sys.executable, "-m", "pumphouse.cli.main")
SECONDS = 20.0
INTERVAL = 5
#: what browsers, scripts and Prometheus ask, and how many keep the page of now open
PATHS = (
    "/",
    "/points",
    "/sources",
    "/history?last=24h",
    "/api/chart?last=24h",
    "/api/latest",
    "/api/openapi.json",
    "/metrics",
)
STREAMS = 5
#: between two rounds of `PATHS`
PAUSE = 2.0


@dataclass(frozen=True)
class Use:
    """What the daemon needed, and what it did meanwhile.

    Attributes:
        started_mb: resident memory when it answers first.
        peak_mb: the most that was ever resident.
        requests: to the vendors.
        pages: that were read.
    """

    started_mb: float
    peak_mb: float
    requests: int
    pages: int


def measure(seconds: float = SECONDS) -> Use:
    """Run the daemon for so many seconds, and use it."""
    with tempfile.TemporaryDirectory() as folder, _clouds() as clouds:
        path = write_configuration(Path(folder), clouds, port=8400, interval=INTERVAL)
        asyncio.run(log_in(load(path, source_types())))
        command = [*PROGRAM, "--config", str(path)]
        started, peak, pages = asyncio.run(_used([*command, "run"], seconds))
        answer = subprocess.run([*command, "status", "--json"], capture_output=True, check=True)
    sources = json.loads(answer.stdout)["sources"]
    return Use(started, peak, sum(source["requests"] for source in sources.values()), pages)


async def _used(command: list[str], seconds: float) -> tuple[float, float, int]:
    """Megabytes at the start and at most, and how many pages were read."""
    async with _daemon(command) as (process, session):
        started = _memory_mb(process, "VmRSS")
        streams = [asyncio.create_task(_listen(session)) for _ in range(STREAMS)]
        pages = await _browse(session, seconds)
        assert not any(stream.done() for stream in streams), "a stream has ended"
        peak = _memory_mb(process, "VmHWM")
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)
    return started, peak, pages


@asynccontextmanager
async def _daemon(command: list[str]) -> AsyncIterator[tuple[int, aiohttp.ClientSession]]:
    """`pumphouse run` in a process of its own, and a browser that has seen that it is up."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *command,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PUMPHOUSE_WEB__PORT": str(port)},
    )
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            async with asyncio.timeout(60):
                while not await _is_up(session):  # noqa: ASYNC110  (another process)
                    await asyncio.sleep(0.1)
            yield process.pid, session
    finally:
        process.terminate()
        await process.wait()


async def _is_up(session: aiohttp.ClientSession) -> bool:
    try:
        async with session.get("/healthz") as reply:
            return reply.status == HTTPStatus.OK
    except aiohttp.ClientConnectionError:
        return False


async def _browse(session: aiohttp.ClientSession, seconds: float) -> int:
    """Ask every page again and again for so long; how many were read."""
    clock, read = asyncio.get_running_loop().time, 0
    end = clock() + seconds
    while clock() < end:
        for path in PATHS:
            async with session.get(path) as reply:
                assert reply.status == HTTPStatus.OK, await reply.text()
                await reply.read()
            read += 1
        await asyncio.sleep(min(PAUSE, max(0, end - clock())))
    return read


async def _listen(session: aiohttp.ClientSession) -> None:
    async with session.get("/api/stream") as reply:
        assert reply.status == HTTPStatus.OK
        async for _ in reply.content.iter_any():
            pass


@contextmanager
def _clouds() -> Iterator[Announcement]:
    with subprocess.Popen(
        [*PROGRAM, "simulate", "--auto-consent"], stdout=subprocess.PIPE
    ) as simulator:
        assert simulator.stdout is not None
        yield Announcement(**json.loads(simulator.stdout.readline()))
        simulator.send_signal(signal.SIGTERM)


def _memory_mb(process: int, name: str) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Print the table."""
    use = measure()
    print("Memory of `run`")
    print(f"  {'requests to the vendors':<32}{use.requests:>12}")
    print(f"  {f'pages read, {STREAMS} streams open':<32}{use.pages:>12}")
    print(f"  {'resident when it is up':<32}{use.started_mb:>12.1f} MB")
    print(f"  {'peak resident memory':<32}{use.peak_mb:>12.1f} MB   (at most {LIMIT_MB})")


if __name__ == "__main__":
    main()
