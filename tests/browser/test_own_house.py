"""A new installation behind a password: logging in, connecting an account, logging out."""

import re

import pytest
from playwright.async_api import Page, expect

from .house import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_who_denies_consent_is_told_so_and_may_try_again(opened, guarded, watch):
    watch.hosts.add(guarded.clouds)
    page: Page = await opened(guarded, "/sources")
    await _log_in(page, PASSWORD)
    await page.get_by_role("button", name="Connect").click()
    await page.get_by_role("button", name="Deny").click()
    await expect(page).to_have_url(re.compile(rf"{re.escape(guarded.address)}/sources#.*house"))
    await expect(page.get_by_role("button", name="Connect")).to_be_visible()


async def test_from_the_password_to_living_values_and_out_again(opened, guarded, watch):
    watch.expected.append("401")
    watch.hosts.add(guarded.clouds)
    page: Page = await opened(guarded, "/sources")

    await expect(page).to_have_url(re.compile(r"/login\?next="))
    await _log_in(page, "wrong")
    await expect(page.get_by_role("alert")).to_be_visible()

    await _log_in(page, PASSWORD)
    await expect(page).to_have_url(f"{guarded.address}/sources")

    await page.get_by_role("button", name="Connect").click()
    await expect(page).to_have_url(re.compile(re.escape(guarded.clouds)))
    await page.get_by_role("button", name="Accept").click()
    await expect(page).to_have_url(re.compile(rf"{re.escape(guarded.address)}/sources#.*house"))

    await page.goto("/")
    await expect(page.locator("main")).to_contain_text("°C", timeout=60_000)

    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_label("Password")).to_be_visible()
    await page.goto("/history")
    await expect(page).to_have_url(re.compile(r"/login"))


async def test_an_answer_to_an_unknown_question_shows_the_code(opened, guarded):
    page: Page = await opened(guarded, "/")
    await _log_in(page, PASSWORD)
    await page.goto("/oauth/callback?code=abc-123&state=from-a-terminal")
    await expect(page.locator("main")).to_contain_text("abc-123")


# The last one: whoever shares this address has to wait as well.
async def test_who_guesses_has_to_wait(opened, guarded, watch):
    watch.expected += ["401", "429"]
    page: Page = await opened(guarded, "/")
    for _ in range(6):
        await _log_in(page, "guess")
    await expect(page.get_by_role("alert")).to_contain_text(re.compile("minute"))
    await _log_in(page, PASSWORD)
    await expect(page.get_by_role("alert")).to_contain_text(re.compile("minute"))


async def _log_in(page: Page, password: str) -> None:
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Log in").click()
    await page.wait_for_load_state()
