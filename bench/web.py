"""How fast does the web app answer, and what do two hundred live streams cost?

One point, read every five minutes for a year, behind `pumphouse run` in a process of its own. The
chart of it, a year in 1,000 buckets of mean, minimum and maximum, is asked by one client, of us and
of InfluxDB 1.x and VictoriaMetrics holding the same readings. Then a hundred clients ask at once.
At last a house stores a poll every second and tells its news to two hundred open streams, one of
which is never read. The program fails where a promise is broken.

Run alone: `python bench/web.py [SECONDS]`, where SECONDS is how long the streams stay open (60). A
database that is not installed is left out.
"""

import asyncio
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import aiohttp

from pumphouse.config.load import parse
from pumphouse.core.model import Batch, Reading, Site
from pumphouse.core.ports import Host, News, SystemClock
from pumphouse.http.grants import FileGrantStore
from pumphouse.runtime.installation import Installation
from pumphouse.runtime.plugins import source_types
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.readings import POINTS, POLLS_PER_DAY, START, polls
from pumphouse.web.app import create_app
from pumphouse.web.serve import build_context, listen, serving

POINT = POINTS[2:3]
END = START + timedelta(days=365)
BUCKET_SECS = 31_536
CLIENTS = 100
STREAMS = 200
MOST_MS = 20.0
#: what two hundred streams may add to the memory, and a minute of them to that
MOST_MB, MOST_GROWTH_MB = 60.0, 10.0
#: what they may add to the time until a poll is stored, where the machine does something else too
MOST_LATE_MS = 20.0
#: polls that are stored before the first stream is opened
ALONE_POLLS = 5
YEAR = f"from={START:%Y-%m-%d}&to={END:%Y-%m-%d}"
RAW = f"/api/series?point={POINT[0].key.point}&{YEAR}"
CHART = f"{RAW}&step={BUCKET_SECS}s"
#: what is asked, and how often each client asks
QUESTIONS = (
    ("/", "/", 3),
    ("/api/latest", "/api/latest", 5),
    ("a year in 1,000 buckets", CHART, 2),
    ("a year of readings", RAW, 1),
)
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
INFLUXDB = """reporting-enabled = false
bind-address = "127.0.0.1:{other}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
query-log-enabled = false
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
"""
INFLUXQL = """
SELECT mean(value), min(value), max(value), count(value) FROM heatpump
WHERE time >= '{first:%Y-%m-%d}' AND time < '{end:%Y-%m-%d}' GROUP BY time({step}s) fill(none)"""


# --- servers


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@asynccontextmanager
async def running(command: Sequence[str], port: int, ready: str) -> AsyncIterator[tuple[str, int]]:
    """A server in a process of its own, once it answers: its address and its process id."""
    nowhere = subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdout=nowhere, stderr=nowhere)
    address = f"http://127.0.0.1:{port}"
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(60):
            while not await answers(session, f"{address}{ready}"):  # noqa: ASYNC110  (another process)
                await asyncio.sleep(0.1)
        yield address, process.pid
    finally:
        process.terminate()
        await process.wait()


async def answers(session: aiohttp.ClientSession, url: str) -> bool:
    """Whether the server is there."""
    try:
        async with session.get(url) as reply:
            return reply.ok
    except aiohttp.ClientError:
        return False


async def fill(path: Path) -> None:
    """A year of one point."""
    async with open_store(path, site=Site(), clock=SystemClock()) as store:
        for day in range(365):
            await store.append(Batch("house", points=POINT, readings=tuple(year(day, day + 1))))


def year(first: int = 0, last: int = 365) -> list[Reading]:
    """The readings of these days of the year."""
    days = (polls(POLLS_PER_DAY, day * POLLS_PER_DAY, POINT) for day in range(first, last))
    return [reading for day in days for batch in day for reading in batch.readings]


def written(folder: Path, port: int) -> list[str]:
    """The settings of a house, written down; what to say to `pumphouse` for it."""
    config = folder / "pumphouse.toml"
    config.write_text(CONFIGURATION.format(folder=folder, port=port), encoding="utf-8")
    return ["--config", str(config), "run"]


# --- questions


async def asked(url: str, clients: int, times: int, method: str = "GET") -> list[float]:
    """Milliseconds of every answer, in order, when so many clients ask so often."""
    connector = aiohttp.TCPConnector(limit=clients)
    patience = aiohttp.ClientTimeout(300)
    async with aiohttp.ClientSession(connector=connector, timeout=patience) as session:

        async def client() -> list[float]:
            took = []
            for _ in range(times):
                began = time.perf_counter()
                async with session.request(method, url) as reply:
                    body = await reply.read()
                    assert reply.status == 200, body
                took.append((time.perf_counter() - began) * 1000)
            return took

        answered = await asyncio.gather(*(client() for _ in range(clients)))
        return sorted(one for some in answered for one in some)


