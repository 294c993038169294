"""Systems and devices as the cloud knows them: recorded by their owners, or simulated."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Final, cast
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

from pumphouse.simulator.clock import HouseClock
from pumphouse.simulator.myuplink.points import show
from pumphouse.simulator.myuplink.profile import Profile
from pumphouse.simulator.myuplink.vocabulary import FEATURES
from pumphouse.simulator.myuplink.wire import Point, SystemDevice
from pumphouse.simulator.ports import Alarm, Pump

__all__ = ["Device", "Home", "RecordedDevice", "SimulatedDevice", "recorded_homes"]

_ZONE: Final = ZoneInfo("Europe/Stockholm")
_Account = Mapping[str, list[Mapping[str, object]] | None]
_Descriptions = Mapping[str, Mapping[str, object] | None]


class Device(ABC):
    """One heat pump.

    Attributes:
        id: opaque, unique in the account.
    """

    id: str

    @abstractmethod
    def describe(self) -> Mapping[str, object]:
        """The answer of `/v2/devices/{id}`."""

    @abstractmethod
    def points(self) -> Sequence[Point]:
        """Every point in its v2 form."""

    @abstractmethod
    def write(self, identifier: str, number: float) -> None:
        """Set a point to a value that was checked, in display units."""

    def is_extra(self, identifier: str) -> bool:  # noqa: ARG002 - the ordinary device has none
        """Whether a point is delivered only to those who ask for it by id."""
        return False

    def zones(self) -> Sequence[Mapping[str, object]]:
        """The climate zones; many devices have none."""
        return ()

    def zone_setpoint(self, zone: int) -> str | None:  # noqa: ARG002 - no zones, no set points
        """The id of the point that a zone's heating set point stands in."""
        return None

    def alarms(self) -> Sequence[Alarm]:
        """Present and past alarms; recordings hold none."""
        return ()

    def has_premium(self) -> bool:
        """Whether somebody pays for changing settings."""
        return True


class Home:
    """One system of the account.

    Args:
        entry: its entry in the list of systems, as it stands but for `hasAlarm`.
        devices: its devices.
    """

    def __init__(self, entry: Mapping[str, object], devices: Sequence[Device]) -> None:
        self._entry = entry
        self.id = str(entry.get("systemId") or "")
        self.devices = tuple(devices)

    def entry(self) -> Mapping[str, object]:
        """Its entry in the list of systems now."""
        if any(alarm.ended is None for device in self.devices for alarm in device.alarms()):
            return {**self._entry, "hasAlarm": True}
        return self._entry


class RecordedDevice(Device):
    """A recorded device; what is written to it lasts as long as the server."""

    def __init__(
        self,
        device_id: str,
        description: Mapping[str, object],
        points: list[Point],
        clock: HouseClock,
        *,
        premium: bool = True,
    ) -> None:
        self.id = device_id
        self._premium = premium
        self._description = description
        self._points = deepcopy(points)
        self._clock = clock

    def describe(self) -> Mapping[str, object]:
        """As recorded."""
        return self._description

    def points(self) -> Sequence[Point]:
        """As recorded, but for what was written since."""
        return self._points

    def has_premium(self) -> bool:
        """As the recording says."""
        return self._premium

    def write(self, identifier: str, number: float) -> None:
        """Keep the new value in memory."""
        value = int(number) if number.is_integer() else number
        for point in self._points:
            if point.get("parameterId") == identifier:
                point["value"] = value
                point["strVal"] = show(point, value)
                point["timestamp"] = f"{self._clock.now():%Y-%m-%dT%H:%M:%S}+00:00"


def recorded_homes(recording: Mapping[str, object], clock: HouseClock) -> list[Home]:
    """The systems of one recorded account.

    A device whose description was not recorded is described by its entry in the list of systems. A
    recording that is written by hand may say `premium = false`.
    """
    premium = recording.get("premium") is not False
    account = cast("_Account", recording.get("systems") or {})
    descriptions = cast("_Descriptions", recording.get("devices") or {})
    points = cast("Mapping[str, list[Point] | None]", recording.get("points") or {})
    homes = []
    for entry in account.get("systems") or ():
        listed = cast("list[Mapping[str, object]]", entry.get("devices") or ())
        known = [(str(one["id"]), one) for one in listed if one.get("id")]
        devices = [
            RecordedDevice(
                device,
                descriptions.get(device) or one,
                points.get(device) or [],
                clock,
                premium=premium,
            )
            for device, one in known
        ]
        homes.append(Home(entry, devices))
    return homes


class SimulatedDevice(Device):
    """A pump of the simulated house."""

    def __init__(self, pump: Pump, profile: Profile, clock: HouseClock) -> None:
        self.id = pump.device_id
        self._pump = pump
        self._profile = profile
        self._clock = clock

    def home(self) -> Home:
        """A system of its own with this device in it."""
        pump = self._pump
        device: SystemDevice = {
            "id": self.id,
            "connectionState": "Connected",
            "currentFwVersion": pump.firmware,
            "deviceType": "nibe-n",
            "product": {"serialNumber": pump.serial, "name": pump.product},
        }
        entry = {
            "systemId": str(uuid5(NAMESPACE_OID, self.id)),
            "name": pump.name,
            "securityLevel": "admin",
            "hasAlarm": False,
            "country": "Sweden",
            "devices": [device],
        }
        return Home(entry, [self])

    def describe(self) -> Mapping[str, object]:
        """The device; a listed feature does not mean that there is an endpoint for it."""
        pump = self._pump
        return {
            "id": self.id,
            "connectionState": "Connected",
            "firmware": {"currentFwVersion": pump.firmware, "desiredFwVersion": pump.firmware},
            "product": {"serialNumber": pump.serial, "name": pump.product},
            "availableFeatures": dict.fromkeys(FEATURES, True),
        }

    def points(self) -> Sequence[Point]:
        """What the pump has, each with the time of its last change."""
        self._clock.catch_up()
        shown = []
        for identifier, value in self._pump.values().items():
            if identifier in self._profile:
                changed = (self._pump.changed_at(identifier) or self._clock.start).astimezone(_ZONE)
                timestamp = changed.isoformat(timespec="seconds")
                shown.append(self._profile.show(identifier, value, self._pump.product, timestamp))
        return shown

    def write(self, identifier: str, number: float) -> None:
        """Set it in the house."""
        self._clock.catch_up()
        self._pump.set(identifier, number)

    def is_extra(self, identifier: str) -> bool:
        """As the profile says."""
        return self._profile.is_extra(identifier)

    def zones(self) -> Sequence[Mapping[str, object]]:
        """The zones of the profile with the house's temperatures."""
        self._clock.catch_up()
        return self._profile.zones(self._pump.values())

    def zone_setpoint(self, zone: int) -> str | None:
        """As the profile says."""
        return self._profile.zone_setpoint(zone)

    def alarms(self) -> Sequence[Alarm]:
        """What the house knows."""
        return [Alarm(*alarm) for alarm in self._pump.alarms()]
