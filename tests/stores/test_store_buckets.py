"""Steps of any length are summed up from roll-ups: told by SQLite's own work, not by a clock."""

from datetime import timedelta

import pytest

from pumphouse.core.model import Batch, Interval, Site
from pumphouse.stores.sqlite import open_store
from pumphouse.stores.sqlite.archive import Archive
from pumphouse.stores.sqlite.buckets import buckets
from pumphouse.stores.sqlite.file import connect_reader
from pumphouse.testing.clock import FakeClock
from pumphouse.testing.readings import POINTS, POLLS_PER_DAY, START, polls

DAYS = 60
PERIOD = Interval(START, START + timedelta(days=DAYS))
POINT = POINTS[2]
PER_CALL = 100


@pytest.fixture
async def path(tmp_path):
    """Two months of one point, all of it folded."""
    file = tmp_path / "store.db"
    clock = FakeClock(PERIOD.end + timedelta(days=2))
    async with open_store(file, site=Site("Home"), clock=clock) as store:
        for day in range(DAYS):
            batches = polls(POLLS_PER_DAY, day * POLLS_PER_DAY, (POINT,))
            readings = tuple(reading for batch in batches for reading in batch.readings)
            await store.append(Batch("house", points=(POINT,), readings=readings))
    return file


def work(path, step):
    """The instructions of SQLite's machine for the buckets of a step, in hundreds."""
    calls = 0

    def called():
        nonlocal calls
        calls += 1

    connection = connect_reader(path, Archive(path.parent / "archive"))
    connection.set_progress_handler(called, PER_CALL)
    found = buckets(connection, POINT.key, PERIOD, step.total_seconds())
    connection.close()
    assert sum(bucket.count for bucket in found) == DAYS * POLLS_PER_DAY
    return calls


@pytest.mark.parametrize("step", [timedelta(hours=9), timedelta(seconds=31_536)])
async def test_a_step_takes_few_readings_whether_or_not_it_is_whole_hours(path, step):
    single_readings = work(path, timedelta(hours=2) - timedelta(seconds=1))
    assert work(path, step) < single_readings / 2
