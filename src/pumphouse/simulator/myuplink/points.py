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
    scale = _finite(point.get("scaleValue"))
    found = point.copy()
    if scale is None:
        return found
    if "minValue" in point:
        found["minValue"] = _times(point["minValue"], scale)
    if "maxValue" in point:
        found["maxValue"] = _times(point["maxValue"], scale)
    if "stepValue" in point:
        found["stepValue"] = _times(point["stepValue"], scale)
    return found


def pick(points: Iterable[Point], identifier: str) -> Point | None:
    """The point that a write to `identifier` means: of several, the one that can be written."""
    named = [point for point in points if point.get("parameterId") == identifier]
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
    number = _finite(value)
    if number is None:
        raise WriteRefused("value is not a number")
    codes = [_finite(one.get("value")) for one in point.get("enumValues") or ()]
    if codes and number not in codes:
        raise WriteRefused("value is not one of the parameter's values")
    _check_limits(scaled(point), number)
    return number


def show(point: Point, number: float) -> str:
    """`strVal`: the text of an enumeration, else value and unit glued together."""
    for one in point.get("enumValues") or ():
        if _finite(one.get("value")) == number:
            return one.get("text") or ""
    return f"{number}{point.get('parameterUnit') or ''}"


def _writable(point: Point) -> bool:
    """Overrides accept writes although they are flagged as not writable."""
    tags = point.get("smartHomeCategories") or ()
    return bool(point.get("writable")) or not _OVERRIDES.isdisjoint(tags)


def _finite(value: object) -> float | None:
    """The number that a JSON value, or a text in one, stands for; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _check_limits(point: Point, number: float) -> None:
    """Without both limits, or with the lower above the upper, there are none; nor is a step."""
    low, high, step = point.get("minValue"), point.get("maxValue"), point.get("stepValue")
    if not isinstance(low, int | float) or not isinstance(high, int | float) or low > high:
        return
    if not low <= number <= high:
        raise WriteRefused(f"value is outside the valid min-max range {low:g} - {high:g}")
    steps = number / step if isinstance(step, int | float) and step else 0.0
    if abs(steps - round(steps)) > 1e-9:  # noqa: PLR2004 - rounding
        raise WriteRefused(f"value is not a multiple of the step {step:g}")


def _times(limit: float | None, scale: float) -> float | None:
    """A limit may be null, and an empty text has been seen."""
    if not isinstance(limit, int | float):
        return limit
    found = float(f"{limit * scale:.12g}")
    return int(found) if found.is_integer() else found
