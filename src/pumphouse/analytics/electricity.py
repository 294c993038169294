"""Electricity that a pump uses, in kWh, with what is inside and where it comes from.

Settings of a recording that say what a pump cannot: `electricity_meter_is_external` (1 where
`electricity_used` or `electric_power` come from a meter that was put before the pump) and
`phase_currents_are_pump` (1 where the phase currents are the pump's own feed, 0 where they are the
whole house's, as on most installations).
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from pumphouse.analytics.accuracy import ELECTRICITY_METER
from pumphouse.analytics.auxiliaries import Auxiliaries, auxiliaries, currents_are_the_pumps
from pumphouse.analytics.coverage import enough
from pumphouse.analytics.energy import power_of_currents
from pumphouse.analytics.figure import Boundary, Figure, Provenance, total
from pumphouse.analytics.heater import Heater, heater
from pumphouse.analytics.meters import of_counter, of_counters, of_power
from pumphouse.analytics.modes import RUNNING_POWER, Mode, mode_stretches, only_in
from pumphouse.analytics.series import EMPTY, Recording, Series, remembered

__all__ = ["Electricity", "electricity", "electricity_by_mode", "power_used"]

_WHOLE = "electricity_used"
_COMPRESSOR = "electricity_used_compressor"
_COMPRESSOR_HOT_WATER = "electricity_used_compressor_hot_water"
_HEATING = ("electricity_used_heating", "electricity_used_additional_heating")
_HOT_WATER = ("electricity_used_hot_water", "electricity_used_additional_hot_water")
_POWER = "electric_power"
_NOTHING = Figure(0.0, 0.0, Provenance.DERIVED)
#: 230 V may be 2 % off and cos φ of an inverter below 1: a guess on the wide side
_CURRENTS = 0.04
#: by which shares of energy and of time may differ: hot water takes more power than heating
_SHARE_DOUBT = 0.25


@dataclass(frozen=True, slots=True)
class Electricity:
    """Electricity of a period by what it was for, in kWh; None where it is not known.

    Attributes:
        total: everything inside the boundary, standby included.
        running: while the pump worked, that is above `RUNNING_POWER`.
        heating: for the house, as the pump's counters share it out, else while it worked for it.
        hot_water: for the tank.
        cooling: for cooling.
    """

    total: Figure | None = None
    running: Figure | None = None
    heating: Figure | None = None
    hot_water: Figure | None = None
    cooling: Figure | None = None


def electricity(recording: Recording) -> Figure | None:
    """All electricity of the period, kWh, from the best source there is; None without enough data.

    In this order, with the boundary of each (SEPEMO):
        1. the counter of the whole pump: H4, a device's meter, or measured by an external one;
        2. the counters by purpose and standby: H4, derived;
        3. the compressor's counter, the additional heat, and the pumps: H4, derived. What the
           pumps take is read from the phase currents where these are the pump's own, else assumed;
           without any word of additional heat: H2;
        4. samples of the pump's power: H4, derived;
        5. the phase currents: H4, derived if they are known to be the pump's, else estimated.
    """
    return electricity_by_mode(recording).total


def electricity_by_mode(recording: Recording) -> Electricity:
    """The same by purpose; see `electricity` for the sources and `Electricity` for the parts."""
    if not enough(recording):
        return Electricity()
    for source in (_of_counters, _of_compressor, _of_samples):
        found = source(recording)
        if found.total is not None:
            return found
    return Electricity()


@remembered
def power_used(recording: Recording) -> Series:
    """Sampled power of the whole pump in W; empty where only the house's power is known."""
    if len(recording[_POWER]):
        return recording[_POWER]
    return power_of_currents(recording) if currents_are_the_pumps(recording) else EMPTY


def _of_counters(recording: Recording) -> Electricity:
    """From counters of the whole pump, or of all its purposes."""
    external = bool(recording.settings.get("electricity_meter_is_external"))
    provenance = Provenance.MEASURED if external else Provenance.DEVICE_METER
    whole = of_counter(
        recording,
        _WHOLE,
        ELECTRICITY_METER,
        shape=recording[_POWER],
        provenance=provenance,
        boundary=Boundary.H4,
    )
    purposes = _of_purposes(recording)
    if whole is None:
        whole = _with_standby(recording, purposes)
    if whole is None:
        return Electricity()
    running = _running(recording, whole)
    if purposes.heating is not None and purposes.hot_water is not None:
        return Electricity(
            whole, running, purposes.heating, purposes.hot_water, _cooling(recording, whole)
        )
    return _shared_out(recording, whole, running)


def _of_purposes(recording: Recording) -> Electricity:
    """The counters of heating and hot water, additional heat included, standby not."""
    return Electricity(
        heating=of_counters(recording, _HEATING, ELECTRICITY_METER, boundary=Boundary.H4),
        hot_water=of_counters(recording, _HOT_WATER, ELECTRICITY_METER, boundary=Boundary.H4),
    )


