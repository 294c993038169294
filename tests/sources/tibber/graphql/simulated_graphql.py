"""The GraphQL part before the simulated cloud, with the owner's personal token."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pumphouse.core.model import Batch, Reading, Site
from pumphouse.core.ports import Host
from pumphouse.http.grants import FileGrantStore
from pumphouse.http.limits import TokenBucket
from pumphouse.http.messages import PersonalToken
from pumphouse.http.session import ApiClient
from pumphouse.simulator.server import Simulator, SimulatorOptions
from pumphouse.simulator.tibber import PERSONAL_TOKEN
from pumphouse.sources.progress import Progress
from pumphouse.sources.tibber.graphql import GraphqlPart
from pumphouse.sources.tibber.graphql.api import explain
from pumphouse.sources.tibber.settings import TibberSettings
from pumphouse.testing.clock import FakeClock

#: in Stockholm five past three: tomorrow's prices are out
AFTERNOON = datetime(2026, 1, 15, 14, 5, tzinfo=UTC)


@dataclass
class SimulatedGraphql:
    """Attributes: `clock` is everybody's, the simulator's too."""

    simulator: Simulator
    part: GraphqlPart
    clock: FakeClock

    async def read(self) -> list[Reading]:
        """The readings of one read that has to go well."""
        progress = Progress()
        batches = await self.part.read(progress)
        assert not progress.problems
        return readings_of(batches)

    @property
    def asked(self) -> int:
        """How many queries there were."""
        return sum(record.path.endswith("/gql") for record in self.simulator.requests)

    @property
    def sockets(self) -> int:
        """How many websockets were opened."""
        return sum(record.path.endswith("/subscriptions") for record in self.simulator.requests)


def readings_of(batches: Sequence[Batch]) -> list[Reading]:
    return [reading for batch in batches for reading in batch.readings]


def of_point(readings: list[Reading], point: str) -> list[Reading]:
    return [reading for reading in readings if reading.key.point == point]


def values_of(readings: list[Reading], point: str) -> list[float]:
    """The numbers of one point."""
    return [one.value for one in of_point(readings, point) if one.value is not None]


@asynccontextmanager
async def simulated_graphql(
    folder: Path,
    now: datetime = AFTERNOON,
    *,
    token: str = PERSONAL_TOKEN,
    live_secs: float = 0.01,
    **changes: object,
) -> AsyncIterator[SimulatedGraphql]:
    """The cloud and a part that asks it."""
    clock = FakeClock(now, impatient=True)
    site = Site("Home", "Europe/Stockholm", "SEK")
    host = Host(FileGrantStore(folder), clock, random.Random(3), "Pumphouse/1 (tests)", site)
    options = SimulatorOptions(start=now, live_secs=live_secs)
    async with Simulator(options, clock=clock) as simulator:
        url = simulator.announcement.tibber
        settings = TibberSettings.model_validate(
            {"access_token": token, "base_url": url, "live_interval_secs": 0} | changes
        )
        client = ApiClient(
            url,
            host=host,
            registration=PersonalToken("tibber", "Tibber", token),
            limiter=TokenBucket(10, 1000, clock),
            explain=explain,
        )
        async with client:
            yield SimulatedGraphql(simulator, GraphqlPart("tibber", settings, client, host), clock)
