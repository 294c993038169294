"""A store for sensors, and a clock in the middle of their day."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from pumphouse.core.model import Site
from pumphouse.core.ports import Store
from pumphouse.stores.sqlite import SqliteStore, open_store
from pumphouse.testing.clock import FakeClock


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[], SqliteStore]:
    return lambda: open_store(tmp_path / "store.db", site=Site("Home"), clock=FakeClock())


@pytest.fixture
async def store(opened: Callable[[], SqliteStore]) -> AsyncIterator[Store]:
    async with opened() as one:
        yield one
