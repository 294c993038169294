"""Values as people like them: a label, hours instead of seconds, kilowatts where there are many."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pumphouse.core.model import Point, PointKey, Reading
from pumphouse.core.units import Quantity

__all__ = ["Amount", "Value", "amount", "shown"]

_HOUR: Final = 3600.0
_MINUTE: Final = 60.0
_KILO: Final = 1000.0
_MEGAWATT_HOURS: Final = 100_000.0
_MINUS: Final = "\u2212"
#: digits behind the point by quantity, one where nothing is said
_DIGITS: Final = {
    Quantity.POWER: 0,
    Quantity.ROTATION: 0,
    Quantity.FREQUENCY: 0,
    Quantity.RATIO: 0,
    Quantity.CONCENTRATION: 0,
    Quantity.DURATION: 0,
    Quantity.PRESSURE: 2,
    Quantity.PRICE: 3,
    Quantity.MONEY: 2,
}


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and its unit, or a word without one, as they are to be printed."""

    text: str
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.text} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Value:
    """The newest value of one point, ready to be shown.

    Attributes:
        name: what the catalogue calls it, else the vendor.
        number: the canonical number, None for a text.
        stale: whether nobody vouches for it any more.
    """

    key: PointKey
    metric: str | None
    name: str
    amount: Amount
    number: float | None
    time: datetime
    stale: bool = False


def amount(value: float, quantity: Quantity, symbol: str) -> Amount:
    """`value`, given in the canonical unit, in the unit and with the digits that people use."""
    text, unit = _written(value, quantity, symbol)
    if not any(digit in text for digit in "123456789"):
        text = text.removeprefix("-")  # -0.0 is no temperature
    return Amount(text.replace("-", _MINUS), unit)


def _written(value: float, quantity: Quantity, symbol: str) -> tuple[str, str]:
    size = abs(value)
    match quantity:
        case Quantity.DURATION if size >= _HOUR:
            return f"{value / _HOUR:.1f}", "h"
        case Quantity.DURATION if size >= _MINUTE:
            return f"{value / _MINUTE:.0f}", "min"
        case Quantity.POWER if size >= _KILO:
            return f"{value / _KILO:.2f}", "kW"
        case Quantity.ENERGY if size >= _MEGAWATT_HOURS:
            return f"{value / _KILO:.1f}", "MWh"
        case Quantity.NUMBER | Quantity.OTHER:
            return f"{round(value, 3):.10g}", symbol
        case _:
            return f"{value:.{_DIGITS.get(quantity, 1)}f}", symbol


def shown(point: Point, reading: Reading) -> Amount:
    """A reading as people read it: a text, the label of an enumeration, or number and unit."""
    if reading.value is None:
        return Amount(reading.text or "")
    if (label := point.label(reading.value)) is not None:
        return Amount(label)
    return amount(reading.value, point.unit.quantity, point.unit.symbol)
