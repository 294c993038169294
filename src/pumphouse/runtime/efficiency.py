"""Efficiency of what is stored: recordings out of the store, figures out of recordings.

This loads numpy and computes for seconds; a program that runs for years asks
`runtime.analyst` instead, which does it in a process of its own.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

import numpy as np

from pumphouse.analytics.inputs import INPUTS
from pumphouse.analytics.prices import PRICE, in_force
from pumphouse.analytics.report import Day, Report, day_of, report
from pumphouse.analytics.series import EMPTY, LONGEST_STEP, Recording, Series
from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Device, Interval, Point
from pumphouse.core.ports import Columns, Store
from pumphouse.runtime.house_price import price_points

__all__ = ["Hints", "daily_values", "recording_of", "report_of"]

Hints = Mapping[str, float]
"""What the owner says about one device: see `config.settings.EfficiencySettings`."""

_NO_HINTS: Hints = MappingProxyType({})
_BESIDE = timedelta(seconds=LONGEST_STEP)
_DIGITS = 4
_SECONDS_PER_HOUR = 3600.0


async def report_of(
    store: Store, device: Device, interval: Interval, zone: ZoneInfo, hints: Hints = _NO_HINTS
) -> Report:
    """Everything about one device over a period."""
    recording = await recording_of(store, device, interval, hints)
    return await asyncio.to_thread(report, recording, _midnights(interval, zone))


async def daily_values(
    store: Store, device: Device, day: Interval, hints: Hints = _NO_HINTS
) -> Mapping[str, float]:
    """The daily metrics of one device for one day, as far as there is enough data for them."""
    figures = await asyncio.to_thread(day_of, await recording_of(store, device, day, hints))
    values = _values(figures)
    return {name: round(value, _DIGITS) for name, value in values.items() if value is not None}


async def recording_of(
    store: Store, device: Device, interval: Interval, hints: Hints = _NO_HINTS
) -> Recording:
    """What one device told over a period, as far as analytics ask for it.

    Args:
        hints: what the owner says about the device, by name of a setting; wins over what it tells.
    """
    points = [one for one in await store.points(device.id) if one.key.source == device.source]
    around = Interval(interval.start, interval.end + _BESIDE)
    series: dict[str, Series] = {}
    settings: dict[str, float] = {}
    for point in points:
        if point.metric in INPUTS:
            series[point.metric] = _series(await store.columns(point.key, around, held=True))
        elif _is_setting(point):
            settings |= await _setting(store, point, interval)
    start, end = interval.start.timestamp(), interval.end.timestamp()
    recording = Recording.of(start, end, series)
    # A price is known without the device: it does not say that the device was heard.
    told = {**recording.series, PRICE: await _prices(store, around)}
    return Recording(start, end, told, recording.heard, settings | dict(hints))


async def _prices(store: Store, interval: Interval) -> Series:
    """The price of the house's electricity: what the first source does not know, the next may."""
    found = EMPTY
    for point in await price_points(store, interval.end):
        told = _series(await store.columns(point.key, interval, held=True))
        missing = ~in_force(found).contain(told.times)
        times, values = told.times[missing], told.values[missing]
        found = Series.of(np.append(found.times, times), np.append(found.values, values))
    return found


def _is_setting(point: Point) -> bool:
    metric = load_catalogue().metrics.get(point.metric or "")
    return metric is not None and metric.group == "settings"


async def _setting(store: Store, point: Point, interval: Interval) -> dict[str, float]:
    """A setting as it was at the end of a period."""
    last = Interval(interval.end, interval.end)
    held = _series(await store.columns(point.key, last, held=True))
    assert point.metric is not None
    return {point.metric: float(held.values[-1])} if len(held) else {}


def _series(columns: Columns) -> Series:
    return Series(np.array(columns.times), np.array(columns.values))


def _values(day: Day) -> Mapping[str, float | None]:
    found = day.performance
    figures = {
        "daily_electricity": found.electricity.total,
        "daily_electricity_cost": day.cost,
        "daily_heat": found.heat.total,
        "daily_heat_heating": found.heat.heating,
        "daily_heat_hot_water": found.heat.hot_water,
        "daily_additional_heat": day.additional_heat.energy,
        "daily_cop": found.coefficients.combined,
        "daily_cop_heating": found.coefficients.heating,
        "daily_cop_hot_water": found.coefficients.hot_water,
        "daily_compressor_starts": day.cycles.starts.best,
        "daily_short_cycles": day.cycles.short_runs,
        "daily_defrosts": day.defrosts.count,
    }
    hours = day.cycles.run_hours.best
    return {name: None if one is None else one.value for name, one in figures.items()} | {
        "daily_compressor_run_time": None if hours is None else hours.value * _SECONDS_PER_HOUR,
        "daily_flow_temperature": None if found.means is None else found.means.flow,
        "daily_outdoor_temperature": day.outdoor,
        "daily_coverage": found.coverage * 100.0,
    }


def _midnights(interval: Interval, zone: ZoneInfo) -> Sequence[float]:
    """The midnights between which the whole days of a period lie, seconds since 1970."""
    first = interval.start.astimezone(zone)
    day = first.date() if first.timetz().replace(tzinfo=None) == time() else _next(first.date())
    found: list[float] = []
    while (midnight := datetime.combine(day, time(), zone)) <= interval.end:
        found.append(midnight.timestamp())
        day = _next(day)
    return found


def _next(day: date) -> date:
    return day + timedelta(days=1)
