"""What may be written, by the vendor's list of settings and two more that work."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pumphouse.simulator.nibe_uplink.wire import Code
from pumphouse.simulator.refusals import ApiRefusal

__all__ = ["ALIASES", "SETTINGS", "Setting", "resolve", "settle"]


@dataclass(frozen=True, slots=True)
class Setting:
    """A writable register.

    Attributes:
        minimum, maximum, step: in human units.
        divisor: raw units per human unit.
        texts: labels of an enumeration.
    """

    minimum: float
    maximum: float
    step: float = 1.0
    divisor: int = 1
    texts: Mapping[int, str] = field(default_factory=dict)

    def check(self, number: float) -> int | None:
        """The vendor's error number for a value that is not allowed, None if it is."""
        if not self.minimum <= number <= self.maximum:
            return Code.OUT_OF_RANGE
        steps = number / self.step
        return None if abs(steps - round(steps)) < 1e-9 else Code.INVALID  # noqa: PLR2004 - rounding

    def display(self, raw: int, unit: str) -> str:
        """How the vendor shows a raw value."""
        return self.texts.get(raw, f"{raw / self.divisor:g}") + unit


_OFFSET: Final = Setting(-10, 10)
_HEATING: Final = Setting(5, 30, 0.5, 10)
_COOLING: Final = Setting(5, 35, 0.5, 10)
_LUX: Final = {0: "off", 1: "3 hours", 2: "6 hours", 3: "12 hours", 4: "on"}
_FAN: Final = {0: "normal", 1: "speed 1", 2: "speed 2", 3: "speed 3", 4: "speed 4"}

#: climate systems 1 to 4, then 5 to 8; the highest id is the lowest-numbered system
SETTINGS: Final[Mapping[int, Setting]] = {
    **dict.fromkeys((47011, 47010, 47009, 47008, 48494, 48493, 48492, 48491), _OFFSET),
    **dict.fromkeys((47398, 47397, 47396, 47395, 48683, 48682, 48681, 48680), _HEATING),
    **dict.fromkeys((48739, 48738, 48737, 48736, 48735, 48734, 48733, 48732), _OFFSET),
    **dict.fromkeys((48785, 48784, 48783, 48782, 48781, 48780, 48779, 48778), _COOLING),
    48132: Setting(0, 4, texts=_LUX),
    47260: Setting(0, 4, texts=_FAN),
}

#: words accepted in place of a number
ALIASES: Final[Mapping[str, int]] = {
    "indoor_temperature": 40033,
    "outdoor_temperature": 40004,
    "hot_water_temperature": 40013,
    "fan_speed": 10001,
    "hot_water_boost": 48132,
    "ventilation_boost": 47260,
}

#: what 1 stands for: three hours of temporary lux, fan speed 4
_BOOSTS: Final = {"hot_water_boost": 1, "ventilation_boost": 4}


def resolve(identifier: str) -> int | None:
    """The register that a number or an alias names, None where it is neither."""
    if identifier in ALIASES:
        return ALIASES[identifier]
    return int(identifier) if identifier.isascii() and identifier.isdigit() else None


def settle(identifier: str, value: object) -> tuple[int, int]:
    """The register and the raw value that a write asks for.

    Args:
        identifier: a number as text, or an alias.
        value: a number, or a text of one, in human units.

    Raises:
        ApiRefusal: nobody may write this, or not this value.
    """
    register = resolve(identifier)
    if register is None:
        raise _refused(Code.UNKNOWN_PARAMETER, identifier)
    setting = SETTINGS.get(register)
    if setting is None:
        # What only the pump's own menu may change is "invalid", a measurement "not setable".
        settable = identifier.startswith(("47", "48", "49"))
        raise _refused(Code.INVALID if settable else Code.NOT_SETABLE, identifier)
    number = _number(identifier, value)
    if identifier in _BOOSTS:
        if number not in (0, 1):
            raise _refused(Code.OUT_OF_RANGE, identifier)
        return register, _BOOSTS[identifier] * int(number)
    problem = setting.check(number)
    if problem is not None:
        raise _refused(problem, identifier)
    return register, round(number * setting.divisor)


def _number(identifier: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _refused(Code.INVALID, identifier)
    try:
        return float(value)
    except ValueError:
        raise _refused(Code.INVALID, identifier) from None


def _refused(code: int, identifier: str) -> ApiRefusal:
    """On the wire a refused write is a format error; the reason stands in its text only."""
    text = {
        Code.INVALID: f"Error 14:  {identifier}",
        Code.OUT_OF_RANGE: f"Error 15: Value out of range {identifier}",
    }
    return ApiRefusal(400, Code.FORMAT_ERROR, text.get(code, f"Error {code}:  {identifier}"))
