"""What a pump is working for at each moment."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from pumphouse.analytics.series import Recording, Series, Stretches, remembered

__all__ = ["RUNNING_POWER", "Mode", "codes_of", "mode_stretches", "only_in"]


#: W from which a pump works; below it stands by (openenergymonitor's heat pump app shows 150 W as
#: its default, and falls back to 100 W and 200 W elsewhere)
RUNNING_POWER = 150.0


class Mode(StrEnum):
    """What a pump can work for."""

    HEATING = "heating"
    HOT_WATER = "hot_water"
    COOLING = "cooling"
    POOL = "pool"
    IDLE = "idle"


#: what the vendors' codes of the metric `priority` say: NIBE's F-series counts in tens (43086), the
#: S-series from 0 (14950), and no code is in both. Preheating is for the house; transfer is idle.
_CODES: Mapping[int, Mode] = MappingProxyType(
    {
        0: Mode.IDLE,
        1: Mode.HEATING,
        2: Mode.COOLING,
        3: Mode.HOT_WATER,
        4: Mode.POOL,
        5: Mode.POOL,
        6: Mode.HEATING,
        10: Mode.IDLE,
        20: Mode.HOT_WATER,
        25: Mode.HOT_WATER,
        30: Mode.HEATING,
        40: Mode.POOL,
        41: Mode.POOL,
        50: Mode.IDLE,
        60: Mode.COOLING,
        70: Mode.HEATING,
    }
)


def codes_of(mode: Mode) -> tuple[int, ...]:
    """The codes of `priority`, of all vendors, that say so."""
    return tuple(code for code, said in _CODES.items() if said is mode)


@remembered
def mode_stretches(recording: Recording) -> Mapping[Mode, Stretches]:
    """When the pump worked for what, while it was heard; every mode is there, empty or not.

    An unknown code is idle. Where the pump tells no priority, every stretch is empty.
    """
    series, covered = recording["priority"], recording.covered
    edges = np.append(series.times, max(recording.end, *series.times[-1:], recording.start))
    codes, places = np.unique(np.rint(series.values), return_inverse=True)
    modes = [_CODES.get(int(code), Mode.IDLE) for code in codes]
    stretches = {}
    for mode in Mode:
        if mode not in modes:
            stretches[mode] = Stretches.of([], [])
            continue
        worked = np.array([one is mode for one in modes], dtype=np.bool_)[places]
        stretches[mode] = Stretches.of(edges[:-1][worked], edges[1:][worked]) & covered
    return stretches


def only_in(series: Series, stretches: Stretches) -> Series:
    """The same, 0 outside the stretches."""
    edges = np.concatenate((stretches.starts, stretches.ends))
    if not len(series):
        return series
    instants = np.unique(np.concatenate((series.times, edges[edges > series.times[0]])))
    values, _ = series.held(instants)
    return Series(instants, np.where(stretches.contain(instants), values, 0.0))
