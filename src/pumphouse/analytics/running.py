"""Whether the compressor turns, and the starts that samples of it have missed."""

from collections.abc import Callable, Mapping

import numpy as np

from pumphouse.analytics.modes import RUNNING_POWER
from pumphouse.analytics.series import Flags, Floats, Recording, remembered
from pumphouse.analytics.starts import Rises, rises
from pumphouse.analytics.states import Switching, switching

__all__ = ["compressor", "unseen_starts"]

#: running, and the three stages of a defrost, in which the compressor turns as well (NIBE 43427)
_TURNING = (60.0, 120.0, 140.0, 160.0)
_SIGNS: Mapping[str, Callable[[Floats], Flags]] = {
    "compressor_status": lambda codes: np.isin(codes, _TURNING),
    "compressor_frequency": lambda hertz: hertz > 0,
    "compressor_power": lambda watts: watts > RUNNING_POWER,
    "electric_power": lambda watts: watts > RUNNING_POWER,
}


@remembered
def compressor(recording: Recording) -> Switching | None:
    """Whether the compressor turned, by the best sign the device gives; None without a sign.

    Its status (60 running, 120 to 160 defrosting), else a frequency above 0, else its power or
    that of the whole pump above 150 W.
    """
    for metric, is_on in _SIGNS.items():
        state = switching(recording, metric, is_on)
        if state is not None and len(state.instants):
            return state
    return None


@remembered
def unseen_starts(recording: Recording, state: Switching) -> Rises:
    """The starts that the counter tells and no two samples show, each at the sample that told it.

    A start that was seen explains a rise of one in the same sample, or in the one before or behind
    it: a device need not read its status and its counter at the same moment.
    """
    risen = rises(recording["compressor_starts"])
    inside = (risen.instants > recording.start) & (risen.instants <= recording.end)
    places = np.searchsorted(state.instants, risen.instants[inside])
    left = risen.counts[inside].copy()
    began = np.searchsorted(state.instants, state.began)
    first = 0
    for start in began:
        while first < len(places) and (places[first] < start - 1 or left[first] <= 0):
            first += 1
        if first < len(places) and places[first] <= start + 1:
            left[first] -= 1
    unseen = left > 0
    return Rises(risen.instants[inside][unseen], left[unseen])
