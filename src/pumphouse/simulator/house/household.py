"""The electricity of the whole home: the pumps, everything else, a car and a battery."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from pumphouse.simulator.house.noise import Noise

__all__ = ["BATTERY_WH", "CAR_WH", "Household", "Pumps"]

#: what the battery and the car hold when full
BATTERY_WH: Final = 10_000.0
CAR_WH: Final = 77_000.0

_BLOCK: Final = 300  # seconds over which everything but the pumps is steady
_BLOCKS_PER_HOUR: Final = 12
_SATURDAY: Final = 5
# Local hours in which more is used than at night, and how many watts more.
_HABITS: Final = ((6.0, 8.5, 260.0), (11.5, 13.0, 180.0), (16.5, 22.5, 420.0))
_CAR_W: Final = 2300.0
_CAR_PLUGGED: Final = (22.0, 7.0)  # charging begins, local hour; and it leaves
_CAR_TARGET: Final = 0.8
_DISCHARGE: Final = (17, 21)  # local hours
_CHARGE: Final = (1, 5)
_RESERVE: Final = 0.2


class Pumps(Protocol):
    """The part of a house that a household needs to know: what its pumps draw."""

    @property
    def pumps(self) -> Mapping[str, object]:
        """By device id."""
        ...

    def truth(self, device_id: str, start: datetime, end: datetime) -> Mapping[str, float]:
        """As `House.truth`; only the electricity is looked at."""
        ...


class Household:
    """What the meter at the door of the house sees.

    Everything besides the pumps is a function of the seed and the time. The battery feeds part of
    the evening's load and takes the same from the grid in the following night, so nothing is ever
    given to the grid.

    Args:
        house: with its pumps.
        seed: of people, car and battery.
        zone: of the site.
    """

    def __init__(self, house: Pumps, seed: int, zone: ZoneInfo) -> None:
        self.zone = zone
        self._house = house
        self._base = Noise(seed, "household base")
        self._kettle = Noise(seed, "household kettle")
        self._trips = Noise(seed, "household trips")
        self._hours: dict[int, tuple[float, float, float]] = {}

    def pumps_kwh(self, start: datetime, end: datetime) -> float:
        """What all pumps drew between two instants."""
        truths = (self._house.truth(name, start, end) for name in self._house.pumps)
        return sum(truth["electricity_kwh"] for truth in truths)

    def load_kwh(self, start: datetime, end: datetime) -> float:
        """What the whole home used between two instants, whatever it came from."""
        return self.pumps_kwh(start, end) + self._sums(start, end)[0]

    def imported_kwh(self, start: datetime, end: datetime) -> float:
        """What came from the grid between two instants: the meter's count."""
        load, given, taken = self._sums(start, end)
        return self.pumps_kwh(start, end) + load - given + taken

    def battery_kwh(self, start: datetime, end: datetime) -> tuple[float, float]:
        """What the battery gave and what it took between two instants."""
        _, given, taken = self._sums(start, end)
        return given, taken

    def power_w(self, instant: datetime) -> float:
        """What comes from the grid now, the pumps as in the last full minute."""
        minute = instant.replace(second=0, microsecond=0)
        pumps = self.pumps_kwh(minute - timedelta(minutes=1), minute) * 60_000.0
        block = _block(instant)
        return pumps + self._other_w(block) - self._battery_w(block)

    def load_w(self, instant: datetime) -> float:
        """What the whole home uses now."""
        return self.power_w(instant) + self._battery_w(_block(instant))

    def battery_w(self, instant: datetime) -> float:
        """What the battery gives now; negative: what it takes."""
        return self._battery_w(_block(instant))

    def battery_charge(self, instant: datetime) -> float:
        """How full the battery is, 0 to 1."""
        local = instant.astimezone(self.zone)
        today = self._at(local.date(), 0)
        day = local.date() if instant >= self._at(local.date(), _DISCHARGE[0]) else None
        if day is None:
            evening = local.date() - timedelta(days=1)
            missing = self._evening_wh(evening) - 1000.0 * self.battery_kwh(today, instant)[1]
        else:
            missing = 1000.0 * self.battery_kwh(self._at(day, _DISCHARGE[0]), instant)[0]
        full = _RESERVE + 0.6
        return min(1.0, max(0.0, full - missing / BATTERY_WH))

    def car_charge(self, instant: datetime) -> float:
        """How full the car's battery is, 0 to 1."""
        local = instant.astimezone(self.zone)
        if not self.is_car_away(instant):
            missing = self._missing_wh(instant)
        else:
            leaves, comes = self._at(local.date(), 7), self._at(local.date(), 18)
            missing = self._trip_wh(local.date()) * ((instant - leaves) / (comes - leaves))
        return _CAR_TARGET - missing / CAR_WH

    def is_car_away(self, instant: datetime) -> bool:
        """Whether the car is on the road or at work."""
        hour = instant.astimezone(self.zone).hour
        return _CAR_PLUGGED[1] <= hour < 18  # noqa: PLR2004 - when it comes home

    def is_car_charging(self, instant: datetime) -> bool:
        """Whether the charger gives power now."""
        return self._car_w(instant.astimezone(self.zone)) > 0.0

    def _sums(self, start: datetime, end: datetime) -> tuple[float, float, float]:
        """Load without pumps, what the battery gave, and what it took, kWh."""
        first, last = start.timestamp(), end.timestamp()
        load = given = taken = 0.0
        moment = first
        while moment < last:
            if moment % 3600 == 0 and moment + 3600 <= last:
                hour = self._hour(int(moment) // 3600)
                moment += 3600
            else:
                block = int(moment // _BLOCK)
                until = min(last, (block + 1.0) * _BLOCK)
                hour = self._part(block, (until - moment) / 3_600_000.0)
                moment = until
            load += hour[0]
            given += hour[1]
            taken += hour[2]
        return load, given, taken

    def _hour(self, hour: int) -> tuple[float, float, float]:
        known = self._hours.get(hour)
        if known is None:
            first = hour * _BLOCKS_PER_HOUR
            share = 1.0 / (1000.0 * _BLOCKS_PER_HOUR)
            parts = [self._part(first + place, share) for place in range(_BLOCKS_PER_HOUR)]
            load, given, taken = (sum(column) for column in zip(*parts, strict=True))
            known = self._hours[hour] = load, given, taken
        return known

    def _part(self, block: int, share: float) -> tuple[float, float, float]:
        """The same for a part of a block; `share` turns W into kWh."""
        battery = self._battery_w(block) * share
        return self._other_w(block) * share, max(0.0, battery), max(0.0, -battery)

    def _other_w(self, block: int) -> float:
        local = datetime.fromtimestamp(block * _BLOCK, self.zone)
        return self._base_w(block, local) + self._car_w(local)

    def _base_w(self, block: int, local: datetime) -> float:
        hour = local.hour + local.minute / 60.0
        power = 210.0 + 60.0 * self._base.wave(block / 5.0)
        at_home = False
        for begin, end, extra in _HABITS:
            if begin <= hour < end:
                at_home = True
                power += extra * (1.0 + 0.3 * self._base.wave(block / 17.0))
        if at_home and self._kettle.chance(block) < 0.06:  # noqa: PLR2004 - once in an hour or two
            power += 1500.0 * (0.5 + self._kettle.chance(-block))
        return power

    def _car_w(self, local: datetime) -> float:
        """Power of the charger; it begins at 22:00 and ends when the day's trip is made good."""
        begins, leaves = _CAR_PLUGGED
        hour = local.hour + local.minute / 60.0
        if leaves <= hour < begins:
            return 0.0
        day = local.date() if hour >= begins else local.date() - timedelta(days=1)
        since = (hour - begins) % 24.0
        return _CAR_W if since < self._trip_wh(day) / _CAR_W else 0.0

    def _missing_wh(self, instant: datetime) -> float:
        local = instant.astimezone(self.zone)
        evening = local.date() if local.hour >= _CAR_PLUGGED[1] else None
        day = evening or local.date() - timedelta(days=1)
        begun = (instant - self._at(day, 22)).total_seconds() / 3600.0
        return max(0.0, self._trip_wh(day) - max(0.0, begun) * _CAR_W)

    def _trip_wh(self, day: date) -> float:
        """What a day on the road takes."""
        chance = self._trips.chance(day.toordinal())
        if day.weekday() >= _SATURDAY:
            return 14_000.0 * chance if chance > 0.5 else 0.0  # noqa: PLR2004 - every other one
        return 6_000.0 + 5_000.0 * chance

    def _battery_w(self, block: int) -> float:
        local = datetime.fromtimestamp(block * _BLOCK, self.zone)
        if _DISCHARGE[0] <= local.hour < _DISCHARGE[1]:
            return min(1400.0, 0.8 * self._base_w(block, local))
        if _CHARGE[0] <= local.hour < _CHARGE[1]:
            begins, ends = (self._at(local.date(), hour) for hour in _CHARGE)
            hours = (ends - begins).total_seconds() / 3600.0
            return -self._evening_wh(local.date() - timedelta(days=1)) / hours
        return 0.0

    def _evening_wh(self, day: date) -> float:
        """What the battery gives in the evening of a day."""
        begins, ends = (self._at(day, hour) for hour in _DISCHARGE)
        return 1000.0 * self._sums(begins, ends)[1]

    def _at(self, day: date, hour: int) -> datetime:
        return datetime(day.year, day.month, day.day, hour, tzinfo=self.zone).astimezone(UTC)


def _block(instant: datetime) -> int:
    return int(instant.timestamp()) // _BLOCK
