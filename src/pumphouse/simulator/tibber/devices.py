"""What the owner has paired with Tibber: a car, its charger, a battery, and the heat pump."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from pumphouse.simulator.house.household import BATTERY_WH, Household
from pumphouse.simulator.house.noise import Noise
from pumphouse.simulator.ports import House, Pump
from pumphouse.simulator.tibber.wire import (
    Attribute,
    Capability,
    DeviceItem,
    Info,
    opaque_id,
    zulu,
)

__all__ = ["Battery", "Charger", "Device", "OfflineHeater", "Thermostat", "Vehicle"]

#: nested values of one point of the history, by name
Data = Mapping[str, Mapping[str, float | None]]

VEHICLES: Final = "data-api-vehicles-read"
CHARGERS: Final = "data-api-chargers-read"
THERMOSTATS: Final = "data-api-thermostats-read"
ENERGY_SYSTEMS: Final = "data-api-energy-systems-read"

_PLUG: Final = ["connected", "disconnected", "unknown"]
_CHARGE: Final = ["charging", "idle", "unknown"]
_RANGE_M: Final = 480_000.0


class Plate(NamedTuple):
    """What does not change about a device.

    Attributes:
        scope: without which the device is not there.
        name, brand, model: what it is called; the model may be unknown.
        external_id: of its maker, often empty.
        resolutions: of its history.
        retention_days: for how long that is kept; None: not told.
        page_size: most points of a page of history.
    """

    scope: str
    name: str
    brand: str
    model: str | None = None
    external_id: str = ""
    resolutions: tuple[str, ...] = ()
    retention_days: int | None = None
    page_size: int = 100


class Device(ABC):
    """One device.

    Attributes:
        id: opaque.
        plate: what does not change about it.
    """

    def __init__(self, plate: Plate) -> None:
        self.plate = plate
        kind = plate.scope.removeprefix("data-api-").removesuffix("s-read")
        self.id = opaque_id(f"{plate.brand.lower()} {kind}:{plate.name}")

    def item(self) -> DeviceItem:
        """Its entry in the list of devices."""
        plate = self.plate
        info: Info = {"name": plate.name, "brand": plate.brand}
        if plate.model is not None:
            info["model"] = plate.model
        item: DeviceItem = {
            "id": self.id,
            "externalId": plate.external_id,
            "info": info,
            "supportedHistory": {"resolutions": list(plate.resolutions)},
        }
        if plate.retention_days is not None:
            item["supportedHistory"]["maxRetentionDays"] = plate.retention_days
        return item

    def describe(self, now: datetime) -> Mapping[str, object]:
        """The answer to who asks for this device."""
        seen = self.seen_at(now)
        return {
            **self.item(),
            "status": {"lastSeen": zulu(seen, milliseconds=seen.microsecond > 0)},
            "attributes": self.attributes(),
            "capabilities": self.capabilities(seen),
        }

    def seen_at(self, now: datetime) -> datetime:
        """When Tibber saw the device last: every five minutes."""
        return now - timedelta(seconds=now.timestamp() % 300)

    def attributes(self) -> Sequence[Attribute]:
        """What seldom changes."""
        return [{"id": "isOnline", "value": True}]

    @abstractmethod
    def capabilities(self, at: datetime) -> Sequence[Capability]:
        """Every value as it was at an instant."""

    def history(self, start: datetime, end: datetime, resolution: str) -> Data | None:  # noqa: ARG002
        """What is kept of a period; None: nothing."""
        return None

    def stamp(self, start: datetime) -> datetime:
        """The time that a period's point carries."""
        return start


class Vehicle(Device):
    """A car that is seen every quarter of an hour; it has no history."""

    def __init__(self, household: Household) -> None:
        super().__init__(Plate(VEHICLES, "ID.7", "Volkswagen", "ID.7", "WVWZZZED0SIM00001"))
        self._household = household

    def seen_at(self, now: datetime) -> datetime:
        """About every ten minutes, by way of the maker's cloud."""
        return now - timedelta(seconds=now.timestamp() % 600)

    def attributes(self) -> Sequence[Attribute]:
        """The number of the car, and that it is reached."""
        return [
            {"id": "vinNumber", "value": self.plate.external_id},
            {"id": "isOnline", "value": True},
        ]

    def capabilities(self, at: datetime) -> Sequence[Capability]:
        """Charge, range and plug."""
        charge = self._household.car_charge(at)
        plug = "disconnected" if self._household.is_car_away(at) else "connected"
        charging = "charging" if self._household.is_car_charging(at) else "idle"
        return [
            _number("storage.stateOfCharge", "state of charge", round(100 * charge), "%"),
            _number("storage.targetStateOfCharge", "target state of charge", 80, "%"),
            _number(
                "range.remaining",
                "estimated remaining driving range",
                1000 * round(charge * _RANGE_M / 1000),
                "m",
            ),
            _choice("connector.status", "vehicle plug status", plug, _PLUG),
            _choice("charging.status", "vehicle charging status", charging, _CHARGE),
        ]


