"""What electricity costs: a day-ahead market with a price for every quarter of an hour."""

import math
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from pumphouse.simulator.house.noise import Noise
from pumphouse.simulator.house.weather import season

__all__ = ["PUBLISHED_AT_HOUR", "QUARTER", "Price", "Prices"]

QUARTER: Final = timedelta(minutes=15)
#: local hour from which on tomorrow's prices are known
PUBLISHED_AT_HOUR: Final = 13
_CACHED_DAYS: Final = 1100
_SATURDAY: Final = 5
_VAT: Final = 0.25
_SURCHARGE: Final = 0.1075  # certificates and the trader's part, VAT included
_PEAKS: Final = ((7.8, 1.7, 0.42), (18.3, 2.2, 0.55))  # local hour, width in hours, height
_NIGHT: Final = (3.2, 3.4, -0.45)
_SUNNY: Final = (13.0, 2.6, -0.75)  # in summer the sun makes midday the cheapest


class Price(NamedTuple):
    """The price of one period, per kWh.

    Attributes:
        starts_at: beginning of the period, in the zone of the site.
        energy: the market's price, without VAT; it may be negative.
        tax: VAT on it and the trader's surcharge.
    """

    starts_at: datetime
    energy: float
    tax: float

    @property
    def total(self) -> float:
        """What a kWh costs."""
        return self.energy + self.tax


class Prices:
    """Prices as a function of the seed and the quarter, in SEK.

    Winters are dear, nights cheap, mornings and evenings dear again; on windy days the level
    falls, and in windy nights and sunny noons below nothing.

    Args:
        seed: which market.
        zone: of the site, for days and for the time of publication.
    """

    def __init__(self, seed: int, zone: ZoneInfo) -> None:
        self.zone = zone
        self._wind = Noise(seed, "price wind")
        self._spells = Noise(seed, "price spells")
        self._quarters = Noise(seed, "price quarters")
        self._days: dict[date, tuple[Price, ...]] = {}

    def day(self, day: date) -> tuple[Price, ...]:
        """The prices of a local day: 96, or 92 and 100 where the clocks change."""
        known = self._days.get(day)
        if known is None:
            if len(self._days) >= _CACHED_DAYS:
                self._days.clear()
            known = self._days[day] = tuple(self._compute(day))
        return known

    def at(self, instant: datetime) -> Price:
        """The price of the quarter that an instant lies in."""
        local = instant.astimezone(self.zone)
        elapsed = instant - self.midnight(local.date())
        return self.day(local.date())[elapsed // QUARTER]

    def published_until(self, now: datetime) -> datetime:
        """End of the last day whose prices are known."""
        local = now.astimezone(self.zone)
        days = 2 if local.hour >= PUBLISHED_AT_HOUR else 1
        return self.midnight(local.date() + timedelta(days=days))

    def midnight(self, day: date) -> datetime:
        """The first instant of a local day, UTC."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)

    def _compute(self, day: date) -> list[Price]:
        instant, end = self.midnight(day), self.midnight(day + timedelta(days=1))
        prices = []
        while instant < end:
            energy = round(self._energy(instant), 4)
            tax = round(energy * _VAT + _SURCHARGE, 4)
            prices.append(Price(instant.astimezone(self.zone), energy, tax))
            instant += QUARTER
        return prices

    def _energy(self, instant: datetime) -> float:
        number = int(instant.timestamp()) // 900
        local = instant.astimezone(self.zone)
        hour = local.hour + local.minute / 60.0
        summer = season(number / 4.0)
        wind = 0.5 + 0.5 * self._wind.wave(number / 130.0)
        level = 0.62 - 0.24 * summer + 0.3 * self._spells.wave(number / 600.0)
        level = max(0.12, level) * (1.15 - 0.95 * wind)
        shape = 1.0 + _bell(hour, *_NIGHT) + _bell(hour, *_SUNNY) * max(0.0, summer)
        rise = 0.45 if local.weekday() >= _SATURDAY else 1.0
        shape += rise * sum(_bell(hour, *peak) for peak in _PEAKS)
        ripple = 0.05 * self._quarters.wave(number / 2.0) + 0.04 * self._quarters.wave(number)
        return level * (shape + ripple) - 0.22 * max(0.0, wind - 0.6) * (1.6 - shape)


def _bell(hour: float, middle: float, width: float, height: float) -> float:
    distance = min(abs(hour - middle), 24.0 - abs(hour - middle))
    return height * math.exp(-((distance / width) ** 2))
