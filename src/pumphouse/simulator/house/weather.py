"""The weather of a place like Stockholm: seasons, days, clouds, and noise."""

import math
from typing import NamedTuple

from pumphouse.simulator.house.noise import Noise

__all__ = ["HOURS_PER_YEAR", "Sky", "Weather", "season"]

HOURS_PER_YEAR = 8765.82
_LATITUDE = math.radians(59.3)
_LONGITUDE_HOURS = 1.2  # the sun is that much ahead of UTC
_FIRST_WINTER_HOUR = 21 * 24  # 22 January 1970, 00:00 UTC: the middle of a winter
_CACHED_HOURS = 4000


class Sky(NamedTuple):
    """The weather at one full hour.

    Attributes:
        outdoor: air temperature, °C.
        sun: irradiance on the ground, W/m².
        humidity: relative humidity, 0…1.
    """

    outdoor: float
    sun: float
    humidity: float


def season(hour: float, *, coldest_day: float = 0.0) -> float:
    """-1 in the middle of winter, +1 in the middle of summer.

    Args:
        hour: hours since the epoch.
        coldest_day: days by which the cold lags behind 22 January (the ground lags by months).
    """
    return -math.cos(
        2.0 * math.pi * (hour - _FIRST_WINTER_HOUR - 24.0 * coldest_day) / HOURS_PER_YEAR
    )


class Weather:
    """Weather as a function of the seed and the hour."""

    def __init__(self, seed: int) -> None:
        self._spells = Noise(seed, "weather spells")
        self._days = Noise(seed, "weather days")
        self._gusts = Noise(seed, "weather gusts")
        self._clouds = Noise(seed, "clouds")
        self._damp = Noise(seed, "damp")
        self._cache: dict[int, Sky] = {}

    def at(self, hour: int) -> Sky:
        """The weather at a full hour since the epoch; in between it changes linearly."""
        sky = self._cache.get(hour)
        if sky is None:
            if len(self._cache) > _CACHED_HOURS:
                self._cache.clear()
            sky = self._cache[hour] = self._compute(hour)
        return sky

    def day_mean(self, hour: int) -> float:
        """Mean outdoor temperature of the 24 hours before a full hour, °C."""
        return sum(self.at(hour - back).outdoor for back in range(24)) / 24.0

    @staticmethod
    def climate(hour: float) -> float:
        """The outdoor temperature that the season alone would give, °C."""
        return 6.6 + 10.4 * season(hour)

    def _compute(self, hour: int) -> Sky:
        summer = season(hour)
        cloud = 0.62 + 0.42 * self._clouds.wave(hour / 41.0) + 0.2 * self._clouds.wave(hour / 7.0)
        cloud = min(1.0, max(0.0, cloud))
        solar_hour = (hour + _LONGITUDE_HOURS) % 24.0
        warmest = -math.cos(2.0 * math.pi * (solar_hour - 3.0) / 24.0)
        swing = (3.0 + 2.2 * summer) * (1.15 - 0.75 * cloud)
        spell = (8.2 - 2.0 * summer) * self._spells.wave(hour / 104.0)
        outdoor = (
            self.climate(hour)
            + spell
            + 3.0 * self._days.wave(hour / 29.0)
            + 0.7 * self._gusts.wave(hour / 5.0)
            + swing * warmest
        )
        humidity = 0.80 - 0.09 * summer + 0.2 * (cloud - 0.6) - 0.035 * swing * warmest
        humidity += 0.08 * self._damp.wave(hour / 13.0)
        return Sky(outdoor, _sunshine(hour, solar_hour, cloud), min(0.99, max(0.3, humidity)))


def _sunshine(hour: int, solar_hour: float, cloud: float) -> float:
    """Irradiance on the ground from the sun's height (declination ±23.4°) and the clouds."""
    declination = math.radians(23.4) * season(hour, coldest_day=-32.0)
    angle = math.pi * (solar_hour - 12.0) / 12.0
    height = math.sin(_LATITUDE) * math.sin(declination)
    height += math.cos(_LATITUDE) * math.cos(declination) * math.cos(angle)
    if height <= 0.0:
        return 0.0
    return float(1000.0 * height**1.2 * (1.0 - 0.75 * cloud * cloud))
