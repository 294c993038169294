"""Points of a device that can be written, and what they act upon."""

from collections.abc import Callable
from typing import NamedTuple

from pumphouse.simulator.house.hot_water import Comfort
from pumphouse.simulator.house.plant import Plant

__all__ = [
    "FAN",
    "Setting",
    "addition_difference",
    "comfort",
    "curve",
    "degree_minutes_start",
    "kept",
    "most_addition",
    "room_sensor",
    "tank",
]


class Setting(NamedTuple):
    """A point that can be written.

    Attributes:
        read: the value now.
        write: lets a new value act; a code that the device does not know is ignored.
    """

    read: Callable[[Plant], float]
    write: Callable[[Plant, float], None]


def curve(name: str) -> Setting:
    """A setting of the heating curve, by its attribute."""
    return Setting(
        lambda plant: float(getattr(plant.curve, name)),
        lambda plant, value: setattr(plant.curve, name, value),
    )


def tank(level: Comfort, place: int) -> Setting:
    """The start (place 0) or stop (place 1) temperature of a comfort level."""

    def write(plant: Plant, value: float) -> None:
        plant.hot_water.temperatures[level][place] = value

    return Setting(lambda plant: plant.hot_water.temperatures[level][place], write)


def kept(name: str, value: float) -> Setting:
    """A setting that is only remembered: nothing in this house depends on it."""
    return Setting(
        lambda plant: plant.kept.get(name, value),
        lambda plant, new: plant.kept.__setitem__(name, new),
    )


def comfort(levels: dict[int, Comfort]) -> Setting:
    """The comfort level under a vendor's codes."""

    def read(plant: Plant) -> float:
        level = plant.hot_water.comfort
        return float(next((code for code, each in levels.items() if each is level), 1))

    def write(plant: Plant, code: float) -> None:
        plant.hot_water.comfort = levels.get(int(code), plant.hot_water.comfort)

    return Setting(read, write)


def degree_minutes_start() -> Setting:
    """Where the compressor starts, in degree minutes."""

    def write(plant: Plant, value: float) -> None:
        plant.degree_minutes.start = value

    return Setting(lambda plant: plant.degree_minutes.start, write)


def addition_difference() -> Setting:
    """How far below the compressor's start the additional heat begins, in degree minutes."""

    def write(plant: Plant, value: float) -> None:
        plant.degree_minutes.addition_difference = value

    return Setting(lambda plant: plant.degree_minutes.addition_difference, write)


def room_sensor() -> Setting:
    """Whether the room sensor shifts the heating curve."""

    def write(plant: Plant, on: float) -> None:
        plant.curve.follows_room = bool(on)

    return Setting(lambda plant: float(plant.curve.follows_room), write)


def most_addition() -> Setting:
    """What the immersion heater may take, in kW."""

    def write(plant: Plant, kilowatt: float) -> None:
        plant.most_addition_w = 1000.0 * kilowatt

    return Setting(lambda plant: plant.most_addition_w / 1000.0, write)


FAN = Setting(lambda plant: float(plant.fan_speed), lambda plant, speed: plant.set_fan(int(speed)))