async def sent(url: str, body: bytes = b"") -> None:
    """Post something."""
    async with aiohttp.ClientSession() as session, session.post(url, data=body) as reply:
        assert reply.ok, await reply.text()


async def chart_of_influxdb(folder: Path, lines: bytes) -> list[float]:
    """How long InfluxDB takes for the chart."""
    port = free_port()
    config = folder / "influxdb.conf"
    text = INFLUXDB.format(folder=folder / "influxdb", port=port, other=free_port())
    config.write_text(text, encoding="utf-8")
    query = INFLUXQL.format(first=START, end=END, step=BUCKET_SECS)
    command = ("influxd", "-config", str(config))
    async with running(command, port, "/ping") as (address, _):
        await sent(f"{address}/query?{urlencode({'q': 'CREATE DATABASE house'})}")
        await sent(f"{address}/write?db=house&precision=s", lines)
        return await asked(f"{address}/query?{urlencode({'db': 'house', 'q': query})}", 1, 30)


async def chart_of_victoriametrics(folder: Path, lines: bytes) -> list[float]:
    """How long VictoriaMetrics takes for the chart."""
    port = free_port()
    command = (
        "victoria-metrics",
        f"-storageDataPath={folder / 'victoriametrics'}",
        f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=100y",
        "-search.disableCache",
    )
    query = {
        "query": f"rollup(heatpump_value[{BUCKET_SECS}s])",
        "start": int(START.timestamp()) + BUCKET_SECS,
        "end": int(END.timestamp()),
        "step": f"{BUCKET_SECS}s",
    }
    async with running(command, port, "/health") as (address, _):
        await sent(f"{address}/write?precision=s", lines)
        await sent(f"{address}/internal/force_flush")
        return await asked(f"{address}/api/v1/query_range?{urlencode(query)}", 1, 30)


async def side_by_side(folder: Path, address: str) -> None:
    """The chart, asked by one client of everyone who has the readings."""
    rows = (f"heatpump value={one.value} {one.time.timestamp():.0f}" for one in year())
    lines = "\n".join(rows).encode()
    print("one client, a year in 1,000 buckets   p50 ms     best ms")
    ours = await asked(f"{address}{CHART}", 1, 30)
    print(f"  Pumphouse                 {row(ours[len(ours) // 2], ours[0])}", end="")
    print(f"   (at most {MOST_MS:.0f}, where nothing else runs)")
    for name, program, chart in (
        ("InfluxDB 1.x", "influxd", chart_of_influxdb),
        ("VictoriaMetrics", "victoria-metrics", chart_of_victoriametrics),
    ):
        if shutil.which(program) is None:
            print(f"  {name:26}      not installed")
            continue
        took = await chart(folder, lines)
        print(f"  {name:26}{row(statistics.median(took), took[0])}")
        if program == "influxd":
            assert statistics.median(ours) < statistics.median(took), "slower than InfluxDB"
    assert ours[0] <= MOST_MS, "the chart takes too long"


async def all_at_once(address: str) -> None:
    """What a hundred clients wait for."""
    print(f"{CLIENTS} clients at once                    p50 ms      p95 ms")
    for name, path, times in QUESTIONS:
        took = await asked(f"{address}{path}", CLIENTS, times)
        print(f"  {name:26}{row(statistics.median(took), took[int(len(took) * 0.95)])}")


def row(*figures: float) -> str:
    """Milliseconds as the columns of the table."""
    return "".join(f"{figure:{16 if not n else 12}.1f}" for n, figure in enumerate(figures))


# --- streams


@dataclass(frozen=True, slots=True)
class Tick:
    """One second of a house.

    Attributes:
        append_ms: how long a poll took to be stored.
        late_ms: how much later than planned the second began.
        streams: how many are open.
        mb: resident memory.
    """

    append_ms: float
    late_ms: float
    streams: int
    mb: float


