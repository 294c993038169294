"""Units of measure and their conversion to the one canonical unit of each quantity.

Vendors write the same unit in many ways (`ºC` and `°C`, `l/m` and `l/min`, `hrs` and `h`) and the
same quantity in several units (`kW` and `W`). Inside the house there is one unit per quantity;
conversion happens once on the way in, here, and once on the way out, in whatever shows the value.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

__all__ = ["DIMENSIONLESS", "Quantity", "Unit", "canonical_unit", "parse_unit"]


class Quantity(Enum):
    """What is measured. The value is the symbol of the canonical unit, "" where there is none."""

    TEMPERATURE = "°C"
    TEMPERATURE_DIFFERENCE = "K"
    POWER = "W"
    ENERGY = "kWh"
    FREQUENCY = "Hz"
    ROTATION = "rpm"
    FLOW = "l/min"
    AIR_FLOW = "m³/h"
    VOLUME = "l"
    PRESSURE = "bar"
    PRESSURE_DIFFERENCE = "Pa"
    RATIO = "%"
    DURATION = "s"
    DEGREE_MINUTES = "DM"
    CURRENT = "A"
    VOLTAGE = "V"
    CONCENTRATION = "ppm"
    SIGNAL = "dBm"
    NUMBER = ""
    #: a unit this program does not know; it is carried along unchanged
    OTHER = "?"


@dataclass(frozen=True, slots=True)
class Unit:
    """One spelling-free unit: ``canonical = value * factor + offset``.

    Attributes:
        symbol: how the unit is written, for example ``kW``; "" for a bare number.
        quantity: what it measures.
        factor: multiplies a value in this unit.
        offset: is added after that (only °F has one).
    """

    symbol: str
    quantity: Quantity
    factor: float = 1.0
    offset: float = 0.0

    @property
    def canonical(self) -> "Unit":
        """The unit this one is converted to; itself where it is canonical or unknown."""
        if self.quantity is Quantity.OTHER:
            return self
        return canonical_unit(self.quantity)

    def to_canonical(self, value: float) -> float:
        """Convert `value` from this unit to the canonical unit of its quantity.

        Rounded to 12 significant digits, so that 6.1 kW is 6100 W and not 6099.999999999999.
        """
        if self.factor == 1.0 and self.offset == 0.0:
            return value
        return float(f"{value * self.factor + self.offset:.12g}")

    def from_canonical(self, value: float) -> float:
        """Convert `value` from the canonical unit of this quantity to this unit."""
        if self.factor == 1.0 and self.offset == 0.0:
            return value
        return float(f"{(value - self.offset) / self.factor:.12g}")


DIMENSIONLESS: Final = Unit("", Quantity.NUMBER)

_Q = Quantity
_UNITS: Final = (
    DIMENSIONLESS,
    Unit("°C", _Q.TEMPERATURE),
    Unit("°F", _Q.TEMPERATURE, 5 / 9, -160 / 9),
    Unit("K", _Q.TEMPERATURE_DIFFERENCE),
    Unit("W", _Q.POWER),
    Unit("kW", _Q.POWER, 1e3),
    Unit("MW", _Q.POWER, 1e6),
    Unit("Wh", _Q.ENERGY, 1e-3),
    Unit("kWh", _Q.ENERGY),
    Unit("MWh", _Q.ENERGY, 1e3),
    Unit("GWh", _Q.ENERGY, 1e6),
    Unit("Hz", _Q.FREQUENCY),
    Unit("rpm", _Q.ROTATION),
    Unit("l/min", _Q.FLOW),
    Unit("l/s", _Q.FLOW, 60.0),
    Unit("l/h", _Q.FLOW, 1 / 60),
    Unit("m³/h", _Q.AIR_FLOW),
    Unit("l", _Q.VOLUME),
    Unit("m³", _Q.VOLUME, 1e3),
    Unit("bar", _Q.PRESSURE),
    Unit("mbar", _Q.PRESSURE, 1e-3),
    Unit("Pa", _Q.PRESSURE_DIFFERENCE),
    Unit("hPa", _Q.PRESSURE, 1e-3),
    Unit("kPa", _Q.PRESSURE, 1e-2),
    Unit("%", _Q.RATIO),
    Unit("s", _Q.DURATION),
    Unit("min", _Q.DURATION, 60.0),
    Unit("h", _Q.DURATION, 3600.0),
    Unit("d", _Q.DURATION, 86400.0),
    Unit("DM", _Q.DEGREE_MINUTES),
    Unit("A", _Q.CURRENT),
    Unit("mA", _Q.CURRENT, 1e-3),
    Unit("V", _Q.VOLTAGE),
    Unit("mV", _Q.VOLTAGE, 1e-3),
    Unit("ppm", _Q.CONCENTRATION),
    Unit("dBm", _Q.SIGNAL),
    Unit("dB", _Q.SIGNAL),
)
_BY_SYMBOL: Final = {unit.symbol: unit for unit in _UNITS}
_SPELLINGS: Final = {
    "\u00baC": "°C",  # U+00BA, the ordinal indicator, on NIBE's 40121
    "C": "°C",
    "F": "°F",
    "l/m": "l/min",
    "L/min": "l/min",
    "m3/h": "m³/h",
    "m3": "m³",
    "hrs": "h",
    "hour(s)": "h",
    "hours": "h",
    "sec": "s",
    "minutes": "min",
    "day": "d",
    "days": "d",
    "r/min": "rpm",
    "%RH": "%",
}


def canonical_unit(quantity: Quantity) -> Unit:
    """The canonical unit of `quantity`; for `Quantity.OTHER` there is none, so a bare number."""
    return _BY_SYMBOL.get(quantity.value, DIMENSIONLESS)


def parse_unit(text: str) -> Unit:
    """The unit that `text` spells; an unknown spelling becomes a unit of its own.

    Never raises: a vendor may invent a unit (``(EB101)`` has been seen) and the value must still
    arrive. Blanks around the text do not matter.
    """
    symbol = text.strip()
    symbol = _SPELLINGS.get(symbol, symbol)
    return _BY_SYMBOL.get(symbol) or Unit(symbol, Quantity.OTHER)
