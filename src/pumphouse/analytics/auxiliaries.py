"""What pumps, fan and electronics take beside the compressor and the additional heat.

Where the phase currents are the pump's own feed this is what they show beyond the compressor's
counter; elsewhere usual figures are assumed, and may be half as much or half as much again.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from pumphouse.analytics.accuracy import NORMAL
from pumphouse.analytics.energy import JOULES_PER_KWH, power_of_currents
from pumphouse.analytics.figure import Figure, Provenance
from pumphouse.analytics.knots import ANYWHERE
from pumphouse.analytics.modes import Mode, mode_stretches
from pumphouse.analytics.sampling import Steps, steps_of
from pumphouse.analytics.series import Flags, Floats, Recording, remembered

__all__ = ["Auxiliaries", "auxiliaries", "currents_are_the_pumps"]

#: W, usual for a house of one family; a source is a brine pump or a fan
_STANDBY, _CIRCULATION, _SOURCE = 15.0, 45.0, 90.0
_DOUBT = 0.5  # of an assumed power, relative
#: W: currents are told to 0.1 A in each of three phases (90 % of a sum of three roundings)
_ROUNDING = 20.0
_VOLTAGE = 0.02  # by which 230 V may be wrong, relative
#: what a pump takes beside its compressor: at most so much on average while that stands or runs …
_MOST_IDLE, _MOST_RUNNING = 200.0, 400.0
_LEAST_RUNNING = -100.0
#: … and no more than this for all but 5 % of the time it stands; a household cooks
_IDLE_PEAK = 400.0
_HOUR, _WATTS = 3600.0, 1000.0  # s; W in a kW
#: s: two steps that are less apart follow each other
_MOMENT = 1.0
#: codes of `compressor_status` with the compressor turning: running, and NIBE's defrosting
_TURNING = (60, 120, 140, 160)


@dataclass(frozen=True, slots=True)
class Auxiliaries:
    """Energy beside compressor and additional heat, kWh.

    Attributes:
        running: while the compressor runs.
        by_mode: the part of it for each purpose.
        idle: while it stands.
        standby: of the electronics alone, all the time.
    """

    running: Figure
    by_mode: Mapping[Mode, Figure]
    idle: Figure
    standby: Figure


@dataclass(frozen=True, slots=True)
class _Rest:
    """A power in W and what it may be off by."""

    power: float
    error: float


def auxiliaries(recording: Recording) -> Auxiliaries:
    """The energy in the period, gaps filled with the mean of the rest."""
    steps = steps_of(recording)
    running = _running(recording)
    known = float(np.sum(steps.seconds))
    filled = float(recording.end - recording.start) / known if known > 0 else 0.0
    measured = _measure(recording) if currents_are_the_pumps(recording) else None
    run, idle = measured or _assumed(steps)

    def energy(power: _Rest, where: Flags) -> Figure:
        hours = filled * float(np.sum(steps.seconds[where])) / _HOUR
        unsure = _unsure_hours(steps, where, recording.end - recording.start - known)
        error = math.hypot(power.error * hours, power.power * unsure)
        return Figure(power.power * hours / _WATTS, error / _WATTS, Provenance.DERIVED)

    everything = np.ones(len(steps), dtype=np.bool_)
    middles = steps.starts + steps.seconds / 2.0
    modes = mode_stretches(recording)
    return Auxiliaries(
        energy(run, running),
        MappingProxyType(
            {mode: energy(run, running & modes[mode].contain(middles)) for mode in Mode}
        ),
        energy(idle, ~running),
        energy(_Rest(_STANDBY, _DOUBT * _STANDBY), everything),
    )


@remembered
def currents_are_the_pumps(recording: Recording) -> bool:
    """Whether the phase currents are the pump's own feed, and not the whole house's.

    The setting `phase_currents_are_pump` decides where it is given. Else they are if they explain
    the compressor's counter of electricity: what they show beyond it is no more than pumps and
    electronics take, both while the compressor runs and while it stands, when a household would
    show itself most clearly.
    """
    said = recording.settings.get("phase_currents_are_pump")
    if said is not None:
        return bool(said)
    measured = _measure(recording)
    if measured is None:
        return False
    steps, running = steps_of(recording), _running(recording)
    run, idle = measured
    power, _ = power_of_currents(recording).held(steps.starts[~running])
    quiet = not len(power) or float(np.quantile(power, 0.95)) < _IDLE_PEAK
    plausible = _LEAST_RUNNING < run.power < _MOST_RUNNING and idle.power < _MOST_IDLE
    return quiet and plausible


@remembered
def _running(recording: Recording) -> Flags:
    """Whether the compressor ran in each step."""
    steps = steps_of(recording)
    status = steps.values("compressor_status")
    if status is not None:
        return np.isin(np.rint(status), _TURNING)
    idle = mode_stretches(recording)[Mode.IDLE]
    return ~idle.contain(steps.starts)


def _unsure_hours(steps: Steps, where: Flags, gaps: float) -> float:
    """Half of the 90 % interval of the time spent in some of the steps, in hours.

    Each change came at an unknown moment of a step (Δ/√12), and what went on in gaps is not known.
    """
    edges = np.diff(where.astype(np.int8)) != 0
    sampled = NORMAL * math.sqrt(float(np.sum(np.square(steps.seconds[:-1][edges]))) / 12.0)
    unseen = 0.0 if np.all(where) else ANYWHERE * max(0.0, gaps)
    return math.hypot(sampled, unseen) / _HOUR


@remembered
def _measure(recording: Recording) -> tuple[_Rest, _Rest] | None:
    """What the currents show beyond compressor and additional heat, running and idle.

    Only steps between two samples that agree are counted, and there the counter's growth: so the
    moment of a start or stop does not matter. None where the compressor was not seen to run.
    """
    steps, running = steps_of(recording), _running(recording)
    counter = recording["electricity_used_compressor"]
    currents = power_of_currents(recording)
    if not len(counter) or not len(currents) or not len(steps):
        return None
    power = currents.held(steps.starts)[0]
    heat = steps.values("additional_heat_power")
    power = power if heat is None else power - heat
    joules = np.diff(counter.held(steps.starts)[0]) * JOULES_PER_KWH
    joined = np.abs(np.diff(steps.starts) - steps.seconds[:-1]) < _MOMENT
    seconds = np.where(joined & running[1:] & running[:-1], steps.seconds[:-1], 0.0)
    whole = float(np.sum(seconds))
    idle = steps.mean(power, ~running)
    if whole <= 0:
        return None
    mean = float(np.sum((power[1:] + power[:-1]) / 2.0 * seconds)) / whole
    rest = mean - float(np.sum(joules[seconds > 0])) / whole
    doubt = float(np.hypot(_ROUNDING, _VOLTAGE * mean))
    return _Rest(rest, doubt), _Rest(rest if idle is None else idle, _ROUNDING)


def _assumed(steps: Steps) -> tuple[_Rest, _Rest]:
    """Usual figures; the circulation pump counts while it is not seen to stand."""
    speed: Floats | None = steps.values("heating_medium_pump_speed")
    turning = 1.0
    if speed is not None:
        turning = steps.mean((speed > 0).astype(np.float64), np.ones(len(steps), np.bool_)) or 0.0
    idle = _STANDBY + _CIRCULATION * turning
    run = _STANDBY + _CIRCULATION + _SOURCE
    return _Rest(run, _DOUBT * run), _Rest(idle, _DOUBT * idle)
