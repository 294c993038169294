"""A month of the demonstration's house goes to three real servers and is asked back from them."""

import asyncio
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pumphouse.config.load import Settings, load
from pumphouse.core.ports import SinkState, Store
from pumphouse.runtime.delivery import Delivery
from pumphouse.runtime.installation import build_host, build_sinks, open_store
from pumphouse.runtime.plugins import sink_types, source_types

from .asked_back import (
    as_victoria_keeps,
    count,
    differences,
    in_influxdb,
    in_mosquitto,
    in_store,
    in_victoria,
    told_wrongly,
)
from .three_servers import Servers, statuses, until

#: at most so many readings are texts, which have no place in a database of numbers: versions of
#: programs, serial numbers, makers of sensors
TEXTS = 25


@asynccontextmanager
async def delivering(settings: Settings, store: Store) -> AsyncIterator[None]:
    """Every sink of these settings served, from the beginning."""
    host = build_host(settings)
    tasks = [
        asyncio.create_task(
            Delivery(
                sink,
                store,
                sources=settings.sources,
                backfill=True,
                clock=host.clock,
                rng=host.rng,
            ).run()
        )
        for sink in build_sinks(settings, host).values()
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_month_of_the_demo_house_is_asked_back_equal(demo_house, servers, tmp_path, capsys):
    settings = house_settings(demo_house, servers, tmp_path / "house")
    async with open_store(settings) as store:
        expected = await in_store(store)
        stored = (await store.figures()).readings
        assert stored - TEXTS <= count(expected) > 500_000
        began = time.monotonic()
        async with delivering(settings, store):
            await until(lambda: delivered(store))
            took = time.monotonic() - began
            assert await told_wrongly(store, await in_mosquitto(servers.broker)) == []
        for status in (await statuses(store)).values():
            assert status.dropped == 0
            assert status.live or status.delivered == stored
    assert differences(in_influxdb(servers.history), expected) == []
    assert differences(in_victoria(servers.victoria), as_victoria_keeps(expected)) == []
    with capsys.disabled():
        what = f"{count(expected):,} readings, a month of the whole house"
        sys.stdout.write(f"\n{what}: in InfluxDB and VictoriaMetrics within {took:.1f} s\n")


def house_settings(demo_house: Path, servers: Servers, folder: Path) -> Settings:
    """A copy of the demonstration with the servers in its configuration."""
    shutil.copytree(demo_house, folder)
    path = folder / "pumphouse.toml"
    text = path.read_text().replace(str(demo_house), str(folder)) + servers.sections()
    # VictoriaMetrics is not killed here, so that nobody has to wait until it is sure of all.
    path.write_text(text.replace("[sinks.victoria]\n", "[sinks.victoria]\nsettling_secs = 1\n"))
    return load(path, source_types(), sink_types())


async def delivered(store: Store) -> bool:
    """Whether every sink has taken all there is."""
    found = await statuses(store)
    return len(found) == len(Servers.names) and all(
        status.state is SinkState.OK and status.lag == 0 for status in found.values()
    )
