"""The page of the owner's own sensors: for everybody's eyes, on every screen, by its buttons."""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from playwright.async_api import expect
from tests.web.pages.house import opened as house_of
from tests.web.pages.radio import MINUTE, NEW, OLD, radio

from pumphouse.testing.clock import FakeClock

from .test_accessibility import CONTRAST, PHONE, violations

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG = "Oregon-with-a-very-long-name-THGR122N/12/1234567890123456789012345678901234567890"


@asynccontextmanager
async def sensors(folder):
    """One sensor with a new battery, and one with a long name and an empty one."""
    clock = FakeClock()
    async with house_of(folder, clock) as house:
        now, store = clock.now(), house.context.installation.store
        await store.append(radio(OLD, now - 70 * MINUTE))
        await store.append(radio(NEW, now - 60 * MINUTE))
        await store.append(radio(NEW, now - MINUTE))
        await store.append(radio(LONG, now - timedelta(days=1), celsius=-7, battery=0.0))
        await store.append(radio(LONG, now, celsius=-7, battery=0.0, doubts=(-80.0,)))
        yield house


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1440, "height": 900}])
async def test_axe_finds_no_violation_and_nothing_sticks_out(opened, tmp_path, viewport):
    async with sensors(tmp_path) as house:
        page = await opened(house, "/sensors", viewport=viewport)
        for summary in await page.locator("summary").all():
            await summary.click()
        assert await violations(page) == []
        await page.emulate_media(color_scheme="dark")
        assert await violations(page, CONTRAST) == []
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.evaluate(wide) == 0


async def test_a_sensor_goes_on_with_a_new_battery_and_gets_a_name(opened, tmp_path):
    async with sensors(tmp_path) as house:
        page = await opened(house, "/sensors")
        await page.get_by_role("button", name="Yes, it goes on as this sensor").click()
        await expect(page.get_by_text("with a new battery?")).to_have_count(0)
        card = page.locator(".sensor", has_text=OLD)
        await card.locator("summary", has_text="Name and hardware").click()
        await expect(card).to_contain_text(f"{NEW} goes on as this sensor")
        await card.get_by_label("What you call it").fill("Living room")
        await card.get_by_role("button", name="Save the name").click()
        await expect(page.get_by_role("heading", name="Living room")).to_be_visible()
