"""What the numbers and texts of a NIBE Uplink parameter mean."""

import math
from collections.abc import Sequence
from typing import Final

from pumphouse.core.units import Quantity, parse_unit
from pumphouse.sources.nibe_uplink.wire import Parameter

__all__ = [
    "MISSING_RAW",
    "derived_divisor",
    "display_text",
    "displayed_number",
    "is_measured",
    "is_missing",
    "usual_divisor",
]

MISSING_RAW: Final = -32768
MISSING_DISPLAY: Final = "--"
DIVISORS: Final = (1, 10, 100, 1000)
#: by unit, where nothing better is known; some ids are exceptions, which the catalogue knows
USUAL_DIVISORS: Final = {
    "°C": 10, "DM": 10, "A": 10, "kWh": 10, "l/min": 10, "bar": 10, "kW": 100, "h": 1, "Hz": 1,
    "%": 1,
}  # fmt: skip


def display_text(parameter: Parameter) -> str:
    """The display text without the unit that is glued to its end."""
    text = (parameter.display_value or "").strip()
    unit = (parameter.unit or "").strip()
    return text.removesuffix(unit).rstrip() if unit else text


def _digits(parameter: Parameter) -> str:
    """The display text with a decimal point, also where the language writes a comma."""
    return display_text(parameter).replace(",", ".")


def displayed_number(parameter: Parameter) -> float | None:
    """The number in the display text, None where it is prose."""
    try:
        number = float(_digits(parameter))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def is_measured(parameter: Parameter) -> bool:
    """Whether the unit measures something; then the raw value is no code, whatever is shown."""
    return parse_unit(parameter.unit or "").quantity not in (Quantity.NUMBER, Quantity.OTHER)


def usual_divisor(parameter: Parameter) -> int | None:
    """The divisor that most parameters of this unit have; None where there is no such rule."""
    return USUAL_DIVISORS.get(parse_unit(parameter.unit or "").symbol)


def is_missing(parameter: Parameter) -> bool:
    """Whether there is no sensor or no value: "--", or -32768 without a text of its own.

    The rows of id 0 carry -32768 too; there the text is the value.
    """
    text = (parameter.display_value or "").strip()
    is_text = parameter.parameter_id == 0
    if not text:
        return is_text or parameter.raw_value in (None, MISSING_RAW)
    is_sentinel = parameter.raw_value == MISSING_RAW and not is_text
    return text == MISSING_DISPLAY or (is_sentinel and displayed_number(parameter) is not None)


def _shown_as(value: float, places: int) -> Sequence[float]:
    """How `value` may be displayed with so many decimals: cut off or rounded, both are seen."""
    scaled = value * 10**places
    cut = math.trunc(scaled)
    rounded = math.trunc(scaled + math.copysign(0.5, scaled))
    return (cut / 10**places, rounded / 10**places)


def derived_divisor(parameter: Parameter) -> int | None:
    """The divisor that leads from the raw value to the display text, None where none is certain.

    The vendor transmits no divisor, and the number of decimals does not tell it: 43122 shows
    `20.0Hz` for raw 20. A divisor is taken if raw / divisor, cut off or rounded to the decimals
    shown, *is* what is shown. At most one of 1, 10, 100, 1000 does that for a display other than
    zero: two candidates differ tenfold, while all values shown alike differ less than fourfold.
    """
    shown = displayed_number(parameter)
    raw = parameter.raw_value
    if not shown or not raw:
        return None
    places = len(_digits(parameter).partition(".")[2])
    for divisor in DIVISORS:
        if any(math.isclose(shown, form) for form in _shown_as(raw / divisor, places)):
            return divisor
    return None
