"""A house on both simulated clouds whose settings may be changed, or may not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pumphouse.config.load import Settings, parse
from pumphouse.core.model import Point
from pumphouse.core.ports import Clock
from pumphouse.runtime.demo import log_in
from pumphouse.runtime.installation import Installation, open_installation
from pumphouse.runtime.plugins import sink_types, source_types
from pumphouse.simulator.server import Simulator, SimulatorOptions
from pumphouse.testing.clock import FakeClock
from pumphouse.web.app import create_app
from pumphouse.web.serve import build_context, listen, serving

from .rig import Running, session

#: what may change anything at a vendor
CHANGING = ("PUT", "PATCH", "POST", "DELETE")


@dataclass
class WritableHouse:
    """An installation with entered sources, read once, and the clouds behind it."""

    installation: Installation
    simulator: Simulator

    def sent(self) -> list[str]:
        """What was asked of the vendors that may have changed something, logins apart."""
        return [
            f"{one.method} {one.path}"
            for one in self.simulator.requests
            if one.method in CHANGING and "/oauth/" not in one.path
        ]

    async def find(self, source: str, name: str) -> Point:
        """The one point of a source called so, by native id or metric."""
        found = await self.installation.store.find_points(name)
        (point,) = [one for one in found if one.key.source == source]
        return point

    async def value(self, source: str, name: str) -> float | None:
        """What the store has as its newest value."""
        point = await self.find(source, name)
        for known, reading in await self.installation.store.latest(point.key.device):
            if known.key == point.key:
                return reading.value
        return None


def configured(
    simulator: Simulator, folder: Path, *, write: bool, sections: str = "", web: str = ""
) -> Settings:
    """The settings of a house on these clouds."""
    clouds = simulator.announcement
    flag = "true" if write else "false"
    return parse(
        f"""
[site]
timezone = "Europe/Stockholm"
[store]
path = "{folder / "house.db"}"
[sources.ground]
type = "nibe_uplink"
client_id = "{clouds.client_id}"
client_secret = "{clouds.client_secret}"
base_url = "{clouds.nibe_uplink}"
redirect_uri = "http://localhost:8400/oauth/callback"
write = {flag}
[sources.air]
type = "myuplink"
client_id = "{clouds.client_id}"
client_secret = "{clouds.client_secret}"
base_url = "{clouds.myuplink}"
write = {flag}
[web]
port = 0
{web}
{sections}""",
        source_types(),
        sink_types(),
    )


@asynccontextmanager
async def writable_house(
    folder: Path,
    *,
    write: bool = True,
    clock: Clock | None = None,
    sections: str = "",
    web: str = "",
) -> AsyncIterator[WritableHouse]:
    """A house that is logged in and was read once.

    Args:
        sections: of the configuration, for sinks.
        web: lines of its section [web].
    """
    clock = clock or FakeClock(impatient=True)
    options = SimulatorOptions(auto_consent=True, limited=False)
    async with Simulator(options, clock=clock) as simulator:
        settings = configured(simulator, folder, write=write, sections=sections, web=web)
        await log_in(settings)
        async with (
            open_installation(settings, clock) as installation,
            installation.entered(installation.sources),
        ):
            for source in installation.sources.values():
                await installation.store.append(await source.read())
            yield WritableHouse(installation, simulator)


@asynccontextmanager
async def app_of(house: WritableHouse) -> AsyncIterator[Running]:
    """The web app of a house."""
    context = build_context(house.installation)
    listener = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with (
        serving(create_app(context), listener, stopping=context.live.close),
        session() as browser,
    ):
        yield Running(context, address, browser)
