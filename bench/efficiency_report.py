"""How long does a report about a whole year take, and how long each new day?

A month of the simulated house, told every minute, repeated twelve times: a year of the pump with
the ground source and everything that analytics look at. Limits: the report in 5 s and 500 MB, one
more day in 50 ms.

Run alone: `python bench/efficiency_report.py`.
"""

import resource
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

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
RUNS = 5


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured.

    Attributes:
        points: how many series the year has.
        samples: how many values they hold together.
        report_secs: the whole report.
        day_secs: the best of several days.
        peak_mb: of this process, arrays and simulated house included.
    """

    points: int
    samples: int
    report_secs: float
    day_secs: float
    peak_mb: float


def measure() -> Figures:
    """Measure; takes about half a minute, most of it the simulated month."""
    year, midnights = _year()
    began = time.perf_counter()
    report(year, midnights)
    report_secs = time.perf_counter() - began
    day = year.within(midnights[100], midnights[101])
    return Figures(
        len(year.series),
        sum(len(one) for one in year.series.values()),
        report_secs,
        min(_seconds_of_day(day) for _ in range(RUNS)),
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _seconds_of_day(day: Recording) -> float:
    fresh = day.within(day.start, day.end)  # nothing that was found before is known any more
    began = time.perf_counter()
    day_of(fresh)
    return time.perf_counter() - began


def _year() -> tuple[Recording, list[float]]:
    """Twelve times the same month; what counts on goes on counting."""
    pump = record_house(1, days=MONTH_DAYS)["ground"]
    month = pump.recording
    length = MONTH_DAYS * DAY
    series = {
        name: _repeated(one, length, counts=_counts(name))
        for name, one in month.series.items()
        if name in INPUTS
    }
    year = Recording.of(month.start, month.start + MONTHS * length, series)
    days = [month.start + day * DAY for day in range(MONTHS * MONTH_DAYS + 1)]
    return Recording(year.start, year.end, series, year.heard, month.settings), days


def _repeated(series: Series, length: float, *, counts: bool) -> Series:
    if not len(series):
        return series
    inside = series.within(series.times[-1] - length + 60.0, series.times[-1] + 1.0)
    rise = float(inside.values[-1] - inside.values[0]) if counts else 0.0
    times = np.concatenate([inside.times + month * length for month in range(MONTHS)])
    values = np.concatenate([inside.values + month * rise for month in range(MONTHS)])
    return Series.of(times, values)


def _counts(name: str) -> bool:
    metric = load_catalogue().metrics.get(name)
    return metric is not None and metric.state_class == "total_increasing"


def main() -> None:
    """Measure and print."""
    found = measure()
    print("efficiency of a pump-year, told every minute")
    print(f"  series and values   {found.points} and {found.samples:,}")
    print(f"  the whole report    {found.report_secs:6.2f} s     (limit {REPORT_LIMIT_SECS:g} s)")
    print(f"  one more day        {found.day_secs * 1000:6.1f} ms    (limit 50 ms)")
    print(f"  peak memory         {found.peak_mb:6.0f} MB    (limit {MEMORY_LIMIT_MB:g} MB)")


if __name__ == "__main__":
    main()
