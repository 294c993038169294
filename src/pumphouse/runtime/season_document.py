"""All that a season is drawn from: the report's figures, its days and months, house and curve."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from pumphouse.analytics.cop import Means, season
from pumphouse.analytics.cost import HourlyCost
from pumphouse.analytics.figure import Boundary, Figure
from pumphouse.analytics.house import DESIGN_OUTDOOR, HeatLoss
from pumphouse.analytics.report import DayEnergy, Report
from pumphouse.core.documents import Document
from pumphouse.core.model import Device
from pumphouse.runtime.curve_document import curve_found
from pumphouse.runtime.efficiency import Hints
from pumphouse.runtime.efficiency_document import figure_document, report_document

__all__ = ["season_document"]

_DIGITS: Final = 3
_HOURS: Final = 24
_WITH_HEATER: Final = (Boundary.H3, Boundary.H4)


def season_document(
    device: Device, report: Report, zone: ZoneInfo, hints: Hints, currency: str | None = None
) -> Document:
    """What the Efficiency page and the season report show.

    Args:
        device: what the report is about.
        report: about it.
        zone: of the site; months are its months.
        hints: what the owner says about the device: its design outdoor temperature.
        currency: of the costs; None where nothing tells a price.
    """
    design = hints.get("design_outdoor_temperature", DESIGN_OUTDOOR)
    return {
        **report_document(device, report, currency),
        "name": device.name,
        "model": device.model,
        "more": {name: figure_document(figure) for name, figure in _more(report).items()},
        "means": _means(report.performance.means),
        "causes": {str(one): hours for one, hours in report.additional_heat.hours_by_cause.items()},
        "days": [_day(day, zone) for day in report.days],
        "months": [
            _month(name, list(days))
            for name, days in groupby(report.days, lambda day: f"{_local(day, zone):%Y-%m}")
        ],
        "hours": [] if report.hours is None else _hours(report.hours, zone),
        "house": None if report.heat_loss is None else _house(report.heat_loss, design),
        "curve": None if report.heating_curve is None else curve_found(report.heating_curve),
    }


def _more(report: Report) -> Mapping[str, Figure | None]:
    """Figures beyond those of `report --json`, units in the names."""
    water, defrosts, addition = report.hot_water, report.defrosts, report.additional_heat
    return {
        "cop_running": report.performance.coefficients.running,
        "cop_cooling": report.performance.coefficients.cooling,
        "longest_pause_h": report.cycles.longest_pause,
        "defrost_hours": defrosts.hours,
        "defrost_electricity_kwh": defrosts.electricity,
        "defrost_heat_kwh": defrosts.heat_taken,
        "hot_water_charges": water.charges,
        "hot_water_reheat_min": water.reheat_minutes,
        "hot_water_heat_per_charge_kwh": water.heat_per_charge,
        "hot_water_tappings": water.tappings,
        "hot_water_boosts": water.boosts,
        "additional_heat_hours": addition.hours,
        "additional_heat_share_of_heat": addition.share_of_heat,
        "degree_days_kd": report.degree_days,
        "heat_per_degree_day_kwh": report.heat_per_degree_day,
        "degree_minutes_drift_dm_per_h": report.degree_minutes.drift,
    }


def _means(means: Means | None) -> Document | None:
    if means is None:
        return None
    names = ("flow", "outdoor", "lift", "difference", "carnot", "carnot_of_brine")
    return {name: _rounded(getattr(means, name)) for name in names}


def _day(day: DayEnergy, zone: ZoneInfo) -> Document:
    house = day.house
    return {
        "day": f"{_local(day, zone):%Y-%m-%d}",
        "coverage": _rounded(day.coverage),
        "outdoor": _rounded(day.outdoor),
        "cop": figure_document(day.cop),
        "electricity_kwh": figure_document(day.electricity.total),
        "heat_kwh": figure_document(day.heat.total),
        "cost": figure_document(day.cost),
        "difference": None if house is None else _rounded(house.indoor - house.outdoor),
        "heating_w": None if house is None else _rounded(house.heat.value),
    }


def _hours(hours: HourlyCost, zone: ZoneInfo) -> Sequence[Document]:
    """What the pump used and paid in each hour of the day, all days together."""
    local = np.array([datetime.fromtimestamp(one, zone).hour for one in hours.starts], np.int64)
    days = np.bincount(local, minlength=_HOURS)
    sums = (np.bincount(local, one, _HOURS) for one in (hours.energy, hours.money, hours.price))
    rows = zip(days.tolist(), *(one.tolist() for one in sums), strict=True)
    return [
        {
            "hour": hour,
            "electricity_kwh": _rounded(energy),
            "cost": _rounded(money),
            "price": _rounded(price / count) if count else None,
        }
        for hour, (count, energy, money, price) in enumerate(rows)
    ]


def _month(name: str, days: Sequence[DayEnergy]) -> Document:
    """The days of a month of which heat and electricity are both known, summed up."""
    found = season([(day.heat.total, day.electricity.total) for day in days])
    known = [
        day for day in days if day.heat.total is not None and day.electricity.total is not None
    ]
    return {
        "month": name,
        "days": len(days),
        "known": len(known),
        "electricity_kwh": figure_document(found.electricity),
        "heat_kwh": figure_document(found.heat),
        "cop": figure_document(found.factor),
        "heat": _parts((day.heat.heating, day.heat.hot_water, day) for day in known),
        "electricity": _parts(
            (day.electricity.heating, day.electricity.hot_water, day) for day in known
        ),
    }


def _parts(days: Iterable[tuple[Figure | None, Figure | None, DayEnergy]]) -> Document | None:
    """Energy by purpose, kWh, the additional heat apart; None where a day is not shared out."""
    parts = {"heating": 0.0, "hot_water": 0.0, "additional": 0.0}
    for heating, hot_water, day in days:
        if heating is None or hot_water is None:
            return None
        with_heater = day.electricity.total is not None and (
            day.electricity.total.boundary in _WITH_HEATER
        )
        for_house, for_tank = (
            (_value(day.additional.heating), _value(day.additional.hot_water))
            if with_heater
            else (0.0, 0.0)
        )
        parts["heating"] += max(heating.value - for_house, 0.0)
        parts["hot_water"] += max(hot_water.value - for_tank, 0.0)
        parts["additional"] += _value(day.additional.total)
    return {name: _rounded(value) for name, value in parts.items()}


def _house(loss: HeatLoss, design: float) -> Document:
    coldest, mildest = (loss.indoor - one for one in (loss.coldest, loss.mildest))
    return {
        "w_per_k": figure_document(loss.w_per_k),
        "balance_point": figure_document(loss.balance_point),
        "design_outdoor": design,
        "need_w": figure_document(loss.heat_need(design)),
        "indoor": _rounded(loss.indoor),
        "indoor_measured": loss.indoor_measured,
        "band_w": _rounded(loss.band_w),
        "days": loss.days,
        "left_out": loss.left_out,
        "coldest": _rounded(loss.coldest),
        "mildest": _rounded(loss.mildest),
        "line": [
            [_rounded(x), _rounded(max(0.0, float(loss.line.at(x))))] for x in (mildest, coldest)
        ],
    }


def _local(day: DayEnergy, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(day.start, zone)


def _value(figure: Figure | None) -> float:
    return 0.0 if figure is None else figure.value


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), _DIGITS)
