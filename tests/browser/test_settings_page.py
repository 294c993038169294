"""Settings in a browser: a change asked for twice, seen to be confirmed, and undone."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from tests.web.writable import app_of, writable_house

from pumphouse.core.ports import SystemClock

from .house import House, in_one_task
from .test_accessibility import CONTRAST, PHONE, violations

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def writable(
    program: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[House]:
    """A house whose settings may be changed; without a `program` to look at it there is none."""
    assert program
    async with in_one_task(partial(changing, tmp_path_factory.mktemp("writable"))) as house:
        yield house


@asynccontextmanager
async def changing(folder: Path) -> AsyncIterator[House]:
    async with writable_house(folder, clock=SystemClock()) as house, app_of(house) as app:
        yield House(app.address, house.simulator)


async def look_at_offset(page: Page) -> None:
    """Open the question of whether the heating offset shall be two higher."""
    device = page.get_by_role("region", name="F1245")
    row = device.get_by_role("listitem").filter(has_text="47011")
    await row.get_by_role("spinbutton").fill("2")
    await row.get_by_role("button", name="Change").click()
    await expect(page.get_by_role("heading", name="Heating offset")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
async def test_a_change_is_confirmed_and_undone_with_and_without_scripts(opened, writable, script):
    page: Page = await opened(writable, "/settings", java_script_enabled=script)
    await look_at_offset(page)
    await expect(page.get_by_text("Nothing has been sent yet")).to_be_visible()
    await page.get_by_role("button", name="Set to 2").click()
    await expect(page.get_by_text("Confirmed")).to_be_visible()
    await page.get_by_role("link", name="To the settings").click()
    await page.get_by_role("link", name="Undo: Heating offset").first.click()
    await page.get_by_role("button", name="Set to 0").click()
    await expect(page.get_by_text("Confirmed")).to_be_visible()


async def test_for_an_hour_it_can_be_ended_at_once(opened, writable):
    page: Page = await opened(writable, "/settings", viewport=PHONE)
    await page.get_by_role("link", name="Warmer for a while").last.click()
    await page.get_by_label("For how long").select_option("1")
    await page.get_by_role("button", name=re.compile("Set to")).click()
    await page.get_by_role("link", name="To the settings").click()
    await expect(page.get_by_text("Goes back to")).to_be_visible()
    await page.get_by_role("button", name="End now").click()
    await expect(page.get_by_text("Confirmed")).to_be_visible()


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1440, "height": 900}])
async def test_axe_finds_no_violation_on_the_way(opened, writable, viewport):
    page: Page = await opened(writable, "/settings", viewport=viewport)
    assert await violations(page) == []
    await look_at_offset(page)
    assert await violations(page) == []
    await page.get_by_role("button", name="Set to 2").click()
    assert await violations(page) == []
    await page.emulate_media(color_scheme="dark")
    assert await violations(page, CONTRAST) == []


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1280])
async def test_no_page_is_wider_than_its_window(opened, writable, width):
    page: Page = await opened(writable, "/settings", viewport={"width": width, "height": 800})
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    bars = await page.locator(".navigation a").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().right)"
    )
    assert max(bars) <= width


async def test_where_nothing_may_be_changed_there_is_nothing_to_press(opened, demo):
    page: Page = await opened(demo, "/settings")
    await expect(page.get_by_text("write = true").first).to_be_visible()
    assert await page.get_by_role("button", name="Change").count() == 0
