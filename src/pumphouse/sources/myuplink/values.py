"""What the value, limits and labels of a myUplink point mean."""

import math
import re
from collections.abc import Sequence
from typing import Final

from pumphouse.core.model import Option
from pumphouse.core.units import parse_unit
from pumphouse.sources.myuplink.wire import EnumValue, Point
from pumphouse.sources.wording import readable

__all__ = ["Limits", "is_missing", "labels", "limits", "number"]

Limits = tuple[float | None, float | None, float | None]
"""Minimum, maximum and step in display units."""

_NO_LIMITS: Final[Limits] = (None, None, None)
#: the register's "no sensor", also where the scale is 0.1; and what it would be if it were scaled
MISSING: Final = -32768.0
MISSING_TENTHS: Final = -3276.8
#: texts that stand for no value
NO_VALUE: Final = frozenset({"", "--", "nan", "inf", "infinity", "-inf", "-infinity"})
_WITH_UNIT: Final = re.compile(r"(?P<number>[+-]?\d+(?:\.\d+)?)\s*(?P<unit>\D.*)")


def number(value: bool | float | str | None, unit: str | None = None) -> float | None:
    """The value as a number: numbers come as int, float or text; None for prose or nothing.

    Args:
        value: as it came.
        unit: the point's, which a text may repeat behind the number in any spelling.
    """
    if value is None:
        return None
    try:
        result = float(_without_unit(value, unit) if isinstance(value, str) and unit else value)
    except ValueError:
        return None
    return result if math.isfinite(result) else None


def _without_unit(text: str, unit: str) -> str:
    parts = _WITH_UNIT.fullmatch(text.strip())
    if parts is None or parse_unit(parts["unit"]) != parse_unit(unit):
        return text
    return parts["number"]


def is_missing(point: Point) -> bool:
    """Whether there is no sensor or no value.

    Only the exact number -32768 means "missing"; degree minutes may really lie below -3276. For
    temperatures in tenths -3276.8 is taken for the same.
    """
    if isinstance(point.value, str) and readable(point.value).casefold() in NO_VALUE:
        return True
    value = number(point.value, point.parameter_unit)
    if value is None:
        return not isinstance(point.value, str)
    in_tenths = number(point.scale_value) == 0.1  # noqa: PLR2004 - as it is written on the wire
    is_temperature = parse_unit(point.parameter_unit or "").symbol == "°C"
    return value == MISSING or (value == MISSING_TENTHS and in_tenths and is_temperature)


def limits(point: Point, *, raw: bool = True) -> Limits:
    """The limits of a point in display units.

    Args:
        point: as it came.
        raw: whether limits are raw and have to be multiplied by the scale: so in v2, not in v3.

    A minimum above the maximum means that there are no limits, and the step means nothing without
    any: 1 is only its default. One limit may be absent.
    """
    low, high, step = point.min_value, point.max_value, point.step_value
    if low is None and high is None:
        return _NO_LIMITS
    if low is not None and high is not None and low > high:
        return _NO_LIMITS
    scale = (number(point.scale_value) or 1.0) if raw else 1.0

    def scaled(limit: float | None) -> float | None:
        return None if limit is None else float(f"{limit * scale:.12g}")

    return scaled(low), scaled(high), scaled(step) if step and step > 0 else None


def labels(values: Sequence[EnumValue] | None) -> tuple[Option, ...]:
    """The labels of an enumeration by code, in order of the codes.

    Codes come as texts, some with decimals ("8.7"). A code that is given with several texts tells
    nothing and is left out.
    """
    texts: dict[float, set[str]] = {}
    for item in values or ():
        code = number(item.value)
        label = readable(item.text)
        if code is not None and label:
            texts.setdefault(code, set()).add(label)
    return tuple(
        Option(code, next(iter(found))) for code, found in sorted(texts.items()) if len(found) == 1
    )
