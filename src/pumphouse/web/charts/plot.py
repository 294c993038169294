"""What a chart is made of: axes, bars, lines and dots in the units of its drawing."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

__all__ = [
    "BOTTOM",
    "HEIGHT",
    "LEFT",
    "RIGHT",
    "TOP",
    "WIDTH",
    "Axis",
    "Bar",
    "Dot",
    "Line",
    "Plot",
    "Table",
    "Words",
    "number",
    "scale",
]

WIDTH: Final = 560
HEIGHT: Final = 300
#: the edges of the area that the axes span; what is left holds their numbers
LEFT: Final = 52.0
RIGHT: Final = WIDTH - 14.0
TOP: Final = 34.0
BOTTOM: Final = HEIGHT - 46.0

_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
#: digits behind the point that a tick may have, and what floats may be off by
_MOST_DIGITS: Final = 12
_NEARLY: Final = 1e-6
_MINUS: Final = "\u2212"


@dataclass(frozen=True, slots=True)
class Axis:
    """From values to places.

    Attributes:
        low: the value at `start`.
        high: the value at `end`.
        step: from one tick to the next.
    """

    low: float
    high: float
    start: float
    end: float
    step: float

    def at(self, value: float) -> float:
        """The place of a value, to a tenth of a unit."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    @property
    def ticks(self) -> Sequence[tuple[float, str]]:
        """Places and texts of round values."""
        digits = next(n for n in range(_MOST_DIGITS) if _is_whole(self.step * 10**n))
        first = math.ceil(self.low / self.step - 1e-9)
        last = math.floor(self.high / self.step + 1e-9)
        values = (n * self.step for n in range(first, last + 1))
        return [(self.at(value), number(value, digits)) for value in values]


def _is_whole(value: float) -> bool:
    return abs(value - round(value)) < _NEARLY


def scale(
    values: Iterable[float],
    start: float,
    end: float,
    *,
    zero: bool = False,
    least: float = 1.0,
    ticks: int = 5,
) -> Axis:
    """An axis with round ends that has room for `values`.

    Args:
        values: need not be in order; none is as good as 0.
        start: place of its low end.
        end: place of its high end.
        zero: whether 0 has to be on it.
        least: how much it spans at least.
        ticks: how many there are to be, about.
    """
    known = [*values] or [0.0]
    if zero:
        known.append(0.0)
    low, high = min(known), max(known)
    if high - low < least:
        middle = (low + high) / 2
        low, high = (low, low + least) if zero else (middle - least / 2, middle + least / 2)
    rough = (high - low) / ticks
    size = 10.0 ** math.floor(math.log10(rough))
    step = size * next(one for one in _STEPS if size * one >= rough * (1 - 1e-9))
    return Axis(math.floor(low / step) * step, math.ceil(high / step) * step, start, end, step)


def number(value: float, digits: int) -> str:
    """A number with a true minus, and no minus before nothing."""
    text = f"{value:.{digits}f}"
    if not any(digit in text for digit in "123456789"):
        text = text.removeprefix("-")
    return text.replace("-", _MINUS)


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle; `hint` is what a pointer is told."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Straight from corner to corner."""

    kind: str
    corners: Sequence[tuple[float, float]]

    @property
    def points(self) -> str:
        """As the attribute of an SVG polyline or polygon."""
        return " ".join(f"{x:g},{y:g}" for x, y in self.corners)


@dataclass(frozen=True, slots=True)
class Dot:
    """One value, with the reach of its error where it is drawn."""

    kind: str
    x: float
    y: float
    hint: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A text in the drawing."""

    kind: str
    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Table:
    """The same for those who cannot see the drawing, or want the numbers."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart, ready to be drawn.

    Attributes:
        key: tells charts of a page apart.
        title: what it shows.
        x_ticks: places and texts.
        y_ticks: places and texts.
        areas: filled, behind everything.
        legend: kinds and what they are called.
    """

    key: str
    title: str
    table: Table
    x_label: str = ""
    y_label: str = ""
    x_ticks: Sequence[tuple[float, str]] = ()
    y_ticks: Sequence[tuple[float, str]] = ()
    areas: Sequence[Line] = ()
    bars: Sequence[Bar] = ()
    lines: Sequence[Line] = ()
    dots: Sequence[Dot] = ()
    words: Sequence[Words] = ()
    legend: Sequence[tuple[str, str]] = ()
    height: int = HEIGHT
    bottom: float = BOTTOM
    width: int = WIDTH
    left: float = LEFT
    right: float = RIGHT
    top: float = TOP
