"""The house's time: the wall clock at a chosen speed, which tests may push ahead."""

from datetime import UTC, datetime, timedelta

from pumphouse.core.ports import Clock
from pumphouse.simulator.ports import House

__all__ = ["HouseClock"]


class HouseClock:
    """Tells the house's time and keeps the house up with it.

    Args:
        wall: the clock that really runs.
        start: the house's time at the start; the wall clock's where None.
        speed: house seconds per wall second.
    """

    def __init__(self, wall: Clock, start: datetime | None = None, speed: float = 1.0) -> None:
        self._wall = wall
        self._speed = speed
        self._began = wall.now()
        self._start = (start or self._began).astimezone(UTC)
        self._advanced = timedelta()
        self._house: House | None = None

    @property
    def start(self) -> datetime:
        """The house's time when this clock was made."""
        return self._start

    def now(self) -> datetime:
        """The house's time."""
        return self._start + (self._wall.now() - self._began) * self._speed + self._advanced

    def drive(self, house: House) -> None:
        """Keep `house` up with this clock from now on."""
        self._house = house

    def advance(self, seconds: float) -> None:
        """Push the house's time ahead and simulate what happens meanwhile."""
        self._advanced += timedelta(seconds=seconds)
        self.catch_up()

    def catch_up(self) -> datetime:
        """Bring the house up to date and return the time of its latest report.

        A pump reports to its cloud at every full minute; in between the cloud's values stand.
        """
        report = self.now().replace(second=0, microsecond=0)
        if self._house is not None and report > self._house.now:
            self._house.advance_to(report)
        return report
