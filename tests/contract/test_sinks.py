"""Our own sinks pass the suite that is offered to others; behind them are real servers."""

import csv
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.ports import free_port
from tests.services.asked_back import in_influxdb
from tests.services.databases import InfluxDb1
from tests.services.mosquitto import Mosquitto

from pumphouse.core.model import PointKey, Site
from pumphouse.core.ports import Host, Sink
from pumphouse.http.grants import FileGrantStore
from pumphouse.sinks import file, influxdb, mqtt
from pumphouse.testing.clock import FakeClock
from pumphouse.testing.sinks import Arrived, CursorSinkConformance, LiveSinkConformance


def host(folder: str) -> Host:
    grants = FileGrantStore(Path(folder) / "grants")
    return Host(grants, FakeClock(), random.Random(7), "Pumphouse/1 (tests)", Site("Home", "UTC"))


class TestJsonLines(CursorSinkConformance):
    form = "jsonl"

    @asynccontextmanager
    async def sink(self) -> AsyncIterator[Sink]:
        with TemporaryDirectory() as folder:
            self.folder = Path(folder)
            yield self.opened(self.folder / "lines")

    def opened(self, folder: Path) -> Sink:
        settings = file.FileSettings.model_validate(
            {"type": "file", "folder": folder, "format": self.form}
        )
        return file.PLUGIN.open("log", settings, host(str(folder.parent)))

    def unreachable(self) -> Sink:
        return self.opened(Path("/proc/nowhere"))

    async def arrived(self) -> Arrived:
        rows = [row for path in sorted(self.folder.glob("lines/*")) for row in self.rows(path)]
        numbers = [row for row in rows if row["value"] not in {"", None}]
        return {
            (
                PointKey(row["source"], row["device"], row["point"]),
                datetime.fromisoformat(row["time"]),
            ): float(row["value"])
            for row in numbers
        }

    def rows(self, path):
        return [json.loads(line) for line in path.read_text().splitlines()]


class TestCsv(TestJsonLines):
    form = "csv"

    def rows(self, path):
        with path.open(newline="") as opened:
            return list(csv.DictReader(opened))


class TestInfluxDb(CursorSinkConformance):
    @asynccontextmanager
    async def sink(self) -> AsyncIterator[Sink]:
        with TemporaryDirectory() as folder:
            self.server = InfluxDb1(Path(folder))
            self.server.start()
            try:
                self.server.query('CREATE DATABASE "pumphouse"')
                yield self.opened(self.server.url)
            finally:
                self.server.kill()

    def opened(self, url: str) -> Sink:
        settings = influxdb.InfluxDbSettings(url=url)
        return influxdb.PLUGIN.open("history", settings, host("/nowhere"))

    def unreachable(self) -> Sink:
        return self.opened(f"http://127.0.0.1:{free_port()}")

    async def arrived(self) -> Arrived:
        points = {"outdoor_temperature": "40004", "priority": "1/43086"}
        start = datetime(1970, 1, 1, tzinfo=UTC)
        return {
            (
                PointKey(source, device, points.get(name) or name[1:-1]),
                start + timedelta(milliseconds=stamp),
            ): value
            for (source, device, name), series in in_influxdb(self.server).items()
            for stamp, value in series.items()
        }


class TestMqtt(LiveSinkConformance):
    @asynccontextmanager
    async def sink(self) -> AsyncIterator[Sink]:
        with TemporaryDirectory() as folder, Mosquitto(Path(folder)) as broker:
            yield self.opened(broker.port)

    def opened(self, port: int) -> Sink:
        settings = mqtt.MqttSettings(url=f"mqtt://127.0.0.1:{port}", homie=True, legacy_topics=True)
        return mqtt.PLUGIN.open("broker", settings, host("/nowhere"))

    def unreachable(self) -> Sink:
        return self.opened(free_port())
