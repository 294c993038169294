"""Temperatures that no healthy sensor would show."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from pumphouse.analytics.series import LONGEST_STEP, Flags, Floats, Recording, Series, Stretches

__all__ = ["FaultKind", "SensorFault", "checked_metrics", "healthy", "sensor_faults"]

#: °C that a DS18B20 shows until it has measured for the first time (its data sheet, power-on reset)
_POWER_ON = 85.0
_POWER_ON_AWAY = 5.0  # K from both neighbours: a sensor that really gets to 85 °C passes through
#: °C that stand for a sensor which does not answer: the DallasTemperature library's code, and the
#: lowest number of 16 bits as it is and in tenths
_DISCONNECTED = (-127.0, -3276.8, -32768.0)
_SAME_FAULT = 3600.0  # s: faults of a kind so close together are one
_HOUR = 3600.0
_DAY = 22 * _HOUR  # less than the shortest day of the year, so that one day's recording can tell
_THREE_DAYS = 3 * 24 * _HOUR
_MOVED = 1.0  # K by which a neighbour moves where something happens


class FaultKind(StrEnum):
    """What is wrong with a sensor's values."""

    POWER_ON = "power-on value"
    DISCONNECTED = "disconnected"
    OUT_OF_RANGE = "out of range"
    JUMP = "jump"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class SensorFault:
    """A stretch in which a sensor cannot be trusted.

    Attributes:
        metric: public metric name.
        kind: what is wrong.
        start: first bad value, seconds since 1970.
        end: last bad value, or when a frozen one moved again.
        samples: how many bad values there are.
        value: the bad value furthest from what the sensor showed otherwise, °C.
    """

    metric: str
    kind: FaultKind
    start: float
    end: float
    samples: int
    value: float


@dataclass(frozen=True, slots=True)
class _Place:
    """What a temperature can be at one kind of place (own choice, wide enough for any house).

    Attributes:
        lowest: °C.
        highest: °C.
        jump: K by which it cannot change between two samples at most 15 minutes apart.
        still: s for which it cannot stand still to the last digit while others move.
        digital: whether the sensor may be a DS18B20, whose power-on value is 85 °C.
    """

    lowest: float
    highest: float
    jump: float
    still: float = _DAY
    digital: bool = True


_OUTDOORS = _Place(-50.0, 50.0, 10.0)
_ROOM = _Place(0.0, 45.0, 5.0, _THREE_DAYS)
_TANK = _Place(1.0, 95.0, 40.0)
_WATER = _Place(-5.0, 95.0, 55.0)
_BRINE = _Place(-25.0, 45.0, 25.0)
_REFRIGERANT = _Place(-60.0, 150.0, 120.0, digital=False)
_OWN = _Place(-55.0, 125.0, 40.0, _THREE_DAYS)
_PLACES: Mapping[str, _Place] = MappingProxyType(
    {
        "outdoor_temperature": _OUTDOORS,
        "outdoor_unit_temperature": _OUTDOORS,
        "intake_air_temperature": _OUTDOORS,
        "room_temperature": _ROOM,
        "exhaust_air_temperature": _ROOM,
        "hot_water_top_temperature": _TANK,
        "hot_water_charging_temperature": _TANK,
        "hot_water_start_sensor_temperature": _TANK,
        "supply_temperature": _WATER,
        "return_temperature": _WATER,
        "external_supply_temperature": _WATER,
        "external_return_temperature": _WATER,
        "radiator_supply_temperature": _WATER,
        "radiator_return_temperature": _WATER,
        "condenser_supply_temperature": _WATER,
        "condenser_return_temperature": _WATER,
        "additional_heat_temperature": _WATER,
        "brine_in_temperature": _BRINE,
        "brine_out_temperature": _BRINE,
        "discharge_temperature": _REFRIGERANT,
        "liquid_line_temperature": _REFRIGERANT,
        "suction_gas_temperature": _REFRIGERANT,
        "evaporator_temperature": _REFRIGERANT,
        "sensor_temperature": _OWN,
    }
)
_INSTANCE = re.compile(r"_\d+$")


def checked_metrics() -> frozenset[str]:
    """The metrics whose values are checked, without the number of an instance."""
    return frozenset(_PLACES)


def sensor_faults(recording: Recording) -> tuple[SensorFault, ...]:
    """The faults of every temperature sensor, by metric and then by time.

    A sensor is frozen when its value did not move for a day (rooms and an owner's own sensors:
    three days) while most of the other sensors did; a value of 0 all along is a sensor that is not
    fitted, and none of our business. For an owner's sensor at a place that gets hot, 85 °C counts
    only where the values before and behind are far away.
    """
    places = {metric: _place(metric) for metric in recording.series}
    faults: list[SensorFault] = []
    for metric, place in sorted(places.items()):
        if place is not None:
            others = [name for name, one in places.items() if one is not None and name != metric]
            faults += _faults(recording, metric, place, others)
    return tuple(faults)


def healthy(recording: Recording) -> Recording:
    """The same recording without the values that no healthy sensor would show.

    The value before a bad one holds meanwhile. What is frozen stays: nobody knows since when.
    """
    return replace(
        recording,
        series={
            metric: _without_bad(series, metric, recording.heard)
            for metric, series in recording.series.items()
        },
    )


