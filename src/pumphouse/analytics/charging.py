"""Whether the tank was being charged with hot water."""

import numpy as np

from pumphouse.analytics.modes import Mode, codes_of
from pumphouse.analytics.running import compressor
from pumphouse.analytics.series import EMPTY, Recording, Series, remembered
from pumphouse.analytics.states import Switching, switching

__all__ = ["charging", "tank_temperature"]

_HOT_WATER = codes_of(Mode.HOT_WATER)
#: the sensor that starts and stops charging (BT6), else the one on top (BT7)
_SENSORS = ("hot_water_charging_temperature", "hot_water_top_temperature")
#: K: a tank that warms by less was not charged
_LEAST_RISE = 2.0
#: K: a rise goes on through a fall that is smaller
_DIP = 1.0


def tank_temperature(recording: Recording) -> Series:
    """The tank's temperature where charging starts and stops, °C; empty where it is not told."""
    return next((recording[name] for name in _SENSORS if len(recording[name])), EMPTY)


@remembered
def charging(recording: Recording) -> Switching | None:
    """Whether the tank was being charged, by compressor or additional heat; None without a sign.

    By the pump's priority, else by a tank that warms by 2 K and more while the compressor turns.
    """
    state = switching(recording, "priority", lambda codes: np.isin(codes, _HOT_WATER))
    return _by_temperature(recording) if state is None else state


def _by_temperature(recording: Recording) -> Switching | None:
    running, tank = compressor(recording), tank_temperature(recording)
    if running is None or not len(tank):
        return None
    kelvin, known = tank.held(running.instants)
    on = np.zeros(len(kelvin), dtype=np.bool_)
    for first, last in _rises(kelvin.tolist()):
        on[first:last] = True
    return Switching(running.instants, on & known & running.on, running.start, running.end)


def _rises(kelvin: list[float]) -> list[tuple[int, int]]:
    """From which to which place a temperature rose by enough, small dips on the way left out."""
    found: list[tuple[int, int]] = []
    low = high = 0
    for place, value in enumerate(kelvin):
        if value > kelvin[high]:
            high = place
        elif value <= kelvin[low] or value < kelvin[high] - _DIP:
            if kelvin[high] - kelvin[low] >= _LEAST_RISE:
                found.append((low, high))
            low = high = place
    if kelvin and kelvin[high] - kelvin[low] >= _LEAST_RISE:
        found.append((low, high))
    return found
