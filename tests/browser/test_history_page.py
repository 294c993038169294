"""The History page under the hands of its user."""

import csv
import re
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def history(opened, demo) -> Page:
    page: Page = await opened(demo, "/history?last=7d")
    await expect(page.locator(".uplot canvas").first).to_be_visible()
    return page


async def test_the_first_visit_shows_the_telling_points_of_a_day(opened, demo):
    page = await opened(demo, "/history")
    await expect(page.locator("[data-last='24h']")).to_have_attribute("aria-current", "true")
    names = await page.locator(".legend-name").all_inner_texts()
    assert {"Outdoor temperature", "Supply temperature", "Degree minutes"} <= set(names)


async def test_the_cursor_shows_every_value_at_its_time(history):
    await _hover(history, 0.5)
    await expect(history.locator("[data-moment]")).to_contain_text(re.compile(r"\d\d:\d\d"))
    values = await history.locator(".legend-value").all_inner_texts()
    assert len(values) >= 6
    assert all(re.search(r"\d", value) for value in values)


async def test_a_legend_entry_shows_its_line_alone_and_the_scale_fits_it(history):
    chart = history.locator(".chart").first
    entry = chart.locator(".legend-entry").first
    together = await _drawing(history)
    await entry.click()
    await expect(entry).to_have_attribute("aria-pressed", "true")
    await expect(chart.locator(".is-off")).to_have_count(
        await chart.locator(".legend-entry").count() - 1
    )
    alone = await _drawing(history)
    await entry.click()
    await expect(chart.locator(".is-off")).to_have_count(0)
    assert alone != together
    assert await _drawing(history) == together


async def test_a_line_that_is_alone_stays_alone_when_finer_data_come(history):
    entry = history.locator(".chart").first.locator(".legend-entry").first
    await entry.click()
    await _drag(history, 0.6, 0.65)
    await _drawn(history)
    await expect(entry).to_have_attribute("aria-pressed", "true")


async def test_dragging_zooms_all_charts_and_the_address_says_so(history):
    await _drag(history, 0.6, 0.8)
    start, end = _stretch(history.url)
    assert timedelta(days=1) < end - start < timedelta(days=2)
    await expect(history.locator("[data-last][aria-current]")).to_have_count(0)


async def test_going_back_undoes_a_zoom(history):
    before = await history.locator("[data-range]").inner_text()
    await _drag(history, 0.6, 0.8)
    await expect(history.locator("[data-range]")).not_to_have_text(before)
    await history.go_back()
    await expect(history).to_have_url(re.compile(r"last=7d$"))
    await expect(history.locator("[data-last='7d']")).to_have_attribute("aria-current", "true")


async def test_a_shared_address_shows_the_same(history, opened, demo):
    await _drag(history, 0.6, 0.8)
    await _drawn(history)
    shared = urlsplit(history.url)
    other = await opened(demo, f"{shared.path}?{shared.query}")
    for selector in ("[data-range]", "[data-summary]"):
        expected = await history.locator(selector).inner_text()
        await expect(other.locator(selector)).to_have_text(expected, use_inner_text=True)


async def test_buttons_move_through_time_and_back_to_now(history):
    await _drag(history, 0.6, 0.8)
    start, end = _stretch(history.url)
    await history.get_by_role("link", name="Earlier").click()
    await history.wait_for_url(lambda url: _stretch(url)[0] < start)
    assert _stretch(history.url)[1] - _stretch(history.url)[0] == end - start
    await history.get_by_role("link", name="24 hours").click()
    await expect(history.locator("[data-following]")).to_be_visible()


async def test_the_wheel_sideways_moves_through_time(history):
    await _hover(history, 0.5)
    await history.mouse.wheel(-300, 0)
    await history.wait_for_url(re.compile("from="))
    assert _stretch(history.url)[1] < datetime.now().astimezone()


async def test_a_point_is_added_by_its_box(history):
    await history.locator("[data-search]").fill("room temp")
    await history.get_by_role("checkbox", name="Room temperature").first.check()
    await expect(
        history.locator(".legend-name").filter(has_text="Room temperature")
    ).to_be_visible()
    assert "room_temperature" in parse_qs(urlsplit(history.url).query)["point"]


