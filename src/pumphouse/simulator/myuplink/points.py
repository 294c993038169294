"""Reading and checking points: the versions' limits, and what a write may say."""

import math
from collections.abc import Iterable
from typing import Final

from pumphouse.core.errors import PumphouseError
from pumphouse.simulator.myuplink.wire import Point

__all__ = ["WriteRefused", "check_value", "pick", "scaled", "show"]

_OVERRIDES: Final = frozenset(
    {"sh-indoorTempOverride", "sh-indoorSpHeatOverride", "sh-indoorSpCoolOverride"}
)


class WriteRefused(PumphouseError):
    """A value is not accepted; the message is the vendor's."""


def scaled(point: Point) -> Point:
    """The v3 form of a v2 point: limits in display units instead of raw ones."""
    scale = float(point["scaleValue"])
    found = point.copy()
    found["minValue"] = _times(point["minValue"], scale)
    found["maxValue"] = _times(point["maxValue"], scale)
    if "stepValue" in point:
        found["stepValue"] = _times(point["stepValue"], scale)
    return found


def pick(points: Iterable[Point], identifier: str) -> Point | None:
    """The point that a write to `identifier` means: of several, the one that can be written."""
    named = [point for point in points if point["parameterId"] == identifier]
    return next((point for point in named if _writable(point)), named[0] if named else None)


def check_value(point: Point | None, value: object) -> float:
    """The number that a write asks for, in display units.

    Args:
        point: what is to be written, None where the device has no such point.
        value: a number or a text of one.

    Raises:
        WriteRefused: this cannot be written, or not this value.
    """
    if point is None:
        raise WriteRefused("parameter not found")
    if not _writable(point):
        raise WriteRefused("parameter is not writable")
    number = _number(value)
    codes = [float(one["value"]) for one in point["enumValues"]]
    if codes and number not in codes:
        raise WriteRefused("value is not one of the parameter's values")
    _check_limits(scaled(point), number)
    return number


def show(point: Point, number: float) -> str:
    """`strVal`: the text of an enumeration, else value and unit glued together."""
    for one in point["enumValues"]:
        if float(one["value"]) == number:
            return one["text"]
    return f"{number}{point['parameterUnit']}"


def _writable(point: Point) -> bool:
    """Overrides accept writes although they are flagged as not writable."""
    return point["writable"] or not _OVERRIDES.isdisjoint(point["smartHomeCategories"])


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise WriteRefused("value is not a number")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise WriteRefused("value is not a number")
    return number


def _check_limits(point: Point, number: float) -> None:
    """Without both limits, or with the lower above the upper, there are none; nor is a step."""
    low, high, step = point["minValue"], point["maxValue"], point.get("stepValue")
    if not isinstance(low, int | float) or not isinstance(high, int | float) or low > high:
        return
    if not low <= number <= high:
        raise WriteRefused(f"value is outside the valid min-max range {low:g} - {high:g}")
    steps = number / step if step else 0.0
    if abs(steps - round(steps)) > 1e-9:  # noqa: PLR2004 - rounding
        raise WriteRefused(f"value is not a multiple of the step {step:g}")


def _times(limit: float | None, scale: float) -> float | None:
    """A limit may be null, and an empty text has been seen."""
    if not isinstance(limit, int | float):
        return limit
    found = float(f"{limit * scale:.12g}")
    return int(found) if found.is_integer() else found
