"""COP from samples alone, by the rules of openenergymonitor's heat pump app.

Counters are better where there are such (`cop.performance`); this is for comparing with others who
have only power and heat at even steps.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pumphouse.analytics.energy import JOULES_PER_KWH
from pumphouse.analytics.modes import RUNNING_POWER
from pumphouse.analytics.series import LONGEST_STEP, Flags, Floats

__all__ = ["SampledCop", "cop_of_samples", "filled"]

_METER_ERROR_KELVIN, _METER_ERROR_FLOW = 1.5, 30.0  # K and °C with which there must be heat
_METER_ERROR_SHORTEST, _METER_ERROR_TOLD = 60.0, 120.0  # s of one stretch, and of all


@dataclass(frozen=True, slots=True)
class SampledCop:
    """What even samples of power and heat say about a period.

    Attributes:
        combined: COP over everything, heat that defrosts took back subtracted; None where there is
            no electricity, as in every class.
        running: at or above `RUNNING_POWER`.
        heating: running, neither for hot water nor for cooling.
        hot_water: running for hot water.
        cooling: running for cooling, heat taken out counted as positive.
        quality: share of the samples with power and heat after short gaps were filled, 0 to 1;
            the smaller of both.
        starts: how often power rose from below to at least `RUNNING_POWER`.
        starts_per_hour: of the hours with power known; None without such.
        defrost_kwh: heat that was negative while not cooling, as a positive number.
        meter_error_seconds: how long the heat meter showed nothing while flow and temperatures
            said that there was heat; 0 below two minutes.
    """

    combined: float | None
    running: float | None
    heating: float | None
    hot_water: float | None
    cooling: float | None
    quality: float
    starts: int
    starts_per_hour: float | None
    defrost_kwh: float
    meter_error_seconds: float


def cop_of_samples(
    power: ArrayLike,
    heat: ArrayLike,
    step: float,
    *,
    hot_water: ArrayLike | None = None,
    cooling: ArrayLike | None = None,
    flow: ArrayLike | None = None,
    back: ArrayLike | None = None,
    threshold: float = RUNNING_POWER,
) -> SampledCop:
    """COP by class: sum of heat over sum of electricity where both are known.

    A gap shorter than 900 s is filled with the last value, a longer one stays open as a whole.
    Negative power does not count.

    Args:
        power: electric power at even steps, W; NaN where unknown.
        heat: heat at the same instants, W; negative while a defrost or cooling takes it.
        step: seconds between two samples.
        hot_water: not 0 while the pump works for hot water.
        cooling: not 0 while it cools.
        flow: flow temperature, °C, for the seconds of meter error.
        back: return temperature, °C.
        threshold: W from which the pump is running.
    """
    used, given = filled(power, step), filled(heat, step)
    known = np.isfinite(used) & np.isfinite(given) & (np.nan_to_num(used, nan=-1.0) >= 0)
    running = known & (np.nan_to_num(used) >= threshold)
    cold = running & _flags(cooling, len(used))
    water = running & _flags(hot_water, len(used)) & ~cold
    on = np.nan_to_num(used) >= threshold
    seen = np.isfinite(used)
    starts = int(np.count_nonzero(on[1:] & ~on[:-1] & seen[1:] & seen[:-1]))
    hours = float(np.count_nonzero(seen)) * step / 3600.0
    taken = known & (np.nan_to_num(given) < 0) & ~_flags(cooling, len(used))
    return SampledCop(
        _cop(given, used, known),
        _cop(given, used, running),
        _cop(given, used, running & ~water & ~cold),
        _cop(given, used, water),
        _cop(-given, used, cold),
        float(min(np.mean(seen), np.mean(np.isfinite(given)))) if len(used) else 0.0,
        starts,
        starts / hours if hours > 0 else None,
        float(-np.sum(given[taken])) * step / JOULES_PER_KWH,
        _meter_error(used, given, (flow, back), step, threshold),
    )


def filled(values: ArrayLike, step: float, longest: float = LONGEST_STEP) -> Floats:
    """Samples at even steps, each gap shorter than `longest` seconds filled with the last value."""
    samples = np.array(values, dtype=np.float64).ravel()
    places = np.arange(len(samples))
    known = np.isfinite(samples)
    last = np.maximum.accumulate(np.where(known, places, -1))
    following = np.minimum.accumulate(np.where(known, places, len(samples))[::-1])[::-1]
    short = (last >= 0) & ((following - last - 1) * step < longest)
    return np.where(known, samples, np.where(short, samples[np.maximum(last, 0)], np.nan))


def _cop(heat: Floats, power: Floats, where: Flags) -> float | None:
    used = float(np.sum(power[where]))
    return float(np.sum(heat[where])) / used if used > 0 else None


def _flags(values: ArrayLike | None, length: int) -> Flags:
    if values is None:
        return np.zeros(length, dtype=np.bool_)
    flags: Flags = np.nan_to_num(np.asarray(values, dtype=np.float64)) != 0
    return flags


def _meter_error(
    power: Floats,
    heat: Floats,
    temperatures: tuple[ArrayLike | None, ArrayLike | None],
    step: float,
    threshold: float,
) -> float:
    """Seconds with power, a warm flow and a difference, but no heat."""
    if temperatures[0] is None or temperatures[1] is None or not len(power):
        return 0.0
    flow, back = (np.asarray(one, dtype=np.float64) for one in temperatures)
    wrong = (power > threshold) & (heat == 0)
    wrong &= (flow - back > _METER_ERROR_KELVIN) & (flow > _METER_ERROR_FLOW)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], wrong, [False])).astype(np.int8)))
    seconds = np.diff(edges.reshape(-1, 2), axis=1).ravel() * step
    whole = float(np.sum(seconds[seconds > _METER_ERROR_SHORTEST]))
    return whole if whole >= _METER_ERROR_TOLD else 0.0
