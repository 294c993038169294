"""How much memory does `pumphouse run` need, two sources polled again and again?

Both simulated clouds serve from another process; the figure is the peak of the daemon alone.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pumphouse.config.load import load
from pumphouse.runtime.demo import log_in, write_configuration
from pumphouse.runtime.plugins import source_types
from pumphouse.simulator.server import Announcement

LIMIT_MB = 90
PROGRAM = (sys.executable, "-m", "pumphouse.cli.main")
SECONDS = 20.0
INTERVAL = 5


def measure(seconds: float = SECONDS) -> tuple[float, int]:
    """Peak resident memory of the daemon in megabytes, and how many requests it made."""
    with tempfile.TemporaryDirectory() as folder, _clouds() as clouds:
        path = write_configuration(Path(folder), clouds, port=8400, interval=INTERVAL)
        asyncio.run(log_in(load(path, source_types())))
        command = [*PROGRAM, "--config", str(path)]
        with subprocess.Popen(
            [*command, "run"],
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PUMPHOUSE_WEB__PORT": "0"},
        ) as daemon:
            time.sleep(seconds)
            peak = _peak_mb(daemon.pid)
            daemon.send_signal(signal.SIGTERM)
        answer = subprocess.run([*command, "status", "--json"], capture_output=True, check=True)
    sources = json.loads(answer.stdout)["sources"]
    return peak, sum(source["requests"] for source in sources.values())


@contextmanager
def _clouds() -> Iterator[Announcement]:
    with subprocess.Popen(
        [*PROGRAM, "simulate", "--auto-consent"], stdout=subprocess.PIPE
    ) as simulator:
        assert simulator.stdout is not None
        yield Announcement(**json.loads(simulator.stdout.readline()))
        simulator.send_signal(signal.SIGTERM)


def _peak_mb(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Print the table."""
    peak, requests = measure()
    print("Peak memory of `run`")
    print(f"  {'after requests':<32}{requests:>12}")
    print(f"  {'peak resident memory':<32}{peak:>12.1f} MB   (at most {LIMIT_MB})")


if __name__ == "__main__":
    main()
