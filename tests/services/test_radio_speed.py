"""Ten thousand events a second: none is lost, in bounded memory, on one core."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from .mosquitto import mosquitto_program

BENCH = Path(__file__).parents[2] / "bench" / "radio.py"
RATE = 10_000
#: a tenth of the full measure, which `make bench` takes
EVENTS = 10_000
LIMIT_MB = 120


@pytest.fixture(scope="module")
def bench():
    return runpy.run_path(str(BENCH), run_name="radio")


def test_our_child_s_events_need_less_than_a_core_and_little_memory():
    ask = f"print(runpy.run_path({str(BENCH)!r})['measure']('child', {EVENTS}, {RATE}))"
    # in a process of its own, whose memory is nobody else's
    said = subprocess.run(
        [sys.executable, "-c", f"import runpy; {ask}"], capture_output=True, text=True, check=True
    )
    use = {name: float(value) for name, value in re.findall(r"(\w+)=([\d.]+)", said.stdout)}
    assert use["stored"] == use["events"] == EVENTS
    assert use["cpu"] < use["seconds"]
    assert use["peak_mb"] < LIMIT_MB


async def test_none_of_the_events_that_a_broker_passes_on_is_lost(bench, tmp_path):
    mosquitto_program()
    use = await bench["WAYS"]["broker"](tmp_path, EVENTS, RATE)
    assert use.stored == use.events == EVENTS
