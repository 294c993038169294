"""How the pump decides about hot water: start and stop temperatures, boosts, periodic increase."""

from enum import IntEnum

__all__ = ["Charge", "Comfort", "HotWater"]

_MINUTES_PER_DAY = 1440
_REHEAT_FIRST = 30  # minutes of heating before hot water may come again, when both are wanted
_LONGEST_CHARGE = 60  # minutes of hot water while heating waits
_BOOST_START_DROP = 3.0  # during a boost charging starts this far below the stop temperature


class Comfort(IntEnum):
    """How much hot water is wanted; the numbers are NIBE's for comfort mode (47041)."""

    ECONOMY = 0
    NORMAL = 1
    LUXURY = 2
    SMART = 4


class Charge(IntEnum):
    """What charges the tank in this minute."""

    NONE = 0
    COMPRESSOR = 1
    ADDITION = 2


class HotWater:
    """The demand for hot water, which has priority over heating.

    Charging starts when the sensor BT6 falls below the start temperature and ends at the stop
    temperature. What the compressor cannot reach, the immersion heater adds. Every
    `increase_days` the tank is taken to `increase_stop` against legionella. While heating is
    wanted too, the two alternate.

    Attributes:
        comfort: which pair of temperatures holds.
        temperatures: start and stop temperature of each comfort, °C.
        compressor_limit: the warmest tank that the compressor can make, °C.
        boost_until: minute since the epoch when a boost ends; None without a boost.
        boost_once: whether the boost ends with the next full tank.
        boost_minutes: how long the last boost was asked for; 0 for once.
        stop: the temperature that charging goes to now, °C.
        charge: what charges the tank now.
    """

    __slots__ = (
        "_charged_for",
        "_increase_at",
        "_increasing",
        "_wait_until",
        "boost_minutes",
        "boost_once",
        "boost_until",
        "charge",
        "comfort",
        "compressor_limit",
        "increase_days",
        "increase_stop",
        "stop",
        "temperatures",
    )

    def __init__(self, *, compressor_limit: float, first_increase: int) -> None:
        self.comfort = Comfort.NORMAL
        self.temperatures: dict[Comfort, list[float]] = {
            Comfort.ECONOMY: [40.0, 45.0],
            Comfort.NORMAL: [45.0, 50.0],
            Comfort.LUXURY: [48.0, 53.0],
            Comfort.SMART: [44.0, 49.0],
        }
        self.increase_days = 14.0
        self.increase_stop = 55.0
        self.compressor_limit = compressor_limit
        self.boost_until: int | None = None
        self.boost_once = False
        self.boost_minutes = 0
        self.stop = 50.0
        self.charge = Charge.NONE
        self._increase_at = first_increase
        self._increasing = False
        self._charged_for = 0
        self._wait_until = 0

    @property
    def boosting(self) -> bool:
        """Whether somebody asked for more hot water and it has not ended."""
        return self.boost_once or self.boost_until is not None

    def boost(self, minute: int, *, minutes: int = 0) -> None:
        """More hot water for some minutes from now; with 0 until the tank is full once."""
        self.boost_minutes = minutes
        self.boost_once = minutes == 0
        self.boost_until = minute + minutes if minutes else None

    def end_boost(self) -> None:
        """Back to the ordinary temperatures."""
        self.boost_once = False
        self.boost_until = None

    def step(self, minute: int, sensor: float, *, heating: bool) -> Charge:
        """Decide for one minute.

        Args:
            minute: minutes since the epoch.
            sensor: tank temperature at the charging sensor BT6, °C.
            heating: whether the house wants the compressor, too.
        """
        if self.boost_until is not None and minute >= self.boost_until:
            self.boost_until = None
        if minute >= self._increase_at:
            self._increase_at = minute + int(self.increase_days * _MINUTES_PER_DAY)
            self._increasing = True
        start, stop = self.temperatures[self.comfort]
        if self._increasing:
            stop = max(stop, self.increase_stop)
            start = stop - _BOOST_START_DROP
        elif self.boost_once or self.boost_until is not None:
            stop = max(stop, self.temperatures[Comfort.LUXURY][1] + 1.0)
            start = stop - _BOOST_START_DROP
        self.stop = stop
        if self.charge is Charge.NONE:
            if sensor < start and not (heating and minute < self._wait_until):
                self.charge = Charge.COMPRESSOR
                self._charged_for = 0
        elif sensor >= stop:
            self._full(minute)
        else:
            self._go_on(minute, sensor, heating=heating)
        return self.charge

    def _go_on(self, minute: int, sensor: float, *, heating: bool) -> None:
        self._charged_for += 1
        if sensor >= self.compressor_limit:
            self.charge = Charge.ADDITION
        elif heating and self._charged_for >= _LONGEST_CHARGE:
            self._end(minute)

    def _full(self, minute: int) -> None:
        self.boost_once = False
        self._increasing = False
        self._end(minute)

    def _end(self, minute: int) -> None:
        self.charge = Charge.NONE
        self._wait_until = minute + _REHEAT_FIRST
