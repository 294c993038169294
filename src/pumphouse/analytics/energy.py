"""Energy of a period from what counters, powers and currents tell.

Energies are in kWh, powers in W. Errors are halves of 90 % intervals and hold what resolution,
sampling and gaps leave open; what the meter itself may be off is added by whoever knows the meter.
"""

import math
from dataclasses import dataclass

import numpy as np

from pumphouse.analytics.accuracy import NORMAL
from pumphouse.analytics.coverage import LEAST_COVERAGE
from pumphouse.analytics.integral import integral, waits
from pumphouse.analytics.knots import Knots
from pumphouse.analytics.series import (
    LONGEST_STEP,
    Flags,
    Floats,
    Recording,
    Series,
    Stretches,
    remembered,
    union,
)

__all__ = [
    "JOULES_PER_KWH",
    "CounterIncrease",
    "PowerEnergy",
    "counter_increase",
    "energy_of_power",
    "integral",
    "power_of_currents",
]

JOULES_PER_KWH = 3.6e6
#: between phase and neutral in Europe (IEC 60038)
_VOLT = 230.0
_PHASES = ("phase_1_current", "phase_2_current", "phase_3_current")
#: a counter starts again from 0 near one of these, in its smallest steps or in its unit
_WIDTHS_IN_STEPS = (2.0**16, 2.0**24, 2.0**31, 2.0**32)
_WIDTHS_IN_UNITS = (1e4, 1e5, 1e6, 1e7)
_NEAR = 0.02


@dataclass(frozen=True, slots=True)
class CounterIncrease:
    """How much a counter grew over a period.

    Attributes:
        value: in the counter's unit.
        error: half of its 90 % interval: resolution, and the share of a growth across an edge of
            the period that belongs to it.
        resets: how often the counter started again (from 0, or because it was full).
    """

    value: float
    error: float
    resets: int = 0


@dataclass(frozen=True, slots=True)
class PowerEnergy:
    """The energy of a power over a period.

    Attributes:
        value: kWh, the gaps filled with the mean of what is known.
        error: half of its 90 % interval: what changed between two samples, and the gaps.
        coverage: share of the period that is known, 0 to 1.
    """

    value: float
    error: float
    coverage: float


def counter_increase(
    series: Series,
    start: float,
    end: float,
    *,
    shape: Series | None = None,
    heard: Floats | None = None,
) -> CounterIncrease | None:
    """How much a counter grew from `start` to `end`; None where less than half of that is known.

    A reading is cut off, so a counter is known best where it has just moved. Between two moves the
    growth is shared out evenly, or as `shape` says; so is growth across a gap, which therefore
    stays and only makes the result less certain where it straddles an edge of the period. Before
    the first and behind the last reading the counter is taken to grow as in between. A counter
    that falls has been reset and goes on from 0, unless it was about to overflow; one reading that
    both its neighbours contradict is a slip and is left out.

    Args:
        series: readings, from before `start` to behind `end` where there are such.
        start: seconds since 1970.
        end: seconds since 1970.
        shape: a power (or anything else proportional to growth) that holds between its samples.
        heard: instants at which the device was heard, where it tells a reading only on a change.
    """
    if end <= start or not len(series):
        return None
    times, sums, resets = _unrolled(_until_heard(series, heard))
    if len(times) < 2:  # noqa: PLR2004  (a growth lies between two readings)
        return None
    known = min(end, times[-1]) - max(start, times[0])
    if known < LEAST_COVERAGE * (end - start):
        return None
    inside = (times > start) & (times <= end)
    lost = float(np.sum(resets.lost[inside]))
    fallen = int(np.count_nonzero(resets.flags & inside))
    if not sums[-1]:  # it stood still
        return CounterIncrease(0.0, lost, fallen)
    knots = Knots(times, sums, heard, shape)
    first, first_error = knots.at(start)
    last, last_error = knots.at(end)
    return CounterIncrease(
        max(0.0, last - first),
        math.hypot(first_error, last_error) + lost,
        fallen,
    )


