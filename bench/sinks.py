"""How many readings does each sink take in a second, and what do they cost?

One pump with 60 points, 50 of them with metrics. Cursor sinks are given days of it in batches,
live ones poll after poll with every value new; servers are real ones on this machine. CPU time is
that of this process alone, and what is counted is what the other side has confirmed. A scrape of
Prometheus is a request for `/metrics`, both ends of which are in this process.

Run alone: `python bench/sinks.py`. A server that is not installed is left out.
"""

import asyncio
import http.client
import logging
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Device, Point, PointKey, Reading
from pumphouse.core.ports import CursorSink, Host, LiveSink, News, Sink, SystemClock
from pumphouse.http.grants import FileGrantStore
from pumphouse.sinks.file.settings import FileSettings
from pumphouse.sinks.file.sink import FileSink
from pumphouse.sinks.influxdb import InfluxDbSettings
from pumphouse.sinks.influxdb.sink import InfluxDb
from pumphouse.sinks.mqtt import MqttSettings
from pumphouse.sinks.mqtt.sink import Mqtt
from pumphouse.sinks.prometheus import PrometheusExposition, serving
from pumphouse.testing.readings import POINTS, POLLS_PER_DAY, polls

DAYS = 10
POLLS = 100
METRICS = 50

_NUMBERS = [m for m in load_catalogue().metrics.values() if not m.text and not m.options]
_POINTS = (
    *(
        replace(point, metric=metric.name, unit=metric.unit)
        for point, metric in zip(POINTS[:METRICS], _NUMBERS, strict=False)
    ),
    *POINTS[METRICS:60],
)
_BY_KEY = {point.key: point for point in _POINTS}
_PUMP = Device("house", "pump", "F1255", "NIBE", connected=True)


@dataclass(frozen=True, slots=True)
class Figures:
    """What went to a sink.

    Attributes:
        readings: how many were taken.
        seconds: by the clock on the wall.
        cpu_seconds: of this process alone.
    """

    readings: int
    seconds: float
    cpu_seconds: float

    def row(self, what: str) -> str:
        """A line of the table."""
        rate, cpu = self.readings / self.seconds, 1e6 * self.cpu_seconds / self.readings
        return f"  {what:<30} {rate:10,.0f} {cpu:15.2f}"


class Stopwatch:
    """Adds up what happens inside its `with` blocks."""

    def __init__(self) -> None:
        self._readings = 0
        self._seconds = 0.0
        self._cpu_seconds = 0.0

    @contextmanager
    def taking(self, readings: int) -> Iterator[None]:
        """Measure how long so many readings take."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self._seconds += time.perf_counter() - wall
        self._cpu_seconds += time.process_time() - cpu
        self._readings += readings

    def figures(self) -> Figures:
        """The sums."""
        return Figures(self._readings, self._seconds, self._cpu_seconds)


async def delivered(sink: Sink) -> Figures:
    """Give a cursor sink its batches, day by day."""
    assert isinstance(sink, CursorSink)
    watch, size = Stopwatch(), sink.batch_size
    async with sink:
        for day in range(DAYS):
            batches = polls(POLLS_PER_DAY, day * POLLS_PER_DAY, _POINTS)
            readings = [reading for batch in batches for reading in batch.readings]
            for start in range(0, len(readings), size):
                some = readings[start : start + size]
                with watch.taking(len(some)):
                    assert not await sink.deliver(some, _BY_KEY)
    return watch.figures()


async def published(sink: Sink) -> Figures:
    """Tell a live sink the newest values, all of them new; the first time does not count."""
    assert isinstance(sink, LiveSink)
    watch = Stopwatch()
    async with sink:
        await sink.publish(_news(0))
        for news in map(_news, range(1, POLLS)):
            with watch.taking(len(news.latest)):
                await sink.publish(news)
    return watch.figures()


async def scraped(exposition: PrometheusExposition) -> Figures:
    """Ask for the page after every poll."""
    watch = Stopwatch()
    async with serving(exposition, "127.0.0.1", 0) as address:
        connection = http.client.HTTPConnection(urlsplit(address).netloc)
        for news in map(_news, range(POLLS)):
            await exposition.publish(news)
            with watch.taking(len(news.latest)):
                page = await asyncio.to_thread(_page, connection)
            assert b"heatpump_outdoor_temperature_celsius" in page
        connection.close()
    return watch.figures()


def _page(connection: http.client.HTTPConnection) -> bytes:
    connection.request("GET", "/metrics")
    return connection.getresponse().read()


def _news(number: int) -> News:
    now = datetime.now(UTC)
    (poll,) = polls(1, number, _POINTS)
    latest: dict[PointKey, Reading] = {
        reading.key: replace(reading, time=now) for reading in poll.readings
    }
    points: dict[PointKey, Point] = _BY_KEY
    return News((_PUMP,), points, latest, frozenset(latest), {"house": True})


@contextmanager
def mosquitto(folder: Path) -> Iterator[str]:
    """A broker; yields its address."""
    port = _free_port()
    configuration = folder / "mosquitto.conf"
    rights = "user root\n" if os.geteuid() == 0 else ""
    configuration.write_text(f"{rights}listener {port} 127.0.0.1\nallow_anonymous true\n")
    with _running(port, "mosquitto", "-c", str(configuration)):
        yield f"mqtt://127.0.0.1:{port}"


@contextmanager
def influxd(folder: Path) -> Iterator[str]:
    """An InfluxDB 1.x with a database to write to; yields its address."""
    port = _free_port()
    (folder / "influxdb.conf").write_text(
        f"""reporting-enabled = false
