"""What the process that computes answers about a pump whose energies are known."""

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from tests.web.pump_days import ELECTRICITY_A_DAY, HEATING, HOT_WATER, pump_days

from pumphouse.core.model import Interval, Site
from pumphouse.core.ports import SystemClock
from pumphouse.runtime.analyst import Analyst, Period
from pumphouse.stores.sqlite import open_store

pytestmark = pytest.mark.asyncio(loop_scope="module")

START = datetime(2026, 1, 30, tzinfo=UTC)
DAYS = 12


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ask(tmp_path_factory):
    """Asks about the whole time, or as much of it as is wanted."""
    path, batch = tmp_path_factory.mktemp("store") / "p.db", pump_days(START, DAYS)
    async with open_store(path, site=Site(timezone="UTC"), clock=SystemClock()) as store:
        await store.append(batch)
    analyst = Analyst(path, "UTC")

    async def about(what, days=DAYS, first=0):
        start = START + timedelta(days=first)
        interval = Interval(start, start + timedelta(days=days))
        return await analyst.about(what, Period(batch.devices[0], interval))

    return about


async def test_a_season_has_its_days_and_its_months_split_by_purpose(ask):
    season = await ask("season")
    assert [one["day"] for one in season["days"]][:3] == ["2026-01-30", "2026-01-31", "2026-02-01"]
    assert [(one["month"], one["days"], one["known"]) for one in season["months"]] == [
        ("2026-01", 2, 2),
        ("2026-02", 10, 10),
    ]
    january, february = season["months"]
    assert january["electricity_kwh"]["value"] == pytest.approx(2 * ELECTRICITY_A_DAY, rel=0.03)
    assert february["heat"]["heating"] == pytest.approx(10 * 11 * HEATING, rel=0.03)
    assert february["heat"]["hot_water"] == pytest.approx(10 * HOT_WATER, rel=0.1)
    assert february["heat"]["additional"] == 0


async def test_a_day_of_cycles_has_every_run_and_what_it_was_for(ask):
    cycles = await ask("cycles", days=1, first=2)
    runs = cycles["runs"]
    assert len(runs) == 24
    assert [run["mode"] for run in runs].count("hot_water") == 2
    assert cycles["starts"]["best"]["value"] == 24
    assert cycles["run_hours"]["best"]["value"] == pytest.approx(12, abs=0.3)
    assert cycles["longest_pause_h"]["value"] == pytest.approx(0.5, abs=0.1)
    assert cycles["degree_minutes"]["compressor_start"] == -60
    assert len(cycles["degree_minutes"]["reported"]) <= 289


async def test_a_curve_falls_from_cold_to_mild(ask):
    curve = (await ask("curve"))["curve"]
    outdoor, supply = zip(*curve["knots"], strict=True)
    assert list(outdoor) == sorted(outdoor)
    assert list(supply) == sorted(supply, reverse=True)
    assert len(curve["cloud"]) <= 1000


async def test_nothing_is_told_where_nothing_is_known(ask):
    season = await ask("season", days=3, first=100)
    assert season["coverage"] == 0
    assert season["cop"] is None
    assert (season["house"], season["curve"], season["means"]) == (None, None, None)
    assert (await ask("curve", days=3, first=100))["curve"] is None
    assert (await ask("cycles", days=1, first=100))["runs"] == []
