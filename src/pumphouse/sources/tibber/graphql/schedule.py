"""When a home's prices and consumption are asked for: seldom, and never when everybody does.

Prices do not change once they are published. Those of today are asked for when they are not known
yet, those of tomorrow at a random time after they are out, and again after a random pause while
they are not.
"""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

__all__ = ["Schedule"]

#: tomorrow's prices come at about 13:00 of the home
_PUBLISHED: Final = time(13)
#: how long after that they are asked for first
_FIRST: Final = (timedelta(minutes=10), timedelta(hours=2))
#: the pause after an answer without them, and after a failure
_AGAIN: Final = (timedelta(minutes=20), timedelta(minutes=60))
#: consumption is asked for every so often; hours come late, and in no hurry
_CONSUMPTION: Final = (timedelta(minutes=50), timedelta(minutes=80))


@dataclass(slots=True)
class Schedule:
    """What is known of one home, and when to ask for more.

    Attributes:
        zone: of the home.
        rng: chance, so that not everybody asks at once.
        known: the last day of which all prices are known.
        prices_at: not before then; None where nothing was asked for yet.
        consumption_at: the same.
    """

    zone: ZoneInfo
    rng: random.Random
    known: date | None = None
    prices_at: datetime | None = None
    consumption_at: datetime | None = None

    def prices_due(self, now: datetime) -> bool:
        """Whether to ask for prices."""
        return self.prices_at is None or now >= self.prices_at

    def prices_asked(self, now: datetime, last: date | None) -> None:
        """Note an answer, and when to ask next.

        Args:
            now: when it came.
            last: the last day that it held; None where it held none, or failed.
        """
        due = now
        if last is not None and (self.known is None or last > self.known):
            self.known = last
            published = datetime.combine(last, _PUBLISHED, self.zone)  # the day behind it, that is
            due = published + self._between(_FIRST)
        self.prices_at = due if due > now else now + self._between(_AGAIN)

    def consumption_due(self, now: datetime) -> bool:
        """Whether to ask for consumption."""
        return self.consumption_at is None or now >= self.consumption_at

    def consumption_asked(self, now: datetime) -> None:
        """Note an answer or a failure, and when to ask next."""
        self.consumption_at = now + self._between(_CONSUMPTION)

    def _between(self, bounds: tuple[timedelta, timedelta]) -> timedelta:
        least, most = bounds
        return least + (most - least) * self.rng.random()
