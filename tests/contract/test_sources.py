"""Our own sources pass the suite that is offered to others."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import aiohttp

from pumphouse.core.ports import Host, Source
from pumphouse.http.grants import FileGrantStore
from pumphouse.http.login import authorize_address, finish, log_in_by_credentials
from pumphouse.simulator.server import Simulator, SimulatorOptions
from pumphouse.sources import myuplink, nibe_uplink, tibber
from pumphouse.testing.clock import FakeClock
from pumphouse.testing.sources import SourceConformance


def host(folder: str) -> Host:
    clock = FakeClock(impatient=True)
    return Host(FileGrantStore(Path(folder)), clock, random.Random(7), "Pumphouse/1 (tests)")


class AgainstSimulator(SourceConformance):
    """The suite against a simulated house; a subclass names the vendor."""

    vendor: ClassVar[str]

    def source(self, lent: Host, **settings: object) -> Source:
        raise NotImplementedError

    async def log_in(self, source: Source, lent: Host) -> None:
        raise NotImplementedError

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Source]:
        with TemporaryDirectory() as folder:
            lent = host(folder)
            options = SimulatorOptions(auto_consent=True, start=lent.clock.now())
            async with Simulator(options, clock=lent.clock) as simulator:
                told = simulator.announcement
                source = self.source(
                    lent,
                    client_id=told.client_id,
                    client_secret=told.client_secret,
                    base_url=getattr(told, self.vendor),
                )
                await self.log_in(source, lent)
                async with source:
                    yield source

    def unreachable(self) -> Source:
        with TemporaryDirectory() as folder:
            return self.source(
                host(folder), client_id="x", client_secret="x", base_url="http://127.0.0.1:9"
            )


class TestNibeUplink(AgainstSimulator):
    vendor = "nibe_uplink"

    def source(self, lent, **settings):
        plugin = nibe_uplink.PLUGIN
        return plugin.open("house", plugin.settings.model_validate(settings), lent)

    async def log_in(self, source, lent):
        attempt = authorize_address(source.registration())
        async with aiohttp.ClientSession() as browser:
            reply = await browser.get(attempt.address, allow_redirects=False)
            await finish(attempt, reply.headers["Location"], host=lent)


class TestTibber(TestNibeUplink):
    """Devices, prices and consumption, with the consent of a user."""

    vendor = "tibber"

    def source(self, lent, **settings):
        plugin = tibber.PLUGIN
        return plugin.open("tibber", plugin.settings.model_validate(settings), lent)


class TestMyUplink(AgainstSimulator):
    vendor = "myuplink"

    def source(self, lent, **settings):
        plugin = myuplink.PLUGIN
        return plugin.open("cloud", plugin.settings.model_validate(settings), lent)

    async def log_in(self, source, lent):
        await log_in_by_credentials(source.registration(), host=lent)
