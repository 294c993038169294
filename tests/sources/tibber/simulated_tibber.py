"""A Tibber source before the simulated cloud, after a login as an owner would do it."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from pumphouse.core.ports import Host
from pumphouse.http.grants import FileGrantStore
from pumphouse.http.login import SupportsLogin, authorize_address, finish
from pumphouse.simulator.server import Simulator, SimulatorOptions
from pumphouse.sources.tibber import PLUGIN, TibberSettings
from pumphouse.sources.tibber.source import LiveTibberAccount, TibberAccount
from pumphouse.testing.clock import FakeClock

EVERY_CATEGORY = ("vehicles", "chargers", "thermostats", "energy_systems", "inverters")


@dataclass(frozen=True)
class SimulatedTibber:
    """Attributes: `clock` is everybody's, the simulator's too."""

    simulator: Simulator
    host: Host
    clock: FakeClock
    settings: TibberSettings

    def open(self, **changes: object) -> TibberAccount:
        """A source, not entered; what is given differs from the usual settings."""
        section = self.settings.model_copy(update=changes)
        source = PLUGIN.open("tibber", section, self.host)
        assert isinstance(source, TibberAccount)
        return source

    def open_live(self, **changes: object) -> LiveTibberAccount:
        """The same, listening."""
        source = self.open(live=True, **changes)
        assert isinstance(source, LiveTibberAccount)
        return source

    def asked(self, part: str) -> int:
        """How many requests had `part` in their path."""
        return sum(part in record.path for record in self.simulator.requests)


@asynccontextmanager
async def simulated_tibber(
    folder: Path, clock: FakeClock | None = None, *, live_secs: float = 0.02, **changes: object
) -> AsyncIterator[SimulatedTibber]:
    """The cloud, and a consent that covers what the settings need."""
    clock = clock or FakeClock(impatient=True)
    host = Host(FileGrantStore(folder / "grants"), clock, random.Random(7), "Pumphouse/1 (tests)")
    options = SimulatorOptions(auto_consent=True, start=clock.now(), live_secs=live_secs)
    async with Simulator(options, clock=clock) as simulator:
        told = simulator.announcement
        settings = TibberSettings.model_validate(
            {
                "client_id": told.client_id,
                "client_secret": told.client_secret,
                "base_url": told.tibber,
                "prices": False,
                "consumption": False,
            }
            | changes
        )
        tibber = SimulatedTibber(simulator, host, clock, settings)
        await log_in(tibber.open(), host)
        yield tibber


async def log_in(source: SupportsLogin, host: Host) -> None:
    """Give consent; the cloud's own page is skipped."""
    attempt = authorize_address(source.registration())
    async with aiohttp.ClientSession() as browser:
        reply = await browser.get(attempt.address, allow_redirects=False)
        await finish(attempt, reply.headers["Location"], host=host)
