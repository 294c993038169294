"""How long does a heat pump's whole past take into InfluxDB?

A pump-year is 60 points read every five minutes, 6.3 million readings. A tenth of it is delivered
to a real InfluxDB 1.x as the sink is given them, in batches; the promise is that all of it takes
less than a minute, and the program fails where it is broken. Beside it, how fast lines are written
without a server.

Run alone: `python bench/influxdb_backfill.py [DAYS]`, 365 for a whole year. Without `influxd` on
the machine only the encoding is measured.
"""

import asyncio
import gzip
import http.client
import logging
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

import structlog

from pumphouse.core.model import Point, PointKey, Reading
from pumphouse.core.ports import Host, SystemClock
from pumphouse.http.grants import FileGrantStore
from pumphouse.sinks.influxdb import InfluxDbSettings
from pumphouse.sinks.influxdb.line_protocol import Place, encode, series
from pumphouse.sinks.influxdb.sink import InfluxDb
from pumphouse.testing.readings import POINTS, POLLS_PER_DAY, polls

YEAR_DAYS = 365
SAMPLE_DAYS = 36
LIMIT_SECS = 60.0
METRICS = 50  # of the 60 points; the others have no metric, which is the usual share

_POINTS = tuple(
    replace(point, metric=f"metric_{number}" if number < METRICS else None)
    for number, point in enumerate(POINTS[:60])
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a delivery costs.

    Attributes:
        readings: how many were delivered.
        seconds: by the clock on the wall.
        cpu_seconds: of this process alone.
    """

    readings: int
    seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Readings per second."""
        return self.readings / self.seconds

    @property
    def cpu_per_thousand(self) -> float:
        """Milliseconds of this process per thousand readings."""
        return 1e6 * self.cpu_seconds / self.readings


def encoding() -> Figures:
    """Write and compress the lines of ten days, and send them nowhere."""
    batches = list(_batches(10, 5000))
    tags = {"device": "pump", "source": "house"}
    places = {
        p.key: Place(series("heatpump", tags), p.metric)
        if p.metric
        else Place(series("heatpump_point", tags | {"point": p.key.point}), "value")
        for p in _POINTS
    }
    wall, cpu = time.perf_counter(), time.process_time()
    for batch in batches:
        gzip.compress(encode(batch, places).body, 1)
    return Figures(sum(map(len, batches)), time.perf_counter() - wall, time.process_time() - cpu)


async def backfill(days: int, *, batch_size: int = 5000) -> Figures:
    """Deliver so many days to a server of our own; making up the readings does not count."""
    points: dict[PointKey, Point] = {point.key: point for point in _POINTS}
    readings, seconds, cpu = 0, 0.0, 0.0
    with tempfile.TemporaryDirectory() as name, _influxd(Path(name)) as port:
        settings = InfluxDbSettings(url=f"http://127.0.0.1:{port}", batch_size=batch_size)
        host = Host(FileGrantStore(Path(name)), SystemClock(), random.Random(1), "Pumphouse/bench")
        async with InfluxDb("bench", settings, host) as sink:
            for batch in _batches(days, batch_size):
                wall, used = time.perf_counter(), time.process_time()
                rejections = await sink.deliver(batch, points)
                seconds += time.perf_counter() - wall
                cpu += time.process_time() - used
                readings += len(batch)
                assert not rejections
        counted = _ask(port, "SELECT count(metric_0) FROM heatpump").split("[")[-1]
        assert counted.startswith(f'"1970-01-01T00:00:00Z",{days * POLLS_PER_DAY}]'), counted
    return Figures(readings, seconds, cpu)


def _batches(days: int, size: int) -> Iterator[list[Reading]]:
    waiting: list[Reading] = []
    for day in range(days):
        for poll in polls(POLLS_PER_DAY, day * POLLS_PER_DAY, _POINTS):
            waiting += poll.readings
        while len(waiting) >= size:
            yield waiting[:size]
            waiting = waiting[size:]
    if waiting:
        yield waiting


@contextmanager
def _influxd(folder: Path) -> Iterator[int]:
    """An InfluxDB 1.x with a database to write to; yields its port."""
    ports = []
    for _ in range(2):
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            ports.append(listening.getsockname()[1])
    (folder / "influxdb.conf").write_text(
        f"""reporting-enabled = false
bind-address = "127.0.0.1:{ports[0]}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:{ports[1]}"
log-enabled = false
"""
    )
    command = ["influxd", "-config", str(folder / "influxdb.conf")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(ports[1])
            _ask(ports[1], 'CREATE DATABASE "pumphouse"')
            yield ports[1]
        finally:
            server.kill()


def _wait_for(port: int) -> None:
    for _ in range(1200):
        try:
            _ask(port, "SHOW DATABASES")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("influxd did not start")


def _ask(port: int, influxql: str) -> str:
    query = urlencode({"db": "pumphouse", "q": influxql})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", f"/query?{query}")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def main() -> None:
    """Print the table."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    days = int(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE_DAYS
    print("to InfluxDB 1.x                    readings/s   CPU ms per 1,000 readings")
    alone = encoding()
    print(f"  lines written and compressed   {alone.rate:12,.0f}   {alone.cpu_per_thousand:10.2f}")
    if shutil.which("influxd") is None:
        print("  delivered: no influxd here (apt-get install --no-install-recommends influxdb)")
        return
    figures = asyncio.run(backfill(days))
    year_secs = figures.seconds * YEAR_DAYS / days
    print(
        f"  delivered and confirmed        {figures.rate:12,.0f}   {figures.cpu_per_thousand:10.2f}"
    )
    print(f"  one pump-year of 60 points     {year_secs:12.1f} s (under {LIMIT_SECS:.0f} s)")
    if year_secs >= LIMIT_SECS:
        raise SystemExit(f"a pump-year takes {LIMIT_SECS:.0f} s or more")


if __name__ == "__main__":
    main()
