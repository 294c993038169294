"""How fast does the web app answer, and what do two hundred live streams cost?

One point, read every five minutes for a year, behind `pumphouse run` in a process of its own.
A hundred clients ask at the same time; the year in 974 buckets is also asked by one alone.

Run alone: `python bench/web.py [SECONDS]`, where SECONDS is how long the streams stay open (60).
"""

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp

from pumphouse.core.model import Batch, Site
from pumphouse.core.ports import SystemClock
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.readings import POINTS, POLLS_PER_DAY, START, polls

POINT = POINTS[2:3]
CLIENTS = 100
STREAMS = 200
MOST_MS = 20.0
YEAR = f"from={START:%Y-%m-%d}&to={START + timedelta(days=365):%Y-%m-%d}"
RAW = f"/api/series?point={POINT[0].key.point}&{YEAR}"
BUCKETS = f"{RAW}&step=9h"
#: path, and how often each client asks
QUESTIONS = {"/": 5, "/api/latest": 5, BUCKETS: 5, RAW: 1}
CONFIGURATION = """
[store]
path = "{folder}/house.db"
[sources.house]
type = "myuplink"
client_id = "x"
client_secret = "x"
base_url = "http://127.0.0.1:9"
[web]
port = {port}
"""


async def fill(path: Path) -> None:
    """A year of one point."""
    async with open_store(path, site=Site(), clock=SystemClock()) as store:
        for day in range(365):
            batches = polls(POLLS_PER_DAY, day * POLLS_PER_DAY, POINT)
            readings = tuple(one for batch in batches for one in batch.readings)
            await store.append(Batch("house", points=POINT, readings=readings))


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[str, int]]:
    """`pumphouse run` on a free port; its address and its process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "pumphouse.toml"
    config.write_text(CONFIGURATION.format(folder=folder, port=port), encoding="utf-8")
    command = (sys.executable, "-m", "pumphouse.cli.main", "--config", str(config), "run")
    process = await asyncio.create_subprocess_exec(*command, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(60):
            while not await answers(session, address):  # noqa: ASYNC110  (another process)
                await asyncio.sleep(0.1)
        yield address, process.pid
    finally:
        process.terminate()
        await process.wait()


async def answers(session: aiohttp.ClientSession, address: str) -> bool:
    """Whether the app is there."""
    try:
        async with session.get(f"{address}/healthz") as reply:
            return reply.status == 200
    except aiohttp.ClientError:
        return False


async def asked(address: str, path: str, clients: int, times: int) -> list[float]:
    """Milliseconds of every answer when so many clients ask so often."""
    connector = aiohttp.TCPConnector(limit=clients)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def client() -> list[float]:
            took = []
            for _ in range(times):
                began = time.perf_counter()
                async with session.get(f"{address}{path}") as reply:
                    await reply.read()
                    assert reply.status == 200, await reply.text()
                took.append((time.perf_counter() - began) * 1000)
            return took

        answered = await asyncio.gather(*(client() for _ in range(clients)))
        return [one for some in answered for one in some]


def memory_mb(process: int) -> float:
    """The resident memory of a process."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def streams(address: str, process: int, seconds: float) -> tuple[float, float, float]:
    """Megabytes before, with all streams open, and at their end."""
    before = memory_mb(process)
    connector = aiohttp.TCPConnector(limit=STREAMS)
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as group:

        async def listen() -> None:
            async with session.get(f"{address}/api/stream") as reply:
                assert reply.status == 200
                async for _ in reply.content.iter_any():
                    pass

        tasks = [group.create_task(listen()) for _ in range(STREAMS)]
        await asyncio.sleep(min(seconds, 3))
        begun = memory_mb(process)
        await asyncio.sleep(max(seconds - 3, 0))
        ended = memory_mb(process)
        assert not any(task.done() for task in tasks)
        for task in tasks:
            task.cancel()
    return before, begun, ended


async def measure(seconds: float) -> None:
    """Measure and print; takes a minute or two."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await fill(folder / "house.db")
        async with running(folder) as (address, process):
            alone = await asked(address, BUCKETS, 1, 30)
            print("one client                            p50 ms     best ms")
            shown = f"{statistics.median(alone):16.1f}{min(alone):12.1f}"
            print(f"  a year in 974 buckets     {shown}   (at most {MOST_MS:.0f})")
            assert min(alone) <= MOST_MS
            print(f"{CLIENTS} clients at once                   p50 ms      p95 ms")
            for path, times in QUESTIONS.items():
                took = sorted(await asked(address, path, CLIENTS, times))
                shown = path.partition("?")[0] + (" (974)" if path == BUCKETS else "")
                p95 = took[int(len(took) * 0.95)]
                print(f"  {shown:26}{statistics.median(took):16.1f}{p95:12.1f}")
            before, begun, ended = await streams(address, process, seconds)
            print(f"{STREAMS} streams for {seconds:.0f} s                       MB")
            for when, size in (("before", before), ("all open", begun), ("at the end", ended)):
                print(f"  {when:26}{size:16.0f}")


if __name__ == "__main__":
    asyncio.run(measure(float(sys.argv[1]) if len(sys.argv) > 1 else 60))
