"""Heat that a pump delivers, in kWh, and where it is known from.

Settings of a recording that say what a pump cannot: `heat_meter_is_external` (1 where the heat
comes from a meter that was put behind the pump), `brine_flow` (l/min), `brine_fluid` (a number of
`fluids.Fluid`) and `brine_concentration` (% of mass).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np

from pumphouse.analytics.accuracy import flow_and_temperature, heat_meter
from pumphouse.analytics.carnot import carnot_cop
from pumphouse.analytics.coverage import enough
from pumphouse.analytics.figure import Figure, Provenance, total
from pumphouse.analytics.fluids import WATER_J_PER_L_K, Fluid, heat_capacity
from pumphouse.analytics.heater import Heater, heater
from pumphouse.analytics.meters import of_counter, of_power
from pumphouse.analytics.modes import Mode, mode_stretches, only_in
from pumphouse.analytics.sampling import steps_of
from pumphouse.analytics.series import EMPTY, Floats, Recording, Series, remembered

__all__ = ["Heat", "compressor_heat_power", "flow_temperature", "heat", "running_difference"]

_WHOLE = "heat_produced"
_HEATING = "heat_produced_heating"
_HOT_WATER = "heat_produced_hot_water"
_POOL = ("heat_produced_pool", "heat_produced_pool_2")
_COOLING = "cooling_produced"
_POWER = "heat_power"
_FLOW = "heating_medium_flow"
_CONDENSER = "condenser_supply_temperature"
_SUPPLY = "supply_temperature"
_RETURN = "return_temperature"
_BRINE = ("brine_in_temperature", "brine_out_temperature")
_RUNNING_KELVIN = 1.0  # above this difference there is heat (openenergymonitor)
_SHELL = 0.95  # share of the compressor's electricity that ends up in the water (0.90 to 0.97)
_BRINE_DOUBT = 0.10  # of heat from the brine side, relative
_MODEL_DOUBT = 0.20  # of heat from a compressor model, relative
_CARNOT_SHARE = 0.5  # of what physics allows a usual pump (openenergymonitor's fleet)


@dataclass(frozen=True, slots=True)
class Heat:
    """Heat of a period by what it was for, in kWh; None where it is not known.

    Attributes:
        total: delivered to house, tank and pool, less what defrosts took back.
        heating: to the house.
        hot_water: to the tank.
        cooling: taken out of the house.
    """

    total: Figure | None = None
    heating: Figure | None = None
    hot_water: Figure | None = None
    cooling: Figure | None = None


def heat(recording: Recording, *, additional: bool = True) -> Heat:
    """Heat of the period from the best source there is; nothing without enough data.

    In this order:
        1. heat meters: a device's meter, or measured by an external one;
        2. samples of a heat meter's power: the same;
        3. flow and temperature difference of the water: Q = c·V̇·ΔT, derived;
        4. flow and temperature difference of the brine, and 95 % of the compressor's electricity;
           estimated, and only with the settings `brine_flow` and `brine_fluid`;
        5. the compressor's electricity and half of what Carnot allows: estimated.

    Args:
        recording: of the pump.
        additional: whether the additional heat is to be inside.
    """
    if not enough(recording):
        return Heat()
    extra = cache(partial(heater, recording))  # most pumps tell all that is asked without it
    found = _of_meters(recording, extra, additional=additional)
    if found.total is None:
        found = _of_samples(recording, extra(), additional=additional)
    return replace(found, cooling=_cooling(recording))


@remembered
def compressor_heat_power(recording: Recording) -> Series:
    """Heat of the compressor in W from flow and temperatures of the water; empty where unknown.

    Q = c·V̇·(T_flow - T_return), where T_flow is that behind the condenser and before the
    additional heat (BT12) where there is such a sensor, else the supply temperature. It is negative
    while a defrost takes heat back.
    """
    if not recording.has((_FLOW, _RETURN)) or not len(flow_temperature(recording)):
        return EMPTY
    steps = steps_of(recording)
    flow, difference = steps.values(_FLOW), _difference(recording, steps.starts)
    assert flow is not None
    return Series(steps.starts, WATER_J_PER_L_K / 60.0 * flow * difference)


def flow_temperature(recording: Recording) -> Series:
    """The temperature of the water that leaves the pump: behind the condenser, else the supply."""
    return recording[_CONDENSER] if len(recording[_CONDENSER]) else recording[_SUPPLY]


@remembered
def running_difference(recording: Recording) -> float | None:
    """Mean K between flow and return while there was heat; None where none was seen."""
    if not len(flow_temperature(recording)) or not len(recording[_RETURN]):
        return None
    steps = steps_of(recording)
    difference = _difference(recording, steps.starts)
    return steps.mean(difference, difference > _RUNNING_KELVIN)


def _difference(recording: Recording, instants: Floats) -> Floats:
    flow, known = flow_temperature(recording).held(instants)
    back, known_too = recording[_RETURN].held(instants)
    return np.where(known & known_too, flow - back, 0.0)


def _of_meters(recording: Recording, extra: Callable[[], Heater], *, additional: bool) -> Heat:
    """From heat meters, with the additional heat put in or taken out as asked."""
    meter = _Meter.of(recording)
    heating = _metered(meter, _HEATING, lambda: extra().heating, additional=additional)
    hot_water = _metered(meter, _HOT_WATER, lambda: extra().hot_water, additional=additional)
    pools = [meter.figure(pool) for pool in _POOL if len(recording[pool])]
    whole = total((heating, hot_water, *pools), independent=False)
    if whole is None:
        whole = meter.figure(_WHOLE)
        if whole is None and len(recording[_POWER]):
            power = recording[_POWER]
            whole = of_power(recording, power, meter.accuracy, provenance=meter.provenance)
        if not additional:
            whole = _minus(whole, extra().total)
    return Heat(whole, heating, hot_water)


@dataclass(frozen=True, slots=True, eq=False)
class _Meter:
    """The heat meter of a pump: how good it is and whose."""

    recording: Recording
    accuracy: float
    provenance: Provenance

    @classmethod
    def of(cls, recording: Recording) -> "_Meter":
        external = bool(recording.settings.get("heat_meter_is_external"))
        provenance = Provenance.MEASURED if external else Provenance.DEVICE_METER
        return cls(recording, heat_meter(running_difference(recording)), provenance)

    def figure(self, metric: str) -> Figure | None:
        """What one of its counters grew by, kWh."""
        return of_counter(self.recording, metric, self.accuracy, provenance=self.provenance)


def _metered(
    meter: _Meter, metric: str, extra: Callable[[], Figure | None], *, additional: bool
) -> Figure | None:
    """The heat meter of one purpose: that with the additional heat, or that of the compressor."""
    compressor = f"{metric}_compressor"
    if additional:
        found = meter.figure(metric)
        return found if found is not None else total((meter.figure(compressor), extra()))
    found = meter.figure(compressor)
    return found if found is not None else _minus(meter.figure(metric), extra())


def _minus(figure: Figure | None, part: Figure | None) -> Figure | None:
    if figure is None or part is None:
        return figure
    difference = total((figure, part.scaled(-1.0)))
    assert difference is not None
    return replace(difference, value=max(0.0, difference.value))


def _of_samples(recording: Recording, extra: Heater, *, additional: bool) -> Heat:
    """From sampled powers of the compressor's heat, and the additional heat.

    What a defrost takes back comes out of the heating water, whatever the pump was working for.
    """
    power, accuracy, provenance = _sampled_power(recording)

    def heat_of(values: Floats, more: Figure | None) -> Figure | None:
        part = Series(power.times, values)
        figure = of_power(recording, part, accuracy, provenance=provenance)
        return total((figure, more)) if additional and more is not None else figure

    whole = heat_of(power.values, extra.total)
    if not len(recording["priority"]):
        return Heat(whole)
    modes = {mode: one.contain(power.times) for mode, one in mode_stretches(recording).items()}
    hot_water = np.where(modes[Mode.HOT_WATER] & (power.values > 0), power.values, 0.0)
    taken = (power.values < 0) & ~modes[Mode.COOLING]
    heating = np.where(modes[Mode.HEATING] | taken, power.values, 0.0)
    return Heat(whole, heat_of(heating, extra.heating), heat_of(hot_water, extra.hot_water))


def _sampled_power(recording: Recording) -> tuple[Series, float, Provenance]:
    """Heat of the compressor in W, its accuracy, and where it comes from."""
    water = compressor_heat_power(recording)
    if len(water):
        accuracy = flow_and_temperature(running_difference(recording))
        return water, accuracy, Provenance.DERIVED
    brine = _of_brine(recording)
    if len(brine):
        return brine, _BRINE_DOUBT, Provenance.ESTIMATED
    return _of_model(recording), _MODEL_DOUBT, Provenance.ESTIMATED


def _of_brine(recording: Recording) -> Series:
    """Heat from the brine side in W: Q = c·V̇·(T_in - T_out) + 0.95·P."""
    flow, fluid = recording.settings.get("brine_flow"), recording.settings.get("brine_fluid")
    electric = recording["compressor_power"]
    if flow is None or fluid is None or not recording.has(_BRINE) or not len(electric):
        return EMPTY
    steps = steps_of(recording)
    warm, cold, power, running = (
        steps.values(metric) for metric in (*_BRINE, "compressor_power", "brine_pump_speed")
    )
    assert warm is not None
    assert cold is not None
    assert power is not None
    capacity = heat_capacity(Fluid(int(fluid)), recording.settings.get("brine_concentration", 25.0))
    heat_w = capacity * flow / 60.0 * (warm - cold) + _SHELL * power
    flowing = power > 0 if running is None else (running > 0) & (power > 0)
    return Series(steps.starts, np.where(flowing, heat_w, 0.0))


def _of_model(recording: Recording) -> Series:
    """Heat from the compressor's electricity in W: Q = P · 0.5 · COP_Carnot."""
    outdoor, flow = recording["outdoor_temperature"], flow_temperature(recording)
    if not len(recording["compressor_power"]) or not len(outdoor) or not len(flow):
        return EMPTY
    steps = steps_of(recording)
    power = steps.values("compressor_power")
    assert power is not None
    best = carnot_cop(flow.held(steps.starts)[0], outdoor.held(steps.starts)[0])
    return Series(steps.starts, power * _CARNOT_SHARE * best)


def _cooling(recording: Recording) -> Figure | None:
    """Heat taken out of the house: a meter's, else flow and temperature while cooling."""
    if len(recording[_COOLING]):
        return _Meter.of(recording).figure(_COOLING)
    stretches = mode_stretches(recording)[Mode.COOLING]
    power = compressor_heat_power(recording) if len(stretches) else EMPTY
    if not len(power):
        return None
    cold = Series(power.times, np.maximum(0.0, -power.values))
    return of_power(recording, only_in(cold, stretches), flow_and_temperature(None))
