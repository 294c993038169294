"""Figures from a process of their own."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from pumphouse.core.errors import StoreError
from pumphouse.core.model import Batch, Device, Interval, Point, PointKey, Reading, Site
from pumphouse.core.units import parse_unit
from pumphouse.runtime.analyst import Analyst, Period
from pumphouse.stores.sqlite import open_store

PUMP = Device("house", "pump", "Pump")
USED = Point(PointKey("house", "pump", "1"), "Used", "electricity_used", parse_unit("kWh"))
HEAT = Point(PointKey("house", "pump", "2"), "Heat", "heat_produced", parse_unit("kWh"))
MIDNIGHT = datetime(2026, 1, 12, tzinfo=UTC)
DAY = Interval(MIDNIGHT, MIDNIGHT + timedelta(days=1))


@pytest.fixture
async def path(tmp_path, clock):
    path = tmp_path / "house.db"
    readings = []
    for step in range(-1, 290):
        time, used = MIDNIGHT + timedelta(minutes=5 * step), 100 + step / 12
        readings += [Reading(USED.key, time, used), Reading(HEAT.key, time, used * 3)]
    async with open_store(path, site=Site(), clock=clock) as store:
        await store.append(Batch("house", (PUMP,), (USED, HEAT), tuple(readings)))
    return path


async def test_days_come_as_daily_metrics(path):
    (values,) = await Analyst(path, "UTC").days([Period(PUMP, DAY)])
    assert values["daily_electricity"] == pytest.approx(24.0, rel=0.01)
    assert values["daily_cop"] == pytest.approx(3.0, rel=0.01)
    assert values["daily_coverage"] == pytest.approx(100.0)
    assert "daily_defrosts" not in values or values["daily_defrosts"] == 0


async def test_a_report_comes_as_its_document_with_origin_and_error_of_each_figure(path):
    (document,) = await Analyst(path, "UTC").reports([Period(PUMP, DAY)])
    assert (document["device"], document["from"]) == ("pump", "2026-01-12T00:00:00Z")
    assert document["coverage"] == 1.0
    cop = document["cop"]
    assert isinstance(cop, dict)
    assert cop["value"] == pytest.approx(3.0, rel=0.01)
    assert cop["error"] > 0
    assert cop["provenance"] == "device meter"
    assert cop["boundary"] in {"H1", "H2", "H3", "H4"}
    assert document["heat_loss_w_per_k"] is None, "one day says nothing about a house"


async def test_without_data_nothing_is_invented(path):
    year = Interval(MIDNIGHT - timedelta(days=400), MIDNIGHT - timedelta(days=399))
    (values,) = await Analyst(path, "UTC").days([Period(PUMP, year)])
    assert values == {"daily_coverage": 0.0}


async def test_a_store_that_cannot_be_read_is_a_store_error(tmp_path):
    path = tmp_path / "none.db"
    path.write_bytes(b"this is no database at all, it only looks like a file" * 40)
    with pytest.raises(StoreError):
        await Analyst(path, "UTC").days([Period(PUMP, DAY)])


def test_the_daemon_itself_loads_no_arrays():
    program = "import sys, pumphouse.runtime.daemon; print('numpy' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"
