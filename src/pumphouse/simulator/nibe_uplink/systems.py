"""Systems as the cloud knows them: recorded by their owners, or of the simulated house."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import UTC
from typing import cast

from pumphouse.simulator.clock import HouseClock
from pumphouse.simulator.nibe_uplink.profile import Profile
from pumphouse.simulator.nibe_uplink.settings import SETTINGS
from pumphouse.simulator.nibe_uplink.wire import Category, Parameter, System, Unit
from pumphouse.simulator.ports import Alarm, Pump

__all__ = ["Installation", "RecordedInstallation", "SimulatedInstallation"]


class Installation(ABC):
    """One system with its units."""

    @abstractmethod
    def system(self) -> System:
        """Its System object."""

    @abstractmethod
    def units(self) -> Sequence[Unit]:
        """Its units, the master first."""

    @abstractmethod
    def categories(self, unit: int) -> Sequence[Category]:
        """The categories of one unit, with their parameters."""

    @abstractmethod
    def settings(self, unit: int) -> Sequence[Parameter]:
        """Parameters of one unit that stand in no category."""

    @abstractmethod
    def write(self, unit: int, register: int, raw: int) -> None:
        """Change a setting that `find` has found."""

    @abstractmethod
    def alarms(self) -> Sequence[Alarm]:
        """Present and past alarms."""

    def has_premium(self) -> bool:
        """Whether somebody pays for changing settings."""
        return True

    def find(self, unit: int, register: int) -> Parameter | None:
        """A parameter of one unit by its number; 0 belongs to several texts and finds none."""
        if register == 0:
            return None
        return next((one for one in self._rows(unit) if one.get("parameterId") == register), None)

    def _rows(self, unit: int) -> Iterator[Parameter]:
        """Every parameter of one unit, in a category or not."""
        for group in self.categories(unit):
            yield from group.get("parameters") or ()
        yield from self.settings(unit)


class RecordedInstallation(Installation):
    """A recorded system; what is written to it lasts as long as the server.

    Args:
        system: its System object.
        recording: the file it stands in. Written by hand it may say `premium = false`, and name as
            `deaf` the registers whose changes are accepted and come to nothing.
    """

    def __init__(self, system: Mapping[str, object], recording: Mapping[str, object]) -> None:
        self._system = cast("System", system)
        categories = deepcopy(recording.get("categories") or {})
        self._categories = cast("dict[str, list[Category] | None]", categories)
        settings = deepcopy(recording.get("parameters") or {})
        self._settings = cast("dict[str, list[Parameter] | None]", settings)
        self._units = cast("list[Unit]", recording.get("units") or self._implied_units())
        self._premium = recording.get("premium") is not False
        self._deaf = frozenset(cast("list[int]", recording.get("deaf") or ()))

    def system(self) -> System:
        """As recorded."""
        return self._system

    def units(self) -> Sequence[Unit]:
        """As recorded; where none were, the master and what else has categories."""
        return self._units

    def categories(self, unit: int) -> Sequence[Category]:
        """As recorded, but for what was written since."""
        return self._categories.get(str(unit)) or []

    def settings(self, unit: int) -> Sequence[Parameter]:
        """As recorded, but for what was written since."""
        return self._settings.get(str(unit)) or []

    def write(self, unit: int, register: int, raw: int) -> None:
        """Keep the new value in memory."""
        for parameter in self._rows(unit):
            if parameter.get("parameterId") == register and register not in self._deaf:
                unit_text = parameter.get("unit") or ""
                parameter["rawValue"] = raw
                parameter["displayValue"] = SETTINGS[register].display(raw, unit_text)

    def alarms(self) -> Sequence[Alarm]:
        """None were recorded."""
        return ()

    def has_premium(self) -> bool:
        """As the recording says."""
        return self._premium

    def _implied_units(self) -> list[Unit]:
        numbers = sorted({0, *(int(text) for text in self._categories if text.isdecimal())})
        return [{"systemUnitId": number} for number in numbers]


class SimulatedInstallation(Installation):
    """A pump of the simulated house."""

    def __init__(self, pump: Pump, profile: Profile, clock: HouseClock) -> None:
        self._pump = pump
        self._profile = profile
        self._clock = clock

    def system(self) -> System:
        """The System object now; the pump reports once a minute."""
        pump = self._pump
        reported = self._clock.catch_up()
        return {
            "systemId": int(pump.device_id),
            "name": pump.name,
            "productName": pump.product,
            "productImage": self._profile.image(),
            "securityLevel": "MANAGER",
            "serialNumber": pump.serial,
            "lastActivityDate": f"{reported.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "connectionStatus": "ONLINE",
            "address": dict.fromkeys(_ADDRESS_LINES) | {"country": "UNKNOWN"},
            "hasAlarmed": any(alarm.ended is None for alarm in self.alarms()),
        }

    def units(self) -> Sequence[Unit]:
        """A ground-source pump is one unit."""
        return [
            {
                "systemUnitId": 0,
                "name": "master",
                "shortName": "m",
                "product": self._pump.name,
                "softwareVersion": self._pump.firmware,
            }
        ]

    def categories(self, unit: int) -> Sequence[Category]:
        """The profile's categories with the values of the latest report."""
        if unit != 0:
            return []
        self._clock.catch_up()
        groups = self._profile.categories(self._pump.values())
        groups[-1]["parameters"] = [*(groups[-1]["parameters"] or ()), *self._texts()]
        return groups

    def settings(self, unit: int) -> Sequence[Parameter]:
        """Everything the pump knows that stands in no category."""
        return self._profile.settings(self._pump.values()) if unit == 0 else []

    def write(self, unit: int, register: int, raw: int) -> None:
        """Set it in the house; the only unit is 0."""
        assert unit == 0
        self._clock.catch_up()
        self._pump.set(str(register), raw / SETTINGS[register].divisor)

    def alarms(self) -> Sequence[Alarm]:
        """What the house knows."""
        return [Alarm(*alarm) for alarm in self._pump.alarms()]

    def _texts(self) -> list[Parameter]:
        """The rows of SYSTEM_INFO that are texts: number 0, no name, the raw value of nothing."""
        pump = self._pump
        rows = {"product": pump.name, "serial number": pump.serial, "version": pump.firmware}
        return [self._profile.text(title, text) for title, text in rows.items()]


_ADDRESS_LINES = ("addressLine1", "addressLine2", "postalCode", "city", "region")
