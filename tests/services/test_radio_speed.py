"""Ten thousand events a second: none is lost, in bounded memory, on one core."""

import runpy
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


def test_our_child_s_events_need_less_than_a_core_and_little_memory(bench):
    use = bench["measure"]("child", EVENTS, RATE)
    assert use.stored == use.events == EVENTS
    assert use.cpu < use.seconds
    assert use.peak_mb < LIMIT_MB


async def test_none_of_the_events_that_a_broker_passes_on_is_lost(bench, tmp_path):
    mosquitto_program()
    use = await bench["WAYS"]["broker"](tmp_path, EVENTS, RATE)
    assert use.stored == use.events == EVENTS
