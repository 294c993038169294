"""Readings as a heat pump sends them, made up: the same for every run."""

import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from pumphouse.core.model import Batch, Point, PointKey, Reading

__all__ = ["POINTS", "POLL", "POLLS_PER_DAY", "START", "polls"]

START = datetime(2025, 1, 1, tzinfo=UTC)
POLL = timedelta(minutes=5)
POLLS_PER_DAY = 288
POINTS = tuple(
    Point(PointKey("house", "pump", str(40_000 + number)), f"parameter {number}")
    for number in range(130)
)


def polls(count: int, first: int = 0, points: tuple[Point, ...] = POINTS) -> Iterator[Batch]:
    """`count` polls of a pump with these points, beginning with the poll numbered `first`.

    Half of the points are temperatures and powers, which change with every poll; a quarter are
    counters; a quarter are switches, modes and settings, which hardly ever change.
    """
    chance = random.Random(first)  # noqa: S311  (weather, no secret)
    for number in range(first, first + count):
        time = START + number * POLL
        readings = tuple(
            Reading(point.key, time, _value(kind, number, chance))
            for kind, point in enumerate(points)
        )
        yield Batch("house", points=points, readings=readings)


def _value(kind: int, number: int, chance: random.Random) -> float:
    match kind % 4:
        case 0:
            return float(number // 50 % 2 + kind % 5)
        case 1:
            return round(1000 + number / 12, 1)
        case _:
            return round(20 + 8 * math.sin(number / 46) + chance.gauss(0, 1), 1)
