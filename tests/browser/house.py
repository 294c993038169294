"""What the browser looks at: the demonstration, and a house of one's own, in this event loop."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

from tests.ports import free_port

from pumphouse.cli.polling import poll_once
from pumphouse.config.load import Settings, load
from pumphouse.runtime import daemon
from pumphouse.runtime.demo import demo as open_demo
from pumphouse.runtime.installation import open_installation
from pumphouse.runtime.plugins import sink_types, source_types
from pumphouse.simulator.server import Simulator, SimulatorOptions
from pumphouse.web.access.password import hashed
from pumphouse.web.serve import web_front

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class House:
    """A running installation and the clouds behind it.

    Attributes:
        address: of the web app, without a slash at the end.
        simulator: the clouds.
    """

    address: str
    simulator: Simulator

    @property
    def clouds(self) -> str:
        """`host:port` of the clouds."""
        return self.simulator.announcement.url.removeprefix("http://")


@asynccontextmanager
async def demonstration(folder: Path, *, days: int, interval: float) -> AsyncIterator[House]:
    """What `pumphouse demo` runs, polling every `interval` seconds at clouds without limits."""
    port = free_port()
    unlimited = partial(SimulatorOptions, limited=False)
    with patch("pumphouse.runtime.demo.SimulatorOptions", unlimited):
        opened = open_demo(folder, days=days, seed=1, port=port)
    async with opened as clouds:
        async with open_installation(clouds.settings) as house:
            await poll_once(house, house.sources)
            await clouds.tell_the_past(house.store, lambda _: None)
        path = folder / "pumphouse.toml"
        text = path.read_text(encoding="utf-8")
        path.write_text(
            text.replace("interval_secs = 60", f"interval_secs = {interval}"), encoding="utf-8"
        )
        async with running(_settings(path)) as address:
            yield House(address, clouds.simulator)


@asynccontextmanager
async def own_house(folder: Path) -> AsyncIterator[House]:
    """A new installation behind a password, with an account that is not connected yet."""
    port = free_port()
    async with Simulator(SimulatorOptions(limited=False)) as simulator:
        clouds = simulator.announcement
        path = folder / "pumphouse.toml"
        path.write_text(
            f"""\
[site]
timezone = "Europe/Stockholm"

[store]
path = "{folder / "pumphouse.db"}"

[sources.house]
type = "nibe_uplink"
client_id = "{clouds.client_id}"
client_secret = "{clouds.client_secret}"
base_url = "{clouds.nibe_uplink}"
redirect_uri = "http://localhost:{port}/oauth/callback"
interval_secs = 1

[web]
port = {port}
password_hash = '{hashed(PASSWORD)}'
""",
            encoding="utf-8",
        )
        async with running(_settings(path)) as address:
            yield House(address.replace("127.0.0.1", "localhost"), simulator)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[str]:
    """What `pumphouse run` runs; the address of its web app."""
    stop, address = asyncio.Event(), asyncio.get_running_loop().create_future()
    async with open_installation(settings) as house:
        life = asyncio.create_task(
            daemon.run(house, stop, front=web_front(house, address.set_result))
        )
        await asyncio.wait({life, address}, return_when=asyncio.FIRST_COMPLETED)
        try:
            if life.done():
                life.result()
            yield address.result()
        finally:
            stop.set()
            await life


@asynccontextmanager
async def in_one_task(
    opened: Callable[[], AbstractAsyncContextManager[House]],
) -> AsyncIterator[House]:
    """A house that is opened and closed by one task, as task groups want it.

    A fixture is set up and torn down by different ones.
    """
    ready, stop = asyncio.get_running_loop().create_future(), asyncio.Event()

    async def live() -> None:
        async with AsyncExitStack() as stack:
            ready.set_result(await stack.enter_async_context(opened()))
            await stop.wait()

    life = asyncio.create_task(live())
    await asyncio.wait({life, ready}, return_when=asyncio.FIRST_COMPLETED)
    try:
        if life.done():
            life.result()
        yield ready.result()
    finally:
        stop.set()
        await life


def _settings(path: Path) -> Settings:
    return load(path, source_types(), sink_types())
