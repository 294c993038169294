"""Hot water: when the tank was charged and why, and what was taken from it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from pumphouse.analytics.accuracy import NORMAL
from pumphouse.analytics.charging import charging, tank_temperature
from pumphouse.analytics.coverage import enough
from pumphouse.analytics.event_energy import electricity_of, growth_of, heat_of
from pumphouse.analytics.figure import Figure, Provenance
from pumphouse.analytics.series import Flags, Floats, Recording, Stretches
from pumphouse.analytics.states import Switching, seen_beginnings, seen_hours
from pumphouse.analytics.tappings import TAPPING_ERROR, tappings

__all__ = ["Charge", "HotWaterFigures", "Reason", "charges", "hot_water_figures"]

#: K above the usual stop temperature: a charge that ends there was meant to be hotter
_HOTTER = 2.5
#: so many charges tell what temperature is usual where the settings do not
_ENOUGH_CHARGES = 5
_MINUTE = 60.0
_LEVELS = ("economy", "normal", "luxury")
#: kWh: what a heat meter's last digit leaves open
_DIGIT = 0.1


class Reason(StrEnum):
    """Why a tank was charged."""

    DEMAND = "demand"
    BOOST = "boost"
    INCREASE = "periodic increase"


_REASONS = tuple(Reason)


@dataclass(frozen=True, slots=True)
class Charge:
    """The tank from the beginning of a charge to its end, whatever heats it.

    Attributes:
        start: first seen, seconds since 1970.
        end: first seen over, seconds since 1970.
        start_seen: whether it began then; if not, before the period or in a silence.
        end_seen: whether it ended then.
        reason: somebody asked for more, or the tank was made hotter than usual (against
            legionella), or else it had cooled down.
        start_temperature: at the charging sensor (BT6, else BT7), °C.
        end_temperature: the same at the end, °C.
        heat: put into the tank, kWh; by the heat meter, else from flow and temperatures.
        electricity: of the whole pump meanwhile, kWh.
    """

    start: float
    end: float
    start_seen: bool
    end_seen: bool
    reason: Reason
    start_temperature: float | None
    end_temperature: float | None
    heat: float | None
    electricity: float | None

    @property
    def seconds(self) -> float:
        """How long reheating was seen to take."""
        return self.end - self.start

    @property
    def whole(self) -> bool:
        """Whether both its beginning and its end were seen."""
        return self.start_seen and self.end_seen


@dataclass(frozen=True, slots=True)
class HotWaterFigures:
    """Hot water in a period; each figure is None where there is not enough data.

    Attributes:
        coverage: share of the period for which there is data, 0 to 1.
        charges: that began.
        hours: spent charging.
        boosts: charges that made the water hotter than usual.
        reheat_minutes: mean length of whole charges.
        heat_per_charge: mean heat of whole charges, kWh.
        tappings: seen while the tank was not charged.
        heat_per_tapping: mean heat of one, kWh; estimated.
    """

    coverage: float
    charges: Figure | None = None
    hours: Figure | None = None
    boosts: Figure | None = None
    reheat_minutes: Figure | None = None
    heat_per_charge: Figure | None = None
    tappings: Figure | None = None
    heat_per_tapping: Figure | None = None


def charges(recording: Recording) -> Sequence[Charge]:
    """The charges of a period, in order; those cut by its edges or a silence included."""
    state = charging(recording)
    return () if state is None else _charges(recording, state)


def hot_water_figures(recording: Recording, *, tank_litres: float = 180.0) -> HotWaterFigures:
    """How often, how long and why the tank was charged, and what was tapped.

    Args:
        recording: of the period.
        tank_litres: of the tank, for what was tapped.
    """
    coverage = recording.coverage
    state = charging(recording)
    if state is None or not enough(recording):
        return HotWaterFigures(coverage)
    found = _charges(recording, state)
    begun = seen_beginnings(state)
    hotter = sum(one.start_seen and one.reason is not Reason.DEMAND for one in found)
    whole = [one for one in found if one.whole]
    taps = tappings(recording, tank_litres=tank_litres)
    return HotWaterFigures(
        coverage,
        begun,
        seen_hours(state.stretches(), state),
        Figure(float(hotter), min(begun.error, 1.0 + hotter), Provenance.DERIVED),
        _mean([one.seconds / _MINUTE for one in whole], state.step / _MINUTE),
        _mean([one.heat for one in whole], _DIGIT),
        *_tapped([one.heat for one in taps or ()], begun.error),
    )


def _charges(recording: Recording, state: Switching) -> tuple[Charge, ...]:
    stretches = state.stretches()
    starts, ends = stretches.starts, stretches.ends
    tank = tank_temperature(recording)
    before, known = tank.held(starts)
    after, _ = tank.held(ends)
    reasons = np.where(
        _boosted(recording, starts, ends), 1, np.where(known & _hotter(recording, after), 2, 0)
    )
    columns = zip(
        starts.tolist(),
        ends.tolist(),
        np.isin(starts, state.sharp(state.began)).tolist(),
        np.isin(ends, state.sharp(state.ended)).tolist(),
        [_REASONS[place] for place in reasons],
        _told(before, known),
        _told(after, known),
        _heat(recording, state, stretches),
        electricity_of(recording, starts, ends),
        strict=True,
    )
    return tuple(Charge(*row) for row in columns)


def _heat(recording: Recording, state: Switching, stretches: Stretches) -> list[float | None]:
    """What each charge put into the tank, kWh."""
    starts, ends = stretches.starts, stretches.ends
    # The meter stood still until the charge began, somewhere behind the sample before.
    still = starts - state.waits(starts)
    metered = growth_of(recording["heat_produced_hot_water"], still, ends)
    if None not in metered:
        return metered
    sampled = heat_of(recording, starts, ends)
    return [two if one is None else one for one, two in zip(metered, sampled, strict=True)]


def _told(kelvin: Floats, known: Flags) -> list[float | None]:
    return [float(one) if sure else None for one, sure in zip(kelvin, known, strict=True)]


def _boosted(recording: Recording, starts: Floats, ends: Floats) -> Flags:
    """Whether somebody had asked for more hot water during each charge."""
    boost = recording["hot_water_boost"]
    early, known = boost.held(starts)
    asked = boost.times[boost.values > 0]
    during = np.searchsorted(asked, ends) > np.searchsorted(asked, starts)
    return (known & (early > 0)) | during


def _hotter(recording: Recording, ended: Floats) -> Flags:
    """Whether each charge ended hotter than usual."""
    usual = _usual_stop(recording)
    if usual is None and len(ended) >= _ENOUGH_CHARGES:
        usual = float(np.median(ended))
    return np.zeros(len(ended), dtype=np.bool_) if usual is None else ended > usual + _HOTTER


def _usual_stop(recording: Recording) -> float | None:
    """The stop temperature of the comfort level in use, °C; None where the device tells neither."""
    settings = recording.settings
    level = settings.get("hot_water_comfort_mode", settings.get("hot_water_demand"))
    if level is None or level not in range(len(_LEVELS)):
        return None
    return settings.get(f"hot_water_stop_{_LEVELS[int(level)]}")


def _mean(values: Sequence[float | None], each: float) -> Figure | None:
    """The mean of values, each off by up to `each`; None without values."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    error = NORMAL * each / math.sqrt(6.0 * len(known))
    return Figure(float(np.mean(known)), error, Provenance.DERIVED)


def _tapped(heats: Sequence[float], missed: float) -> tuple[Figure | None, Figure | None]:
    """How many tappings there were, and the mean heat of one."""
    if not heats:
        return None, None
    count, mean = float(len(heats)), float(np.mean(heats))
    return (
        Figure(count, missed + TAPPING_ERROR * count, Provenance.ESTIMATED),
        Figure(mean, TAPPING_ERROR * mean, Provenance.ESTIMATED),
    )
