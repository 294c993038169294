"""What the tests against real servers share."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from pumphouse.core.ports import Host, SystemClock
from pumphouse.http.grants import FileGrantStore
from pumphouse.runtime.demo import demo
from pumphouse.runtime.installation import open_installation

from .three_servers import Servers, three_servers

DEMO_DAYS = 30


@pytest.fixture
def host(tmp_path) -> Host:
    return Host(FileGrantStore(tmp_path / "grants"), SystemClock(), random.Random(7), "Pumphouse/1")


@pytest.fixture
def servers(tmp_path) -> Iterator[Servers]:
    with three_servers(tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def demo_house(tmp_path_factory) -> Path:
    """The folder of the demonstration's house after 30 days; to be copied, not to be changed."""
    folder: Path = tmp_path_factory.mktemp("demo") / "house"
    asyncio.run(_live_for_a_month(folder))
    return folder


async def _live_for_a_month(folder: Path) -> None:
    async with (
        demo(folder, days=DEMO_DAYS, seed=1, port=8400) as clouds,
        open_installation(clouds.settings) as house,
    ):
        for source in house.sources.values():
            async with source:
                await house.store.append(await source.read())
        await clouds.tell_the_past(house.store, lambda _: None)
