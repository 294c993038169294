"""Prices in force over a period, and what a use of electricity meets of them.

A price holds until the next one, but no longer than an hour: no market makes prices for more.
Prices are in the currency of the metric `electricity_price`, for one kilowatt-hour.
"""

import math
from typing import Final

import numpy as np

from pumphouse.analytics.coverage import LEAST_COVERAGE
from pumphouse.analytics.energy import JOULES_PER_KWH
from pumphouse.analytics.figure import Figure, Provenance
from pumphouse.analytics.knots import ANYWHERE
from pumphouse.analytics.series import Floats, Recording, Series, Stretches, remembered, union
from pumphouse.analytics.usage import Usage
from pumphouse.core.model import LONGEST_ANNOUNCED

__all__ = ["LONGEST_PRICE", "PRICE", "Prices", "in_force", "prices"]

PRICE: Final = "electricity_price"
#: seconds for which a price holds at most
LONGEST_PRICE: Final = LONGEST_ANNOUNCED.total_seconds()


class Prices:
    """The prices of a period.

    Args:
        series: prices at the instants from which they hold.
        start: of the period, seconds since 1970.
        end: of the period.

    Attributes:
        known: when there is a price.
    """

    def __init__(self, series: Series, start: float, end: float) -> None:
        self._series = series
        self._length = end - start
        self.known = in_force(series).within(start, end)
        inside = series.times[(series.times > start) & (series.times < end)]
        self._edges = union([inside, self.known.starts, self.known.ends])

    def at(self, instants: Floats) -> Floats:
        """The price at each instant, 0 where none is known."""
        values, _ = self._series.held(instants)
        return np.where(self.known.contain(instants), values, 0.0)

    @property
    def spread(self) -> float:
        """The difference between the highest and the lowest price."""
        values = self._series.held(self._steps()[0])[0]
        return float(np.ptp(values)) if len(values) else 0.0

    @property
    def mean(self) -> Figure | None:
        """The mean over time; None where less than half of the period has a price."""
        starts, lengths = self._steps()
        known = float(np.sum(lengths))
        if self._length <= 0 or known < LEAST_COVERAGE * self._length:
            return None
        value = float(np.sum(self.at(starts) * lengths)) / known
        missing = max(0.0, 1.0 - known / self._length)
        return Figure(value, ANYWHERE * self.spread * missing, Provenance.DERIVED)

    def share(self, use: Usage, start: float, end: float) -> float:
        """The share of what was used from `start` to `end` that has a price, 0 to 1."""
        whole = float(use.energy(np.array([start, end]))[0])
        if whole <= 0:
            return min(1.0, self.known.seconds / self._length) if self._length > 0 else 0.0
        return min(1.0, float(np.sum(self._energy(use))) / whole)

    def paid(self, use: Usage) -> tuple[float, float]:
        """The mean price of what was used, and what its timing leaves open.

        Moving an energy δ over an instant at which the price changes by Δp changes the cost by
        δ·Δp; these moves are independent. Where nothing was used it is the mean over time.
        """
        energy, (starts, _) = self._energy(use), self._steps()
        price, amount = self.at(starts), float(np.sum(energy))
        if amount <= 0:
            mean = self.mean
            return (0.0 if mean is None else mean.value), ANYWHERE * self.spread
        moved = use.doubts_at(starts[1:]) / JOULES_PER_KWH
        late = math.sqrt(float(np.sum(np.square(np.diff(price) * moved)))) / amount
        return float(np.sum(energy * price)) / amount, min(late, self.spread)

    def spent(self, use: Usage, hours: Floats) -> tuple[Floats, Floats, Floats]:
        """Money, seconds with a price, and mean price of them, between instants one after another.

        Args:
            use: whose cost is asked for.
            hours: the instants, increasing.
        """
        edges = union([self._edges, hours])
        starts, lengths = edges[:-1], np.diff(edges)
        price, place = self.at(starts), np.searchsorted(hours, starts, side="right") - 1
        inside = self.known.contain(starts) & (place >= 0) & (place < len(hours) - 1)
        columns = (use.energy(edges) * price, lengths, price * lengths)
        money, seconds, sums = (
            np.bincount(place[inside], column[inside], len(hours) - 1).astype(np.float64)
            for column in columns
        )
        return money, seconds, sums / np.maximum(seconds, 1.0)

    def _steps(self) -> tuple[Floats, Floats]:
        """Where stretches of one price begin, and how long they are."""
        starts, lengths = self._edges[:-1], np.diff(self._edges)
        known = self.known.contain(starts)
        return starts[known], lengths[known]

    def _energy(self, use: Usage) -> Floats:
        """What was used in each stretch of one price, kWh."""
        known = self.known.contain(self._edges[:-1])
        return use.energy(self._edges)[known]


@remembered
def prices(recording: Recording) -> Prices | None:
    """The prices of a recording's period; None where there is none."""
    found = Prices(recording[PRICE], recording.start, recording.end)
    return found if len(found.known) else None


def in_force(series: Series) -> Stretches:
    """When a series of prices says one; the newest holds for as long as the one before it did."""
    if not len(series):
        return Stretches.of([], [])
    steps = np.minimum(np.diff(series.times), LONGEST_PRICE)
    last = steps[-1] if len(steps) else LONGEST_PRICE
    return Stretches.of(series.times, series.times + np.append(steps, last))
