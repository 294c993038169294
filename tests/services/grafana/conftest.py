"""Real servers from Debian, filled with two days of the demonstration's house.

On CI a missing server is a failure, elsewhere a skip.
"""

import asyncio
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path

import pytest
from tests.ports import free_port

from pumphouse.core.model import Device, Interval, Point, PointKey, Reading
from pumphouse.core.ports import (
    News,
    SinkState,
    SinkStatus,
    SourceStatus,
    StoreFigures,
    SystemClock,
)
from pumphouse.runtime.demo import demo
from pumphouse.runtime.installation import open_installation
from pumphouse.runtime.poller import Poller
from pumphouse.sinks.prometheus import HouseFigures, PrometheusExposition

DAYS = 2
SCRAPE_INTERVAL = timedelta(minutes=5)
START_DEADLINE_SECS = 120.0


@dataclass(frozen=True, slots=True)
class Past:
    """What the store holds after two days.

    Attributes:
        readings: in time order.
    """

    devices: Sequence[Device]
    points: dict[PointKey, Point]
    readings: Sequence[Reading]
    statuses: Sequence[SourceStatus]

    @property
    def interval(self) -> Interval:
        return Interval(self.readings[0].time, self.readings[-1].time)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers HTTP."""

    url: str

    def get(self, path: str, **params: str) -> object:
        query = urllib.parse.urlencode(params)
        with urllib.request.urlopen(f"{self.url}{path}?{query}", timeout=30) as answer:
            return json.load(answer)

    def post(self, path: str, body: str, **params: str) -> None:
        query = urllib.parse.urlencode(params)
        request = urllib.request.Request(f"{self.url}{path}?{query}", body.encode())
        with urllib.request.urlopen(request, timeout=30):
            pass


def binary(name: str, package: str) -> str:
    """The path of a server's program."""
    path = shutil.which(name)
    if path is None:
        message = f"{name} is missing: apt-get install --no-install-recommends {package}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


@contextmanager
def running(command: Sequence[str], folder: Path, url: str, health: str) -> Iterator[Server]:
    """Start a server and end it by its own process id."""
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        try:
            _wait_for(f"{url}{health}", process, folder)
            yield Server(url)
        finally:
            process.kill()
            process.wait()


def _wait_for(address: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + START_DEADLINE_SECS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    pytest.fail(f"{process.args!r} does not answer:\n{(folder / 'server.log').read_text()[-2000:]}")


@pytest.fixture(scope="session")
def past(tmp_path_factory) -> Past:
    """Two days of both simulated pumps, through the real sources into a real store."""
    return asyncio.run(_live_through(tmp_path_factory.mktemp("demo")))


async def _live_through(folder: Path) -> Past:
    async with demo(folder, days=DAYS, seed=4, port=8400) as demonstration:
        settings = demonstration.settings
        async with open_installation(settings) as installation:
            store = installation.store
            for source in installation.sources.values():
                async with source:
                    poller = Poller(source, store, interval=300, clock=SystemClock())
                    await poller.poll(patience=30)
            await demonstration.tell_the_past(store, lambda _share: None)
            now = datetime.now(UTC)
            everything = Interval(now - timedelta(days=DAYS + 1), now)
            readings = [reading async for _, reading in store.export(everything)]
            readings.sort(key=lambda reading: reading.time)
            return Past(
                await store.devices(),
                {point.key: point for point in await store.points()},
                readings,
                await store.source_statuses(),
            )


@pytest.fixture(scope="session")
def influxdb(past, tmp_path_factory) -> Iterator[Server]:
    """InfluxDB 1.x, filled in the layout of the sink."""
    program = binary("influxd", "influxdb")
    folder = tmp_path_factory.mktemp("influxdb")
    port = free_port()
    (folder / "influxdb.conf").write_text(
        f"""\
reporting-disabled = true
bind-address = "127.0.0.1:{free_port()}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
"""
    )
    command = [program, "run", "-config", str(folder / "influxdb.conf")]
    with running(command, folder, f"http://127.0.0.1:{port}", "/ping") as server:
        server.post("/query", "", q='CREATE DATABASE "pumphouse"')
        lines = [line for reading in past.readings if (line := _line(past, reading))]
        for first in range(0, len(lines), 20_000):
            batch = "\n".join(lines[first : first + 20_000])
            server.post("/write", batch, db="pumphouse", precision="s")
        yield server


def _line(past: Past, reading: Reading) -> str | None:
    if reading.value is None:
        return None
    tags = f"device={reading.key.device},source={reading.key.source}"
    metric = past.points[reading.key].metric
    seconds = int(reading.time.timestamp())
    if metric is not None:
        return f"heatpump,{tags} {metric}={reading.value!r} {seconds}"
    point = reading.key.point.replace(" ", "\\ ")
    return (
        f"heatpump_point,{tags.replace(',', f',point={point},')} value={reading.value!r} {seconds}"
    )


@pytest.fixture(scope="session")
def prometheus(past, tmp_path_factory) -> Iterator[Server]:
    """Prometheus, filled with what it would have scraped in those two days."""
    promtool = binary("promtool", "prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "past.txt").write_text(_scrapes(past), encoding="utf-8")
    subprocess.run(
        [promtool, "tsdb", "create-blocks-from", "openmetrics", "past.txt", "data"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    with start_prometheus(folder, "scrape_configs: []\n") as server:
        yield server


@contextmanager
def start_prometheus(folder: Path, configuration: str) -> Iterator[Server]:
    program = binary("prometheus", "prometheus")
    (folder / "prometheus.yml").write_text(configuration)
    port = free_port()
    command = [
        program,
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with running(command, folder, f"http://127.0.0.1:{port}", "/-/ready") as server:
        yield server


@pytest.fixture
def prometheus_with(tmp_path) -> Callable[[str], object]:
    """Starts an empty Prometheus with a configuration."""
    return lambda configuration: start_prometheus(tmp_path, configuration)


def _scrapes(past: Past) -> str:
    """Our own page every five minutes, as one OpenMetrics file with times."""
    exposition = PrometheusExposition(SystemClock())
    latest: dict[PointKey, Reading] = {}
    series: dict[str, list[str]] = {}
    waiting = iter(past.readings)
    reading = next(waiting, None)
    moment, end = past.interval.start, past.interval.end
    number = 0
    while moment <= end:
        while reading is not None and reading.time <= moment:
            latest[reading.key] = reading
            reading = next(waiting, None)
        number += 1
        answering = {status.source: True for status in past.statuses}
        news = News(past.devices, past.points, latest, frozenset(), answering)
        asyncio.run(exposition.publish(news))
        page = exposition.render(_figures(past, number)).decode()
        for line in page.splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                series.setdefault(name, []).append(f"{name} {value} {moment.timestamp()}")
        moment += SCRAPE_INTERVAL
    lines = (line for _, lines in sorted(series.items(), key=itemgetter(0)) for line in lines)
    return "\n".join([*lines, "# EOF\n"])


def _figures(past: Past, number: int) -> HouseFigures:
    """The house's own figures at the scrape of this number."""
    return HouseFigures(
        "0",
        [
            replace(status, polls=number, rate_remaining=20, last_success=None)
            for status in past.statuses
        ],
        [SinkStatus("history", SinkState.OK, since=past.interval.start, delivered=number)],
        StoreFigures("", 4096 * number, 100 * number, len(past.points)),
    )


@pytest.fixture
def promtool() -> str:
    return binary("promtool", "prometheus")
