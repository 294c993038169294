"""What the tests of the store share: a site, a clock, a file."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pumphouse.core.model import Site
from pumphouse.stores.sqlite import SqliteStore, open_store
from pumphouse.testing.clock import FakeClock

NOW = datetime(2026, 1, 15, 12, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def opened(path: Path, clock: FakeClock) -> Callable[..., SqliteStore]:
    def store(timezone: str = "Europe/Stockholm", at: Path = path) -> SqliteStore:
        return open_store(at, site=Site("Home", timezone), clock=clock)

    return store
