"""What really happened, added up minute by minute, and a record of it that can be asked."""

from array import array
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["WATT_MINUTES_PER_KWH", "Ledger", "Totals"]

WATT_MINUTES_PER_KWH = 60_000.0
_RECENT_HOURS = 41 * 24  # for so long every minute is kept
_TRIM_HOURS = 24


class Totals(NamedTuple):
    """Sums since the beginning; energies in watt-minutes, so that a minute adds its power.

    Attributes:
        electricity: everything the pump drew: compressor, source, circulation, heater, standby.
        heating: heat into the heating water, immersion heater included, defrosts subtracted.
        hot_water: heat into the tank, immersion heater included.
        addition: electricity and heat of the immersion heater.
        addition_hot_water: the part of it that went into the tank.
        used_heating: electricity for heating without immersion heater and standby.
        used_hot_water: electricity for hot water without immersion heater and standby.
        compressor_hot_water: electricity of the compressor alone for hot water.
        compressor: electricity of the compressor alone.
        minutes: minutes in which the compressor turned.
        minutes_hot_water: the part of them for hot water.
        starts: compressor starts.
        defrosts: defrosts.
        room: room temperature times minutes, °C·min.
    """

    electricity: float
    heating: float
    hot_water: float
    addition: float
    addition_hot_water: float
    used_heating: float
    used_hot_water: float
    compressor_hot_water: float
    compressor: float
    minutes: float
    minutes_hot_water: float
    starts: float
    defrosts: float
    room: float


_WIDTH = len(Totals._fields)


class Ledger:
    """Totals at every recent minute and at every full hour before.

    Differences between two minutes are exact within the last 40 days; before that between full
    hours, and in between they are shared out evenly over the hour.

    Args:
        minute: where it begins, a full hour in minutes since the epoch.
        totals: the totals there.
    """

    def __init__(self, minute: int, totals: Totals) -> None:
        self._first_minute = minute
        self._minutes = array("d", totals)
        self._first_hour = minute // 60
        self._hours = array("d", totals)
        self.begin = minute
        self.end = minute

    def append(self, totals: Sequence[float]) -> None:
        """Keep the totals of the next minute."""
        self.end = end = self.end + 1
        self._minutes.extend(totals)
        if end % 60 == 0:
            self._hours.extend(totals)
            if end - self._first_minute > (_RECENT_HOURS + _TRIM_HOURS) * 60:
                self._trim()

    def between(self, start: int, end: int) -> Totals:
        """What happened from one minute since the epoch to another, inside what is known."""
        before, after = self.at(start), self.at(end)
        return Totals(*(late - early for early, late in zip(before, after, strict=True)))

    def at(self, minute: int) -> Totals:
        """The totals at a minute; outside what is known, those of its nearest end."""
        minute = min(self.end, max(self.begin, minute))
        if minute >= self._first_minute:
            return _row(self._minutes, minute - self._first_minute)
        hour, past = divmod(minute, 60)
        early = self._hour(hour)
        if not past:
            return early
        late = self._hour(hour + 1)
        share = past / 60.0
        return Totals(*(a + (b - a) * share for a, b in zip(early, late, strict=True)))

    def _hour(self, hour: int) -> Totals:
        return _row(self._hours, hour - self._first_hour)

    def _trim(self) -> None:
        surplus = self.end - _RECENT_HOURS * 60 - self._first_minute
        del self._minutes[: surplus * _WIDTH]
        self._first_minute += surplus


def _row(table: "array[float]", index: int) -> Totals:
    return Totals(*table[index * _WIDTH : (index + 1) * _WIDTH])
