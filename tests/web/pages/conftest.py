"""Houses of several kinds; an app is made once per module, or for a test that changes it."""

import pytest
import pytest_asyncio

from pumphouse.testing.clock import FakeClock

from .house import furnish, opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def furnished(tmp_path_factory):
    """Two pumps whose values are fresh."""
    clock = FakeClock()
    async with opened(tmp_path_factory.mktemp("furnished"), clock) as up:
        await furnish(up.context.installation.store, clock.now())
        yield up


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def silent(tmp_path_factory):
    """Two pumps whose source does not answer any more."""
    clock = FakeClock()
    async with opened(tmp_path_factory.mktemp("silent"), clock) as up:
        await furnish(up.context.installation.store, clock.now(), answering=False)
        yield up


@pytest_asyncio.fixture(loop_scope="module")
async def empty(tmp_path):
    """A house about which nothing is known, to be furnished by the test."""
    async with opened(tmp_path, FakeClock()) as up:
        yield up


@pytest.fixture
def now():
    return FakeClock().now()