class Charger(Device):
    """A wall box; its times have milliseconds."""

    def __init__(self, household: Household) -> None:
        super().__init__(Plate(CHARGERS, "Carport", "go-e", "Charger", "goe:268501"))
        self._household = household

    def seen_at(self, now: datetime) -> datetime:
        """Every five minutes and a bit."""
        return super().seen_at(now - timedelta(seconds=1)) + timedelta(milliseconds=770)

    def attributes(self) -> Sequence[Attribute]:
        """How it is connected: by `status`, not by `value`."""
        wifi = {"id": "connectivity.wifi", "status": "connected", "ssid": "house"}
        return [*super().attributes(), wifi, {"id": "firmwareVersion", "value": "057.3"}]

    def capabilities(self, at: datetime) -> Sequence[Capability]:
        """Plug and currents."""
        away = self._household.is_car_away(at)
        charging = "charging" if self._household.is_car_charging(at) else "idle"
        return [
            _number("grid.phaseCount", "number of phases", 1, ""),
            _choice(
                "connector.status", "plug status", "disconnected" if away else "connected", _PLUG
            ),
            _choice("charging.status", "charging status", charging, _CHARGE),
            _number("charging.current.max", "maximum current", 10, "A"),
            _number("charging.current.offlineFallback", "current when offline", 0, "A"),
        ]


class Thermostat(Device):
    """A heat pump as Tibber sees it: a thermostat.

    Points of its history carry the time of the poll that closed the period, so they are not
    aligned; of a day there is only an average temperature.
    """

    def __init__(self, house: House, pump: Pump) -> None:
        super().__init__(
            Plate(
                THERMOSTATS,
                pump.name,
                "NIBE",
                pump.product,
                f"nibe:{pump.serial}",
                resolutions=("quarterHour", "hour", "day"),
                retention_days=90,
                page_size=150,
            )
        )
        self._house = house
        self._pump = pump

    def attributes(self) -> Sequence[Attribute]:
        """What is on its plate."""
        return [
            *super().attributes(),
            {"id": "serialNumber", "value": self._pump.serial},
            {"id": "firmwareVersion", "value": self._pump.firmware},
        ]

    def capabilities(self, at: datetime) -> Sequence[Capability]:
        """The room; no supply, no hot water, no power."""
        room = self._house.room_temperature(self._pump.device_id, at - _HALF_HOUR, at)
        return [
            _number("temp.setpoint", "set temperature", 21.0, "degC"),
            _number("temp.current", "temperature", _tenths(room), "degC"),
            _number("temp.comfort", "comfort temperature", 21.0, "degC"),
            _choice("onOff", "power", "on", ["on", "off"]),
        ]

    def history(self, start: datetime, end: datetime, resolution: str) -> Data | None:
        """Mean temperatures; computed on the fly for days."""
        room = self._house.room_temperature(self._pump.device_id, start, end)
        if room is None:
            return None
        if resolution == "day":
            return {"temp": {"average": _tenths(room)}}
        return {"temp": {"current": _tenths(room), "setpoint": 21.0}}

    def stamp(self, start: datetime) -> datetime:
        """A poll's time, a bit late."""
        return start + _POLL_LAG


class OfflineHeater(Device):
    """A heater in a cabin that lost its network: values are null or unknown, some id is new."""

    def __init__(self, since: datetime) -> None:
        super().__init__(Plate(THERMOSTATS, "Panel heater", "Mill"))
        self._since = since

    def seen_at(self, now: datetime) -> datetime:  # noqa: ARG002 - it was long ago
        """Since then nobody has."""
        return self._since

    def attributes(self) -> Sequence[Attribute]:
        """It is not reached."""
        return [{"id": "isOnline", "value": False}]

    def capabilities(self, at: datetime) -> Sequence[Capability]:  # noqa: ARG002 - they stand
        """What was left behind; a 0 beside an unknown status means nothing."""
        return [
            _number("temp.setpoint", "set temperature", 8.0, "degC"),
            _number("temp.current", "temperature", None, "degC"),
            _choice("onOff", "power", "unknown", ["on", "off", "unknown"]),
            _number("air.quality.tvoc", "volatile compounds", 0, "ppb"),
        ]


