"""Writes the pictures of the documentation again: `python -m tests.browser.screenshots`.

Each page of the demonstration after a month, wide and narrow, light and dark, in
`docs/screenshots/`.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import Browser, expect

from .chromium import chromium_program, launched
from .house import House, demonstration, own_house

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
DAYS = 31
DESKTOP, PHONE = (1280, 860), (390, 844)
GROUND = "80105"


class Shot(NamedTuple):
    """One picture.

    Attributes:
        ready: what has to be there before it is taken.
    """

    name: str
    path: str
    ready: str
    size: tuple[int, int] = DESKTOP
    scheme: str = "light"


SHOTS = (
    Shot("now", f"/?device={GROUND}", "main svg"),
    Shot("now-dark", f"/?device={GROUND}", "main svg", scheme="dark"),
    Shot("now-phone", f"/?device={GROUND}", "main svg", PHONE),
    Shot("history", "/history?last=24h", ".uplot canvas"),
    Shot("history-month-dark", "/history?last=30d", ".uplot canvas", scheme="dark"),
    Shot("history-phone", "/history?last=24h", ".uplot canvas", PHONE),
    Shot("efficiency", f"/efficiency?device={GROUND}&now=1", "main svg"),
    Shot("cycles", "/cycles?now=1", "main svg"),
    Shot("heating-curve-dark", "/heating-curve?now=1", "main svg", scheme="dark"),
    Shot("points", "/points", "#found table"),
    Shot("sources", "/sources", "main .card"),
)


async def main() -> None:
    """Take them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with launched(chromium_program()) as browser:
        with tempfile.TemporaryDirectory(prefix="pumphouse-screenshots-") as folder:
            async with demonstration(Path(folder) / "house", days=DAYS, interval=60) as house:
                for shot in SHOTS:
                    await _take(browser, house, shot)
        with tempfile.TemporaryDirectory(prefix="pumphouse-screenshots-") as folder:
            async with own_house(Path(folder)) as house:
                await _take(browser, house, Shot("login", "/", "#password"))


async def _take(browser: Browser, house: House, shot: Shot) -> None:
    width, height = shot.size
    async with await browser.new_context(
        base_url=house.address,
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.scheme == "dark" else "light",
        device_scale_factor=1,
        reduced_motion="reduce",
    ) as context:
        page = await context.new_page()
        await page.goto(shot.path)
        await expect(page.locator(shot.ready).first).to_be_visible(timeout=30_000)
        await page.evaluate("new Promise((done) => setTimeout(done, 300))")  # lines are drawn
        await page.screenshot(path=FOLDER / f"{shot.name}.png")


if __name__ == "__main__":
    asyncio.run(main())
