"""A real broker: Debian's mosquitto on a free port, with its data in a folder."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import pytest
from tests.ports import free_port

PATIENCE_SECS = 120.0


def mosquitto_program() -> str:
    """Where mosquitto is; without it the test is skipped, on CI it fails."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if found is None:
        missing = "mosquitto is not here: apt-get install --no-install-recommends mosquitto"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


class Mosquitto:
    """One broker, which may be killed and started again on the same port.

    Args:
        folder: for its configuration and its log; what it retains dies with it.
        lines: further lines of its configuration.
    """

    def __init__(self, folder: Path, lines: Sequence[str] = ("allow_anonymous true",)) -> None:
        self._program = mosquitto_program()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self._configuration = folder / "mosquitto.conf"
        self._configuration.write_text(
            "\n".join(
                [
                    *(["user root"] if os.geteuid() == 0 else []),
                    f"listener {self.port} 127.0.0.1",
                    *lines,
                    "",
                ]
            ),
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(signal.SIGTERM)

    def start(self) -> None:
        """Start it, and return when it listens."""
        with (self._folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "-c", str(self._configuration)], stdout=log, stderr=log
            )
        deadline = time.monotonic() + PATIENCE_SECS
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                said = (self._folder / "mosquitto.log").read_text(encoding="utf-8")
                pytest.fail(f"mosquitto did not start:\n{said}")
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it; by default in the middle of whatever it does."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE_SECS)
            self._process = None

    def freeze(self) -> None:
        """Leave it as it is: it keeps its connections and says nothing any more."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