def energy_of_power(
    series: Series,
    covered: Stretches,
    start: float,
    end: float,
    *,
    heard: Floats | None = None,
) -> PowerEnergy | None:
    """The energy of a power (W) from `start` to `end`; None where less than half is known.

    A sample holds until the next one while the device is heard; a gap longer than 900 s stays open
    (the rule of openenergymonitor's heat pump app) and is filled with the mean of the rest, which
    it may miss by all of it. A power that changes between two samples does so at an unknown moment
    between them: standard deviation |ΔP|·Δ/√12 each, so Δ/√6 for the length of a run.

    Args:
        series: samples of the power, in W.
        covered: when the device was heard.
        start: seconds since 1970.
        end: seconds since 1970.
        heard: instants at which the device was heard, where it tells a power only on a change.
    """
    if end <= start or not len(series):
        return None
    known = covered.within(max(start, float(series.times[0])), end)
    coverage = known.seconds / (end - start)
    if coverage < LEAST_COVERAGE:
        return None
    edges = integral(series, np.concatenate((known.starts, known.ends)))
    joules = float(np.sum(edges[len(known) :]) - np.sum(edges[: len(known)]))
    gaps = joules * (1.0 / coverage - 1.0)
    sampled = _error_of_steps(series.within(start, end), heard)
    return PowerEnergy(
        float(joules + gaps) / JOULES_PER_KWH,
        math.hypot(sampled, gaps) / JOULES_PER_KWH,
        min(1.0, float(coverage)),
    )


@remembered
def power_of_currents(recording: Recording, *, power_factor: float = 1.0) -> Series:
    """Active power of the phase currents in W: P = cos φ · 230 V · (I1 + I2 + I3).

    Assumes 230 V in every phase and, for inverter and heater alike, a power factor of 1. Whether
    the currents are those of the pump or of the whole house they cannot tell.
    """
    currents = [recording[phase] for phase in _PHASES if len(recording[phase])]
    if not currents:
        return Series(np.empty(0), np.empty(0))
    instants = union([current.times for current in currents])
    amperes = np.sum([current.held(instants)[0] for current in currents], axis=0)
    return Series(instants, power_factor * _VOLT * amperes)


def _until_heard(series: Series, heard: Floats | None) -> Series:
    """The series with its last value once more when the device was heard last."""
    if heard is None or not len(heard) or not len(series) or heard[-1] <= series.times[-1]:
        return series
    return Series(np.append(series.times, heard[-1]), np.append(series.values, series.values[-1]))


def _error_of_steps(series: Series, heard: Floats | None) -> float:
    """Half of the 90 % interval of an integral whose value changes at unknown moments."""
    if len(series) < 2:  # noqa: PLR2004  (a change lies between two samples)
        return 0.0
    late = np.minimum(waits(series.times, heard)[1:], LONGEST_STEP)
    return float(NORMAL * np.sqrt(np.sum(np.square(np.diff(series.values) * late)) / 12.0))


@dataclass(frozen=True, slots=True, eq=False)
class _Resets:
    """Which readings follow a reset, and what may have been counted unseen before it."""

    flags: Flags
    lost: Floats


def _unrolled(series: Series) -> tuple[Floats, Floats, _Resets]:
    """Instants and a sum that never falls, without slips; and the resets."""
    times, values = _without_slips(series.times, series.values)
    growth = np.diff(values)
    fallen = growth < 0
    full = np.zeros(len(growth))
    if fallen.any():
        full = _fullness(values[:-1], growth, fallen)
    overflown = fallen & (full > 0)
    growth = np.where(overflown, full + growth, np.where(fallen, values[1:], growth))
    growth = np.maximum(growth, 0.0)
    flags = np.append(False, fallen)[: len(values)]
    lost = np.zeros(len(values))
    if fallen.any():
        rate = np.sum(growth[~fallen]) / max(1.0, float(np.sum(np.diff(times)[~fallen])))
        lost[1:] = np.where(fallen & ~overflown, rate * np.diff(times), 0.0)
    return times, np.append(0.0, np.cumsum(growth))[: len(values)], _Resets(flags, lost)


def _without_slips(times: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Leave out each reading whose neighbours rise without it and that is not between them."""
    before, here, after = values[:-2], values[1:-1], values[2:]
    slip = (before <= after) & ((here < before) | (here > after))
    kept = np.ones(len(values), dtype=np.bool_)
    kept[1:-1] = ~slip
    return times[kept], values[kept]


def _fullness(before: Floats, growth: Floats, fallen: Flags) -> Floats:
    """The width of a counter that overflowed at a fall; 0 where it did not."""
    rises = growth[growth > 0]
    step = float(np.min(rises)) if len(rises) else 1.0
    widths = sorted((*(step * width for width in _WIDTHS_IN_STEPS), *_WIDTHS_IN_UNITS))
    full = np.zeros(len(growth))
    for width in widths:
        near = (before > (1.0 - _NEAR) * width) & (before < width)
        near &= before + growth < _NEAR * width
        full = np.where(fallen & near & (full == 0), width, full)
    return full
