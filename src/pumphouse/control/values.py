"""Values as people write them, and as sentences show them."""

import math
import re
from typing import Final

from pumphouse.core.errors import UsageError
from pumphouse.core.model import Option, Point, PointKey
from pumphouse.core.units import Quantity, parse_unit

__all__ = ["SWITCH", "is_switch", "on_step", "parse", "same", "show"]

_NUMBER: Final = re.compile(r"(?P<number>[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)\s*(?P<unit>\D.*)?")
_ON: Final = frozenset({"on", "true", "yes"})
_OFF: Final = frozenset({"off", "false", "no"})
#: what can only be on or off, whatever it is
SWITCH: Final = Point(
    PointKey("", "", ""), "A switch", options=(Option(0.0, "Off"), Option(1.0, "On"))
)
#: numbers that differ by less are the same: vendors round
_TOLERANCE: Final = 1e-6


def parse(point: Point, text: str) -> float:
    """What `text` stands for, in the canonical unit of `point`.

    Taken are the label or the code of an enumeration, ON and OFF for a switch, and numbers with or
    without a unit of the same quantity; without one in the unit in which the point is shown.

    Raises:
        UsageError: it stands for nothing.
    """
    word = " ".join(text.split())
    if point.options:
        return _option(point, word)
    if is_switch(point) and word.casefold() in _ON | _OFF:
        return float(word.casefold() in _ON)
    found = _NUMBER.fullmatch(word.replace("\N{MINUS SIGN}", "-"))
    number = math.inf if found is None else float(found["number"].replace(",", "."))
    if found is None or not math.isfinite(number):
        raise UsageError(f'"{word}" is no number; {point.name} takes {_expected(point)}')
    if found["unit"] is None:
        return number
    unit = parse_unit(found["unit"])
    if unit.quantity is not point.unit.quantity or (
        unit.quantity is Quantity.OTHER and unit != point.unit
    ):
        raise UsageError(f'"{found["unit"]}" does not fit; {point.name} takes {_expected(point)}')
    return unit.to_canonical(number)


def is_switch(point: Point) -> bool:
    """Whether it can only be on (1) or off (0)."""
    if point.options:
        return {option.value for option in point.options} == {0.0, 1.0}
    return (point.minimum, point.maximum, point.step) in ((0.0, 1.0, 1.0), (0.0, 1.0, None))


def show(point: Point, value: float | None) -> str:
    """A value in words for people: its label, or number and unit."""
    if value is None:
        return "unknown"
    if (label := point.label(value)) is not None:
        return label
    return f"{value:.10g} {point.unit.symbol}".rstrip()


def same(one: float | None, other: float | None) -> bool:
    """Whether two numbers are the same but for rounding."""
    if one is None or other is None:
        return False
    return math.isclose(one, other, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)


def on_step(value: float, step: float) -> bool:
    """Whether `value` is a multiple of `step`."""
    return same(value / step, round(value / step))


def _option(point: Point, word: str) -> float:
    wanted = word.casefold()
    for option in point.options:
        if option.label.casefold() == wanted:
            return option.value
    if is_switch(point) and wanted in _ON | _OFF:
        return float(wanted in _ON)
    try:
        code = float(word)
    except ValueError:
        code = math.nan
    if any(option.value == code for option in point.options):
        return code
    raise UsageError(f'"{word}" is none of its values; {point.name} takes {_expected(point)}')


def _expected(point: Point) -> str:
    if point.options:
        return "one of " + ", ".join(f'"{option.label}"' for option in point.options)
    if is_switch(point):
        return "ON or OFF"
    if point.minimum is None or point.maximum is None:
        return f"a number in {point.unit.symbol}" if point.unit.symbol else "a number"
    return f"{show(point, point.minimum)} to {show(point, point.maximum)}"