def _without_bad(series: Series, metric: str, heard: Floats) -> Series:
    place = _place(metric)
    if place is None:
        return series
    bad = np.any(list(_flags(series, place, heard).values()), axis=0)
    return Series(series.times[~bad], series.values[~bad]) if bad.any() else series


def _place(metric: str) -> _Place | None:
    """Where a metric, of any instance, is measured; None where it is not checked."""
    return _PLACES.get(_INSTANCE.sub("", metric))


def _faults(
    recording: Recording, metric: str, place: _Place, others: Iterable[str]
) -> list[SensorFault]:
    """The faults of one sensor."""
    series = recording[metric]
    flags = _flags(series, place, recording.heard)
    bad = np.any(list(flags.values()), axis=0)
    usual = float(np.median(series.values[~bad])) if not bad.all() else 0.0
    found = [
        fault
        for kind, flagged in flags.items()
        for fault in _grouped(metric, kind, series, flagged, usual)
    ]
    found += _frozen(recording, metric, bad, place, others)
    inside = (f for f in found if f.end >= recording.start and f.start < recording.end)
    return sorted(inside, key=lambda fault: fault.start)


def _flags(series: Series, place: _Place, heard: Floats) -> Mapping[FaultKind, Flags]:
    """Which values are bad in what way; none in two."""
    disconnected: Flags = np.isin(np.round(series.values, 1), _DISCONNECTED)
    power_on = _power_on(series.values, place)
    outside = (series.values < place.lowest) | (series.values > place.highest)
    outside &= ~disconnected & ~power_on
    rest = ~(disconnected | power_on | outside)
    jump = np.zeros(len(series), dtype=np.bool_)
    jump[rest] = _jumps(Series(series.times[rest], series.values[rest]), place, heard)
    return {
        FaultKind.DISCONNECTED: disconnected,
        FaultKind.POWER_ON: power_on,
        FaultKind.OUT_OF_RANGE: outside,
        FaultKind.JUMP: jump,
    }


def _power_on(values: Floats, place: _Place) -> Flags:
    """Which values are a DS18B20's 85 °C."""
    flags: Flags = values == _POWER_ON
    if not place.digital or not flags.any():
        return np.zeros(len(values), dtype=np.bool_)
    rest = np.flatnonzero(~flags)
    for index in np.flatnonzero(flags):
        after = int(np.searchsorted(rest, index))
        around = values[rest[max(0, after - 1) : after + 1]]
        flags[index] = bool(np.all(np.abs(around - _POWER_ON) > _POWER_ON_AWAY))
    return flags


def _jumps(series: Series, place: _Place, heard: Floats) -> Flags:
    """Which values are too far from the one that the device showed at most 15 minutes before."""
    flags = np.zeros(len(series), dtype=np.bool_)
    far = np.flatnonzero(np.abs(np.diff(series.values)) > place.jump) + 1
    for index in far:
        before = int(np.searchsorted(heard, series.times[index])) - 1
        latest = max(float(series.times[index - 1]), float(heard[before]) if before >= 0 else 0.0)
        flags[index] = series.times[index] - latest <= LONGEST_STEP
    return flags


def _grouped(
    metric: str, kind: FaultKind, series: Series, flags: Flags, usual: float
) -> Iterator[SensorFault]:
    """Faults from flagged values: those less than an hour apart are one."""
    indices = np.flatnonzero(flags)
    if not len(indices):
        return
    cuts = np.flatnonzero(np.diff(series.times[indices]) > _SAME_FAULT) + 1
    for group in np.split(indices, cuts):
        values = series.values[group]
        worst = float(values[np.argmax(np.abs(values - usual))])
        times = series.times[group]
        yield SensorFault(metric, kind, float(times[0]), float(times[-1]), len(group), worst)


def _frozen(
    recording: Recording, metric: str, bad: Flags, place: _Place, others: Iterable[str]
) -> Iterator[SensorFault]:
    """Stretches in which a sensor stood still although most of the others moved."""
    series = recording[metric]
    if not len(series) or not np.any(series.values):
        return
    moves = np.flatnonzero(np.append(True, np.diff(series.values) != 0))
    starts = np.maximum(series.times[moves], recording.start)
    ends = np.minimum(np.append(series.times[moves[1:]], recording.end), recording.end)
    still = ~bad[moves] & (ends - starts >= place.still)
    for begin, finish, index in zip(starts[still], ends[still], moves[still], strict=True):
        known = recording.covered.within(float(begin), float(finish))
        if known.seconds < place.still or not _most_moved(recording, others, known):
            continue
        first, last = np.searchsorted(series.times, (begin, finish))
        yield SensorFault(
            metric,
            FaultKind.FROZEN,
            float(begin),
            float(finish),
            max(1, int(last - first)),
            float(series.values[index]),
        )


def _most_moved(recording: Recording, others: Iterable[str], known: Stretches) -> bool:
    """Whether at least half of the other sensors changed by more than a kelvin."""
    start, end = float(known.starts[0]), float(known.ends[-1])
    moved = [
        len(values) > 1 and float(np.ptp(values)) > _MOVED
        for values in (recording[name].within(start, end).values for name in others)
    ]
    return bool(moved) and sum(moved) >= len(moved) / 2
