"""A tariff passes the suite that every source has to pass."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pumphouse.core.model import Site
from pumphouse.core.ports import Host, Source, SupportsHistory, SupportsPrices
from pumphouse.http.grants import FileGrantStore
from pumphouse.sources.tariff import PLUGIN, TariffSettings
from pumphouse.testing.clock import FakeClock
from pumphouse.testing.sources import SourceConformance


class TestTariff(SourceConformance):
    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Source]:
        async with self.unreachable() as source:
            yield source

    def unreachable(self) -> Source:
        site = Site("Home", "Europe/Stockholm", "SEK")
        host = Host(FileGrantStore(Path("nowhere")), FakeClock(), random.Random(1), "test", site)
        return PLUGIN.open("contract", TariffSettings(price=1.0), host)

    async def test_the_other_side_being_down_is_a_source_error(self) -> None:
        """There is no other side: it always answers."""
        assert (await self.unreachable().read()).readings


def test_it_tells_prices_and_their_past():
    source = TestTariff().unreachable()

    assert isinstance(source, SupportsPrices)
    assert source.tells_prices
    assert isinstance(source, SupportsHistory)
