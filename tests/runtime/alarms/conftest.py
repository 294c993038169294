"""A store and a clock that stands still."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pumphouse.core.model import Site
from pumphouse.core.ports import Store
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "p.db", site=Site(), clock=clock) as opened:
        yield opened
