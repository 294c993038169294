"""Everything there is to say about one device over a period, and about one of its days."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pumphouse.analytics.additional_heat import AdditionalHeat, Cause, additional_heat, uses
from pumphouse.analytics.cop import Means, Performance, performance
from pumphouse.analytics.cost import Cost, HourlyCost, cost, cost_by_hour, total_cost
from pumphouse.analytics.cycles import CycleFigures, Run, cycle_figures, runs
from pumphouse.analytics.defrosts import DefrostFigures, defrost_figures
from pumphouse.analytics.degree_days import degree_days, energy_per_degree_day, outdoor_mean
from pumphouse.analytics.degree_minutes import Replay, replay
from pumphouse.analytics.electricity import Electricity
from pumphouse.analytics.figure import Figure, ratio, total
from pumphouse.analytics.heat import Heat
from pumphouse.analytics.heater import Heater, heater
from pumphouse.analytics.heating_curve import HeatingCurve, heating_curve
from pumphouse.analytics.hot_water import HotWaterFigures, hot_water_figures
from pumphouse.analytics.house import HeatLoss, HouseDay, heat_loss_line, house_day
from pumphouse.analytics.running import compressor
from pumphouse.analytics.sampling import steps_of
from pumphouse.analytics.sensor_faults import SensorFault, healthy, sensor_faults
from pumphouse.analytics.series import Recording
from pumphouse.analytics.verdict import Verdict
from pumphouse.analytics.verdicts import Findings, verdicts

__all__ = ["Day", "DayEnergy", "Report", "day_of", "report"]

_DAY = 86400.0
_TANK_LITRES = 180.0
#: additional heat far above its limit has no cause that is known; that is the one that came early
_FOR_HEATING = frozenset({Cause.DEGREE_MINUTES, Cause.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Day:
    """What is kept of each day.

    Attributes:
        start: its first midnight in the site's zone, seconds since 1970.
        outdoor: mean outdoor temperature, °C.
        cost: of its electricity; None without prices.
    """

    start: float
    performance: Performance
    cycles: CycleFigures
    defrosts: DefrostFigures
    additional_heat: AdditionalHeat
    outdoor: float | None
    cost: Figure | None


@dataclass(frozen=True, slots=True)
class DayEnergy:
    """What a whole day of a report took and gave.

    Attributes:
        start: its first midnight in the site's zone, seconds since 1970.
        coverage: share of the day for which there is data, 0 to 1.
        electricity: kWh by purpose.
        heat: kWh by purpose.
        additional: of the additional heat, kWh by purpose.
        outdoor: mean outdoor temperature, °C.
        means: heat-weighted temperatures of the day.
        house: what the day says about the house; None where it says too little.
        cost: of its electricity; None without prices.
    """

    start: float
    coverage: float
    electricity: Electricity
    heat: Heat
    additional: Heater
    outdoor: float | None
    means: Means | None
    house: HouseDay | None
    cost: Figure | None

    @property
    def cop(self) -> Figure | None:
        """Heat over electricity."""
        return ratio(self.heat.total, self.electricity.total)


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """One device over a period.

    Attributes:
        start: of the period, seconds since 1970.
        end: of the period.
        degree_days: K·d of the days with data, base 17 °C.
        heat_per_degree_day: heating heat, kWh/(K·d).
        heat_loss: of the house; None with too few days, or days too much alike.
        days: the whole days of the period, in order.
        runs: of the compressor, in order.
        verdicts: what stands out, what matters most first.
        cost: of the electricity.
        hours: use and cost hour by hour; None without prices.
    """

    start: float
    end: float
    performance: Performance
    cycles: CycleFigures
    defrosts: DefrostFigures
    hot_water: HotWaterFigures
    additional_heat: AdditionalHeat
    degree_minutes: Replay
    degree_days: Figure | None
    heat_per_degree_day: Figure | None
    heat_loss: HeatLoss | None
    heating_curve: HeatingCurve | None
    days: Sequence[DayEnergy]
    runs: Sequence[Run]
    verdicts: Sequence[Verdict]
    cost: Cost
    hours: HourlyCost | None


def day_of(told: Recording) -> Day:
    """The figures of one day, without what no healthy sensor would show."""
    recording = healthy(told)
    found = performance(recording)
    return Day(
        recording.start,
        found,
        cycle_figures(recording),
        defrost_figures(recording),
        _additional_heat(recording, found),
        outdoor_mean(recording),
        total_cost(recording, found.electricity.total),
    )


def report(told: Recording, midnights: Sequence[float]) -> Report:
    """Everything about a period, without what no healthy sensor would show.

    Args:
        told: the recording of the period.
        midnights: those of the site's zone from the first to the last whole day of the period:
            what relates heat to weather needs whole days.
    """
    recording = healthy(told)
    found = performance(recording)
    days = [_day_energy(recording.within(*edges)) for edges in pairwise(midnights)]
    warmth = [degree_days(day.outdoor) for day in days]
    cycles, curve = cycle_figures(recording), heating_curve(recording)
    addition = _additional_heat(recording, found)
    return Report(
        recording.start,
        recording.end,
        found,
        cycles,
        defrost_figures(recording),
        hot_water_figures(
            recording, tank_litres=recording.settings.get("tank_litres", _TANK_LITRES)
        ),
        addition,
        replay(recording),
        total((known for known in warmth if known is not None), independent=False),
        energy_per_degree_day([day.heat.heating for day in days], warmth),
        heat_loss_line(day.house for day in days if day.house is not None),
        curve,
        days,
        runs(recording),
        verdicts(_findings(recording, found, cycles, addition, curve, sensor_faults(told))),
        cost(recording, found.electricity),
        cost_by_hour(recording, found.electricity.total),
    )


def _additional_heat(recording: Recording, found: Performance) -> AdditionalHeat:
    return additional_heat(recording, used=found.electricity.total, delivered=found.heat.total)


def _day_energy(day: Recording) -> DayEnergy:
    found = performance(day)
    return DayEnergy(
        day.start,
        found.coverage,
        found.electricity,
        found.heat,
        heater(day),
        outdoor_mean(day),
        found.means,
        house_day(day, found.heat),
        total_cost(day, found.electricity.total),
    )


def _findings(
    recording: Recording,
    found: Performance,
    cycles: CycleFigures,
    addition: AdditionalHeat,
    curve: HeatingCurve | None,
    faults: tuple[SensorFault, ...],
) -> Findings:
    days = (recording.end - recording.start) / _DAY
    starts = cycles.starts.best
    brine_in, brine_out = _brine(recording)
    return Findings(
        coverage=recording.coverage,
        days=days,
        starts_per_day=None if starts is None or days <= 0 else starts.value / days,
        runs=None if starts is None else round(starts.value),
        short_runs=None if cycles.short_runs is None else round(cycles.short_runs.value),
        heat_kwh=None if found.heat.total is None else found.heat.total.value,
        additional_heat_kwh=None if addition.energy is None else addition.energy.value,
        additional_heat_start_dm=_addition_start(recording),
        compressor_start_dm=recording.settings.get("degree_minutes_compressor_start"),
        additional_heat_difference_dm=recording.settings.get(
            "degree_minutes_additional_heat_difference"
        ),
        curve=curve,
        brine_in=brine_in,
        brine_out=brine_out,
        faults=faults,
    )


def _addition_start(recording: Recording) -> float | None:
    """Degree minutes when additional heat came on for heating, the median; None if it never did."""
    heating = {Cause.DEGREE_MINUTES, Cause.UNKNOWN}  # far above its threshold no cause is known
    starts = [use.start for use in uses(recording) if use.cause in heating]
    values, known = recording["degree_minutes"].held(np.array(starts, dtype=np.float64))
    return float(np.median(values[known])) if known.any() else None


def _brine(recording: Recording) -> tuple[float | None, float | None]:
    """Mean brine temperatures in and out while the compressor ran, °C."""
    state, steps = compressor(recording), steps_of(recording)
    into, out = steps.values("brine_in_temperature"), steps.values("brine_out_temperature")
    if state is None or into is None or out is None:
        return None, None
    running = state.stretches().contain(steps.starts)
    return steps.mean(into, running), steps.mean(out, running)