class Battery(Device):
    """A battery with its view of the home's energy; its history has holes."""

    def __init__(self, household: Household, seed: int) -> None:
        super().__init__(
            Plate(
                ENERGY_SYSTEMS,
                "Home battery",
                "Homevolt",
                "10 kWh",
                "homevolt:4b02c7",
                resolutions=("quarterHour", "hour", "day", "month"),
                retention_days=365,
                page_size=200,
            )
        )
        self._household = household
        self._holes = Noise(seed, "tibber holes")

    def attributes(self) -> Sequence[Attribute]:
        """How it is connected."""
        return [*super().attributes(), {"id": "cellular.rssi", "value": -75}]

    def capabilities(self, at: datetime) -> Sequence[Capability]:
        """Storage, flows now and counts of the running hour and month.

        Shares of a flow come as ratios though their unit is `%`; where an hour begins, the counts
        of the hour are missing.
        """
        home = self._household
        battery, grid, load = home.battery_w(at), home.power_w(at), home.load_w(at)
        charge = home.battery_charge(at)
        flows = [
            _number("powerFlow.battery.power", "battery power", round(battery), "W"),
            _number("powerFlow.grid.power", "grid power", round(grid), "W"),
            _number("powerFlow.load.power", "load power", round(load), "W"),
            _number("powerFlow.fromGrid", "share from the grid", _share(grid, load), "%"),
        ]
        local = at.astimezone(home.zone)
        month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        counts = _counts(home, "month", month, at)
        if local.minute:
            hour = at.replace(minute=0, second=0, microsecond=0)
            counts = _counts(home, "hour", hour, at) + counts
        return [
            _number("storage.stateOfCharge", "state of charge", round(100 * charge, 1), "%"),
            _number("storage.ratedCapacity", "rated capacity", BATTERY_WH, "Wh"),
            _number("storage.ratedPower", "rated power", 5000, "W"),
            _number("storage.availableEnergy", "energy", round(charge * BATTERY_WH), "Wh"),
            *flows,
            *counts,
        ]

    def history(self, start: datetime, end: datetime, resolution: str) -> Data | None:
        """Energies of the period; the state of charge only where periods are short."""
        if self.is_hole(start, resolution):
            return None
        home = self._household
        flows: dict[str, Mapping[str, float | None]] = {
            "energyFlow": dict(_flows(home, start, end))
        }
        if resolution in ("quarterHour", "hour"):
            charge = round(100 * home.battery_charge(end), 1)
            flows["storage"] = {"stateOfCharge": charge}
        return flows

    def is_hole(self, start: datetime, resolution: str) -> bool:
        """Whether Tibber has nothing of a period, and never will."""
        hour = int(start.timestamp()) // 3600
        return resolution in ("quarterHour", "hour") and self._holes.chance(hour) < _HOLES


_POLL_LAG: Final = timedelta(seconds=17)
_HALF_HOUR: Final = timedelta(minutes=30)
_HOLES: Final = 0.004


def _number(name: str, description: str, value: float | None, unit: str) -> Capability:
    return {"id": name, "description": description, "value": value, "unit": unit}


def _choice(name: str, description: str, value: str, known: Sequence[str]) -> Capability:
    return {"id": name, "description": description, "value": value, "availableValues": [*known]}


def _tenths(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _share(part: float, whole: float) -> float:
    return round(min(1.0, part / whole), 3) if whole > 0 else 0.0


def _flows(home: Household, start: datetime, end: datetime) -> Sequence[tuple[str, float]]:
    """Wh of a period by the names of the history."""
    given, taken = home.battery_kwh(start, end)
    return (
        ("gridImport", _watt_hours(home.imported_kwh(start, end))),
        ("gridExport", 0.0),
        ("batteryDischarge", _watt_hours(given)),
        ("batteryCharge", _watt_hours(taken)),
        ("loadConsumption", _watt_hours(home.load_kwh(start, end))),
    )


def _counts(home: Household, period: str, start: datetime, end: datetime) -> list[Capability]:
    """Wh since the period began, by the names of the capabilities."""
    flows = dict(_flows(home, start, end))
    names = (
        ("grid.imported", "gridImport"),
        ("grid.exported", "gridExport"),
        ("battery.discharged", "batteryDischarge"),
        ("battery.charged", "batteryCharge"),
        ("load.consumed", "loadConsumption"),
    )
    return [
        _number(f"energyFlow.{period}.{name}", f"{name} this {period}", flows[key], "Wh")
        for name, key in names
    ]


def _watt_hours(kwh: float) -> float:
    return round(1000.0 * kwh, 1)
