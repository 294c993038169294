"""What axe-core says about every page, in light and in dark, wide and narrow."""

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # untyped
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = (
    "/",
    "/history",
    "/points",
    "/alarms",
    "/sensors",
    "/settings",
    "/sources",
    "/efficiency?now=1",
    "/cycles?now=1",
    "/heating-curve?now=1",
    "/api/docs",
)
PHONE = {"width": 390, "height": 844}
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def asked(*rules: str) -> dict[str, object]:
    """What axe is asked: only what is wrong, for what is right takes long to tell."""
    return {"runOnly": list(rules), "resultTypes": ["violations"]}


RULES = asked(*STANDARDS)
CONTRAST = asked("color-contrast")


@pytest.mark.parametrize("path", PAGES)
async def test_axe_finds_no_violation(opened, demo, path):
    page = await opened(demo, path, color_scheme="light")
    assert await violations(page) == []
    await page.emulate_media(color_scheme="dark")
    assert await violations(page, CONTRAST) == []


@pytest.mark.parametrize("path", PAGES)
async def test_axe_finds_no_violation_on_a_phone(opened, demo, path):
    page = await opened(demo, path, viewport=PHONE)
    assert await violations(page) == []


async def test_axe_finds_no_violation_where_there_is_nothing(opened, demo, watch):
    watch.expected.append("404")
    page = await opened(demo, "/nowhere")
    assert await violations(page) == []


async def test_axe_finds_no_violation_on_the_way_in(opened, guarded):
    page = await opened(guarded, "/")
    await expect(page.get_by_label("Password")).to_be_visible()
    assert await violations(page) == []


async def violations(page, options=RULES) -> list[str]:
    """Each rule that is broken, with the first place where it is."""
    found = await Axe().run(page, options=options)
    return [
        f"{one['id']}: {one['help']} ({len(one['nodes'])}x) {one['nodes'][0]['html'][:160]}"
        for one in found.response["violations"]
    ]
