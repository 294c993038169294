"""What a sensor can possibly say: by its metric, and as the owner has set it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from pumphouse.config.sensors import CheckSettings
from pumphouse.core.model import Point

__all__ = ["DEFAULTS", "Limits", "limits_of"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What is believed of one point, in its canonical unit.

    Attributes:
        minimum, maximum: the range; None where there is no bound.
        change: the most it changes within a minute; None where it may jump.
        confirmations: so many similar values in a row are believed after a jump.
    """

    minimum: float | None = None
    maximum: float | None = None
    change: float | None = None
    confirmations: int = 3


#: The ranges are those of the sensors that are sold for a house (a DS18B20 ends at 125 °C, a probe
#: of a stove at about 150). The changes are the fastest that really happen, such as hot water in a
#: cold pipe, so that only what is broken is doubted.
DEFAULTS: Final[Mapping[str, Limits]] = {
    "sensor_temperature": Limits(-60.0, 150.0, 30.0),
    "sensor_humidity": Limits(0.0, 100.0, 40.0),
    "sensor_air_pressure": Limits(0.3, 1.2, 0.02),
    "sensor_co2": Limits(0.0, 40_000.0),
    "sensor_battery_level": Limits(0.0, 100.0),
}
_NUMBER: Final = re.compile(r"_\d+$")


def limits_of(point: Point, checks: Mapping[str, CheckSettings]) -> Limits | None:
    """What is believed of `point`; None where everything is.

    Args:
        checks: by a pattern for the metric, the device, or both as `device/point`; a later one
            adds to an earlier one.
    """
    limits = DEFAULTS.get(_NUMBER.sub("", point.metric)) if point.metric else None
    names = [f"{point.key.device}/{point.key.point}", point.key.device, point.metric or ""]
    for pattern, check in checks.items():
        if any(fnmatchcase(name, pattern) for name in names):
            limits = _changed(limits or Limits(), check)
    return limits


def _changed(limits: Limits, check: CheckSettings) -> Limits | None:
    if not check.enabled:
        return None
    return Limits(
        minimum=_first(check.minimum, limits.minimum),
        maximum=_first(check.maximum, limits.maximum),
        change=_first(check.change_per_minute, limits.change),
        confirmations=check.confirmations or limits.confirmations,
    )


def _first(value: float | None, default: float | None) -> float | None:
    return default if value is None else value
