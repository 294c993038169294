"""Real databases: the Debian packages' own programs on free ports, with their data in a folder."""

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

import pytest
from tests.ports import free_port

PATIENCE_SECS = 120.0


#: the prices of tomorrow are known today; without an end VictoriaMetrics leaves them out
_EVER = "2100-01-01T00:00:00Z"


def program(name: str, package: str) -> str:
    """Where a program is; without it the test is skipped, on CI it fails."""
    found = shutil.which(name)
    if found is None:
        missing = f"{name} is not here: apt-get install --no-install-recommends {package}"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


class Series(TypedDict):
    """One series of an answer of InfluxDB."""

    name: str
    tags: dict[str, str]
    columns: list[str]
    values: list[list[float]]


class Export(TypedDict):
    """One series of an export of VictoriaMetrics."""

    metric: dict[str, str]
    timestamps: list[int]
    values: list[float]


class Database:
    """A program that listens; it can be stopped, killed and started again with the same data."""

    def __init__(self, folder: Path, ready_path: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._ready_path = ready_path
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[str]:
        raise NotImplementedError

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self.command(), stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE_SECS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                pytest.fail("it did not start:\n" + (self.folder / "log").read_text()[-3000:])
            time.sleep(0.02)

    def kill(self) -> None:
        """As if the machine had lost the program: SIGKILL."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE_SECS)
            self._process = None

    def _answers(self) -> bool:
        try:
            self.ask(self._ready_path)
        except (urllib.error.URLError, OSError):
            return False
        return True

    def ask(self, path: str, *params: tuple[str, str], method: str = "GET") -> str:
        """The body of an answer."""
        address = f"{self.url}{path}?{urllib.parse.urlencode(params)}"
        request = urllib.request.Request(address, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE_SECS) as answer:
            body: bytes = answer.read()
        return body.decode()


class InfluxDb1(Database):
    """InfluxDB 1.x, its HTTP and its internal port on free ports, silent to the outside.

    Args:
        folder: of its data and configuration.
        http: further settings of the section `[http]`.
    """

    def __init__(self, folder: Path, **http: object) -> None:
        super().__init__(folder, "/ping")
        self._program = program("influxd", "influxdb")
        self._http = http
        self.login: tuple[tuple[str, str], ...] = ()

    def command(self) -> Sequence[str]:
        http = {"bind-address": f"127.0.0.1:{self.port}", "log-enabled": False}
        more = {name.replace("_", "-"): value for name, value in self._http.items()}
        rows = [f"{name} = {json.dumps(value)}" for name, value in (http | more).items()]
        path = self.folder / "influxdb.conf"
        path.write_text(
            "\n".join(
                [
                    "reporting-enabled = false",
                    f'bind-address = "127.0.0.1:{free_port()}"',
                    f'[meta]\ndir = "{self.folder}/meta"',
                    f'[data]\ndir = "{self.folder}/data"\nwal-dir = "{self.folder}/wal"',
                    "query-log-enabled = false",
                    "[monitor]\nstore-enabled = false",
                    "[http]",
                    *rows,
                ]
            )
        )
        return [self._program, "-config", str(path)]

    def query(self, influxql: str, database: str = "pumphouse") -> list[Series]:
        """The series of the answer to one statement; instants in milliseconds."""
        params = [*self.login, ("db", database), ("epoch", "ms"), ("q", influxql)]
        (result,) = json.loads(self.ask("/query", *params, method="POST"))["results"]
        assert "error" not in result, result
        found: list[Series] = result.get("series", [])
        return found


class VictoriaMetrics(Database):
    """VictoriaMetrics, keeping everything for a hundred years and one sample per instant."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "/health")
        self._program = program("victoria-metrics", "victoria-metrics")

    def command(self) -> Sequence[str]:
        return [
            self._program,
            f"-storageDataPath={self.folder}/data",
            f"-httpListenAddr=127.0.0.1:{self.port}",
            "-retentionPeriod=100y",
            "-dedup.minScrapeInterval=1ms",
            "-search.latencyOffset=0s",
        ]

    def export(self, selector: str) -> list[Export]:
        """Every sample of the matching series, one object per series."""
        self.ask("/internal/force_flush")  # what is written becomes visible after a second
        rows = self.ask(
            "/api/v1/export", ("match[]", selector), ("end", _EVER), method="POST"
        ).splitlines()
        return [json.loads(row) for row in rows]
