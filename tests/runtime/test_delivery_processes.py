"""Killed at any instant, a sink has every reading exactly once in the end."""

import asyncio
import json
import os
import random
import subprocess
import sys
from pathlib import Path

from pumphouse.core.documents import iso
from pumphouse.core.model import Batch
from pumphouse.testing.readings import POINTS, polls

from .delivering import delivery, opened
from .sinks import until

PROGRAM = Path(__file__).with_name("delivering.py")
PAST = 400
KILLS = 20


async def append_the_past(folder):
    """What was stored before there was a sink; more than one batch."""
    readings = tuple(reading for batch in polls(PAST) for reading in batch.readings)
    async with opened(folder) as store:
        await store.append(Batch("house", points=POINTS, readings=readings))


def run_and_kill(folder, first, chance):
    """How many further polls were stored by a process that is killed after a while."""
    process = subprocess.Popen(
        [sys.executable, PROGRAM, str(folder), str(first)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    process.stdout.read(1)
    try:
        process.wait(chance.uniform(0, 0.4))
    except subprocess.TimeoutExpired:
        process.kill()
    output, errors = process.communicate()
    assert b"Traceback" not in errors, errors.decode()
    return 1 + output.count(b".")


async def test_after_kills_at_random_instants_every_reading_is_there_once(tmp_path):
    await append_the_past(tmp_path)
    chance = random.Random(1)
    stored = PAST
    for _ in range(KILLS):
        stored += run_and_kill(tmp_path, stored, chance)
    async with opened(tmp_path) as store:
        last = asyncio.create_task(delivery(tmp_path, store).run())
        await until(lambda: caught_up(store))
        last.cancel()
        await asyncio.gather(last, return_exceptions=True)
        count = (await store.figures()).readings
    files = tmp_path.glob("lines/*")
    rows = [json.loads(line) for path in files for line in path.read_text().splitlines()]
    found = {(row["point"], row["time"]) for row in rows}
    assert len(rows) == len(found) == count
    assert {(r.key.point, iso(r.time)) for one in polls(stored) for r in one.readings} <= found


async def caught_up(store):
    return any(status.cursor and status.lag == 0 for status in await store.sink_statuses())
