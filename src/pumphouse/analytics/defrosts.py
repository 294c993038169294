"""Defrosts: when ice was melted off the evaporator, and what that cost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pumphouse.analytics.coverage import enough
from pumphouse.analytics.event_energy import electricity_of, heat_of
from pumphouse.analytics.figure import Figure, Provenance
from pumphouse.analytics.heat import flow_temperature
from pumphouse.analytics.modes import Mode, mode_stretches
from pumphouse.analytics.running import compressor
from pumphouse.analytics.series import Flags, Recording, Stretches, remembered
from pumphouse.analytics.states import (
    Switching,
    means,
    seen_beginnings,
    seen_hours,
    switching,
)

__all__ = ["Defrost", "DefrostFigures", "defrost_figures", "defrosting", "defrosts"]

#: begins, goes on, ends (NIBE 43427, and 1965 on the S-series)
_DEFROSTING = (120.0, 140.0, 160.0)
#: K: return warmer than flow by more than sensors differ (0.5 K in practice) takes heat from water
_INVERTED = -0.5
#: K above its median while running: hot gas flows through an evaporator
_HOT_EVAPORATOR = 2.0
#: s: what lasts longer is no defrost
_LONGEST = 1800.0


@dataclass(frozen=True, slots=True)
class Defrost:
    """One defrost.

    Attributes:
        start: first seen, seconds since 1970.
        end: first seen over, seconds since 1970.
        electricity: of the whole pump meanwhile, kWh; None where its power is not told.
        heat_taken: from the heating water, kWh; None without flow and temperatures.
        outdoor_temperature: mean, °C.
    """

    start: float
    end: float
    electricity: float | None
    heat_taken: float | None
    outdoor_temperature: float | None

    @property
    def seconds(self) -> float:
        """How long it was seen."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class DefrostFigures:
    """What defrosting cost in a period; each is None where there is not enough data.

    Attributes:
        coverage: share of the period for which there is data, 0 to 1.
        count: defrosts that began.
        hours: how long they lasted together.
        electricity: of the whole pump meanwhile, kWh.
        heat_taken: from the heating water, kWh.
    """

    coverage: float
    count: Figure | None = None
    hours: Figure | None = None
    electricity: Figure | None = None
    heat_taken: Figure | None = None


@remembered
def defrosting(recording: Recording) -> Switching | None:
    """Whether the device defrosted, by the best sign it gives (see `defrosts`), if any."""
    flag = switching(recording, "defrosting_active", lambda on: on > 0)
    if flag is not None:
        return flag
    status = switching(recording, "compressor_status", lambda codes: np.isin(codes, _DEFROSTING))
    return _by_signature(recording) if status is None else status


def defrosts(recording: Recording) -> Sequence[Defrost]:
    """The defrosts of a period, in order, as far as the device was heard meanwhile.

    By the device's own flag, else by its compressor status (120, 140, 160), else by a signature:
    the compressor turns while the water comes back more than 0.5 K warmer than it left, not for
    cooling, and for less than half an hour; where the evaporator's temperature is told, that is
    warmer than usual, too. A defrost that fits between two samples is missed: of those that take
    six minutes none by their status, but by the signature, which is shorter, one in five where
    samples are five minutes apart.
    """
    state = defrosting(recording)
    return () if state is None else _found(recording, state.stretches())


def defrost_figures(recording: Recording) -> DefrostFigures:
    """How often and how long the pump defrosted, and the energy that took."""
    coverage = recording.coverage
    state = defrosting(recording)
    if state is None or not enough(recording):
        return DefrostFigures(coverage)
    stretches = state.stretches()
    hours = seen_hours(stretches, state)
    found = _found(recording, stretches)
    share = hours.error / hours.value if hours.value > 0 else 0.0
    return DefrostFigures(
        coverage,
        seen_beginnings(state),
        hours,
        _sum([one.electricity for one in found], share),
        _sum([one.heat_taken for one in found], share),
    )


def _found(recording: Recording, stretches: Stretches) -> tuple[Defrost, ...]:
    if not len(stretches):
        return ()
    starts, ends = stretches.starts, stretches.ends
    taken = [None if heat is None else -heat for heat in heat_of(recording, starts, ends)]
    columns = zip(
        starts.tolist(),
        ends.tolist(),
        electricity_of(recording, starts, ends),
        taken,
        means(recording["outdoor_temperature"], starts, ends),
        strict=True,
    )
    return tuple(Defrost(*row) for row in columns)


def _by_signature(recording: Recording) -> Switching | None:
    running = compressor(recording)
    out, back = flow_temperature(recording), recording["return_temperature"]
    if running is None or not len(out) or not len(back):
        return None
    flow, known = out.held(running.instants)
    returned, known_too = back.held(running.instants)
    on = running.on & known & known_too & (flow - returned < _INVERTED)
    on &= ~mode_stretches(recording)[Mode.COOLING].contain(running.instants)
    on &= _warm_evaporator(recording, running)
    state = Switching(running.instants, on, running.start, running.end)
    return _without_long(state)


def _warm_evaporator(recording: Recording, running: Switching) -> Flags:
    """Where the evaporator is warmer than usual, or its temperature not told."""
    evaporator = recording["evaporator_temperature"]
    if not len(evaporator) or not running.on.any():
        return np.ones(len(running.instants), dtype=np.bool_)
    warm, known = evaporator.held(running.instants)
    usual = float(np.median(warm[running.on]))
    return ~known | (warm > usual + _HOT_EVAPORATOR)


def _without_long(state: Switching) -> Switching:
    """The same without what lasts too long for a defrost."""
    stretches = state.stretches()
    long = stretches.ends - stretches.starts > _LONGEST
    kept = Stretches(stretches.starts[~long], stretches.ends[~long])
    on = kept.contain(state.instants)
    return Switching(state.instants, on, state.start, state.end)


def _sum(energies: Sequence[float | None], relative_error: float) -> Figure | None:
    """Their sum; None where one is not known."""
    known = [energy for energy in energies if energy is not None]
    if len(known) < len(energies):
        return None
    value = float(np.sum(known))
    return Figure(value, abs(value) * relative_error, Provenance.DERIVED)