def _with_standby(recording: Recording, purposes: Electricity) -> Figure | None:
    """The sum of the purposes and of what is drawn for none."""
    if purposes.heating is None or purposes.hot_water is None:
        return None
    rest = auxiliaries(recording).standby
    return _sum(Boundary.H4, purposes.heating, purposes.hot_water, rest)


def _of_compressor(recording: Recording) -> Electricity:
    """From the compressor's counter, the additional heat, and what the pumps take."""
    compressor = of_counter(recording, _COMPRESSOR, ELECTRICITY_METER)
    if compressor is None:
        return Electricity()
    rest, heat = auxiliaries(recording), heater(recording)
    if heat.total is None:
        heat = Heater(_NOTHING, _NOTHING, _NOTHING)
        boundary = Boundary.H2
    else:
        boundary = Boundary.H4
    running = _sum(boundary, compressor, heat.total, rest.running)
    whole = _sum(boundary, running, rest.idle)
    assert whole is not None
    hot_water = of_counter(recording, _COMPRESSOR_HOT_WATER, ELECTRICITY_METER)
    cooling = rest.by_mode[Mode.COOLING]
    if hot_water is None or cooling.value > 0:
        return _shared_out(recording, whole, running)
    space = Figure(
        max(0.0, compressor.value - hot_water.value),
        max(compressor.error - hot_water.error, ELECTRICITY_METER * compressor.value / 2.0),
        Provenance.DERIVED,
    )
    share = hot_water.value / compressor.value if compressor.value > 0 else 0.0
    return Electricity(
        whole,
        running,
        _sum(boundary, space, heat.heating, _rest_of(rest, Mode.HEATING, 1.0 - share)),
        _sum(boundary, hot_water, heat.hot_water, _rest_of(rest, Mode.HOT_WATER, share)),
    )


def _rest_of(rest: Auxiliaries, mode: Mode, share: float) -> Figure:
    """What pumps and fan took for a purpose: by time, or by the compressor's share after gaps."""
    timed, shared = rest.by_mode[mode], rest.running.scaled(share)
    shared = replace(shared, error=math.hypot(shared.error, _SHARE_DOUBT * shared.value))
    return min(timed, shared, key=lambda figure: figure.error)


def _of_samples(recording: Recording) -> Electricity:
    """From samples of the pump's power, or else of the phase currents."""
    power, accuracy, provenance = recording[_POWER], ELECTRICITY_METER, Provenance.DERIVED
    if len(power) and recording.settings.get("electricity_meter_is_external"):
        provenance = Provenance.MEASURED
    if not len(power):
        power, accuracy = power_of_currents(recording), _CURRENTS
        own = recording.settings.get("phase_currents_are_pump")
        provenance = Provenance.DERIVED if own else Provenance.ESTIMATED
    whole = of_power(recording, power, accuracy, provenance=provenance, boundary=Boundary.H4)
    if whole is None:
        return Electricity()
    return _shared_out(recording, whole, _running(recording, whole))


def _running(recording: Recording, whole: Figure) -> Figure | None:
    """The whole without what was drawn below `RUNNING_POWER`; None where no power is sampled."""
    power = power_used(recording)
    if not len(power):
        return None
    below = Series(power.times, np.where(power.values < RUNNING_POWER, power.values, 0.0))
    idle = of_power(recording, below, 0.0)
    if idle is None:
        return None
    value = max(0.0, whole.value - idle.value)
    return replace(whole, value=value, error=math.hypot(whole.error, idle.error))


def _shared_out(recording: Recording, whole: Figure, running: Figure | None) -> Electricity:
    """The whole, and shares of it by the power sampled while the pump worked for each purpose."""
    power = power_used(recording)
    working = Series(power.times, np.where(power.values < RUNNING_POWER, 0.0, power.values))
    modes = mode_stretches(recording)
    parts = {
        mode: of_power(recording, only_in(working, modes[mode]), 0.0)
        for mode in (Mode.HEATING, Mode.HOT_WATER, Mode.COOLING)
    }
    everything = of_power(recording, working, 0.0)
    if running is None or everything is None or everything.value <= 0:
        return Electricity(whole, running)
    scale = running.value / everything.value

    def scaled(part: Figure | None) -> Figure | None:
        if part is None:
            return None
        error = math.hypot(part.error * scale, running.error * part.value / everything.value)
        return replace(running, value=part.value * scale, error=error)

    heating, hot_water, cooling = (scaled(part) for part in parts.values())
    return Electricity(whole, running, heating, hot_water, cooling)


def _cooling(recording: Recording, whole: Figure) -> Figure | None:
    """Electricity while the pump cooled, as its sampled power says."""
    return _shared_out(recording, whole, _running(recording, whole)).cooling


def _sum(boundary: Boundary, *parts: Figure | None) -> Figure | None:
    """The sum of what several meters and assumptions say, all inside one boundary."""
    whole = total(parts)
    return None if whole is None else replace(whole, boundary=boundary)
