"""How near heat loss and balance point come to the truth of the simulated house.

Used by the tests of `house.py` and by the table of `bench/efficiency_accuracy.py`.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from tests.analytics.house_recordings import DeviceRecord

from pumphouse.analytics.averages import mean_within
from pumphouse.analytics.figure import Figure
from pumphouse.analytics.heat import heat
from pumphouse.analytics.house import HeatLoss, heat_loss_line, house_day
from pumphouse.analytics.series import Recording

__all__ = ["HouseRow", "heat_loss_of", "rows_house", "true_balance_point"]

_WATTS_PER_KW = 1000.0
_SECONDS_PER_HOUR = 3600.0


class HouseRow(NamedTuple):
    """One figure beside its truth; None where it was withheld."""

    name: str
    truth: float
    figure: Figure | None

    @property
    def honest(self) -> bool:
        """Whether the stated error covers the truth, or nothing was stated."""
        found = self.figure
        return found is None or abs(found.value - self.truth) <= found.error


def heat_loss_of(recording: Recording, days: tuple[tuple[float, float], ...]) -> HeatLoss | None:
    """The heat loss as an owner gets it: from the recordings of days."""
    told = (recording.within(start, end) for start, end in days)
    found = (house_day(day, heat(day)) for day in told)
    return heat_loss_line(day for day in found if day is not None)


def true_balance_point(record: DeviceRecord) -> float:
    """The outdoor temperature at which the house, as it was lived in, would need no heating.

    There what sun, people, appliances and the tank give equals what is lost: mean indoors - mean
    gains / heat loss. The mean gains follow from the energy balance of the period: what was lost
    less what the pump gave. What the structure stored meanwhile, at most a few kWh, is left out.
    """
    start, end = record.days[0][0], record.days[-1][1]
    indoor = mean_within(record.recording["room_temperature"], record.recording.covered)
    assert indoor is not None
    outdoor = float(np.mean(record.truth["outdoor"][1:]))
    lost = record.loss_w_per_k * (indoor - outdoor)
    given = record.true("heating", start, end) * _WATTS_PER_KW / ((end - start) / _SECONDS_PER_HOUR)
    return indoor - (lost - given) / record.loss_w_per_k


def rows_house(record: DeviceRecord, recording: Recording | None = None) -> Iterator[HouseRow]:
    """Heat loss in W/K and balance point in °C; of `recording` where some of it was removed."""
    found = heat_loss_of(recording or record.recording, record.days)
    loss, balance = (found.w_per_k, found.balance_point) if found else (None, None)
    yield HouseRow("heat loss, W/K", record.loss_w_per_k, loss)
    yield HouseRow("balance point, °C", true_balance_point(record), balance)
