"""Units of measure and their conversion to the one canonical unit of each quantity.

Vendors write the same unit in many ways (`ºC` and `°C`, `l/m` and `l/min`, `hrs` and `h`) and the
same quantity in several units (`kW` and `W`). Inside the house there is one unit per quantity;
conversion happens once on the way in, here, and once on the way out, in whatever shows the value.

Money is the exception: öre become kronor, but nothing turns kronor into euros. A price per
kilowatt-hour and an amount of money keep their currency in their canonical unit.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

__all__ = [
    "DIMENSIONLESS",
    "Quantity",
    "Unit",
    "canonical_unit",
    "currency_of",
    "parse_unit",
    "price_unit",
]


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
    #: of one kilowatt-hour; `¤` stands for a currency that only the source knows
    PRICE = "¤/kWh"
    MONEY = "¤"
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
        if self.quantity in (Quantity.OTHER, Quantity.MONEY):
            return self
        if self.quantity is Quantity.PRICE:
            return price_unit(currency_of(self))
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
    Unit("¤/kWh", _Q.PRICE),
    Unit("¤", _Q.MONEY),
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

_CENT: Final = 0.01
#: currencies that electricity is paid in (ISO 4217); other capitals may be any unit
_CURRENCIES: Final = frozenset(
    {
        *("AUD", "BGN", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HUF", "INR"),
        *("ISK", "JPY", "KRW", "NOK", "NZD", "PLN", "RON", "RSD", "SEK", "TRY", "UAH", "USD"),
        "ZAR",
    }
)
#: what a hundredth of a currency is called; øre are left out, for they may be Danish or Norwegian
_HUNDREDTHS: Final = {"öre": "SEK", "cent": "EUR", "ct": "EUR"}
_SIGNS: Final = {"€": "EUR", "£": "GBP"}
_ENERGIES: Final = {"kWh": 1.0, "MWh": 1e-3}
_PRICE: Final = re.compile(r"(?P<money>[^\s/]+) ?/ ?(?P<energy>kWh|MWh)")
_CODE: Final = re.compile(r"[A-Z]{3}|¤")


def canonical_unit(quantity: Quantity) -> Unit:
    """The canonical unit of `quantity`; for `Quantity.OTHER` there is none, so a bare number.

    That of a price or of money names no currency: only the unit of a point does.
    """
    return _BY_SYMBOL.get(quantity.value, DIMENSIONLESS)


def parse_unit(text: str) -> Unit:
    """The unit that `text` spells; an unknown spelling becomes a unit of its own.

    Never raises: a vendor may invent a unit (``(EB101)`` has been seen) and the value must still
    arrive. Blanks around the text do not matter.
    """
    symbol = text.strip()
    symbol = _SPELLINGS.get(symbol, symbol)
    return _BY_SYMBOL.get(symbol) or _of_money(symbol) or Unit(symbol, Quantity.OTHER)


def price_unit(currency: str) -> Unit:
    """The canonical unit of the price of a kilowatt-hour, such as ``SEK/kWh``.

    Args:
        currency: three capital letters (ISO 4217).
    """
    return Unit(f"{currency}/kWh", Quantity.PRICE)


def currency_of(unit: Unit) -> str:
    """The currency of a price or of money, three capital letters; "" for any other unit."""
    if unit.quantity not in (Quantity.PRICE, Quantity.MONEY):
        return ""
    money = unit.symbol.partition("/")[0]
    return _HUNDREDTHS.get(money, money)


def _of_money(symbol: str) -> Unit | None:
    """The unit of a price or of an amount of money; None where `symbol` is neither."""
    if symbol in _CURRENCIES:
        return Unit(symbol, Quantity.MONEY)
    parts = _PRICE.fullmatch(symbol)
    if parts is None:
        return None
    money = _SIGNS.get(parts["money"], parts["money"])
    factor = _ENERGIES[parts["energy"]]
    if money in _HUNDREDTHS:
        return Unit(f"{money}/{parts['energy']}", Quantity.PRICE, _CENT * factor)
    if not _CODE.fullmatch(money):
        return None
    return Unit(f"{money}/{parts['energy']}", Quantity.PRICE, factor)
