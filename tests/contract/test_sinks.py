"""Our own sinks pass the suite that is offered to others."""

import csv
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pumphouse.core.model import PointKey, Site
from pumphouse.core.ports import Host, Sink
from pumphouse.http.grants import FileGrantStore
from pumphouse.sinks import file
from pumphouse.testing.clock import FakeClock
from pumphouse.testing.sinks import Arrived, CursorSinkConformance


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
