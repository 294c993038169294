"""What the values of Tibber's capabilities and attributes mean."""

import math
from collections.abc import Iterable, Sequence
from typing import Final

from pumphouse.core.model import Option
from pumphouse.core.units import Unit, parse_unit
from pumphouse.sources.tibber.wire import Capability
from pumphouse.sources.wording import readable

__all__ = ["are_ratios", "code_of", "is_placeholder", "is_share", "labels", "number", "unit_of"]

#: spellings of units that only Tibber uses
_UNITS: Final = {"degC": "°C", "degF": "°F", "celsius": "°C"}
_SHARES: Final = frozenset(
    f"powerFlow.{way}{other}"
    for way in ("to", "from")
    for other in ("Grid", "Load", "Battery", "Solar")
)
_UNKNOWN: Final = "unknown"
_NO, _YES = Option(0.0, "No"), Option(1.0, "Yes")


def number(value: bool | float | str | None) -> float | None:
    """The value as a number; None for prose, for what is true or false, and for nothing."""
    if value is None or isinstance(value, bool):
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):  # an integer of JSON may be too large for a float
        return None
    return result if math.isfinite(result) else None


def unit_of(text: str | None) -> Unit:
    """The unit that Tibber writes behind a value."""
    spelt = (text or "").strip()
    return parse_unit(_UNITS.get(spelt, spelt))


def is_share(capability: str) -> bool:
    """Whether a capability tells which share of a flow of power goes where."""
    return capability in _SHARES


def are_ratios(capabilities: Iterable[Capability]) -> bool:
    """Whether the shares of one answer are ratios of one, whatever unit they bear.

    They are documented as percent and were met as 0 to 1, with the unit `%` all the same. The
    shares of one flow make a hundred percent together, so that none above one means ratios.
    """
    shares = (number(one.value) for one in capabilities if is_share(one.id))
    return all(share <= 1.0 for share in shares if share is not None)


def is_placeholder(capability: Capability, capabilities: Sequence[Capability]) -> bool:
    """Whether a nought stands for "no data": so it was met where the link to a car was broken.

    Then the states of the device are unknown, and every number that it should know is 0.
    """
    states = [one.value for one in capabilities if one.available_values]
    return (
        not isinstance(capability.value, bool)
        and capability.value == 0
        and _UNKNOWN in states
        and not capability.id.startswith("charging.current.")
    )


def labels(
    known: Sequence[Option], available: Sequence[str], value: bool | float | str | None
) -> tuple[Option, ...]:
    """The options of an enumeration: those of the catalogue, then what else the vendor names.

    Args:
        known: the catalogue's; their codes never change.
        available: the vendor's words, in the vendor's order.
        value: the present value, which may be none of them.
    """
    if isinstance(value, bool) and not known:
        return (_NO, _YES)
    options = list(known)
    words = [*available, *([value] if isinstance(value, str) else [])]
    for word in words:
        if word and code_of(word, options) is None:
            code = max((option.value for option in options), default=-1.0) + 1.0
            options.append(Option(code, readable(word)))
    return tuple(options)


def code_of(value: bool | float | str | None, options: Sequence[Option]) -> float | None:
    """The code of a value among `options`: by its label, or of a switch by its truth."""
    if isinstance(value, str):
        word = readable(value).casefold()
        if word in {"true", "false"}:
            value = word == "true"
        else:
            return next((one.value for one in options if one.label.casefold() == word), None)
    if value is None:
        return None
    return float(value) if value in {option.value for option in options} else None
