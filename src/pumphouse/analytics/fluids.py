"""Heat that a litre of water or brine carries."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

import numpy as np

__all__ = ["WATER_J_PER_L_K", "Fluid", "heat_capacity"]

#: water between 30 and 60 °C, J/(l·K): 4186 per kilogram, a litre taken for a kilogram (a litre of
#: water at 45 °C has 4136; emoncms counts 4200)
WATER_J_PER_L_K = 4186.0


class Fluid(IntEnum):
    """What fills a brine circuit, mixed with water."""

    WATER = 0
    ETHANOL = 1
    PROPYLENE_GLYCOL = 2
    ETHYLENE_GLYCOL = 3


_PER_CENT = (0.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0)
#: heat capacity in J/(l·K) at 0 °C by per cent of mass, from the fits of Melinder (2010) as
#: CoolProp has them, rounded; within 0.5 % between -5 and +10 °C
_CAPACITIES: Mapping[Fluid, tuple[float, ...]] = MappingProxyType(
    {
        Fluid.WATER: (4218.0,) * len(_PER_CENT),
        Fluid.ETHANOL: (4218.0, 4296.0, 4244.0, 4151.0, 4026.0, 3878.0, 3716.0),
        Fluid.PROPYLENE_GLYCOL: (4218.0, 4152.0, 4112.0, 4077.0, 4028.0, 3963.0, 3883.0),
        Fluid.ETHYLENE_GLYCOL: (4218.0, 4071.0, 4009.0, 3933.0, 3843.0, 3744.0, 3641.0),
    }
)


def heat_capacity(fluid: Fluid, per_cent: float) -> float:
    """Heat capacity of brine around 0 °C in J/(l·K), straight between the table's entries.

    Args:
        fluid: what is mixed with the water.
        per_cent: its share of the mass; beyond 40 % the value at 40 % is given.
    """
    return float(np.interp(per_cent, _PER_CENT, _CAPACITIES[fluid]))
