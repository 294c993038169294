"""The people in a house: when they take hot water, and the heat they and their things give off."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from pumphouse.simulator.house.noise import Noise

__all__ = ["Occupants"]

_SATURDAY = 5
_NOTHING = (0.0,) * 60

# Local hours in which people and their things give off more, and how many watts more.
_AT_HOME = ((6.0, 23.0, 130.0), (17.0, 22.0, 220.0))
# Each tapping: earliest local hour, latest local hour, litres per minute at 40 °C, minutes, chance.
_WORKDAY = (
    (6.2, 7.0, 8.0, 6, 0.95),
    (6.8, 7.6, 8.0, 7, 0.85),
    (7.2, 8.0, 4.0, 2, 0.8),
    (12.0, 13.0, 4.0, 2, 0.5),
    (17.0, 18.5, 5.0, 3, 0.9),
    (18.5, 19.5, 4.0, 3, 0.8),
    (19.5, 22.5, 8.0, 7, 0.7),
    (21.5, 23.0, 3.0, 2, 0.9),
)
_WEEKEND = (
    (8.0, 10.5, 8.0, 8, 0.95),
    (9.0, 11.0, 8.0, 7, 0.85),
    (12.0, 14.0, 5.0, 4, 0.9),
    (16.0, 17.5, 4.0, 3, 0.6),
    (18.0, 19.5, 5.0, 5, 0.9),
    (19.5, 21.0, 11.0, 11, 0.35),
    (21.5, 23.5, 3.0, 2, 0.9),
)


class Occupants:
    """A family: hot-water tappings and internal gains by local time.

    Attributes:
        base_gain_w: heat from people and appliances at night.
    """

    base_gain_w = 260.0

    def __init__(self, seed: int, household: str, zone: ZoneInfo) -> None:
        self._noise = Noise(seed, f"occupants {household}")
        self._zone = zone
        self._day: date | None = None
        self._tappings: dict[int, list[float]] = {}
        self._offset = timedelta()

    def litres(self, hour: int) -> list[float] | tuple[float, ...]:
        """Litres at 40 °C drawn in each minute of an hour since the epoch."""
        self._prepare(hour)
        return self._tappings.get(hour, _NOTHING)

    def gains_w(self, hour: int) -> float:
        """Heat that people, light and appliances give off during an hour, W."""
        self._prepare(hour)
        local = (hour + self._offset.total_seconds() / 3600.0) % 24.0
        gains = self.base_gain_w + 80.0 * self._noise.wave(hour / 3.0)
        for begin, end, extra in _AT_HOME:
            if begin <= local < end:
                gains += extra
        return gains

    def _prepare(self, hour: int) -> None:
        """Plan the local day an hour belongs to, with its neighbours, once."""
        local = datetime.fromtimestamp(hour * 3600, self._zone)
        if local.date() == self._day:
            return
        self._day = local.date()
        self._offset = local.utcoffset() or timedelta()
        self._tappings.clear()
        for distance in (-1, 0, 1):
            self._plan(self._day + timedelta(days=distance))

    def _plan(self, day: date) -> None:
        events = _WEEKEND if day.weekday() >= _SATURDAY else _WORKDAY
        number = day.toordinal() * 32
        midnight = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        for place, (earliest, latest, flow, minutes, chance) in enumerate(events):
            index = number + place
            if self._noise.chance(index) >= chance:
                continue
            late = self._noise.chance(index + 16)
            local = midnight + timedelta(hours=earliest + (latest - earliest) * late)
            start = int(local.astimezone(UTC).timestamp()) // 60
            for minute in range(start, start + minutes):
                row = self._tappings.setdefault(minute // 60, [0.0] * 60)
                row[minute % 60] += flow
