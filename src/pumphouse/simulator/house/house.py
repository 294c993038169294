"""The simulated house: two heat pumps in one weather, and what really happened there."""

import pickle
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pumphouse.simulator.house.air_points import AirReadout
from pumphouse.simulator.house.alarms import AIR_ALARMS, GROUND_ALARMS
from pumphouse.simulator.house.ground_points import GroundReadout
from pumphouse.simulator.house.meters import WATT_MINUTES_PER_KWH, Totals
from pumphouse.simulator.house.noise import Noise
from pumphouse.simulator.house.plants import air_source, ground_source
from pumphouse.simulator.house.pump import Identity, Pump
from pumphouse.simulator.house.readout import Past
from pumphouse.simulator.house.weather import Weather

__all__ = ["House", "Truth"]

Truth = Mapping[str, float]
"""What really happened in a period, by name; see `House.truth`."""

_MINUTES_PER_DAY = 1440
_WARM_UP_MINUTES = 6 * _MINUTES_PER_DAY
_GROUND = Identity(
    device_id="80105",
    vendor="nibe_uplink",
    name="F1245-6 E PC EM",
    product="NIBE F1245",
    serial="06512199000102",
    firmware="9478",
)
_AIR = Identity(
    device_id="emmy-r-208006-20240516-06615223110021-54-10-ec-c4-ca-9a",
    vendor="myuplink",
    name="S320 + S2125",
    product="S320 EM 3x400V",
    serial="06615223110021",
    firmware="4.11.5",
)


@lru_cache(maxsize=2)
def _warmed_up(seed: int, begin: int, timezone: str) -> bytes:
    """Weather and both plants, settled, for whoever makes the same house again.

    Unpacking takes less than a hundredth of the time; the demonstration makes its house twice.

    Args:
        begin: the minute at which they are left.
    """
    weather, zone = Weather(seed), ZoneInfo(timezone)
    ground = ground_source(seed, weather, zone, begin - _WARM_UP_MINUTES)
    air = air_source(seed, weather, zone, begin - _WARM_UP_MINUTES)
    for plant in (ground, air):
        plant.run(begin - _MINUTES_PER_DAY)
        plant.start_ledger()
        plant.run(begin)
    return pickle.dumps((weather, ground, air))


