"""What a metric of the catalogue is called in Prometheus, and in which unit.

Prometheus' own rules of naming: base units, the unit as the last part of the name, `_total` for
counters and nothing else, no unit and no name for people in a label.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from pumphouse.catalogue.catalogue import Metric
from pumphouse.core.model import Option
from pumphouse.core.units import Quantity, Unit

__all__ = ["BASE_UNITS", "BaseUnit", "Family", "Shape", "family_of", "is_switch", "state_of"]

_NAMESPACE: Final = "heatpump"
_SWITCHES: Final = (frozenset({"No", "Yes"}), frozenset({"Off", "On"}))
_NO_WORD: Final = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class BaseUnit:
    """The unit of a quantity in Prometheus.

    Attributes:
        suffix: the last part of a name; "" where there is no unit.
        factor: exported = canonical value * factor.
    """

    suffix: str
    factor: float = 1.0

    def of(self, value: float) -> float:
        """A canonical value in this unit, rounded to 12 digits as all conversions are."""
        return value if self.factor == 1.0 else float(f"{value * self.factor:.12g}")


BASE_UNITS: Final[Mapping[Quantity, BaseUnit]] = {
    Quantity.TEMPERATURE: BaseUnit("celsius"),
    Quantity.TEMPERATURE_DIFFERENCE: BaseUnit("kelvin"),
    Quantity.POWER: BaseUnit("watts"),
    Quantity.ENERGY: BaseUnit("joules", 3.6e6),
    Quantity.FREQUENCY: BaseUnit("hertz"),
    Quantity.ROTATION: BaseUnit("rpm"),
    Quantity.FLOW: BaseUnit("liters_per_second", 1 / 60),
    Quantity.AIR_FLOW: BaseUnit("cubic_meters_per_second", 1 / 3600),
    Quantity.VOLUME: BaseUnit("liters"),
    Quantity.PRESSURE: BaseUnit("pascals", 1e5),
    Quantity.PRESSURE_DIFFERENCE: BaseUnit("pascals"),
    Quantity.RATIO: BaseUnit("ratio", 1e-2),
    Quantity.DURATION: BaseUnit("seconds"),
    Quantity.DEGREE_MINUTES: BaseUnit("degree_minutes"),
    Quantity.CURRENT: BaseUnit("amperes"),
    Quantity.VOLTAGE: BaseUnit("volts"),
    Quantity.CONCENTRATION: BaseUnit("ratio", 1e-6),
    Quantity.SIGNAL: BaseUnit("dbm"),
    Quantity.NUMBER: BaseUnit(""),
    # the currency, or the whole unit, is whatever the source gives, so no name can promise one
    Quantity.PRICE: BaseUnit(""),
    Quantity.MONEY: BaseUnit(""),
    Quantity.OTHER: BaseUnit(""),
}
"""The unit of every quantity."""


class Shape(Enum):
    """How the values of a metric are shown."""

    GAUGE = "gauge"
    COUNTER = "counter"
    SWITCH = "switch"
    STATES = "states"


@dataclass(frozen=True, slots=True)
class Family:
    """All samples of one name.

    Attributes:
        name: as it is written, `_total` included.
        unit: what its values are in.
    """

    name: str
    shape: Shape
    unit: BaseUnit


def family_of(
    metric: Metric, public_name: str, unit: Unit, options: tuple[Option, ...] = ()
) -> Family:
    """The family of a point's readings.

    Args:
        metric: what the point means.
        public_name: its name within the device, such as ``supply_temperature_2``.
        unit: the unit of its readings, canonical. It names the family, not the metric's unit: a
            name must be true of every value below it.
        options: the point's own enumeration.
    """
    name = f"{_NAMESPACE}_{public_name}"
    if options or metric.options:
        shape = Shape.SWITCH if is_switch(metric) else Shape.STATES
        return Family(name, shape, BASE_UNITS[Quantity.NUMBER])
    base = BASE_UNITS[unit.quantity]
    if base.suffix and not name.endswith(f"_{base.suffix}"):
        name = f"{name}_{base.suffix}"
    if metric.state_class == "total_increasing":
        return Family(f"{name}_total", Shape.COUNTER, base)
    return Family(name, Shape.GAUGE, base)


def is_switch(metric: Metric) -> bool:
    """Whether a metric says only yes or no, on or off; then it is shown as 1 or 0."""
    return frozenset(option.label for option in metric.options) in _SWITCHES


def state_of(label: str) -> str:
    """The value of the label `state` for one word of an enumeration: ``hot_water``."""
    return _NO_WORD.sub("_", label.casefold()).strip("_")
