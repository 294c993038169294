"""Hours of days of months that have a price, and when a day has which."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

__all__ = ["Hours", "Names", "first_gap", "parse_names", "parse_time", "price_at", "quarters"]

#: places in a week or a year, counted from 0
Names: TypeAlias = frozenset[int]

_QUARTER: Final = 15  # minutes; supply contracts know no shorter time
_DAY: Final = 24 * 60  # minutes


@dataclass(frozen=True, slots=True)
class Hours:
    """A price and when it counts.

    Attributes:
        start: minutes since midnight.
        end: the same, at most 24 hours; not behind `start` where it is on the next morning.
        days: of the week, Monday is 0; of a night, the day on which it begins.
        months: January is 0.
        price: of one kilowatt-hour.
    """

    start: int
    end: int
    days: Names
    months: Names
    price: float

    def count_at(self, month: int, day: int, minute: int) -> bool:
        """Whether they hold a moment.

        Args:
            month: of the moment itself, January is 0.
            day: of the week, Monday is 0.
            minute: since midnight.
        """
        if month not in self.months:
            return False
        if self.start < self.end:
            return day in self.days and self.start <= minute < self.end
        evening = day in self.days and minute >= self.start
        return evening or ((day - 1) % 7 in self.days and minute < self.end)


def parse_time(text: str) -> int:
    """Minutes since midnight of ``HH:MM``, ``24:00`` being the end of a day.

    Raises:
        ValueError: it is no time on a quarter of an hour.
    """
    hour, colon, minute = text.partition(":")
    if colon and hour.isdecimal() and minute.isdecimal():
        minutes = int(hour) * 60 + int(minute)
        if int(minute) < 60 and minutes <= _DAY and minutes % _QUARTER == 0:  # noqa: PLR2004
            return minutes
    raise ValueError(f'"{text}" is no time; write a quarter of an hour such as 06:00 or 22:30')


def parse_names(text: str, names: Sequence[str]) -> Names:
    """The places in `names` that ``mon-fri``, ``sat,sun`` or ``nov-mar`` stand for.

    Raises:
        ValueError: a word is no name.
    """
    found: set[int] = set()
    for part in text.lower().split(","):
        first, _, last = (word.strip() for word in part.partition("-"))
        unknown = [word for word in (first, last or first) if word not in names]
        if unknown:
            raise ValueError(f'"{unknown[0]}" is none of {", ".join(names)}')
        place, end = names.index(first), names.index(last or first)
        found.add(place)
        while place != end:
            place = (place + 1) % len(names)
            found.add(place)
    return frozenset(found)


def price_at(periods: Sequence[Hours], local: datetime) -> float | None:
    """The price of the first of `periods` that holds a local time; None where none does."""
    return _price(periods, local.month - 1, local.weekday(), local.hour * 60 + local.minute)


def first_gap(periods: Sequence[Hours]) -> tuple[int, int, time] | None:
    """The first month, day and time of a year that none of `periods` holds; None: there is none."""
    for month, day, minute in product(range(12), range(7), range(0, _DAY, _QUARTER)):
        if _price(periods, month, day, minute) is None:
            return month, day, time(*divmod(minute, 60))
    return None


def quarters(day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """The quarter-hours of a day of `zone`, 92 to 100 of them, in UTC."""
    first, last = (
        datetime.combine(one, time(), zone).astimezone(UTC) for one in (day, day + timedelta(1))
    )
    while first < last:
        yield first
        first += timedelta(minutes=_QUARTER)


def _price(periods: Sequence[Hours], month: int, day: int, minute: int) -> float | None:
    return next((one.price for one in periods if one.count_at(month, day, minute)), None)
