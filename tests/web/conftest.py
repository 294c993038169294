"""What the tests of the web app share: an app of a test's own, or one for a whole module."""

import pytest
import pytest_asyncio
import structlog

from pumphouse.testing.clock import FakeClock
from pumphouse.web import changes

from .rig import LOCKED, running


@pytest.fixture(autouse=True)
def _quiet():
    with structlog.testing.capture_logs():
        yield


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """A change is shown when it is done, however long a busy machine takes for it."""
    monkeypatch.setattr(changes, "PATIENCE_SECS", 60.0)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_app(tmp_path_factory):
    async with running(tmp_path_factory.mktemp("open"), FakeClock()) as up:
        yield up


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def locked_app(tmp_path_factory):
    async with running(tmp_path_factory.mktemp("locked"), FakeClock(), LOCKED) as up:
        yield up


@pytest.fixture
async def house(tmp_path, clock):
    """An app that lets everybody in, with this test's clock."""
    async with running(tmp_path, clock) as up:
        yield up


@pytest.fixture
async def locked(tmp_path, clock):
    """An app with a password, with this test's clock."""
    async with running(tmp_path, clock, LOCKED) as up:
        yield up
