"""The Pulse at the electricity meter: what it tells every few seconds."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from pumphouse.simulator.house.household import Household
from pumphouse.simulator.house.noise import Noise
from pumphouse.simulator.house.prices import Prices
from pumphouse.simulator.tibber.wire import DeviceItem, opaque_id

__all__ = ["FIELDS", "Meter"]

#: every value of a measurement besides its time and currency
FIELDS: Final = (
    "power",
    "lastMeterConsumption",
    "accumulatedConsumption",
    "accumulatedProduction",
    "accumulatedConsumptionLastHour",
    "accumulatedProductionLastHour",
    "accumulatedCost",
    "accumulatedReward",
    "minPower",
    "averagePower",
    "maxPower",
    "powerProduction",
    "powerReactive",
    "powerProductionReactive",
    "minPowerProduction",
    "maxPowerProduction",
    "lastMeterProduction",
    "powerFactor",
    "voltagePhase1",
    "voltagePhase2",
    "voltagePhase3",
    "currentL1",
    "currentL2",
    "currentL3",
    "signalStrength",
)
_STEP: Final = timedelta(minutes=5)
_MAINS_V: Final = 230.0
_READING_KWH: Final = 48_211.0  # what the meter showed when the simulation began


class Meter:
    """A Pulse.

    The energy of the running minute is not known yet: it counts with the power of the last one.

    Args:
        household: whose meter it reads.
        prices: for the cost of the day.
        begins: since when the meter's own count is followed.

    Attributes:
        id: opaque.
    """

    def __init__(self, household: Household, prices: Prices, begins: datetime, seed: int) -> None:
        self.id = opaque_id("tibber pulse:house")
        self._household = household
        self._prices = prices
        self._begins = begins.replace(minute=0, second=0, microsecond=0)
        self._noise = Noise(seed, "tibber pulse")
        self._day: date | None = None
        self._seen = self._begins
        self._least = self._most = 0.0

    def item(self) -> DeviceItem:
        """Its entry in the list of streamable devices."""
        return {
            "id": self.id,
            "externalId": "TIBBER-PULSE-SIM-0001",
            "info": {"name": "Pulse", "brand": "Tibber", "model": "Pulse IR"},
            "supportedHistory": {"resolutions": []},
        }

    def measure(self, now: datetime) -> Mapping[str, float | str | None]:
        """What it tells at an instant: W, kWh since midnight, V, A."""
        home = self._household
        local = now.astimezone(home.zone)
        midnight = self._prices.midnight(local.date())
        power = home.power_w(now)
        self._follow(local.date(), midnight, now, power)
        day = self._imported(midnight, now, power)
        full_hour = max(midnight, now.replace(minute=0, second=0, microsecond=0))
        hours = max(1.0 / 3600.0, (now - midnight).total_seconds() / 3600.0)
        values: dict[str, float | str | None] = dict.fromkeys(FIELDS)
        values |= {
            "timestamp": local.isoformat(timespec="milliseconds"),
            "power": round(power),
            "lastMeterConsumption": round(
                _READING_KWH + self._imported(self._begins, now, power), 3
            ),
            "accumulatedConsumption": round(day, 6),
            "accumulatedProduction": 0.0,
            "accumulatedConsumptionLastHour": round(self._imported(full_hour, now, power), 6),
            "accumulatedProductionLastHour": 0.0,
            "accumulatedCost": round(self._cost(midnight, now, power), 6),
            "currency": "SEK",
            "minPower": round(self._least),
            "averagePower": round(1000.0 * day / hours, 1),
            "maxPower": round(self._most),
            "powerProduction": 0,
        }
        return values | self._electric(now, power)

    def _electric(self, now: datetime, power: float) -> dict[str, float | str | None]:
        """Voltages and currents: only in every fifth frame, as many meters send them."""
        second = int(now.timestamp())
        if second // 2 % 5:
            return {}
        volts = [
            round(_MAINS_V + 3.0 * self._noise.wave(second / 97.0 + 1000 * phase), 1)
            for phase in range(3)
        ]
        shares = (0.5, 0.3, 0.2)
        values: dict[str, float | str | None] = {"signalStrength": -62, "powerFactor": 0.97}
        for phase, (volt, share) in enumerate(zip(volts, shares, strict=True), start=1):
            values[f"voltagePhase{phase}"] = volt
            values[f"currentL{phase}"] = round(power * share / volt, 2)
        return values

    def _imported(self, start: datetime, now: datetime, power: float) -> float:
        """KWh from an instant until now."""
        minute = max(start, now.replace(second=0, microsecond=0))
        return self._household.imported_kwh(start, minute) + power * _hours(minute, now) / 1000.0

    def _cost(self, midnight: datetime, now: datetime, power: float) -> float:
        cost = 0.0
        for price in self._prices.day(midnight.astimezone(self._prices.zone).date()):
            start = price.starts_at.astimezone(UTC)
            end = min(now, start + timedelta(minutes=15))
            if start >= end:
                break
            cost += price.total * (
                self._imported(start, now, power)
                if end == now
                else self._household.imported_kwh(start, end)
            )
        return cost

    def _follow(self, day: date, midnight: datetime, now: datetime, power: float) -> None:
        """Keep least and most power of the day, seen every five minutes and when asked."""
        if day != self._day:
            self._day, self._seen = day, midnight
            self._least = self._most = power
        while self._seen <= now:
            seen = self._household.power_w(self._seen) if self._seen > self._begins else power
            self._note(seen)
            self._seen += _STEP
        self._note(power)

    def _note(self, power: float) -> None:
        self._least = min(self._least, power)
        self._most = max(self._most, power)


def _hours(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / 3600.0
