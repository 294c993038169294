"""What the owner of the account has: recorded pumps, or those of the simulated house."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pumphouse.core.errors import UsageError
from pumphouse.simulator.clock import HouseClock
from pumphouse.simulator.myuplink.homes import Home, SimulatedDevice, recorded_homes
from pumphouse.simulator.myuplink.profile import load_profile as load_s320
from pumphouse.simulator.nibe_uplink.profile import load_profile as load_f1245
from pumphouse.simulator.nibe_uplink.systems import (
    Installation,
    RecordedInstallation,
    SimulatedInstallation,
)
from pumphouse.simulator.ports import House
from pumphouse.simulator.tibber.account import TibberHome, homes_of

__all__ = ["Account", "live", "recorded"]


@dataclass(frozen=True, slots=True)
class Account:
    """The same owner's pumps at both vendors, and the homes at Tibber.

    Recordings are of pumps: where they are served, the account at Tibber has no home.
    """

    installations: tuple[Installation, ...]
    homes: tuple[Home, ...]
    tibber: tuple[TibberHome, ...] = ()


def live(house: House, clock: HouseClock, seed: int) -> Account:
    """The pumps of the simulated house, which `clock` moves on, and the home around them."""
    clock.drive(house)
    f1245, s320 = load_f1245(), load_s320()
    pumps = house.pumps.values()
    return Account(
        tuple(
            SimulatedInstallation(pump, f1245, clock)
            for pump in pumps
            if pump.vendor == "nibe_uplink"
        ),
        tuple(
            SimulatedDevice(pump, s320, clock).home() for pump in pumps if pump.vendor == "myuplink"
        ),
        homes_of(house, clock, seed),
    )


def recorded(folder: Path, clock: HouseClock) -> Account:
    """Every system of every file in `nibe_uplink/` and `myuplink/` of a folder.

    Raises:
        UsageError: there is no recording, or a file is none.
    """
    installations = [
        RecordedInstallation(system, recording)
        for recording in _read(folder / "nibe_uplink")
        for system in _objects(recording, "systems")
    ]
    homes = [
        home
        for recording in _read(folder / "myuplink")
        for home in recorded_homes(recording, clock)
    ]
    if not installations and not homes:
        raise UsageError(f"{folder} holds no nibe_uplink/*.json and no myuplink/*.json")
    return Account(tuple(installations), tuple(homes))


def _read(folder: Path) -> Iterator[Mapping[str, object]]:
    for path in sorted(folder.glob("*.json")):
        try:
            recording: object = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise UsageError(f"{path} is not JSON: {error}") from None
        if not isinstance(recording, dict) or not recording.get("systems"):
            raise UsageError(f"{path} is not a recording: it has no systems")
        yield recording


def _objects(recording: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    found = recording[key]
    return found if isinstance(found, list) else []
