"""One browser and one demonstration for all tests; a context, and an eye on it, for each."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from .chromium import Watch, chromium_program, launched
from .house import House, demonstration, in_one_task, own_house

DAYS = 3
TIMEOUT_MS = 60_000
#: what changes by itself: a poll, the stream and the page's own look come one after another
expect.set_options(timeout=60_000)

OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="session")
def program() -> str:
    return chromium_program()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(program: str) -> AsyncIterator[Browser]:
    async with launched(program) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def demo(program: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Three days of two heat pumps, polled all the time."""
    folder = tmp_path_factory.mktemp("demo") / "house"
    async with in_one_task(partial(demonstration, folder, days=DAYS, interval=4)) as house:
        yield house


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def guarded(program: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A new installation behind a password; its account is not connected."""
    async with in_one_task(partial(own_house, tmp_path_factory.mktemp("guarded"))) as house:
        yield house


@pytest.fixture
def watch() -> Watch:
    """What must not happen in a test; whoever opens a page adds the hosts."""
    return Watch(set())


@pytest_asyncio.fixture(loop_scope="session")
async def opened(browser: Browser, watch: Watch) -> AsyncIterator[OpenPage]:
    """Opens pages: `await opened(house, "/history", viewport=…, color_scheme=…)`.

    At the end no page may have written an error to the console or asked another host.
    """
    contexts = []

    async def open_page(house: House, path: str = "/", **options: object) -> Page:
        options.setdefault("viewport", {"width": 1440, "height": 900})
        context = await browser.new_context(base_url=house.address, **options)  # type: ignore[arg-type]  # any option
        context.set_default_timeout(TIMEOUT_MS)
        contexts.append(context)
        watch.hosts.add(urlsplit(house.address).netloc)
        watch.over(context)
        page = await context.new_page()
        await page.goto(path)
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert watch.complaints() == []
