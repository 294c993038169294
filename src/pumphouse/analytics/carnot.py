"""What physics allows, and means weighted by heat."""

import numpy as np

from pumphouse.analytics.series import Floats

__all__ = [
    "carnot_cop",
    "carnot_cop_of_brine",
    "carnot_share",
    "weighted_mean",
]

_ZERO_CELSIUS = 273.15  # K
_CONDENSER = 2.0  # K by which the refrigerant is warmer than the flow
_EVAPORATOR = 6.0  # K by which it is colder than outdoor air
_BRINE_EVAPORATOR = 3.0  # K by which it is colder than the brine that leaves (own assumption)
_SMALLEST_LIFT = 4.0  # K: below that the formula explodes


def carnot_cop(flow: Floats, outdoor: Floats) -> Floats:
    """The best COP between outdoor air and flow, dimensionless.

    COP_c = (Tf + 2 + 273.15) / ((Tf + 2) - (To - 6)), after openenergymonitor's weighted tool;
    the lift is at least 4 K.

    Args:
        flow: flow temperature, °C.
        outdoor: outdoor temperature, °C.
    """
    return _carnot(flow, outdoor - _EVAPORATOR)


def carnot_cop_of_brine(flow: Floats, brine_out: Floats) -> Floats:
    """The same for a ground source, from the brine going back into the ground, less 3 K.

    An extension of our own; to compare with others use `carnot_cop` with the outdoor temperature.

    Args:
        flow: flow temperature, °C.
        brine_out: brine that leaves the pump, °C.
    """
    return _carnot(flow, brine_out - _BRINE_EVAPORATOR)


def carnot_share(heat: Floats, electricity: float, carnot: Floats) -> float | None:
    """The share of Carnot's COP that was reached, 0 to 1.

    (ΣQ / ΣE) / (ΣQ / Σ(Q / COP_c)) = Σ(Q / COP_c) / ΣE over the time the pump gave heat, after
    openenergymonitor's weighted tool; about a half is typical. None without electricity.

    Args:
        heat: heat of each step, in any unit of energy.
        electricity: of all steps together, in the same unit.
        carnot: the best COP in each step.
    """
    return float(np.sum(heat / carnot)) / electricity if electricity > 0 else None


def weighted_mean(values: Floats, heat: Floats) -> float | None:
    """Σ Q·X / Σ Q; steps without or with negative heat do not count. None without heat."""
    weights = np.maximum(heat, 0.0)
    whole = float(np.sum(weights))
    return float(np.sum(values * weights)) / whole if whole > 0 else None


def _carnot(flow: Floats, evaporating: Floats) -> Floats:
    condensing = flow + _CONDENSER
    return (condensing + _ZERO_CELSIUS) / np.maximum(_SMALLEST_LIFT, condensing - evaporating)