async def house(folder: Path, port: int) -> None:
    """Be a house that stores a poll of 60 points every second and says how it went, for ever."""
    settings = parse((folder / "pumphouse.toml").read_text(encoding="utf-8"), source_types(), {})
    clock, points = SystemClock(), POINTS[:60]
    parts = Host(FileGrantStore(folder), clock, random.Random(1), "Pumphouse/bench", Site())
    loop = asyncio.get_running_loop()
    async with open_store(folder / "house.db", site=Site(), clock=clock) as store:
        context = build_context(Installation(settings, store, parts, {}, {}))
        listener = listen("127.0.0.1", port)
        async with serving(create_app(context), listener, stopping=context.live.close):
            planned = loop.time()
            for number in range(1_000_000):
                late = loop.time() - planned
                now = datetime.now(UTC)
                latest = {
                    point.key: Reading(point.key, now, float(number + n))
                    for n, point in enumerate(points)
                }
                began = time.perf_counter()
                await store.append(Batch("house", (), points, tuple(latest.values())))
                stored = time.perf_counter() - began
                known = {point.key: point for point in points}
                await context.live.publish(
                    News((), known, latest, frozenset(latest), {"house": True})
                )
                open_ones, mb = context.live.streams, memory_mb()
                print(json.dumps([stored * 1000, late * 1000, open_ones, mb]), flush=True)
                planned += 1
                await asyncio.sleep(planned - loop.time())


def memory_mb() -> float:
    """The resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def streams(folder: Path, seconds: int) -> None:
    """Listen to a house with many clients, one of which never reads."""
    port = free_port()
    written(folder, port)
    command = (sys.executable, __file__, "--house", str(folder), str(port))
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    assert process.stdout is not None

    async def ticks(count: int) -> list[Tick]:
        assert process.stdout is not None
        return [Tick(*json.loads(await process.stdout.readline())) for _ in range(count)]

    try:
        alone = await ticks(ALONE_POLLS)
        async with listening(f"http://127.0.0.1:{port}", port) as heard:
            during = await ticks(seconds)
        told(alone, during, heard)
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def listening(address: str, port: int) -> AsyncIterator[list[int]]:
    """Open the streams; yields how many pieces of news each has heard."""
    heard = [0] * (STREAMS - 1)
    connector = aiohttp.TCPConnector(limit=STREAMS)
    patience = aiohttp.ClientTimeout(None)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", port))
        deaf.sendall(b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        async with (
            aiohttp.ClientSession(connector=connector, timeout=patience) as session,
            asyncio.TaskGroup() as group,
        ):

            async def listen_to(number: int) -> None:
                async with session.get(f"{address}/api/stream") as reply:
                    assert reply.status == 200
                    async for line in reply.content:
                        heard[number] += line.startswith(b"event: latest")

            tasks = [group.create_task(listen_to(number)) for number in range(STREAMS - 1)]
            yield heard
            assert not any(task.done() for task in tasks), "a client that reads was dropped"
            for task in tasks:
                task.cancel()


def told(alone: list[Tick], during: list[Tick], heard: list[int]) -> None:
    """Print what streams cost, and fail where that is too much."""
    print(f"{STREAMS} streams for {len(during)} s           none open    all open   at the end")
    settled, ended = during[len(during) // 4], during[-1]
    sizes = (alone[-1].mb, settled.mb, ended.mb)
    print("  memory, MB              " + "".join(f"{size:12.1f}" for size in sizes))
    for name, figure in (
        ("a poll is stored, ms", "append_ms"),
        ("it comes late by, ms", "late_ms"),
    ):
        before = statistics.median(getattr(tick, figure) for tick in alone)
        after = statistics.median(getattr(tick, figure) for tick in during[len(during) // 4 :])
        print(f"  {name:24}{before:12.1f}{after:12.1f}")
        assert after <= 2 * before + MOST_LATE_MS, "polls wait for streams"
    print(f"  news heard by each      {min(heard):12} to {max(heard)} of {len(during)}")
    print(f"  open                    {0:12}{settled.streams:12}{ended.streams:12}")
    assert settled.mb - alone[-1].mb <= MOST_MB, "streams take too much memory"
    assert ended.mb - settled.mb <= MOST_GROWTH_MB, "memory grows"
    assert min(heard) >= len(during) - 5, "somebody was not told"
    # The kernel lets a client sleep for thirty seconds.
    assert len(during) < 45 or ended.streams == STREAMS - 1, "who never reads was not dropped"


async def measure(seconds: int) -> None:
    """Measure and print; takes less than two minutes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await fill(folder / "house.db")
        port = free_port()
        command = (sys.executable, "-m", "pumphouse.cli.main", *written(folder, port))
        async with running(command, port, "/healthz") as (address, _):
            await side_by_side(folder, address)
            await all_at_once(address)
        await streams(folder, seconds)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--house"]:
        asyncio.run(house(Path(sys.argv[2]), int(sys.argv[3])))
    else:
        asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 60))