async def test_the_file_is_exactly_the_view(history, tmp_path):
    await _drag(history, 0.6, 0.8)
    await _drawn(history)
    start, end = _stretch(history.url)
    async with history.expect_download() as download:
        await history.get_by_role("link", name="Download CSV").click()
    file = await download.value
    assert re.fullmatch(
        r"pumphouse-demonstration-\d{8}T\d{4}Z-\d{8}T\d{4}Z\.csv", file.suggested_filename
    )
    await file.save_as(tmp_path / "view.csv")
    with (tmp_path / "view.csv").open(newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    times = [datetime.fromisoformat(row["time"]) for row in rows]
    assert start <= times[0] < times[-1] <= end
    assert "Outdoor temperature [°C]" in rows[0]


async def test_the_keyboard_moves_the_cursor_and_the_view(history):
    charts = history.locator("[data-charts]")
    await charts.focus()
    await history.keyboard.press("ArrowRight")
    await expect(history.locator("[data-spoken]")).to_contain_text("Outdoor temperature")
    await history.keyboard.press("+")
    await history.wait_for_url(re.compile("from="))
    start, end = _stretch(history.url)
    assert timedelta(days=3) < end - start < timedelta(days=4)
    await _drawn(history)
    await history.keyboard.press("Shift+ArrowLeft")
    await history.wait_for_url(lambda url: _stretch(url)[0] < start)
    await history.keyboard.press("0")
    await expect(history.locator("[data-following]")).to_be_visible()


async def test_without_a_script_there_are_figures_and_a_form(opened, demo):
    page = await opened(demo, "/history", java_script_enabled=False)
    await expect(page.locator("tbody tr").first).to_contain_text("°C")
    await page.get_by_role("checkbox", name="Room temperature").first.check()
    await page.get_by_role("button", name="Show").click()
    await expect(page.locator("tbody")).to_contain_text("Room temperature")


async def test_a_stretch_without_data_says_so(opened, demo):
    page = await opened(demo, "/history?from=2001-01-01&to=2001-02-01")
    await expect(page.locator("[data-empty]")).to_be_visible()


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-07-01", 24)]
)
async def test_days_begin_at_midnight_at_the_site_also_with_summer_time(history, day, hours):
    start = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=ZoneInfo("Europe/Stockholm"))
    ticks = await history.evaluate(_TICKS, start.timestamp())
    assert [ticks["days"][0], ticks["days"][1] - ticks["days"][0]] == [0, hours * 3600]
    assert ticks["labels"] == ["00:00", "06:00", "12:00", "18:00", "00:00"]


_TICKS = """async (start) => {
  const { SiteTime } = await import("/static/history/time.js");
  const time = new SiteTime("Europe/Stockholm", "en");
  const end = start + 25 * 3600;
  const quarters = time.ticks(start, end, 6 * 3600);
  return {
    days: time.ticks(start, end, 86400).map((tick) => tick - start),
    labels: time.labels(quarters, 6 * 3600).map((text) => text.split("\\n")[0]),
  };
}"""


async def test_a_failing_house_is_told_and_can_be_asked_again(history, watch):
    watch.expected.append("ERR_FAILED")
    await history.route("**/api/chart*", lambda route: route.abort())
    await history.get_by_role("link", name="Earlier").click()
    await expect(history.get_by_role("alert")).to_be_visible()
    await history.unroute("**/api/chart*")
    await history.get_by_role("button", name="Try again").click()
    await expect(history.get_by_role("alert")).to_be_hidden()


async def _box(page):
    return await page.locator(".u-over").first.bounding_box()


async def _hover(page, share):
    box = await _box(page)
    await page.mouse.move(box["x"] + share * box["width"], box["y"] + 40)


async def _drag(page, start, end):
    box = await _box(page)
    await _hover(page, start)
    await page.mouse.down()
    await page.mouse.move(box["x"] + end * box["width"], box["y"] + 50, steps=4)
    await page.mouse.up()
    await page.wait_for_url(re.compile("from="))


async def _drawn(page):
    await expect(page.locator("[data-charts]:not([aria-busy])")).to_be_visible()


async def _drawing(page):
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    return await page.evaluate("document.querySelector('.uplot canvas').toDataURL()")


def _stretch(url):
    query = parse_qs(urlsplit(url).query)
    return tuple(datetime.fromisoformat(query[key][0]) for key in ("from", "to"))


async def test_one_chart_shows_lines_of_four_sources_and_the_price_beneath(history):
    await history.locator("[data-house]").click()
    await expect(history.locator(".chart")).to_have_count(2)
    above, beneath = history.locator(".chart").nth(0), history.locator(".chart").nth(1)
    await expect(above.locator(".chart-title")).to_have_text("Temperature, °C")
    await expect(beneath.locator(".chart-title")).to_have_text("Price, SEK/kWh")
    points = parse_qs(urlsplit(history.url).query)["point"]
    document = await (await history.request.get(f"/api/chart?{urlsplit(history.url).query}")).json()
    assert [one["name"] for one in document["series"]] == points
    assert {one["source"] for one in document["series"][:-1]} == {"air", "radio", "tibber", "bus"}
    for series in document["series"]:
        known = [value for value in series["values"] if value is not None]
        assert len(known) > len(series["values"]) / 2, series["label"]
    await _hover(history, 0.8)
    values = await history.locator(".legend-value").all_inner_texts()
    assert all(re.search(r"\d", value) for value in values)
