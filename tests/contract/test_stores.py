"""Every store that can be configured does what every store must do."""

from importlib.metadata import entry_points

import pytest

from pumphouse.core.ports import SystemClock
from pumphouse.testing.stores import SITE, STORE_CHECKS


@pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("store", entry_points(group="pumphouse.stores"), ids=lambda e: e.name)
async def test_a_store(store, check, tmp_path):
    open_store = store.load()
    await check(lambda: open_store(tmp_path / "store.db", site=SITE, clock=SystemClock()))
