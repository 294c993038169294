"""A real rtl_433, Debian's, that hears a made-up radio: what a stick would hear is computed."""

import math
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Self

import pytest

RATE = 250_000
#: how long half a bit lasts in both protocols of Oregon Scientific, in seconds
HALF_BIT = 488e-6
#: silence that is sent at once; a stick sends as fast as time passes
QUIET = 0.05
_CARRIER = 25_000


def rtl_433_program() -> str:
    """Where rtl_433 is; without it the test is skipped, on CI it fails."""
    found = shutil.which("rtl_433")
    if found is None:
        missing = "rtl_433 is not here: apt-get install --no-install-recommends rtl-433"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def samples(seconds: float, *, on: bool) -> bytes:
    """What a stick hears: a carrier, or almost nothing."""
    count = round(seconds * RATE)
    if not on:
        return bytes(127 + (place % 3 == 0) for place in range(2 * count))
    angles = (2 * math.pi * place * _CARRIER / RATE for place in range(count))
    pairs = ((127.5 + 90 * math.cos(angle), 127.5 + 90 * math.sin(angle)) for angle in angles)
    return bytes(round(part) for pair in pairs for part in pair)


def transmission(code: str) -> bytes:
    """The signal of a row of bits as `-y` takes it: a bit is a carrier that comes, or that ends."""
    length, _, octets = code.removeprefix("{").partition("}")
    bits = f"{int(octets, 16):0{4 * len(octets)}b}"[: int(length)]
    half = {"1": samples(HALF_BIT, on=True), "0": samples(HALF_BIT, on=False)}
    turns = {"1": half["1"] + half["0"], "0": half["0"] + half["1"]}
    return b"".join(turns[bit] for bit in bits)


class Radio:
    """A receiver in the network (the protocol of rtl_tcp) that hears what it is told to."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._signals: SimpleQueue[bytes] = SimpleQueue()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with socket.socket() as knock:
            knock.connect_ex(("127.0.0.1", self.port))
        self._thread.join()
        self._server.close()

    def hears(self, *codes: str) -> None:
        """Have the transmissions heard, one after the other."""
        for code in codes:
            self._signals.put(transmission(code))

    def _serve(self) -> None:
        while not self._over.is_set():
            listener, _ = self._server.accept()
            with listener:
                try:
                    self._stream(listener)
                except OSError:
                    continue

    def _stream(self, listener: socket.socket) -> None:
        listener.sendall(b"RTL0" + (5).to_bytes(4, "big") + (29).to_bytes(4, "big"))
        silence = samples(QUIET, on=False)
        while not self._over.wait(QUIET / 2):
            listener.sendall(silence)
            with suppress(Empty):
                listener.sendall(self._signals.get_nowait() + silence)


class Rtl433Program:
    """One rtl_433 that runs with some outputs until it is left."""

    def __init__(self, folder: Path, radio: Radio, outputs: Sequence[str]) -> None:
        self.command = (
            *(rtl_433_program(), "-d", f"rtl_tcp:127.0.0.1:{radio.port}", "-M", "level"),
            *(word for output in outputs for word in ("-F", output)),
        )
        self._log = folder / "rtl_433.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self.command, stdout=log, stderr=log)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
