"""Coefficients of performance of a period, by counters where there are such.

The classes are those of openenergymonitor's heat pump app. What is drawn on standby is in none but
`combined`, so that heating and hot water do not add up to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pumphouse.analytics.carnot import carnot_cop, carnot_cop_of_brine, carnot_share, weighted_mean
from pumphouse.analytics.coverage import LEAST_COVERAGE
from pumphouse.analytics.electricity import Electricity, electricity_by_mode
from pumphouse.analytics.energy import JOULES_PER_KWH
from pumphouse.analytics.figure import Boundary, Figure, ratio, total
from pumphouse.analytics.heat import Heat, compressor_heat_power, flow_temperature, heat
from pumphouse.analytics.sampling import steps_of
from pumphouse.analytics.series import Floats, Recording

__all__ = [
    "Coefficients",
    "Means",
    "Performance",
    "Season",
    "coefficients",
    "means",
    "performance",
    "season",
]

_WITH_HEATER = frozenset({Boundary.H3, Boundary.H4})
_RUNNING_KELVIN = 1.0


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Heat over electricity, dimensionless; None where a class has no electricity or is unknown.

    Attributes:
        combined: everything, standby included; what defrosts take back counts against it.
        running: without what is drawn below `modes.RUNNING_POWER`.
        heating: for the house.
        hot_water: for the tank.
        cooling: heat taken out of the house, positive.
    """

    combined: Figure | None = None
    running: Figure | None = None
    heating: Figure | None = None
    hot_water: Figure | None = None
    cooling: Figure | None = None


@dataclass(frozen=True, slots=True)
class Means:
    """How warm it had to be, weighted by heat, after openenergymonitor's weighted tool.

    Attributes:
        flow: flow temperature, °C.
        outdoor: outdoor temperature, °C.
        lift: flow minus outdoor temperature, K.
        difference: flow minus return temperature, K.
        carnot: share of Carnot's COP that was reached against outdoor air, 0 to 1.
        carnot_of_brine: the same against the brine of a ground source; None without one.
    """

    flow: float
    outdoor: float | None
    lift: float | None
    difference: float | None
    carnot: float | None
    carnot_of_brine: float | None


@dataclass(frozen=True, slots=True)
class Performance:
    """What a period used, gave, and what that means.

    Attributes:
        coverage: share of the period for which there is data, 0 to 1.
        electricity: kWh by purpose.
        heat: kWh by purpose, with the additional heat where the boundary has it.
        coefficients: COP by class.
        means: weighted by heat; None where flow and temperatures are not told.
    """

    coverage: float
    electricity: Electricity
    heat: Heat
    coefficients: Coefficients
    means: Means | None


def performance(recording: Recording) -> Performance:
    """Energies, coefficients and means of any period: a run, a day, a month."""
    used = electricity_by_mode(recording)
    boundary = used.total.boundary if used.total is not None else None
    given = heat(recording, additional=boundary is None or boundary in _WITH_HEATER)
    return Performance(
        recording.coverage, used, given, coefficients(given, used), means(recording, used)
    )


def coefficients(given: Heat, used: Electricity) -> Coefficients:
    """Heat over electricity, class by class.

    In `combined` and `running` cold counts like heat: both are what was wanted.
    """
    useful = given.total if given.cooling is None else total((given.total, given.cooling))
    return Coefficients(
        ratio(useful, used.total),
        ratio(useful, used.running),
        ratio(given.heating, used.heating),
        ratio(given.hot_water, used.hot_water),
        ratio(given.cooling, used.cooling),
    )


def means(recording: Recording, used: Electricity) -> Means | None:
    """Means weighted by the compressor's heat, of the time with heat and more than 1 K."""
    power = compressor_heat_power(recording)
    if not len(power) or used.total is None:
        return None
    steps = steps_of(recording)
    flow = flow_temperature(recording).held(steps.starts)[0]
    back = steps.values("return_temperature")
    assert back is not None
    giving = (flow - back > _RUNNING_KELVIN) & (power.values > 0)
    weights = np.where(giving, power.values * steps.seconds, 0.0)
    mean_flow = weighted_mean(flow, weights)
    if mean_flow is None:
        return None
    outdoor = steps.values("outdoor_temperature")
    brine = steps.values("brine_out_temperature")
    share = None if used.running is None else used.running.value * recording.coverage
    return Means(
        mean_flow,
        None if outdoor is None else weighted_mean(outdoor, weights),
        None if outdoor is None else weighted_mean(flow - outdoor, weights),
        weighted_mean(flow - back, weights),
        None if outdoor is None else _share(weights, share, carnot_cop(flow, outdoor)),
        None if brine is None else _share(weights, share, carnot_cop_of_brine(flow, brine)),
    )


@dataclass(frozen=True, slots=True)
class Season:
    """One class over many days.

    Attributes:
        heat: of the days on which both are known, kWh.
        electricity: of the same days, kWh.
        factor: seasonal performance factor, dimensionless; None below half of the days.
        coverage: share of the days on which both are known, 0 to 1.
    """

    heat: Figure | None
    electricity: Figure | None
    factor: Figure | None
    coverage: float


def season(days: Sequence[tuple[Figure | None, Figure | None]]) -> Season:
    """Seasonal performance factor SPF = sum of heat / sum of electricity, over whole days.

    Days on which either is unknown count for neither. What a meter is off by it is off by every
    day, so errors add up and do not cancel.

    Args:
        days: heat and electricity of every day of the period, in kWh.
    """
    known = [(heat, used) for heat, used in days if heat is not None and used is not None]
    coverage = len(known) / len(days) if days else 0.0
    given = total((heat for heat, _ in known), independent=False)
    used = total((used for _, used in known), independent=False)
    enough = coverage >= LEAST_COVERAGE
    return Season(given, used, ratio(given, used) if enough else None, coverage)


def _share(joules: Floats, kwh: float | None, best: Floats) -> float | None:
    return None if kwh is None else carnot_share(joules / JOULES_PER_KWH, kwh, best)
