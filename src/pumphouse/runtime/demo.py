"""A complete installation against simulated clouds: configuration, logins, a past, and the truth.

From the configuration on it is the same code as with a real pump. Only the past is not polled: the
house tells it in one go, with the meaning that the first poll has given its points.
"""

import asyncio
import http.client
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.config.load import Settings, load
from pumphouse.core.errors import UsageError
from pumphouse.core.model import Batch, PointKey, Reading
from pumphouse.core.ports import Host, Store, SystemClock
from pumphouse.core.units import Unit, parse_unit
from pumphouse.http.login import (
    SupportsLogin,
    authorize_address,
    finish,
    log_in_by_credentials,
)
from pumphouse.runtime.installation import build_host, build_sources
from pumphouse.runtime.plugins import sink_types, source_types
from pumphouse.simulator.house import House
from pumphouse.simulator.myuplink.profile import load_profile as myuplink_profile
from pumphouse.simulator.nibe_uplink.profile import load_profile as nibe_profile
from pumphouse.simulator.server import Announcement, Simulator, SimulatorOptions

__all__ = ["Demo", "demo", "log_in", "write_configuration"]

TIMEZONE = "Europe/Stockholm"
#: the sources of the demo's configuration, by vendor
SOURCE_NAMES: Mapping[str, str] = {"nibe_uplink": "ground", "myuplink": "air"}
HISTORY_STEP = timedelta(minutes=5)
#: how many readings are stored in one transaction while the past is told
HISTORY_BATCH = 50_000


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demonstration.

    Attributes:
        simulator: the clouds, serving.
        settings: of the configuration that was written, all logins done.
    """

    simulator: Simulator
    settings: Settings
    _past: "_Past"

    async def tell_the_past(self, store: Store, progress: Callable[[float], None]) -> None:
        """Store the history of a house that has been polled once, and write `truth.json`.

        Args:
            progress: is told the share that is done, 0 to 1.
        """
        await self._past.tell(store, progress)


@asynccontextmanager
async def demo(folder: Path, *, days: int, seed: int, port: int) -> AsyncIterator[Demo]:
    """Start the clouds, write a configuration into `folder` and log in to both.

    Raises:
        UsageError: the folder holds an installation already, or cannot be written.
    """
    now = SystemClock().now().replace(second=0, microsecond=0)
    start = now - timedelta(days=days)
    # The same seed and start make the same house: one behind the clouds, one to tell the past.
    past = _Past(House(seed, start, TIMEZONE), start, now, folder)
    options = SimulatorOptions(auto_consent=True, seed=seed, start=start)
    async with Simulator(options) as simulator:
        simulator.house_clock.advance((now - start).total_seconds())
        path = write_configuration(folder, simulator.announcement, port=port)
        settings = load(path, source_types(), sink_types())
        await log_in(settings)
        yield Demo(simulator, settings, past)


def write_configuration(
    folder: Path, clouds: Announcement, *, port: int, interval: float = 60
) -> Path:
    """Write a configuration for both simulated clouds into `folder` and return its path.

    Raises:
        UsageError: the folder holds an installation already, or cannot be written.
    """
    path = folder / "pumphouse.toml"
    text = f"""\
# Written by `pumphouse demo`: two simulated clouds at {clouds.url}

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
    """Give consent to every source; the clouds have to be simulated and redirect at once."""
    host = build_host(settings)
    for source in build_sources(settings, host).values():
        assert isinstance(source, SupportsLogin)
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


class _Past:
    """What the house did between two instants, as readings of the points that were polled."""

    def __init__(self, house: House, start: datetime, end: datetime, folder: Path) -> None:
        self._house = house
        self._start = start
        self._end = end
        self._folder = folder

    async def tell(self, store: Store, progress: Callable[[float], None]) -> None:
        units = {
            pump.device_id: _wire_units(pump.vendor, pump.values())
            for pump in self._house.pumps.values()
        }
        keys = {point.key: units[point.key.device] for point in await store.points()}
        waiting: list[Reading] = []
        for instant, batch in self._snapshots(keys):
            waiting += batch
            if len(waiting) >= HISTORY_BATCH:
                await self._store(store, waiting)
                waiting = []
                progress((instant - self._start) / (self._end - self._start))
        await self._store(store, waiting)
        progress(1.0)
        self._write_truth()

    def _snapshots(
        self, keys: Mapping[PointKey, Mapping[str, Unit]]
    ) -> Iterator[tuple[datetime, list[Reading]]]:
        """Readings every five minutes; of a cloud that reports changes only what has changed."""
        told: dict[PointKey, float] = {}
        changes_only = {SOURCE_NAMES["myuplink"]}
        for instant, values in self._house.history(
            self._start, until=self._end, step_seconds=int(HISTORY_STEP.total_seconds())
        ):
            batch: list[Reading] = []
            for key, units in keys.items():
                value = values[key.device].get(key.point)
                if value is None or (key.source in changes_only and told.get(key) == value):
                    continue
                told[key] = value
                batch.append(Reading(key, instant, units[key.point].to_canonical(value)))
            yield instant, batch

    @staticmethod
    async def _store(store: Store, readings: list[Reading]) -> None:
        by_source: dict[str, list[Reading]] = {}
        for reading in readings:
            by_source.setdefault(reading.key.source, []).append(reading)
        for source, some in by_source.items():
            await store.append(Batch(source, readings=tuple(some)))

    def _write_truth(self) -> None:
        truth = self._house.truth_by_day(self._start, self._end)
        (self._folder / "truth.json").write_text(json.dumps(truth, indent=1), encoding="utf-8")


def _wire_units(vendor: str, values: Mapping[str, float | None]) -> Mapping[str, Unit]:
    """The unit in which the house tells each native id, quirks of the vendor considered."""
    rows = _nibe_rows(values) if vendor == "nibe_uplink" else _myuplink_rows(values)
    catalogue = load_catalogue().vendor(vendor)
    units: dict[str, Unit] = {}
    for native_id, title, spelling in rows:
        native = catalogue.get(native_id, title=title, unit=spelling)
        units[native_id] = (native.unit if native else None) or parse_unit(spelling)
    return units


def _nibe_rows(values: Mapping[str, float | None]) -> Iterator[tuple[str, str, str]]:
    profile = nibe_profile()
    shown = [row for category in profile.categories(values) for row in category["parameters"] or ()]
    for row in (*shown, *profile.settings(values)):
        yield str(row["parameterId"]), str(row["title"]), str(row["unit"])


def _myuplink_rows(values: Mapping[str, float | None]) -> Iterator[tuple[str, str, str]]:
    profile = myuplink_profile()
    for native_id in values:
        if native_id in profile:
            row = profile.show(native_id, None, "", "")
            yield native_id, row["parameterName"] or "", row["parameterUnit"] or ""
