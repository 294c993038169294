"""The pages of figures: there at once, filled later, honest about what is missing."""

import re
from datetime import timedelta

import pytest
import pytest_asyncio
from tests.web.pump_days import NAME, pump_days

from pumphouse.core.errors import StoreError
from pumphouse.core.model import Batch, Device
from pumphouse.testing.clock import FakeClock

from .house import opened, plain, problems_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

FRAGMENT = {"HX-Request": "true"}
PATHS = ("/efficiency", "/cycles", "/heating-curve")
DAYS = 21


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lived_in(tmp_path_factory):
    """A pump with three weeks of readings, and a device without any."""
    clock = FakeClock()
    async with opened(tmp_path_factory.mktemp("lived"), clock) as up:
        store = up.context.installation.store
        await store.append(pump_days(clock.now() - timedelta(days=DAYS), DAYS))
        await store.append(Batch("house", (Device("house", "silent", "Silent"),)))
        yield up


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_is_there_before_its_figures_and_says_so(lived_in, path):
    page = await lived_in.get(f"{path}?device=p1&last=365d&day=2020-01-01")
    assert page.status == 200
    assert problems_of(page.text) == []
    assert 'hx-trigger="load"' in page.text
    assert "now=1" in page.text, "a link for those without scripts"
    assert "Computing" in plain(page.text)


@pytest.mark.parametrize("query", ["", "&now=1"])
@pytest.mark.parametrize("path", PATHS)
async def test_the_figures_come_as_a_part_or_with_the_page(lived_in, path, query):
    headers = {} if query else FRAGMENT
    page = await lived_in.get(f"{path}?device=p1{query}", headers=headers)
    assert page.status == 200
    assert problems_of(page.text) == []
    assert ("<html" in page.text) is bool(query)
    assert "hx-get" not in page.text
    assert "<svg" in page.text
    assert NAME not in page.text
    if query:
        assert "Pump &lt;b&gt;&amp;" in page.text


async def test_what_was_computed_once_comes_with_the_page(lived_in):
    await lived_in.get("/efficiency?device=p1&last=90d", headers=FRAGMENT)
    page = await lived_in.get("/efficiency?device=p1&last=90d")
    assert "hx-get" not in page.text
    assert 'class="season"' in page.text


async def test_every_number_stands_beside_its_error_origin_and_coverage(lived_in):
    page = (await lived_in.get("/efficiency?device=p1", headers=FRAGMENT)).text
    tiles = re.findall(r'<div class="figure.*?</div>', page, re.DOTALL)
    numbers = [one for one in tiles if 'class="number"' in one]
    assert len(numbers) >= 8
    for tile in numbers:
        assert "±" in tile
        assert re.search(r"data for|from \d+ days", tile)
        assert re.search(r"measured|meter|derived|estimated", tile)
    cop = next(one for one in numbers if "<dt>COP</dt>" in one)
    assert re.search(r">H[1-4]</abbr>", cop)


@pytest.mark.parametrize("path", PATHS)
async def test_a_device_without_data_has_words_and_no_numbers(lived_in, path):
    page = await lived_in.get(f"{path}?device=silent", headers=FRAGMENT)
    assert page.status == 200
    assert problems_of(page.text) == []
    assert "not enough" in plain(page.text)
    assert 'class="number"' not in page.text


@pytest.mark.parametrize("path", PATHS)
async def test_a_failure_is_told_and_does_not_leave_a_page_that_waits(lived_in, monkeypatch, path):
    async def broken(_what, _period):
        raise StoreError("the disk <has> gone")

    monkeypatch.setattr(lived_in.context.figures, "_ask", broken)
    page = await lived_in.get(f"{path}?device=silent&last=365d&day=2021-02-03", headers=FRAGMENT)
    assert page.status == 200
    assert "the disk &lt;has&gt; gone" in page.text
    assert "hx-get" not in page.text


async def test_runs_are_listed_with_what_they_were_for(lived_in):
    now = FakeClock().now()
    day = (now - timedelta(days=2)).date()
    page = plain((await lived_in.get(f"/cycles?device=p1&day={day}", headers=FRAGMENT)).text)
    assert page.count("30 min") >= 20
    assert "Hot water" in page
    assert "Degree minutes" in page


async def test_a_day_has_neighbours_and_the_future_none(lived_in):
    today = FakeClock().now().date()
    page = (await lived_in.get("/cycles?device=p1&day=2999-01-01")).text
    assert f"Today, {today}" in plain(page)
    assert 'rel="next"' not in page
    assert f"day={today - timedelta(days=1)}" in page


@pytest.mark.parametrize(
    "query", ["last=99d", "month=2999-01", "month=x", "day=x", "day=0001-01-01"]
)
@pytest.mark.parametrize("path", PATHS)
async def test_a_period_that_is_none_falls_back(lived_in, path, query):
    assert (await lived_in.get(f"{path}?{query}")).status == 200


async def test_the_report_is_a_file_of_its_own(lived_in):
    file = await lived_in.get("/efficiency/report.html?device=p1")
    assert file.status == 200
    assert file.headers["Content-Disposition"].startswith('attachment; filename="pumphouse-p1-')
    assert "<script" not in file.text
    assert not re.search(r"""(?:src|href|url)\s*[=(]""", file.text), (
        "it needs nothing from elsewhere"
    )
    assert "Heat pump report" in file.text


async def test_before_there_is_a_pump_the_pages_say_so(empty):
    for path in (*PATHS, "/efficiency/report.html"):
        page = await empty.get(path)
        assert page.status == 200
        assert problems_of(page.text) == []
        assert "no heat pump" in plain(page.text)
