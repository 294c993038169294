"""What a day of the simulated house really used and gave, in the classes of the figures."""

from dataclasses import dataclass

import numpy as np
from tests.analytics.house_recordings import DeviceRecord

from pumphouse.analytics.modes import RUNNING_POWER
from pumphouse.analytics.series import Recording
from pumphouse.simulator.house.machine import Mode

__all__ = ["TrueEnergies", "true_energies"]

_WATT_MINUTES = 60_000.0


@dataclass(frozen=True, slots=True)
class TrueEnergies:
    """Energies of a period, kWh.

    Attributes:
        electricity: everything.
        running: while the pump drew at least `RUNNING_POWER`.
        for_heating: electricity for the house, shared out as the pump's own counters do it where
            it has such, else while it ran for that.
        for_hot_water: the same for the tank.
        heat: everything, less what defrosts took back.
        heating: the part of it for the house.
        hot_water: the part of it for the tank.
    """

    electricity: float
    running: float
    for_heating: float
    for_hot_water: float
    heat: float
    heating: float
    hot_water: float


def true_energies(device: DeviceRecord, day: Recording) -> TrueEnergies:
    """The truth of the period of `day`."""
    start, end = day.start, day.end
    heating, hot_water = (device.true(name, start, end) for name in ("heating", "hot_water"))
    minutes = (device.minutes > start) & (device.minutes <= end)
    power = device.truth["power"][minutes] / _WATT_MINUTES
    running = power >= RUNNING_POWER / _WATT_MINUTES
    if day.has(("electricity_used_heating",)):
        addition, of_tank = (
            device.true(name, start, end) for name in ("addition", "addition_hot_water")
        )
        for_heating = device.true("used_heating", start, end) + addition - of_tank
        for_hot_water = device.true("used_hot_water", start, end) + of_tank
    else:
        tank = (device.truth["mode"][minutes] == Mode.HOT_WATER) | (
            device.truth["charge"][minutes] != 0
        )
        for_heating = float(np.sum(power[running & ~tank]))
        for_hot_water = float(np.sum(power[tank]))
    return TrueEnergies(
        device.true("electricity", start, end),
        float(np.sum(power[running])),
        for_heating,
        for_hot_water,
        heating + hot_water,
        heating,
        hot_water,
    )
