"""Sensors that the owner added: six on a 1-Wire bus, and three by radio."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pumphouse.simulator.house.house import House
from pumphouse.simulator.house.noise import Noise
from pumphouse.simulator.house.plant import Plant
from pumphouse.simulator.house.weather import Weather

__all__ = ["HouseSensors", "Probe", "RadioSensor", "Transmission"]

#: a thing that can be measured now
Truth = Callable[[], float]

_STEP: Final = 0.0625  # K, a DS18B20's at twelve bits
_LAG: Final = timedelta(minutes=12)  # of a sensor under the eaves
_SECS_PER_HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Probe:
    """A DS18B20.

    Attributes:
        id: family and serial number, as the kernel names its folder.
        name: where the owner put it.
        read: temperature now, °C.
    """

    id: str
    name: str
    read: Truth


@dataclass(frozen=True, slots=True)
class Transmission:
    """What a radio sensor sends: °C in tenths, relative humidity in whole %, and its battery."""

    temperature: float
    humidity: int
    battery_ok: bool
    rssi_db: float


@dataclass(frozen=True, slots=True)
class RadioSensor:
    """An Oregon Scientific THGR122N.

    Attributes:
        id: a number it chooses anew with every battery.
        channel: a switch at its back.
        name: where the owner put it.
        every_secs: pause between two transmissions, another one at each channel.
        send: what it transmits now.
    """

    id: int
    channel: int
    name: str
    every_secs: float
    send: Callable[[], Transmission]

    def sent_at(self, now: datetime) -> datetime:
        """When it transmitted last."""
        return now - timedelta(seconds=(now.timestamp() + self.id) % self.every_secs)


class HouseSensors:
    """The owner's own sensors in and around one house, which has to be advanced by others.

    They are where the air-source pump is: the home that its owner also has at Tibber.

    Args:
        house: what they measure.
        seed: of their errors.

    Attributes:
        probes: on the 1-Wire bus.
        radios: by radio.
    """

    def __init__(self, house: House, seed: int) -> None:
        self._house = house
        self._seed = seed
        plant = next(pump.plant for pump in house.pumps.values() if pump.vendor == "myuplink")
        self.probes: Sequence[Probe] = (
            self._probe("28-0119a1c4d2f1", "Tank top", lambda: plant.tank.top - 0.8),
            self._probe("28-0119a1c50b3e", "Tank bottom", lambda: plant.tank.bottom - 0.5),
            self._probe("28-0119a1c6e877", "Supply pipe", lambda: plant.waters().supply - 0.6),
            self._probe("28-0119a1c7014a", "Return pipe", lambda: plant.waters().back - 0.4),
            self._probe("28-0119a1c8d39c", "Floor slab", lambda: plant.building.mass + 0.3),
            self._probe("28-0119a1c9b260", "North wall", self._outdoors),
        )
        self.radios: Sequence[RadioSensor] = (
            self._radio(124, 1, "Living room", 39.0, _room(plant, 0.3), -0.1),
            self._radio(47, 2, "Bedroom", 41.0, _room(plant, -1.6), 0.0),
            self._radio(201, 3, "Garden", 43.0, self._outdoors, 0.0),
        )

    def _probe(self, identifier: str, name: str, truth: Truth) -> Probe:
        noise = Noise(self._seed, f"probe {identifier}")
        offset = 0.5 * noise.chance(0) - 0.25

        def read() -> float:
            minute = int(self._house.now.timestamp()) // 60
            value = truth() + offset + 0.06 * noise.wave(minute / 3.0)
            return round(value / _STEP) * _STEP

        return Probe(identifier, name, read)

    def _radio(
        self, identifier: int, channel: int, name: str, every: float, truth: Truth, drift: float
    ) -> RadioSensor:
        noise = Noise(self._seed, f"radio {channel}")

        def send() -> Transmission:
            minute = int(self._house.now.timestamp()) // 60
            wander = 0.25 * noise.wave(minute / 55.0)
            temperature = truth() + drift + wander
            return Transmission(
                round(temperature, 1),
                self._humidity(temperature, outdoors=truth == self._outdoors),
                battery_ok=True,
                rssi_db=round(-9.0 - 2.0 * channel + 1.5 * noise.wave(minute), 1),
            )

        return RadioSensor(identifier, channel, name, every, send)

    def _outdoors(self) -> float:
        """The air at the north wall: the weather of some minutes ago."""
        return _weather(self._house.weather, self._house.now - _LAG)[0]

    def _humidity(self, temperature: float, *, outdoors: bool) -> int:
        """Outdoor humidity, or that of outdoor air that was warmed to a room's temperature."""
        outdoor, humidity = _weather(self._house.weather, self._house.now)
        if not outdoors:
            # Each 10 K of warming about halves it; people and cooking add some.
            humidity = 0.12 + humidity * 0.5 ** ((temperature - outdoor) / 10.5)
        return round(100.0 * min(0.97, max(0.15, humidity)))


def _room(plant: Plant, above: float) -> Truth:
    return lambda: plant.building.air + above


def _weather(weather: Weather, instant: datetime) -> tuple[float, float]:
    """Outdoor temperature and relative humidity (0 to 1) between two full hours."""
    hour, past = divmod(instant.timestamp(), _SECS_PER_HOUR)
    before, after = weather.at(int(hour)), weather.at(int(hour) + 1)
    share = past / _SECS_PER_HOUR
    return (
        before.outdoor + (after.outdoor - before.outdoor) * share,
        before.humidity + (after.humidity - before.humidity) * share,
    )