class House:
    """Two households with a heat pump each, simulated minute by minute.

    Everything follows from the seed, the start and the settings written since: it does not matter
    in how many steps time is advanced. Values, settings and truth are those of the last full
    minute. When it is made, some days have passed already, so temperatures have settled, and the
    pumps are some years old.

    Args:
        seed: which weather, which people, which past.
        start: the first instant, with a time zone.
        timezone: the zone of the site, for the people's habits and for days.

    Attributes:
        pumps: the pumps by device id.
    """

    def __init__(self, seed: int, start: datetime, timezone: str = "Europe/Stockholm") -> None:
        self._zone = ZoneInfo(timezone)
        self._now = start.astimezone(UTC)
        minute = _minute(start)
        packed = _warmed_up(seed, minute - minute % 60, timezone)
        self.weather, ground, air = pickle.loads(packed)  # noqa: S301  (packed below)
        pumps = (
            Pump(
                _GROUND,
                ground,
                GroundReadout(),
                Past.of(seed, "ground", heat_w=6200.0, cop=3.8),
                (Noise(seed, "ground alarms"), GROUND_ALARMS),
            ),
            Pump(
                _AIR,
                air,
                AirReadout(),
                Past.of(seed, "air", heat_w=4200.0, cop=3.0),
                (Noise(seed, "air alarms"), AIR_ALARMS),
            ),
        )
        self.pumps: Mapping[str, Pump] = MappingProxyType({pump.device_id: pump for pump in pumps})
        self.advance_to(start)

    @property
    def now(self) -> datetime:
        """How far it has been simulated, UTC."""
        return self._now

    def advance_to(self, instant: datetime) -> None:
        """Let time pass; an instant in the past changes nothing."""
        self._now = max(self._now, instant.astimezone(UTC))
        minute = _minute(self._now)
        for pump in self.pumps.values():
            pump.advance(minute)

    def history(
        self, start: datetime | None = None, *, until: datetime, step_seconds: int = 300
    ) -> Iterator[tuple[datetime, Mapping[str, Mapping[str, float | None]]]]:
        """Advance in even steps and tell every pump's values at each.

        Args:
            start: the first instant told; from now on by default.
            until: the last instant told, at most.
            step_seconds: how far instants are apart; in whole minutes to be meaningful.

        Yields:
            The instant, and by device id the values by native id.
        """
        instant = self._now if start is None else max(self._now, start.astimezone(UTC))
        step = timedelta(seconds=step_seconds)
        while instant <= until:
            self.advance_to(instant)
            yield instant, {name: pump.values() for name, pump in self.pumps.items()}
            instant += step

    def truth(self, device_id: str, start: datetime, end: datetime) -> Truth:
        """What really happened at one pump between two instants.

        Exact between any two full minutes of the last 40 days, and before that between full
        hours, inside which it is shared out evenly. What lies more than a day before the start of
        the simulation, or after now, is unknown and adds nothing.

        Args:
            device_id: the pump.
            start: from when.
            end: until when.

        Returns:
            electricity_kwh: all that the pump drew, standby and immersion heater included.
            heat_kwh: all heat given, immersion heater included, less what defrosts took back.
            heat_heating_kwh: the part of it for heating.
            heat_hot_water_kwh: the part of it for hot water.
            immersion_kwh: electricity, and so heat, of the immersion heater.
            compressor_starts: how often the compressor started.
            compressor_seconds: how long it ran.
            defrosts: how many defrosts began.

        Raises:
            KeyError: there is no such pump.
        """
        ledger = self.pumps[device_id].plant.ledger
        totals = ledger.between(_minute(start), _minute(end))
        return _truth(totals) | {"compressor_seconds": totals.minutes * 60.0}

    def room_temperature(self, device_id: str, start: datetime, end: datetime) -> float | None:
        """Mean room temperature of a pump's household between two instants, °C.

        Returns:
            None where nothing of the time between them is known, as in `truth`.

        Raises:
            KeyError: there is no such pump.
        """
        ledger = self.pumps[device_id].plant.ledger
        first = max(ledger.begin, _minute(start))
        last = min(ledger.end, _minute(end))
        return ledger.between(first, last).room / (last - first) if first < last else None

    def truth_by_day(
        self, start: datetime, end: datetime
    ) -> Mapping[str, Mapping[str, Mapping[str, float]]]:
        """By device and day of the site's zone what really happened, as in `truth`.

        The first and the last day hold only what lies between the two instants.
        """
        days = list(self._days(start.astimezone(self._zone), end.astimezone(self._zone)))
        return {
            name: {
                day.isoformat(): _truth(pump.plant.ledger.between(first, last))
                for day, first, last in days
            }
            for name, pump in self.pumps.items()
        }

    def _days(self, start: datetime, end: datetime) -> Iterator[tuple[date, int, int]]:
        """Each local day with its first and last minute, inside two instants."""
        day = start.date()
        while day <= end.date():
            midnight = datetime(day.year, day.month, day.day, tzinfo=self._zone)
            following = day + timedelta(days=1)
            next_midnight = datetime(
                following.year, following.month, following.day, tzinfo=self._zone
            )
            first = max(_minute(start), _minute(midnight))
            last = min(_minute(end), _minute(next_midnight))
            if first < last:
                yield day, first, last
            day = following


def _truth(totals: Totals) -> dict[str, float]:
    return {
        "electricity_kwh": totals.electricity / WATT_MINUTES_PER_KWH,
        "heat_kwh": (totals.heating + totals.hot_water) / WATT_MINUTES_PER_KWH,
        "heat_heating_kwh": totals.heating / WATT_MINUTES_PER_KWH,
        "heat_hot_water_kwh": totals.hot_water / WATT_MINUTES_PER_KWH,
        "immersion_kwh": totals.addition / WATT_MINUTES_PER_KWH,
        "compressor_starts": _whole(totals.starts),
        "defrosts": _whole(totals.defrosts),
    }


def _whole(count: float) -> float:
    """A count without a decimal point, unless an hour of long ago was shared out."""
    return int(count) if count.is_integer() else count


def _minute(instant: datetime) -> int:
    """Full minutes since the epoch."""
    return int(instant.timestamp() // 60)
