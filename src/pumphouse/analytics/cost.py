"""What electricity cost: each kilowatt-hour at the price that was in force when it was used.

The amount comes from the best meter there is (see `electricity`), when it was used from `usage`,
and what it cost then from `prices`. Money is in the currency of the prices.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from pumphouse.analytics.electricity import Electricity
from pumphouse.analytics.figure import Figure, Provenance
from pumphouse.analytics.heater import heater
from pumphouse.analytics.knots import ANYWHERE
from pumphouse.analytics.modes import Mode, mode_stretches
from pumphouse.analytics.prices import Prices, prices
from pumphouse.analytics.series import Floats, Recording
from pumphouse.analytics.usage import Usage, heater_usage, usage

__all__ = ["LEAST_PRICED", "Cost", "HourlyCost", "cost", "cost_by_hour", "total_cost"]

#: the share of the electricity that has to have a price (own choice: prices of one month differ
#: by more than their mean, so that those of some hours are no guide to the rest)
LEAST_PRICED: Final = 0.9
_HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Costs of a period; each figure is None where too little is known.

    Attributes:
        coverage: share of the electricity that has a price, 0 to 1.
        total: of everything inside the boundary of the electricity, standby included.
        heating: of what was used for the house.
        hot_water: of what was used for the tank.
        cooling: of what was used for cooling.
        additional_heat: of the additional heat, which is part of heating and hot water, too.
        standby: of what was drawn while the pump worked for nothing.
        paid: mean price of a kilowatt-hour that was used.
        offered: mean price of the period, whether anything was used or not.
    """

    coverage: float = 0.0
    total: Figure | None = None
    heating: Figure | None = None
    hot_water: Figure | None = None
    cooling: Figure | None = None
    additional_heat: Figure | None = None
    standby: Figure | None = None
    paid: Figure | None = None
    offered: Figure | None = None


@dataclass(frozen=True, slots=True, eq=False)
class HourlyCost:
    """Use and cost hour by hour, where all of the hour has a price.

    Attributes:
        starts: seconds since 1970.
        energy: kWh.
        money: in the currency of the prices.
        price: mean price of the hour, time by time.
    """

    starts: Floats
    energy: Floats
    money: Floats
    price: Floats


def cost(recording: Recording, used: Electricity) -> Cost:
    """What the electricity of a period cost.

    Args:
        recording: of the period, with the prices as its series `electricity_price`.
        used: the electricity of the same period, by purpose.
    """
    use, known = usage(recording), prices(recording)
    if known is None:
        return Cost()
    if use is None:
        return Cost(offered=known.mean)
    modes = mode_stretches(recording)

    def of(amount: Figure | None, part: Usage) -> Figure | None:
        return _priced(recording, known, amount, part)

    def in_mode(amount: Figure | None, mode: Mode) -> Figure | None:
        return None if amount is None else of(amount, use.within(modes[mode]))

    whole = of(used.total, use)
    return Cost(
        coverage=known.share(use, recording.start, recording.end),
        total=whole,
        heating=in_mode(used.heating, Mode.HEATING),
        hot_water=in_mode(used.hot_water, Mode.HOT_WATER),
        cooling=in_mode(used.cooling, Mode.COOLING),
        additional_heat=of(heater(recording).total, heater_usage(recording) or use),
        standby=of(_standby(used), use.standby),
        paid=_mean_paid(whole, used.total),
        offered=known.mean,
    )


def total_cost(recording: Recording, used: Figure | None) -> Figure | None:
    """What all electricity of a period cost, without its parts; None where too little is known.

    Args:
        recording: of the period, with the prices.
        used: all electricity of the same period, kWh.
    """
    use, known = usage(recording), prices(recording)
    if use is None or known is None:
        return None
    return _priced(recording, known, used, use)


def cost_by_hour(recording: Recording, used: Figure | None) -> HourlyCost | None:
    """Use and cost of each whole hour that has a price; None without prices or use.

    Args:
        recording: of the period, with the prices.
        used: all electricity of the period, kWh, which the hours share.
    """
    use, known = usage(recording), prices(recording)
    first, behind = math.ceil(recording.start / _HOUR), math.floor(recording.end / _HOUR)
    if use is None or known is None or used is None or behind <= first:
        return None
    hours = np.arange(first, behind + 1, dtype=np.float64) * _HOUR
    seen = float(use.energy(np.array([recording.start, recording.end]))[0])
    scale = used.value / seen if seen > 0 else 0.0
    money, seconds, price = known.spent(use, hours)
    whole = seconds > _HOUR - 1.0
    energy = use.energy(hours) * scale
    return HourlyCost(hours[:-1][whole], energy[whole], (money * scale)[whole], price[whole])


def _priced(
    recording: Recording, known: Prices, amount: Figure | None, use: Usage
) -> Figure | None:
    """An amount of energy at the mean price of its use; None where too much of it has no price."""
    if amount is None:
        return None
    share = known.share(use, recording.start, recording.end)
    if share < LEAST_PRICED:
        return None
    price, late = known.paid(use)
    error = math.hypot(late, ANYWHERE * known.spread * (1.0 - share))
    estimated = amount.provenance is Provenance.ESTIMATED
    return replace(
        amount,
        value=amount.value * price,
        error=math.hypot(amount.error * price, amount.value * error),
        provenance=Provenance.ESTIMATED if estimated else Provenance.DERIVED,
    )


def _mean_paid(money: Figure | None, amount: Figure | None) -> Figure | None:
    """Money over energy; what the meter may be off by is in both and cancels."""
    if money is None or amount is None or amount.value <= 0:
        return None
    price = money.value / amount.value
    timing = math.sqrt(max(0.0, money.error**2 - (amount.error * price) ** 2))
    return Figure(price, timing / amount.value, money.provenance)


def _standby(used: Electricity) -> Figure | None:
    """What was used while the pump worked for nothing."""
    if used.total is None or used.running is None:
        return None
    value = max(0.0, used.total.value - used.running.value)
    return replace(used.total, value=value, error=min(used.running.error, used.running.value))
