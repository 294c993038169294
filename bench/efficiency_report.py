"""How long does a report about a whole year take, and how long each new day?

A month of the simulated house, told every minute, repeated twelve times: a year of the pump with
the ground source, of which 30 points are known. Limits: the report in 5 s and 500 MB, one more day
of either pump in 50 ms. The house is simulated in a process of its own: the peak of memory is that
of the year and its report.

Run alone: `python bench/efficiency_report.py`.
"""

import resource
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.analytics.house_recordings import record_house

from pumphouse.analytics.inputs import INPUTS
from pumphouse.analytics.report import day_of, report
from pumphouse.analytics.series import Recording, Series
from pumphouse.catalogue.catalogue import load_catalogue

MONTHS = 12
MONTH_DAYS = 30
DAY = timedelta(days=1).total_seconds()
REPORT_LIMIT_SECS = 5.0
DAY_LIMIT_SECS = 0.05
MEMORY_LIMIT_MB = 500.0
#: of what the pump tells and a report asks for, the seven that this house's figures need least
LEFT_OUT = frozenset(
    {
        "compressor_blocked",
        "discharge_temperature",
        "heat_produced_pool",
        "heat_produced_pool_2",
        "heating_medium_pump_speed",
        "liquid_line_temperature",
        "suction_gas_temperature",
    }
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured.

    Attributes:
        points: how many series the year has.
        samples: how many values they hold together.
        report_secs: the whole report.
        report_cpu_secs: of the processor for it, whatever else the machine did.
        day_secs: of a day of each pump, the median of a month.
        peak_mb: of this process, the arrays included.
    """

    points: int
    samples: int
    report_secs: float
    report_cpu_secs: float
    day_secs: Mapping[str, float]
    peak_mb: float


def measure() -> Figures:
    """Measure; takes about a quarter of a minute, most of it the simulated month."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as other:
        pumps = other.submit(simulated_month).result()
    day_secs = {name: _seconds_of_day(month) for name, month in pumps.items()}
    year = a_year_of(pumps["ground"])
    midnights = [year.start + day * DAY for day in range(MONTHS * MONTH_DAYS + 1)]
    began, began_cpu = time.perf_counter(), time.process_time()
    report(year, midnights)
    return Figures(
        len(year.series),
        sum(len(one) for one in year.series.values()),
        time.perf_counter() - began,
        time.process_time() - began_cpu,
        day_secs,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def simulated_month() -> Mapping[str, Recording]:
    """A month of both pumps, as far as a report asks for it."""
    return {
        name: _asked_for(pump.recording) for name, pump in record_house(1, days=MONTH_DAYS).items()
    }


def a_year_of(month: Recording) -> Recording:
    """Twelve times the same month; what counts on goes on counting."""
    inside = month.heard[month.heard > month.end - MONTH_DAYS * DAY]
    times = _in_a_row(inside, MONTH_DAYS * DAY)
    series = {}
    for name in sorted(month.series.keys() - LEFT_OUT):
        values, _ = month[name].held(inside)
        rise = float(values[-1] - values[0]) if _counts(name) else 0.0
        series[name] = Series(times, _in_a_row(values, rise))
    end = month.start + MONTHS * MONTH_DAYS * DAY
    return Recording(month.start, end, series, times, month.settings)


def _in_a_row(values: np.ndarray, rise: float) -> np.ndarray:
    return np.concatenate([values + rise * month for month in range(MONTHS)])


def _asked_for(told: Recording) -> Recording:
    series = {name: one for name, one in told.series.items() if name in INPUTS}
    return Recording(told.start, told.end, series, told.heard, told.settings)


def _counts(name: str) -> bool:
    metric = load_catalogue().metrics.get(name)
    return metric is not None and metric.state_class == "total_increasing"


def _seconds_of_day(month: Recording) -> float:
    seconds = []
    for number in range(MONTH_DAYS):
        day = month.within(month.start + number * DAY, month.start + (number + 1) * DAY)
        began = time.perf_counter()
        day_of(day)
        seconds.append(time.perf_counter() - began)
    return median(seconds)


def main() -> None:
    """Measure and print."""
    found = measure()
    days = ", ".join(f"{name} {secs * 1000:.1f} ms" for name, secs in found.day_secs.items())
    print("efficiency of a pump-year, told every minute")
    print(f"  series and values   {found.points} and {found.samples:,}")
    print(
        f"  the whole report    {found.report_secs:.2f} s, of the processor "
        f"{found.report_cpu_secs:.2f} s (limit {REPORT_LIMIT_SECS:g} s)"
    )
    print(f"  one more day        {days} (limit {DAY_LIMIT_SECS * 1000:g} ms)")
    print(f"  peak memory         {found.peak_mb:.0f} MB (limit {MEMORY_LIMIT_MB:g} MB)")


if __name__ == "__main__":
    main()
