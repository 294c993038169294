"""Which class and unit Home Assistant knows a quantity by.

Home Assistant rejects a sensor whose unit is not in the list of its class, so that what its lists
do not hold has no class: degree minutes, rpm, per cent of a speed, prices.
"""

from dataclasses import dataclass, replace
from typing import Final

from pumphouse.core.units import Quantity, Unit
from pumphouse.sinks.mqtt.view import Value

__all__ = ["SensorKind", "sensor_kind", "switch_class"]

HOUR: Final = 3600
MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class SensorKind:
    """How a quantity is shown.

    Attributes:
        unit: as Home Assistant spells it; None for a bare number.
        precision: digits behind the point.
        divisor: what a value in our unit is divided by to be in `unit`.
    """

    device_class: str | None
    unit: str | None
    state_class: str | None = None
    precision: int | None = None
    divisor: int = 1


_Q = Quantity
_KINDS: Final = {
    _Q.TEMPERATURE: SensorKind("temperature", "°C", precision=1),
    _Q.TEMPERATURE_DIFFERENCE: SensorKind("temperature_delta", "K", precision=1),
    _Q.POWER: SensorKind("power", "W", precision=0),
    _Q.ENERGY: SensorKind("energy", "kWh", precision=1),
    _Q.FREQUENCY: SensorKind("frequency", "Hz", precision=0),
    _Q.ROTATION: SensorKind(None, "rpm", precision=0),
    _Q.FLOW: SensorKind("volume_flow_rate", "L/min", precision=1),
    _Q.AIR_FLOW: SensorKind("volume_flow_rate", "m³/h", precision=0),
    _Q.VOLUME: SensorKind("volume_storage", "L", precision=0),
    _Q.PRESSURE: SensorKind("pressure", "bar", precision=1),
    _Q.PRESSURE_DIFFERENCE: SensorKind("pressure", "Pa", precision=0),
    _Q.RATIO: SensorKind(None, "%", precision=0),
    _Q.DURATION: SensorKind("duration", "min", precision=0, divisor=MINUTE),
    _Q.DEGREE_MINUTES: SensorKind(None, "DM", precision=0),
    _Q.CURRENT: SensorKind("current", "A", precision=1),
    _Q.VOLTAGE: SensorKind("voltage", "V", precision=0),
    _Q.CONCENTRATION: SensorKind(None, "ppm", precision=0),
    _Q.SIGNAL: SensorKind("signal_strength", "dBm", precision=0),
    _Q.NUMBER: SensorKind(None, None),
}
_RUN_TIME: Final = SensorKind("duration", "h", precision=0, divisor=HOUR)
#: what the quantity alone does not tell
_CLASSES: Final = {
    "room_humidity": "humidity",
    "sensor_humidity": "humidity",
    "humidity_setpoint": "humidity",
    "sensor_battery_level": "battery",
    "room_co2": "carbon_dioxide",
    "sensor_co2": "carbon_dioxide",
    "sensor_air_pressure": "atmospheric_pressure",
}
_SWITCH_CLASSES: Final = {"alarm_active": "problem"}


def sensor_kind(value: Value) -> SensorKind:
    """How a number is shown.

    Energy counts up or has no class: Home Assistant takes neither the sum of a rolling hour nor a
    meter of unknown kind for energy. Without a metric there are no statistics.
    """
    quantity = value.point.unit.quantity
    kind = _KINDS.get(quantity) or _of_any_unit(value.point.unit)
    metric = value.metric
    if metric is None:
        return replace(kind, device_class=None) if quantity is Quantity.ENERGY else kind
    if quantity is Quantity.DURATION and metric.state_class == "total_increasing":
        kind = _RUN_TIME
    if quantity is Quantity.ENERGY and metric.state_class != "total_increasing":
        kind = replace(kind, device_class=None)
    return replace(
        kind,
        device_class=_CLASSES.get(metric.name, kind.device_class),
        state_class=metric.state_class,
    )


def _of_any_unit(unit: Unit) -> SensorKind:
    """How a number is shown whose unit is not one of a list: money, prices, unknown units.

    Home Assistant knows an amount of money by its ISO code, and a price by any unit it is given.
    """
    match unit.quantity:
        case Quantity.MONEY if unit.symbol.isalpha():
            return SensorKind("monetary", unit.symbol, precision=2)
        case Quantity.PRICE:
            return SensorKind(None, unit.symbol, precision=4)
        case _:
            return SensorKind(None, unit.symbol or None)


def switch_class(value: Value) -> str | None:
    """The class of a binary sensor, where ON means what Home Assistant says it means."""
    if value.metric is None:
        return None
    if value.metric.name.endswith("_running"):
        return "running"
    return _SWITCH_CLASSES.get(value.metric.name)
