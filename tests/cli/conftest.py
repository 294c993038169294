"""The program as a user has it: separate processes, a configuration file, real sockets."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

RECORDINGS = Path(__file__).parents[1] / "recordings"
PROGRAM = (sys.executable, "-W", "error", "-m", "pumphouse.cli.main")


@dataclass(frozen=True)
class Finished:
    """What a command came to; `everything` is all it wrote."""

    code: int
    out: str
    err: str

    @property
    def everything(self) -> str:
        return self.out + self.err

    def json(self) -> object:
        return json.loads(self.out)


class Pumphouse:
    """Calls the program in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.config = home / "pumphouse.toml"
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PUMPHOUSE_")},
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_STATE_HOME": str(home / "state"),
            "COLUMNS": "160",
            "PUMPHOUSE_WEB__PORT": "0",  # any free one: tests run side by side
        }

    def command(self, *arguments: str) -> list[str]:
        return [*PROGRAM, "--config", str(self.config), *arguments]

    def __call__(self, *arguments: str, given: str = "", expect: int | None = 0) -> Finished:
        done = subprocess.run(
            self.command(*arguments),
            input=given,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            env=self.environment,
            cwd=self.home,
        )
        finished = Finished(done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in finished.everything, finished.everything
        assert expect is None or done.returncode == expect, finished.everything
        return finished

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """A command that goes on; ended at the end if it still runs."""
        process = subprocess.Popen(
            self.command(*arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
            cwd=self.home,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()

    def write_config(self, clouds: Mapping[str, str], **sources: str) -> None:
        """A configuration with one source for each name, of the type given."""
        sections = [
            f'[sources.{name}]\ntype = "{kind}"\nclient_id = "{clouds["client_id"]}"\n'
            f'client_secret = "{clouds["client_secret"]}"\nbase_url = "{clouds[kind]}"\n'
            f'grant = "authorization_code"\n'
            for name, kind in sources.items()
        ]
        self.config.write_text(
            f'[store]\npath = "{self.home / "data" / "p.db"}"\n\n' + "\n".join(sections)
        )

    def log_in(self, name: str) -> Finished:
        """`login --paste` as a person does it: follow the address, paste where it led."""
        with self.running("login", name, "--paste") as process:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            out, err = process.communicate(self.redirected(address) + "\n", timeout=120)
        assert process.returncode == 0, out + err
        return Finished(process.returncode, address + out, err)

    @staticmethod
    def redirected(address: str) -> str:
        """Where a browser would be sent to from `address` (with automatic consent)."""
        parts = urlsplit(address)
        connection = HTTPConnection(parts.netloc, timeout=30)
        connection.request("GET", f"{parts.path}?{parts.query}")
        location = connection.getresponse().getheader("Location")
        connection.close()
        assert location is not None
        return location

    @staticmethod
    def ask(url: str, method: str, path: str, body: object = None) -> object:
        """A request to the simulator's own interface."""
        parts = urlsplit(url)
        connection = HTTPConnection(parts.netloc, timeout=30)
        connection.request(method, path, body=None if body is None else json.dumps(body))
        answer = connection.getresponse().read()
        connection.close()
        return json.loads(answer) if answer else None


@pytest.fixture
def pumphouse(tmp_path: Path) -> Pumphouse:
    return Pumphouse(tmp_path)


@pytest.fixture
def simulate(pumphouse: Pumphouse) -> Iterator[Callable[..., Mapping[str, str]]]:
    """Starts `pumphouse simulate` and returns what it announces."""
    running: list[object] = []

    def start(*arguments: str) -> Mapping[str, str]:
        context = pumphouse.running("simulate", "--auto-consent", *arguments)
        process = context.__enter__()
        running.append(context)
        assert process.stdout is not None
        announced: Mapping[str, str] = json.loads(process.stdout.readline())
        return announced

    yield start
    for context in running:
        context.__exit__(None, None, None)  # type: ignore[attr-defined]  # a context manager
