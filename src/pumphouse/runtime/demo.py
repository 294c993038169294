"""A complete installation against simulated clouds: configuration, logins, a past, and the truth.

From the configuration on it is the same code as with a real house: two pumps and a home at Tibber
in the cloud, six sensors on a 1-Wire bus and three by radio. Only the past is not polled.
"""

import asyncio
import http.client
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from pumphouse.config.load import Settings, load
from pumphouse.core.errors import UsageError
from pumphouse.core.ports import Host, Store, SystemClock
from pumphouse.http.login import (
    SupportsLogin,
    authorize_address,
    finish,
    log_in_by_credentials,
)
from pumphouse.runtime.demo_past import SOURCE_NAMES, Past
from pumphouse.runtime.installation import build_host, build_sources
from pumphouse.runtime.plugins import sink_types, source_types
from pumphouse.simulator.house import House
from pumphouse.simulator.onewire import OneWireFolder
from pumphouse.simulator.server import Announcement, Simulator, SimulatorOptions

__all__ = ["Demo", "demo", "log_in", "write_configuration"]

TIMEZONE = "Europe/Stockholm"
#: where the kernel's files of the 1-Wire bus are imitated, below the demo's folder
BUS = "w1"


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demonstration.

    Attributes:
        simulator: the clouds, serving.
        settings: of the configuration that was written, all logins done.
    """

    simulator: Simulator
    settings: Settings
    _past: Past

    async def tell_the_past(self, store: Store, progress: Callable[[float], None]) -> None:
        """Store the history of a house that has been polled once, and write `truth.json`.

        Args:
            progress: is told the share that is done, 0 to 1.
        """
        await self._past.tell(
            store, build_sources(self.settings, build_host(self.settings)), progress
        )


@asynccontextmanager
async def demo(folder: Path, *, days: int, seed: int, port: int) -> AsyncIterator[Demo]:
    """Start the clouds, write a configuration into `folder` and log in to all of them.

    Raises:
        UsageError: the folder holds an installation already, or cannot be written.
    """
    now = SystemClock().now().replace(second=0, microsecond=0)
    start = now - timedelta(days=days)
    # The same seed and start make the same house: one behind the clouds, one to tell the past.
    past = Past(House(seed, start, TIMEZONE), seed, start, now, folder)
    options = SimulatorOptions(auto_consent=True, seed=seed, start=start)
    async with Simulator(options) as simulator:
        simulator.house_clock.advance((now - start).total_seconds())
        path = write_configuration(folder, simulator.announcement, port=port, days=days)
        settings = load(path, source_types(), sink_types())
        assert simulator.sensors is not None, "the built-in house has sensors"
        bus = OneWireFolder(folder / BUS, simulator.sensors.probes, simulator.house_clock)
        async with bus.kept():
            await log_in(settings)
            yield Demo(simulator, settings, past)


def write_configuration(
    folder: Path, clouds: Announcement, *, port: int, days: int = 30, interval: float = 60
) -> Path:
    """Write a configuration for all that is simulated into `folder` and return its path.

    Args:
        folder: is made where it is missing.
        clouds: where they are.
        port: of the web app, and so of the login's callback.
        days: of Tibber's past to be fetched.
        interval: seconds between two polls of the pumps and of the bus.

    Raises:
        UsageError: the folder holds an installation already, or cannot be written.
    """
    path = folder / "pumphouse.toml"
    text = f"""\
# Written by `pumphouse demo`: simulated clouds and sensors at {clouds.url}

[site]
name = "Demonstration"
timezone = "{TIMEZONE}"
currency = "SEK"

[store]
path = "{folder / "pumphouse.db"}"

[sources.{SOURCE_NAMES["nibe_uplink"]}]
type = "nibe_uplink"
client_id = "{clouds.client_id}"
client_secret = "{clouds.client_secret}"
base_url = "{clouds.nibe_uplink}"
redirect_uri = "http://localhost:{port}/oauth/callback"
interval_secs = {interval}

[sources.{SOURCE_NAMES["myuplink"]}]
type = "myuplink"
client_id = "{clouds.client_id}"
client_secret = "{clouds.client_secret}"
base_url = "{clouds.myuplink}"
interval_secs = {interval}

[sources.{SOURCE_NAMES["tibber"]}]
type = "tibber"
client_id = "{clouds.client_id}"
client_secret = "{clouds.client_secret}"
base_url = "{clouds.tibber}"
redirect_uri = "http://localhost:{port}/oauth/callback"
devices = ["thermostats", "energy_systems", "vehicles", "chargers"]
live = true
history_days = {days}

[sources.{SOURCE_NAMES["onewire"]}]
type = "onewire"
path = "{folder / BUS}"
interval_secs = {interval}

[sources.{SOURCE_NAMES["rtl433"]}]
type = "rtl433"
url = "{clouds.url}/rtl_433"
listen_secs = 2

[web]
port = {port}
"""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(
            f"{folder} holds an installation already; choose an empty folder"
        ) from None
    except OSError as problem:
        raise UsageError(f"{folder} cannot be written: {problem.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return path


async def log_in(settings: Settings) -> None:
    """Give consent wherever it is needed; the clouds have to be simulated and redirect at once."""
    host = build_host(settings)
    for source in build_sources(settings, host).values():
        if isinstance(source, SupportsLogin):
            await _consent(source, host)


async def _consent(source: SupportsLogin, host: Host) -> None:
    registration = source.registration()
    if registration.kind == "client_credentials":
        await log_in_by_credentials(registration, host=host)
        return
    attempt = authorize_address(registration)
    await finish(attempt, await asyncio.to_thread(_redirect_of, attempt.address), host=host)


def _redirect_of(address: str) -> str:
    """Where a browser would be sent to from `address`."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        return connection.getresponse().getheader("Location") or ""
    finally:
        connection.close()