bind-address = "127.0.0.1:{_free_port()}"
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
    with _running(port, "influxd", "-config", str(folder / "influxdb.conf")):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("POST", "/query?q=CREATE+DATABASE+pumphouse")
        connection.getresponse().read()
        connection.close()
        yield f"http://127.0.0.1:{port}"


@contextmanager
def victoria_metrics(folder: Path) -> Iterator[str]:
    """A VictoriaMetrics; yields its address."""
    port = _free_port()
    arguments = (f"-storageDataPath={folder}/data", f"-httpListenAddr=127.0.0.1:{port}")
    with _running(port, "victoria-metrics", *arguments, "-retentionPeriod=100y"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _running(port: int, program: str, *arguments: str) -> Iterator[None]:
    command = [_found(program), *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + 20
            while not _listens(port):
                if server.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{program} did not start")
                time.sleep(0.05)
            yield
        finally:
            server.kill()


def _found(program: str) -> str:
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        raise FileNotFoundError(program)
    return found


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _host(folder: Path) -> Host:
    return Host(FileGrantStore(folder), SystemClock(), random.Random(1), "Pumphouse/bench")


async def to_mosquitto(folder: Path, qos: int) -> Figures:
    """MQTT with discovery for Home Assistant."""
    with mosquitto(folder) as url:
        settings = MqttSettings.model_validate({"url": url, "qos": qos})
        return await published(Mqtt("broker", settings, _host(folder)))


async def to_influxdb(folder: Path) -> Figures:
    """InfluxDB 1.x."""
    with influxd(folder) as url:
        settings = InfluxDbSettings(url=url)
        return await delivered(InfluxDb("history", settings, _host(folder)))


async def to_victoria_metrics(folder: Path) -> Figures:
    """VictoriaMetrics, by line protocol."""
    with victoria_metrics(folder) as url:
        settings = InfluxDbSettings(url=url)
        return await delivered(InfluxDb("history", settings, _host(folder)))


async def to_files(folder: Path, form: str) -> Figures:
    """Files that are on the disk when they are said to be."""
    settings = FileSettings.model_validate({"type": "file", "folder": folder, "format": form})
    return await delivered(FileSink("lines", settings, _host(folder)))


async def to_prometheus(_: Path) -> Figures:
    """The page that Prometheus asks for."""
    return await scraped(PrometheusExposition(SystemClock()))


SINKS: tuple[tuple[str, Callable[[Path], Coroutine[None, None, Figures]]], ...] = (
    ("MQTT, mosquitto, QoS 1", lambda folder: to_mosquitto(folder, 1)),
    ("MQTT, mosquitto, QoS 0", lambda folder: to_mosquitto(folder, 0)),
    ("InfluxDB 1.x", to_influxdb),
    ("VictoriaMetrics", to_victoria_metrics),
    ("Prometheus, scrapes", to_prometheus),
    ("file, JSON lines", lambda folder: to_files(folder, "jsonl")),
    ("file, CSV", lambda folder: to_files(folder, "csv")),
)


def main() -> None:
    """Print the table."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    print("to a sink                        readings/s     CPU ms per 1000")
    for what, measure in SINKS:
        with tempfile.TemporaryDirectory() as name:
            try:
                print(asyncio.run(measure(Path(name))).row(what))
            except FileNotFoundError as missing:
                print(f"  {what:<30} {missing} is not installed")


if __name__ == "__main__":
    main()
