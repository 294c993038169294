"""What the Cycles page is drawn from: the compressor's runs of a day, and why they began."""

from datetime import UTC, datetime
from typing import Final

from pumphouse.analytics.additional_heat import uses
from pumphouse.analytics.compared import Compared
from pumphouse.analytics.cycles import Run, cycle_figures, runs
from pumphouse.analytics.defrosts import defrosts
from pumphouse.analytics.degree_minutes import replay, thresholds
from pumphouse.analytics.next_start import next_start
from pumphouse.analytics.series import Recording, Series
from pumphouse.core.documents import Document, iso
from pumphouse.core.model import Device
from pumphouse.runtime.efficiency_document import figure_document

__all__ = ["cycles_document"]

_DIGITS: Final = 2
#: values that are drawn of a line: one in five minutes of a day
_SHOWN: Final = 288
#: how far back the forecast of the next start looks, in seconds
_LATELY: Final = 7200.0


def cycles_document(device: Device, recording: Recording) -> Document:
    """Runs, defrosts, figures and degree minutes of one device, usually over a day."""
    figures = cycle_figures(recording)
    return {
        "source": device.source,
        "device": device.id,
        "from": _time(recording.start),
        "to": _time(recording.end),
        "coverage": round(recording.coverage, 4),
        "runs": [_run(run) for run in runs(recording)],
        "defrosts": [
            {"start": _time(one.start), "end": _time(one.end)} for one in defrosts(recording)
        ],
        "additional_heat": [
            {"start": _time(one.start), "end": _time(one.end), "cause": one.cause.value}
            for one in uses(recording)
        ],
        "starts": _compared(figures.starts),
        "run_hours": _compared(figures.run_hours),
        "run_hours_heating": _compared(figures.run_hours_heating),
        "run_hours_hot_water": _compared(figures.run_hours_hot_water),
        "short_runs": figure_document(figures.short_runs),
        "longest_pause_h": figure_document(figures.longest_pause),
        "degree_minutes": _degree_minutes(recording),
        "next_start": _next_start(recording),
    }


def _run(run: Run) -> Document:
    return {
        "start": _time(run.start),
        "end": _time(run.end),
        "start_seen": run.start_seen,
        "end_seen": run.end_seen,
        "mode": None if run.mode is None else run.mode.value,
        "phases": [
            {"start": _time(one.start), "end": _time(one.end), "mode": one.mode.value}
            for one in run.phases
        ],
        "flow": _rounded(run.flow_temperature),
        "return": _rounded(run.return_temperature),
        "outdoor": _rounded(run.outdoor_temperature),
        "brine_in": _rounded(run.brine_in_temperature),
        "electricity_kwh": _rounded(run.electricity),
        "heat_kwh": _rounded(run.heat),
    }


def _compared(figure: Compared) -> Document:
    """What the pump's counter says, what the samples say, and how far apart they are."""
    return {
        "best": figure_document(figure.best),
        "counted": figure_document(figure.counted),
        "seen": figure_document(figure.seen),
        "disagreement": _rounded(figure.disagreement),
    }


def _degree_minutes(recording: Recording) -> Document:
    counted, limits = replay(recording), thresholds(recording)
    reported = recording["degree_minutes"].within(recording.start, recording.end)
    return {
        "reported": _line(reported),
        "counted": _line(counted.counted.within(recording.start, recording.end)),
        "compressor_start": _rounded(limits.compressor_start),
        "additional_heat_start": _rounded(limits.additional_heat_start),
        "compressor_stop": _rounded(limits.compressor_stop),
        "told": limits.told,
        "drift": figure_document(counted.drift),
        "bias": figure_document(counted.bias),
    }


def _next_start(recording: Recording) -> Document | None:
    """When the compressor is expected to start next, as known at the end of the recording."""
    found = next_start(recording.within(recording.end - _LATELY, recording.end))
    if found is None:
        return None
    return {"time": _time(found.instant), "error_seconds": round(found.error)}


def _line(series: Series) -> list[list[float]]:
    """Seconds since 1970 and value, as many as can be told apart."""
    step = max(1, -(-len(series) // _SHOWN))
    times, values = series.times[::step], series.values[::step]
    return [
        [float(time), round(float(value), 1)] for time, value in zip(times, values, strict=True)
    ]


def _time(seconds: float) -> str | None:
    return iso(datetime.fromtimestamp(round(seconds), UTC))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), _DIGITS)
