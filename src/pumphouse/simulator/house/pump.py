"""A heat pump as its vendor's cloud sees it: points with values, times and settings."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pumphouse.simulator.house.alarms import Alarm, Kind, alarms_until
from pumphouse.simulator.house.noise import Noise
from pumphouse.simulator.house.plant import Plant
from pumphouse.simulator.house.readout import Past, Readout

__all__ = ["Identity", "Pump"]

_REPORT_MINUTES = 5
_LEAP_MINUTES = 1440
_LEAP_REPORT_MINUTES = 60


class Identity(NamedTuple):
    """How a pump is called.

    Attributes:
        device_id: what the vendor's cloud calls it.
        vendor: `nibe_uplink` or `myuplink`.
        name: what its owner calls it.
        product: what its maker calls it.
        serial: serial number.
        firmware: firmware version.
    """

    device_id: str
    vendor: str
    name: str
    product: str
    serial: str
    firmware: str


class Pump:
    """One device: its plant, seen through its readout.

    It reports every five minutes, and whenever it is asked in between; where time leaps by more
    than a day, hourly until the last day. A point's time is that of the report in which its value
    was new.

    Attributes:
        plant: the physics behind it.
    """

    def __init__(
        self,
        identity: Identity,
        plant: Plant,
        readout: Readout,
        past: Past,
        alarms: tuple[Noise, Sequence[Kind]],
    ) -> None:
        self._identity = identity
        self.plant = plant
        self._readout = readout
        self._past = past
        self._alarm_noise, self._alarm_kinds = alarms
        self._fixed = dict(readout.fixed)
        self._settings = readout.settings
        self._ids = (*readout.ids, *readout.settings)
        self._readers = tuple(setting.read for setting in readout.settings.values())
        self._fixed_since = plant.minute
        self._observed_at = plant.minute
        self._observed = self._measure()
        self._since = [plant.minute] * len(self._ids)

    @property
    def device_id(self) -> str:
        """What the vendor's cloud calls it."""
        return self._identity.device_id

    @property
    def vendor(self) -> str:
        """`nibe_uplink` or `myuplink`."""
        return self._identity.vendor

    @property
    def name(self) -> str:
        """What its owner calls it."""
        return self._identity.name

    @property
    def product(self) -> str:
        """What its maker calls it."""
        return self._identity.product

    @property
    def serial(self) -> str:
        """Serial number."""
        return self._identity.serial

    @property
    def firmware(self) -> str:
        """Firmware version."""
        return self._identity.firmware

    def values(self) -> Mapping[str, float | None]:
        """Native id to value now, in human units, quantised as the device would.

        None stands for a missing sensor, or for a value that has no meaning now.
        """
        self._observe()
        return self._fixed | dict(zip(self._ids, self._observed, strict=True))

    def changed_at(self, native_id: str) -> datetime | None:
        """When a point's value last changed; None for a point without sensor, or unknown."""
        self._observe()
        if native_id in self._fixed:
            minute = None if self._fixed[native_id] is None else self._fixed_since
        elif native_id in self._ids:
            place = self._ids.index(native_id)
            minute = None if self._observed[place] is None else self._since[place]
        else:
            minute = None
        return None if minute is None else _EPOCH + timedelta(minutes=minute)

    def writable(self) -> Sequence[str]:
        """Native ids that `set` takes."""
        return tuple(self._settings)

    def set(self, native_id: str, value: float) -> None:
        """Write a setting; it acts from the next minute on.

        Raises:
            KeyError: the device has no such setting.
        """
        setting = self._settings[native_id]
        self._observe()
        setting.write(self.plant, float(value))
        self._report()

    def alarms(self) -> Sequence[Alarm]:
        """Alarms of the last half year, newest first."""
        return alarms_until(self._alarm_noise, self._alarm_kinds, self.plant.minute)

    def advance(self, minute: int) -> None:
        """Simulate until a minute since the epoch, reporting on the way."""
        plant = self.plant
        now = plant.minute
        while now < minute:
            pause = _REPORT_MINUTES if minute - now <= _LEAP_MINUTES else _LEAP_REPORT_MINUTES
            now = min(minute, now - now % pause + pause)
            plant.run(now)
            if now % pause == 0:
                self._report()

    def _observe(self) -> None:
        if self._observed_at != self.plant.minute:
            self._report()

    def _report(self) -> None:
        """Take over the values now; those that are new get this minute as their time."""
        minute = self._observed_at = self.plant.minute
        values = self._measure()
        old = self._observed
        if values != old:
            since = self._since
            for place, value in enumerate(values):
                if value != old[place]:
                    since[place] = minute
            self._observed = values

    def _measure(self) -> tuple[float | None, ...]:
        plant = self.plant
        measured = self._readout.measure(plant, self._past)
        return (*measured, *[read(plant) for read in self._readers])


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
