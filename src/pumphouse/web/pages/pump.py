"""What a device has and what it is doing, as far as its own points tell: the drawing's facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pumphouse.catalogue.catalogue import public_name
from pumphouse.web.pages.values import Value

__all__ = ["Activity", "Circuit", "Flow", "HeatSource", "Pump", "pump_of"]

#: climate systems that a pump can have, S1 to S8
_CIRCUITS: Final = range(1, 9)
#: more than this does not fit into the drawing; the table below it has them all
DRAWN_CIRCUITS: Final = 2


class HeatSource(StrEnum):
    """Where the heat comes from."""

    BRINE = "brine"
    OUTDOOR_AIR = "outdoor air"
    EXHAUST_AIR = "exhaust air"
    UNKNOWN = "unknown"


class Activity(StrEnum):
    """What the pump is doing; the values are keys of texts."""

    IDLE = "idle"
    HEATING = "heating"
    HOT_WATER = "hot_water"
    COOLING = "cooling"
    POOL = "pool"
    DEFROSTING = "defrosting"
    ADDITION_ONLY = "addition_only"
    WORKING = "working"
    UNKNOWN = "unknown"


class Flow(StrEnum):
    """Something that moves; the drawing animates it."""

    SOURCE = "source"
    REFRIGERANT = "refrigerant"
    CONDENSER = "condenser"
    HEATING = "heating"
    HOT_WATER = "hot_water"


@dataclass(frozen=True, slots=True)
class Circuit:
    """One climate system; what it does not have is None."""

    number: int
    supply: Value | None
    wanted: Value | None
    returning: Value | None
    room: Value | None
    room_wanted: Value | None


@dataclass(frozen=True, slots=True)
class Pump:
    """A heat pump as its points describe it.

    Attributes:
        values: the newest value by metric.
        running: whether the compressor runs, None where nothing tells.
        flows: what moves now; nothing where the values are stale.
    """

    values: Mapping[str, Value]
    heat_source: HeatSource
    activity: Activity
    running: bool | None
    circuits: tuple[Circuit, ...]
    has_tank: bool
    has_addition: bool
    addition_on: bool
    flows: frozenset[Flow]

    def __getitem__(self, metric: str) -> Value | None:
        return self.values.get(metric)

    @property
    def drawn(self) -> tuple[Circuit, ...]:
        """The climate systems that there is room for."""
        return self.circuits[:DRAWN_CIRCUITS]


#: the first of these that a device has tells its heat source
_EVIDENCE: Final = (
    (("brine_in_temperature", "brine_out_temperature"), HeatSource.BRINE),
    (
        (
            "outdoor_unit_temperature",
            "outdoor_unit_fan_speed",
            "compressor_frequency_requested",
            "charge_pump_speed",
            "charge_pump_running",
        ),
        HeatSource.OUTDOOR_AIR,
    ),
    (("exhaust_air_temperature", "extract_air_temperature"), HeatSource.EXHAUST_AIR),
    (("brine_pump_speed", "brine_pump_running"), HeatSource.BRINE),
    (("compressor_status", "compressor_frequency", "compressor_starts"), HeatSource.OUTDOOR_AIR),
)
_WATER: Final = (
    "hot_water_top_temperature",
    "hot_water_charging_temperature",
    "hot_water_temperature",
)
_ADDITION: Final = (
    "additional_heat_power",
    "additional_heat_status",
    "additional_heat_step",
    "additional_heat_run_time",
)
#: what makes a device a heat pump rather than a bus of sensors
_PUMP: Final = ("compressor_status", "compressor_frequency", "priority", "degree_minutes")

_PRIORITIES: Final = {
    "heating": Activity.HEATING,
    "preheating": Activity.HEATING,
    "hot water": Activity.HOT_WATER,
    "external hot water": Activity.HOT_WATER,
    "cooling": Activity.COOLING,
    "pool": Activity.POOL,
    "pool 2": Activity.POOL,
}
_AT_WORK: Final = frozenset({"running", "starting", "defrosting", "stopping"})


def pump_of(values: Mapping[str, Value]) -> Pump | None:
    """The pump that these values, by metric, describe; None where they describe none."""
    if not any(metric in values for metric in _PUMP):
        return None
    running = _running(values)
    addition_on = _addition_on(values)
    activity = _activity(values, running=running, addition_on=addition_on)
    return Pump(
        values=values,
        heat_source=_heat_source(values),
        activity=activity,
        running=running,
        circuits=tuple(_circuits(values)),
        has_tank=_any(values, _WATER),
        has_addition=_any(values, _ADDITION),
        addition_on=addition_on,
        flows=_flows(values, activity, running=bool(running)),
    )


def word(values: Mapping[str, Value], metric: str) -> str | None:
    """The label of an enumeration in small letters, None where there is none."""
    value = values.get(metric)
    return value.amount.text.casefold() if value else None


def number(values: Mapping[str, Value], metric: str) -> float | None:
    """The canonical number of a metric, None where there is none."""
    value = values.get(metric)
    return value.number if value else None


def _any(values: Mapping[str, Value], metrics: Sequence[str]) -> bool:
    return any(metric in values for metric in metrics)


def _heat_source(values: Mapping[str, Value]) -> HeatSource:
    for metrics, source in _EVIDENCE:
        if _any(values, metrics):
            return source
    return HeatSource.UNKNOWN


def _running(values: Mapping[str, Value]) -> bool | None:
    status = word(values, "compressor_status")
    if status is not None:
        return status in _AT_WORK
    frequency = number(values, "compressor_frequency")
    return None if frequency is None else frequency > 0


def _addition_on(values: Mapping[str, Value]) -> bool:
    power = number(values, "additional_heat_power") or 0.0
    return power > 0 or word(values, "additional_heat_status") == "active"


def _activity(values: Mapping[str, Value], *, running: bool | None, addition_on: bool) -> Activity:
    defrosting = word(values, "defrosting_active") == "yes"
    if defrosting or word(values, "compressor_status") == "defrosting":
        return Activity.DEFROSTING
    priority = word(values, "priority")
    if running or (running is None and priority not in {None, "off"}):
        return _PRIORITIES.get(priority or "", Activity.WORKING)
    if addition_on:
        return Activity.ADDITION_ONLY
    return Activity.UNKNOWN if running is None and priority is None else Activity.IDLE


def _circuits(values: Mapping[str, Value]) -> list[Circuit]:
    def of(metric: str, instance: int) -> Value | None:
        return values.get(public_name(metric, instance))

    found = []
    for i in _CIRCUITS:
        wanted = of("calculated_supply_temperature", i)
        supply = of("supply_temperature", i)
        if supply or wanted:
            back, room = of("return_temperature", i), of("room_temperature", i)
            setpoint = of("room_setpoint_heating", i)
            found.append(Circuit(i, supply, wanted, back, room, setpoint))
    return found


def _flows(values: Mapping[str, Value], activity: Activity, *, running: bool) -> frozenset[Flow]:
    flows: set[Flow] = set()
    if running:
        flows |= {Flow.REFRIGERANT, Flow.CONDENSER, Flow.SOURCE}
    if _pump_turns(values, "brine_pump"):
        flows.add(Flow.SOURCE)
    if activity is Activity.HOT_WATER:
        flows.add(Flow.HOT_WATER)
    elif activity in {Activity.HEATING, Activity.COOLING, Activity.DEFROSTING}:
        flows.add(Flow.HEATING)
    elif _pump_turns(values, "heating_medium_pump"):
        flows |= {Flow.HEATING, Flow.CONDENSER}
    stale = any(value.stale for metric in _PUMP if (value := values.get(metric)))
    return frozenset() if stale else frozenset(flows)


def _pump_turns(values: Mapping[str, Value], pump: str) -> bool:
    speed = number(values, f"{pump}_speed")
    if speed is not None:
        return speed > 0
    return word(values, f"{pump}_running") == "on"
