"""Smart home: the mode and the thermostats of each system, which a client must keep renewing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pumphouse.simulator.clock import HouseClock
from pumphouse.simulator.nibe_uplink.wire import Code
from pumphouse.simulator.refusals import ApiRefusal

__all__ = ["SmartHome"]

LIFETIME: Final = timedelta(minutes=30)
_DEFAULT: Final = "DEFAULT_OPERATION"
_MODES: Final = (_DEFAULT, "AWAY_FROM_HOME", "VACATION")


@dataclass(slots=True)
class _System:
    mode: str = _DEFAULT
    mode_ends: datetime | None = None
    thermostats: dict[int, tuple[datetime, Mapping[str, object]]] = field(default_factory=dict)


class SmartHome:
    """What applications have told the cloud about the homes; all of it ends after 30 minutes.

    Args:
        clock: the house's time, so that tests can let it end.
    """

    def __init__(self, clock: HouseClock) -> None:
        self._clock = clock
        self._systems: dict[int, _System] = {}

    def mode(self, system: int) -> str:
        """The mode in force."""
        home = self._home(system)
        ended = home.mode_ends is not None and home.mode_ends <= self._clock.now()
        return _DEFAULT if ended else home.mode

    def set_mode(self, system: int, mode: object) -> None:
        """Set or renew the mode.

        Raises:
            ApiRefusal: there is no such mode.
        """
        if mode not in _MODES:
            raise ApiRefusal(400, Code.INVALID, f"Error 14: mode is one of {', '.join(_MODES)}")
        home = self._home(system)
        home.mode, home.mode_ends = str(mode), self._clock.now() + LIFETIME

    def thermostats(self, system: int) -> list[Mapping[str, object]]:
        """The thermostats that were renewed within the last 30 minutes."""
        now = self._clock.now()
        return [shown for ends, shown in self._home(system).thermostats.values() if ends > now]

    def set_thermostat(self, system: int, body: Mapping[str, object]) -> None:
        """Add or renew a thermostat, by its `externalId`.

        Raises:
            ApiRefusal: the body is malformed.
        """
        external_id, name = body.get("externalId"), body.get("name")
        if not _is_int(external_id) or not isinstance(name, str):
            raise _malformed("externalId and name are required")
        assert isinstance(external_id, int)
        systems = body.get("climateSystems")
        if systems is not None and not (
            isinstance(systems, list) and all(_is_int(one) and 1 <= one <= 8 for one in systems)  # noqa: PLR2004
        ):
            raise _malformed("climateSystems is a list of numbers from 1 to 8")
        shown = {
            "smartHomeSystem": {"name": "Pumphouse"},
            "name": name,
            "climateSystems": systems,
            "currentTemperature": _temperature(body, "actualTemp"),
            "targetTemperature": _temperature(body, "targetTemp"),
        }
        ends = self._clock.now() + LIFETIME
        self._home(system).thermostats[external_id] = (ends, shown)

    def _home(self, system: int) -> _System:
        return self._systems.setdefault(system, _System())


def _temperature(body: Mapping[str, object], name: str) -> str | None:
    """Sent in tenths of a degree, shown as a text."""
    value = body.get(name)
    if value is None:
        return None
    if not _is_int(value):
        raise _malformed(f"{name} is a whole number of tenths of a degree")
    assert isinstance(value, int)
    return f"{value / 10:.1f}°C"


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _malformed(text: str) -> ApiRefusal:
    return ApiRefusal(400, Code.FORMAT_ERROR, text)
