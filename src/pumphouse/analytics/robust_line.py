"""A straight line through points of which some are wrong and some do not belong to it."""

import math
from dataclasses import dataclass

import numpy as np

from pumphouse.analytics.accuracy import NORMAL
from pumphouse.analytics.series import Flags, Floats

__all__ = ["Line", "demand_line"]

_FAR = 2.5  # standard deviations
_TRIMS = 3
_CUT = 0.955  # of a normal distribution's deviation is left when it is cut at 2.5 of them
_REFITS = 6
_SETTLED = 0.1  # of the unit of x, between two refits
_FEWEST = 3  # points through which a line with a scatter can be drawn
_LEVEL = 1e-9  # a line that rises by less of its values' size is level


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A rising line y = slope · x + intercept.

    Attributes:
        slope: y per x.
        intercept: y at 0.
        middle: mean x of the points in use.
        scatter: standard deviation of the points around the line.
        level_error: what the line may be off by at `middle`; half of a 90 % interval.
        slope_error: the same of `slope`.
        used: which of the points given are in use.
    """

    slope: float
    intercept: float
    middle: float
    scatter: float
    level_error: float
    slope_error: float
    used: Flags

    @property
    def zero(self) -> float:
        """Where the line meets zero."""
        return -self.intercept / self.slope

    @property
    def zero_error(self) -> float:
        """What `zero` may be off by; half of a 90 % interval."""
        return self.error_at(self.zero) / self.slope

    def at(self, x: float) -> float:
        """The line's y at x."""
        return self.slope * x + self.intercept

    def error_at(self, x: float) -> float:
        """What the line may be off by at x; half of a 90 % interval."""
        return math.hypot(self.level_error, self.slope_error * (x - self.middle))


def demand_line(x: Floats, y: Floats) -> Line | None:
    """The line of a demand y that begins at some x, is zero before, and then rises.

    After the heat loss page of heatpumpmonitor.org: ordinary least squares; points further away
    than 2.5 standard deviations are dropped, at most three times; then only points behind the
    line's zero are used, until that moves by less than 0.1 or six times. A line that would be above
    zero at x = 0 is made to pass through the origin. None where the points give no rising line.
    """
    used = np.ones(len(x), dtype=np.bool_)
    zero = math.inf
    for _ in range(1 + _REFITS):
        used = _trimmed(x, y, used)
        slope, intercept = _least_squares(x[used], y[used])
        if not _rises(slope, x[used], y[used]):
            return None
        previous, zero = zero, -intercept / slope
        if abs(zero - previous) < _SETTLED:
            break
        used = used & (x >= zero)
    return _line(x, y, used, through_origin=zero < 0)


def _trimmed(x: Floats, y: Floats, used: Flags) -> Flags:
    """Without the points that lie too far from the line through the rest."""
    for _ in range(_TRIMS):
        slope, intercept = _least_squares(x[used], y[used])
        distances = np.abs(y - slope * x - intercept)
        near = used & (distances <= _FAR * _scatter(distances[used], 2))
        if np.array_equal(near, used) or np.count_nonzero(near) < _FEWEST:
            break
        used = near
    return used


def _line(x: Floats, y: Floats, used: Flags, *, through_origin: bool) -> Line | None:
    x, y = x[used], y[used]
    if len(x) < _FEWEST:
        return None
    slope, intercept = _least_squares(x, y)
    pivot = float(np.mean(x))
    if through_origin:
        slope, intercept, pivot = float(np.dot(x, y) / np.dot(x, x)), 0.0, 0.0
    if not _rises(slope, x, y):
        return None
    residuals = y - slope * x - intercept
    free = len(x) - (1 if through_origin else 2)
    scatter = _scatter(residuals, len(x) - free)
    wide = _student(free) * scatter / _CUT * _persistence(residuals)
    slope_error = wide / math.sqrt(float(np.sum((x - pivot) ** 2)))
    middle = float(np.mean(x))
    level_error = wide / math.sqrt(len(x))
    return Line(slope, intercept, middle, scatter, level_error, slope_error, used)


def _least_squares(x: Floats, y: Floats) -> tuple[float, float]:
    """Slope and intercept; a slope of 0 where there is none."""
    if len(x) < _FEWEST:
        return 0.0, 0.0
    middle, level = float(np.mean(x)), float(np.mean(y))
    spread = float(np.sum((x - middle) ** 2))
    slope = float(np.dot(x - middle, y - level)) / spread if spread > 0 else 0.0
    return slope, level - slope * middle


def _rises(slope: float, x: Floats, y: Floats) -> bool:
    """Whether a line rises by more than rounding."""
    if not len(x):
        return False
    return bool(slope * np.max(np.abs(x)) > _LEVEL * np.max(np.abs(y))) and slope > _LEVEL


def _scatter(residuals: Floats, parameters: int) -> float:
    """Standard deviation of residuals of a fit with so many parameters."""
    return math.sqrt(float(np.dot(residuals, residuals)) / max(1, len(residuals) - parameters))


def _persistence(residuals: Floats) -> float:
    """By how much errors grow because neighbours resemble each other.

    √((1 + r) / (1 - r)) with the correlation r of each residual with the next one, as for a
    first-order autoregressive series; never below 1.
    """
    power = float(np.dot(residuals, residuals))
    if power <= 0:
        return 1.0
    correlation = float(np.dot(residuals[1:], residuals[:-1])) / power
    correlation = min(0.9, max(0.0, correlation))
    return math.sqrt((1.0 + correlation) / (1.0 - correlation))


def _student(free: int) -> float:
    """Half of a 90 % interval in standard deviations, by Student's t with `free` degrees.

    The first terms of its expansion around the normal distribution; 1 % low at five degrees.
    """
    normal = NORMAL
    return normal + (normal**3 + normal) / (4.0 * max(1, free))
