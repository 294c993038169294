"""A number that says how far to trust it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

__all__ = ["Boundary", "Figure", "Provenance", "ratio", "total"]


class Provenance(StrEnum):
    """Where a number comes from, from the best to the weakest."""

    MEASURED = "measured"
    DEVICE_METER = "device meter"
    DERIVED = "derived"
    ESTIMATED = "estimated"


class Boundary(StrEnum):
    """What is inside a coefficient of performance (SEPEMO).

    H1: the heat pump unit alone; H2: and the pump or fan of its source; H3: and the additional
    heat; H4: and the pumps and fans that carry the heat into the house.
    """

    H1 = "H1"
    H2 = "H2"
    H3 = "H3"
    H4 = "H4"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, what it may be off by, and where it comes from.

    Attributes:
        error: half of the width of its 90 % interval, in the unit of `value`.
        boundary: of a coefficient of performance and of the energies it is made of.
    """

    value: float
    error: float
    provenance: Provenance
    boundary: Boundary | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and math.isfinite(self.error) and self.error >= 0):
            raise ValueError(f"{self.value} ± {self.error} is no figure")

    def scaled(self, factor: float) -> "Figure":
        """The same, `factor` times as large."""
        return replace(self, value=self.value * factor, error=self.error * abs(factor))


def total(figures: Iterable[Figure | None], *, independent: bool = True) -> Figure | None:
    """The sum of figures; None where there are none or where one is missing.

    Args:
        independent: whether their errors are chance and partly cancel; those of one meter add up.
    """
    known: list[Figure] = []
    for figure in figures:
        if figure is None:
            return None
        known.append(figure)
    if not known:
        return None
    errors = [figure.error for figure in known]
    return Figure(
        math.fsum(figure.value for figure in known),
        math.hypot(*errors) if independent else math.fsum(errors),
        _weakest(known),
        _common_boundary(known),
    )


def ratio(upper: Figure | None, lower: Figure | None) -> Figure | None:
    """One figure over another, relative errors added as of chance (GUM); None without sense.

    The boundary is that of `lower`: what is paid for decides what a coefficient includes.
    """
    if upper is None or lower is None or lower.value <= 0:
        return None
    value = upper.value / lower.value
    error = math.hypot(upper.error, value * lower.error) / lower.value
    if not math.isfinite(value + error):  # next to nothing is no divisor
        return None
    return Figure(value, error, _weakest((upper, lower)), lower.boundary)


def _weakest(figures: Iterable[Figure]) -> Provenance:
    order = list(Provenance)
    return max((figure.provenance for figure in figures), key=order.index)


def _common_boundary(figures: Iterable[Figure]) -> Boundary | None:
    boundaries = {figure.boundary for figure in figures}
    return boundaries.pop() if len(boundaries) == 1 else None
