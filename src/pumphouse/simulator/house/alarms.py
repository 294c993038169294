"""Alarms that a pump raises now and then; they come and go by themselves."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pumphouse.simulator.house.noise import Noise

__all__ = ["AIR_ALARMS", "GROUND_ALARMS", "Alarm", "Kind", "alarms_until"]

_WINDOW = 30 * 1440  # minutes: at most one alarm in each
_CHANCE = 0.4
_REMEMBERED_WINDOWS = 7


class Kind(NamedTuple):
    """An alarm that a pump can raise.

    Attributes:
        number: the vendor's alarm number.
        title: a few words.
        description: what happened and what to do.
    """

    number: int
    title: str
    description: str


class Alarm(NamedTuple):
    """An alarm that was raised.

    Attributes:
        number: the vendor's alarm number.
        title: a few words.
        description: what happened and what to do.
        started: when it came, UTC.
        ended: when it went, UTC; None while it lasts.
    """

    number: int
    title: str
    description: str
    started: datetime
    ended: datetime | None


GROUND_ALARMS = (
    Kind(163, "High condenser in", "The water to the condenser was too warm. Check the flow."),
    Kind(60, "Low brine out", "The brine left too cold. Check the brine pump and its filter."),
    Kind(251, "Communication fault", "An accessory did not answer. Check its cable."),
)
AIR_ALARMS = (
    Kind(228, "Failed defrosting", "Defrosting did not finish. Check the outdoor unit for ice."),
    Kind(224, "Fan alarm", "The fan of the outdoor unit was slow. Check that it turns freely."),
    Kind(251, "Communication fault", "The outdoor unit did not answer. Check its cable."),
)


def alarms_until(noise: Noise, kinds: Sequence[Kind], minute: int) -> tuple[Alarm, ...]:
    """The alarms of the last half year up to a minute since the epoch, newest first."""
    found = []
    last = minute // _WINDOW
    for window in range(last, last - _REMEMBERED_WINDOWS, -1):
        if noise.chance(4 * window) >= _CHANCE:
            continue
        start = int((window + 0.8 * noise.chance(4 * window + 1)) * _WINDOW)
        end = start + 40 + int(500.0 * noise.chance(4 * window + 2))
        kind = kinds[int(noise.chance(4 * window + 3) * len(kinds))]
        if start <= minute:
            found.append(Alarm(*kind, _instant(start), _instant(end) if end <= minute else None))
    return tuple(found)


def _instant(minute: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
