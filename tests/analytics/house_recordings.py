"""What a store would hold of the simulated house, as recordings, with the truth beside it.

Tests import it as `tests.analytics.house_recordings`; `conftest.py` offers a month as fixtures.
The house is simulated once per seed and told every minute; every fifth row is the same house told
every five minutes. The ground-source pump tells every value in every sample; the air-source pump
tells a value only when it has changed, as myUplink does, but is heard in every sample.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from pumphouse.analytics.series import Floats, Recording, Series
from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.units import parse_unit
from pumphouse.simulator.house import House
from pumphouse.simulator.house.meters import WATT_MINUTES_PER_KWH, Totals
from pumphouse.simulator.house.pump import Pump
from pumphouse.simulator.myuplink.profile import load_profile as myuplink_profile
from pumphouse.simulator.nibe_uplink.profile import load_profile as nibe_profile

__all__ = ["DeviceRecord", "days_between", "record_house", "with_gaps"]

TIMEZONE = "Europe/Stockholm"
WINTER = date(2025, 12, 1)
QUARTER_DAYS = 90
#: vendor to the name used here; the second tells changes only
_NAMES = {"nibe_uplink": "ground", "myuplink": "air"}
_CHANGES_ONLY = frozenset({"air"})
#: what the truth holds at each minute beside the running sums
_STATES = ("heat_power", "power", "mode", "charge", "status", "supply", "calculated", "outdoor")


@dataclass(frozen=True, slots=True, eq=False)
class DeviceRecord:
    """One pump of the house.

    Attributes:
        recording: what a store would hold.
        days: start and end of each full day of the site, seconds since 1970.
        minutes: instants of the truth, seconds since 1970, every minute.
        truth: by name what was so at each of `minutes`. The fields of
            `simulator.house.meters.Totals` are running sums: energies in kWh, `minutes` and
            `minutes_hot_water` in minutes, starts and defrosts as counts; a difference between two
            instants is exact. The rest are states in the minute before: `heat_power` and `power`
            in W, `mode` (machine.Mode), `charge` (0 none, 1 compressor, 2 addition), `status`
            (machine.Compressor), `supply`, `calculated` and `outdoor` in °C.
        loss_w_per_k: the building's true heat loss.
    """

    recording: Recording
    days: tuple[tuple[float, float], ...]
    minutes: Floats
    truth: Mapping[str, Floats]
    loss_w_per_k: float

    def true(self, name: str, start: float, end: float) -> float:
        """How much a running sum of the truth grew between two full minutes."""
        first, last = np.searchsorted(self.minutes, (start, end))
        sums = self.truth[name]
        return float(sums[min(last, len(sums) - 1)] - sums[first])

    def true_heat(self, start: float, end: float) -> float:
        """All heat between two full minutes, kWh."""
        return self.true("heating", start, end) + self.true("hot_water", start, end)

    def daily(self) -> Iterator[Recording]:
        """The recording of each full day."""
        for start, end in self.days:
            yield self.recording.within(start, end)


def record_house(
    seed: int,
    *,
    days: int = QUARTER_DAYS,
    step: int = 60,
    start: date = WINTER,
    timezone: str = TIMEZONE,
) -> Mapping[str, DeviceRecord]:
    """Both pumps, `ground` and `air`, over some local days, told every `step` seconds."""
    return {
        name: _device_record(name, raw, step)
        for name, raw in _simulate(seed, days, start, timezone).items()
    }


def days_between(start: date, days: int, timezone: str) -> tuple[tuple[float, float], ...]:
    """Start and end of local days in a row, seconds since 1970."""
    zone = ZoneInfo(timezone)
    edges = [
        datetime.combine(start + timedelta(days=number), time(), zone).timestamp()
        for number in range(days + 1)
    ]
    return tuple(pairwise(edges))


def with_gaps(recording: Recording, kept: Floats) -> Recording:
    """The same device, heard only at the instants `kept` (a subset of `heard`).

    A device that tells changes only tells, when it is heard again, what has changed meanwhile: each
    sample moves to the next kept instant.
    """
    series = {}
    for name, one in recording.series.items():
        index = np.searchsorted(kept, one.times)
        told = index < len(kept)
        series[name] = Series.of(kept[index[told]], one.values[told])
    return Recording(recording.start, recording.end, series, kept, recording.settings)


@dataclass(frozen=True, slots=True, eq=False)
class _Raw:
    days: tuple[tuple[float, float], ...]
    minutes: Floats
    series: Mapping[str, Floats]
    settings: Mapping[str, float]
    truth: Mapping[str, Floats]
    loss_w_per_k: float


@lru_cache(maxsize=2)
def _simulate(seed: int, days: int, start: date, timezone: str) -> Mapping[str, _Raw]:
    spans = days_between(start, days, timezone)
    begin, end = spans[0][0], spans[-1][1]
    house = House(seed, datetime.fromtimestamp(begin, UTC), timezone)
    minutes = np.arange(begin, end + 1, 60.0)
    return {_NAMES[pump.vendor]: _tell(pump, minutes, spans) for pump in house.pumps.values()}


def _tell(pump: Pump, minutes: Floats, spans: tuple[tuple[float, float], ...]) -> _Raw:
    rows, truth = [], []
    plant = pump.plant
    for minute in range(int(minutes[0]) // 60, int(minutes[-1]) // 60 + 1):
        plant.run(minute)
        rows.append(tuple(pump.values().values()))
        machine = plant.machine
        truth.append(
            (
                *plant.totals,
                machine.heat_w + plant.addition_w,
                plant.power_w,
                plant.mode,
                plant.charge,
                machine.status,
                plant.supply,
                plant.calculated,
                plant.outdoor,
            )
        )
    ids = tuple(pump.values())
    table = np.array(rows, dtype=np.float64)
    metrics, settings = _metrics(pump, dict(zip(ids, table[0], strict=True)))
    columns = {native_id: table[:, place] for place, native_id in enumerate(ids)}
    facts = np.array(truth, dtype=np.float64)
    facts[:, :9] /= WATT_MINUTES_PER_KWH
    names = (*Totals._fields, *_STATES)
    return _Raw(
        spans,
        minutes,
        {
            name: columns[native_id] * factor + offset
            for name, (native_id, factor, offset) in metrics.items()
        },
        settings,
        {name: facts[:, place] for place, name in enumerate(names)},
        plant.building.loss_w_per_k,
    )


def _metrics(
    pump: Pump, values: Mapping[str, float]
) -> tuple[Mapping[str, tuple[str, float, float]], Mapping[str, float]]:
    """Metric to native id, factor and offset of its unit; and the settings by metric."""
    catalogue = load_catalogue()
    vendor = catalogue.vendor(pump.vendor)
    natives, units = [], {}
    for native_id, title, spelling in _rows(pump):
        native = vendor.get(native_id, title=title, unit=spelling)
        if native is not None:
            natives.append(native)
            units[native_id] = native.unit or parse_unit(spelling)
    measured, settings = {}, {}
    for native_id, name in catalogue.assign(natives).items():
        unit = units[native_id]
        offset = unit.to_canonical(0.0)
        factor = unit.to_canonical(1.0) - offset
        metric = catalogue.metric(name)
        assert metric is not None
        if metric.group == "settings":
            if np.isfinite(values[native_id]):
                settings[name] = float(values[native_id] * factor + offset)
        else:
            measured[name] = (native_id, factor, offset)
    return measured, settings


def _rows(pump: Pump) -> Iterator[tuple[str, str, str]]:
    """Native id, title and unit of every point, as on the wire."""
    values = pump.values()
    if pump.vendor == "myuplink":
        profile = myuplink_profile()
        for native_id in values:
            if native_id in profile:
                point = profile.show(native_id, None, "", "")
                yield native_id, point["parameterName"] or "", point["parameterUnit"] or ""
        return
    nibe = nibe_profile()
    shown = [row for group in nibe.categories(values) for row in group["parameters"] or ()]
    for row in (*shown, *nibe.settings(values)):
        yield str(row["parameterId"]), str(row["title"]), str(row["unit"])


def _device_record(name: str, raw: _Raw, step: int) -> DeviceRecord:
    every = step // 60
    heard = raw.minutes[::every]
    series = {}
    for metric, column in raw.series.items():
        values = column[::every]
        told = np.isfinite(values)
        if name in _CHANGES_ONLY:
            told[1:] &= values[1:] != values[:-1]
        if told.any():
            series[metric] = Series(heard[told], values[told])
    recording = Recording(
        float(raw.minutes[0]), float(raw.minutes[-1]), series, heard, raw.settings
    )
    return DeviceRecord(recording, raw.days, raw.minutes, raw.truth, raw.loss_w_per_k)
