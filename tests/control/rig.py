"""A house under control: real clouds, sources and store, and a clock that stands still."""

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.config.settings import OAuthSourceSettings
from pumphouse.control import Control, WriteRequest, WriteResult
from pumphouse.core.model import Batch, Point, PointKey, Site
from pumphouse.core.ports import Clock, Host, Store
from pumphouse.http.grants import FileGrantStore
from pumphouse.http.login import authorize_address, finish
from pumphouse.simulator.server import Simulator, SimulatorOptions
from pumphouse.sources import myuplink, nibe_uplink
from pumphouse.sources.myuplink.source import MyUplink
from pumphouse.sources.nibe_uplink.source import NibeUplink
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.clock import FakeClock

AnySource = NibeUplink | MyUplink

VENDORS = ("nibe_uplink", "myuplink")
#: what may change anything at a vendor; tokens apart
WRITES = ("PUT", "PATCH", "POST", "DELETE")


@dataclass
class House:
    """What a test of the control needs."""

    simulator: Simulator
    store: Store
    sources: Mapping[str, AnySource]
    settings: Mapping[str, OAuthSourceSettings]
    control: Control
    host: Host
    folder: Path

    def sent(self) -> list[str]:
        """Every request that may have changed something, as METHOD path status."""
        return [
            f"{one.method} {one.path} {one.status}"
            for one in self.simulator.requests
            if one.method in WRITES and "/oauth/" not in one.path
        ]

    async def read(self) -> None:
        """Read every source once, as the poller does."""
        for source in self.sources.values():
            await self.store.append(await source.read())

    async def find(self, source: str, name: str) -> Point:
        """The point of a source by native id or metric."""
        found = [p for p in await self.store.find_points(name) if p.key.source == source]
        assert len(found) == 1, (source, name, [p.key for p in found])
        return found[0]

    async def set(self, source: str, name: str, value: float, **more: bool) -> WriteResult:
        """Set a point, as somebody on the command line."""
        point = await self.find(source, name)
        return await self.control.write(WriteRequest(point.key, value, "command line", **more))

    async def shown(self, key: PointKey) -> float | None:
        """What the vendor itself shows now."""
        point = await self.control.point(key)
        source = self.control.writer(point)
        reading = await source.read_back(point)
        return None if reading is None else reading.value

    def another(self, store: Store | None = None) -> Control:
        """The control of another process over the same house."""
        return Control(
            store or self.store,
            self.sources,
            self.settings,
            load_catalogue(),
            self.host.clock,
            self.folder / "senders",
        )


@asynccontextmanager
async def open_house(
    folder: Path,
    *,
    vendors: Sequence[str] = VENDORS,
    options: SimulatorOptions | None = None,
    simulator: Simulator | None = None,
    clock: Clock | None = None,
    scopes: str | None = None,
    **changes: object,
) -> AsyncIterator[House]:
    """A house with the simulated clouds, logged in.

    Args:
        scopes: what the user has consented to, where that is not what is asked for.
        changes: settings of all sources.
    """
    clock = clock or FakeClock(impatient=True)
    host = Host(FileGrantStore(folder / "grants"), clock, random.Random(7), "Pumphouse/1 (tests)")
    simulator = simulator or Simulator(
        options or SimulatorOptions(auto_consent=True, limited=False), clock=clock
    )
    async with simulator, open_store(folder / "p.db", site=Site(), clock=clock) as store:
        sources: dict[str, AnySource] = {}
        settings: dict[str, OAuthSourceSettings] = {}
        for vendor in vendors:
            section = section_of(vendor, simulator, **changes)
            await log_in(vendor, section, host, scopes)
            settings[vendor] = section
            sources[vendor] = source_of(vendor, section, host)
            await store.append(await _first_read(vendor, section, host, scopes))
        house = House(
            simulator,
            store,
            sources,
            settings,
            Control(store, sources, settings, load_catalogue(), clock, folder / "senders"),
            host,
            folder,
        )
        try:
            async with house.control:
                yield house
        finally:
            for source in sources.values():
                await source.__aexit__(None, None, None)


async def _first_read(
    vendor: str, section: OAuthSourceSettings, host: Host, scopes: str | None
) -> Batch:
    """What the source brings; read before write = true where the consent does not cover that."""
    if scopes is not None:
        section = section.model_copy(update={"write": "WRITESYSTEM" in scopes})
    async with source_of(vendor, section, host) as source:
        return await source.read()


def section_of(vendor: str, simulator: Simulator, **changes: object) -> OAuthSourceSettings:
    """The section of a source of a simulated account."""
    told = simulator.announcement
    model = {
        "nibe_uplink": nibe_uplink.NibeUplinkSettings,
        "myuplink": myuplink.MyUplinkSettings,
    }[vendor]
    return model.model_validate(
        {
            "client_id": told.client_id,
            "client_secret": told.client_secret,
            "base_url": getattr(told, vendor),
            "grant": "authorization_code",
            "write": True,
        }
        | changes
    )


def source_of(vendor: str, section: OAuthSourceSettings, host: Host) -> AnySource:
    """A source of this section, called as its vendor."""
    if vendor == "myuplink":
        assert isinstance(section, myuplink.MyUplinkSettings)
        return MyUplink(vendor, section, host)
    assert isinstance(section, nibe_uplink.NibeUplinkSettings)
    return NibeUplink(vendor, section, host)


async def log_in(
    vendor: str, section: OAuthSourceSettings, host: Host, scopes: str | None = None
) -> None:
    """Consent as a user does; the simulator asks nobody."""
    write = section.write if scopes is None else "WRITESYSTEM" in scopes
    asked = section.model_copy(update={"write": write})
    source = source_of(vendor, asked, host)
    attempt = authorize_address(source.registration())
    async with aiohttp.ClientSession() as browser:
        reply = await browser.get(attempt.address, allow_redirects=False)
        await finish(attempt, reply.headers["Location"], host=host)
