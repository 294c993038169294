"""The owner's account at Tibber: a home with a contract and a Pulse, and a cabin without."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

from pumphouse.simulator.clock import HouseClock
from pumphouse.simulator.house.household import Household
from pumphouse.simulator.house.prices import Prices
from pumphouse.simulator.ports import House
from pumphouse.simulator.tibber.devices import (
    Battery,
    Charger,
    Device,
    OfflineHeater,
    Thermostat,
    Vehicle,
)
from pumphouse.simulator.tibber.meter import Meter

__all__ = ["Contract", "TibberHome", "homes_of"]

_ZONE: Final = ZoneInfo("Europe/Stockholm")
_CONTRACT: Final = timedelta(days=3 * 365)
_PAIRED: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Contract:
    """Electricity bought from Tibber.

    Attributes:
        since: when it began; there are no prices and no consumption before.
        prices: of the price area.
        household: whose consumption is billed.
        metered_since: before that nothing is known of the consumption.
        meter: the Pulse.
    """

    since: datetime
    prices: Prices
    household: Household
    metered_since: datetime
    meter: Meter


@dataclass(frozen=True, slots=True)
class TibberHome:
    """One home of the account; without a contract it has devices and nothing else."""

    id: str
    name: str
    zone: ZoneInfo
    paired: datetime
    devices: tuple[Device, ...]
    contract: Contract | None = None

    @property
    def meters(self) -> Sequence[Meter]:
        """What can be streamed."""
        return (self.contract.meter,) if self.contract else ()


def homes_of(house: House, clock: HouseClock, seed: int) -> tuple[TibberHome, ...]:
    """The simulated house as Tibber knows it.

    A car belongs to the account, so it is listed in every home.
    """
    paired = clock.start - _PAIRED
    household, prices = Household(house, seed, _ZONE), Prices(seed, _ZONE)
    meter = Meter(household, prices, paired, seed)
    since = prices.midnight((clock.start - _CONTRACT).astimezone(_ZONE).date())
    car = Vehicle(household)
    pumps = [Thermostat(house, pump) for pump in house.pumps.values() if pump.vendor == "myuplink"]
    devices: tuple[Device, ...] = (car, Charger(household), *pumps, Battery(household, seed))
    cabin = (car, OfflineHeater(clock.start - timedelta(days=40)))
    contract = Contract(since, prices, household, paired, meter)
    return (
        TibberHome(_id("home"), "Home", _ZONE, paired, devices, contract),
        TibberHome(_id("cabin"), "Cabin", _ZONE, paired, cabin),
    )


def _id(name: str) -> str:
    return str(uuid5(NAMESPACE_OID, f"tibber {name}"))
