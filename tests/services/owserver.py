"""A real owserver: Debian's, on a free port, with simulated chips."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import pytest
from tests.ports import free_port

PATIENCE_SECS = 120.0


def owserver_program() -> str:
    """Where owserver is; without it the test is skipped, on CI it fails."""
    found = shutil.which("owserver")
    if found is None:
        missing = "owserver is not here: apt-get install --no-install-recommends owserver"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


class Owserver:
    """One owserver, which may be ended and started again on the same port.

    Args:
        folder: for its log.
        chips: `--fake=28,10` for random values, `--tester=28` for the same ones every time.
    """

    def __init__(self, folder: Path, *chips: str) -> None:
        self._program = owserver_program()
        self._log = folder / "owserver.log"
        self._chips = chips
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, and return when it listens."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "--foreground", *self._chips, "-p", self.address],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + PATIENCE_SECS
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"owserver did not start:\n{self._log.read_text(encoding='utf-8')}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(PATIENCE_SECS)
            self._process = None

    def _listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
