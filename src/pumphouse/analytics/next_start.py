"""When the compressor will start next for heating, foreseen from degree minutes."""

import math
from dataclasses import dataclass

import numpy as np

from pumphouse.analytics.degree_minutes import supply_temperature, thresholds
from pumphouse.analytics.running import compressor
from pumphouse.analytics.series import LONGEST_STEP, Floats, Recording, Series
from pumphouse.analytics.states import Switching

__all__ = ["NextStart", "next_start"]

_MINUTE = 60.0
#: s: how far back the cooling of the supply is looked at
_LOOK_BACK = 1800.0
#: minutes that are looked ahead; a start farther off is not foreseen
_AHEAD = np.arange(0.0, 24.0 * 60.0 + 1.0)
#: °C that a supply without heat cools to, where the room's temperature is not told
_ROOM = 20.0
#: relative error of a prediction, as seen in a simulated winter (90 %)
_DOUBT = 0.25
#: s: what a pump takes from its decision until the compressor turns
_STARTING = 120.0


@dataclass(frozen=True, slots=True)
class NextStart:
    """A start that is foreseen.

    Attributes:
        instant: when, seconds since 1970.
        error: half of its 90 % interval, seconds.
    """

    instant: float
    error: float


def next_start(recording: Recording) -> NextStart | None:
    """When degree minutes will reach the compressor's start, as known at the recording's end.

    DM(t) = DM + ∫(T_supply - T_calculated) dt. The calculated temperature is taken to stay, and the
    supply to fall towards the room's temperature exponentially, as fast as in the last half hour.
    Hot water, which may come first, is not foreseen.

    Returns:
        None while the compressor turns, where the device was not heard lately or tells too little,
        and where no start is in sight within a day.
    """
    state = compressor(recording)
    place = (
        -1 if state is None else int(np.searchsorted(state.instants, recording.end, "right")) - 1
    )
    if state is None or place < 0 or state.on[place]:
        return None
    now = float(state.instants[place])
    supply = supply_temperature(recording)
    temperature = _at(supply, now)
    wanted = _at(recording["calculated_supply_temperature"], now)
    value = _at(recording["degree_minutes"], now)
    stale = recording.end - now > LONGEST_STEP
    if stale or temperature is None or wanted is None or value is None:
        return None
    room = _at(recording["room_temperature"], now)
    room = _ROOM if room is None else room
    lift = temperature - room
    cooling = _slope(supply, state.instants[_standing(state, place) : place + 1])
    foreseen = value + (room - wanted) * _AHEAD + _gained(lift, cooling)
    reached = np.flatnonzero(foreseen <= thresholds(recording).compressor_start)
    if not len(reached):
        return None
    seconds = float(_AHEAD[reached[0]]) * _MINUTE
    error = math.hypot(_STARTING, state.step, _DOUBT * seconds)
    return NextStart(now + seconds, error)


def _at(series: Series, instant: float) -> float | None:
    value, known = series.held(np.array([instant]))
    return float(value[0]) if known[0] else None


def _standing(state: Switching, place: int) -> int:
    """The first place of the standstill that is looked back at, up to half an hour."""
    turned = np.flatnonzero(state.on[:place])
    stopped = int(turned[-1]) + 1 if len(turned) else 0
    recent = int(np.searchsorted(state.instants, state.instants[place] - _LOOK_BACK))
    return max(stopped, recent)


def _slope(series: Series, instants: Floats) -> float:
    """How fast a temperature changed, K/min, by least squares; 0 with one instant."""
    minutes = (instants - np.mean(instants)) / _MINUTE
    spread = float(np.sum(np.square(minutes)))
    values, _ = series.held(instants)
    return float(np.sum(minutes * values)) / spread if spread > 0 else 0.0


def _gained(lift: float, slope: float) -> Floats:
    """∫ of a lift that decays as its slope says now, over the minutes ahead; K·min."""
    if lift <= 0 or slope >= 0:
        return lift * _AHEAD
    rate = -slope / lift
    decayed: Floats = lift / rate * -np.expm1(-rate * _AHEAD)
    return decayed
