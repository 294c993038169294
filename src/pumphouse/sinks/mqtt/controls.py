"""Home Assistant's entities by which something can be set: what only they have.

After Home Assistant's MQTT number, select, switch, button and water heater. None of them is
optimistic: an entity shows what the device was read back to say, not what was asked of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pumphouse.sinks.mqtt.quantities import SensorKind, sensor_kind
from pumphouse.sinks.mqtt.view import Value, plain

__all__ = ["FAVOURITES", "control", "water_heater"]

Component = dict[str, object]

#: the settings that people change; entities of all others are there, but not enabled
FAVOURITES: Final = frozenset(
    {
        "heating_offset",
        "hot_water_boost",
        "hot_water_comfort_mode",
        "hot_water_demand",
        "room_setpoint_heating",
        "ventilation_boost",
        "ventilation_mode",
    }
)
#: the settings that say how much hot water there shall be
_MODES: Final = ("hot_water_demand", "hot_water_comfort_mode")
#: our words for that, and the nearest of those that Home Assistant allows
_MODE_WORDS: Final = {
    "small": "eco",
    "economy": "eco",
    "medium": "heat_pump",
    "normal": "heat_pump",
    "large": "high_demand",
    "luxury": "high_demand",
}
#: which temperature is that of the hot water, the best first
_TEMPERATURES: Final = (
    "hot_water_top_temperature",
    "hot_water_temperature",
    "hot_water_charging_temperature",
)
#: to which temperature it is heated, where that can be set
_TARGETS: Final = ("hot_water_stop_normal",)
#: Home Assistant takes no smaller step
_LEAST_STEP: Final = 0.001


def control(value: Value, topic: str) -> Component | None:
    """What makes an entity of `value` one by which it can be set; None where that is impossible.

    Args:
        topic: where it is set.
    """
    setting = value.setting
    if setting is None:
        return None
    if value.is_switch:
        return {"platform": "switch", "command_topic": topic}
    if setting.options:
        labels = [option.label for option in setting.options]
        return {"platform": "select", "command_topic": topic, "options": labels}
    if value.is_number:
        return _number(value, sensor_kind(value), topic)
    return None


def _number(value: Value, kind: SensorKind, topic: str) -> Component | None:
    """A field with its limits; without limits Home Assistant would make up its own."""
    setting = value.setting
    if setting is None or setting.minimum is None or setting.maximum is None:
        return None
    step = setting.step or 10.0 ** -(kind.precision or 0)
    facts: Component = {
        "platform": "number",
        "command_topic": topic,
        "min": setting.minimum / kind.divisor,
        "max": setting.maximum / kind.divisor,
        "step": max(step / kind.divisor, _LEAST_STEP),
        "mode": "box",
    }
    if kind.device_class is not None:
        facts["device_class"] = kind.device_class
    if kind.unit is not None:
        facts["unit_of_measurement"] = kind.unit
    if kind.divisor != 1:
        facts["command_template"] = f"{{{{ value * {kind.divisor} }}}}"
    return facts


@dataclass(frozen=True, slots=True)
class _Tank:
    """What is known of the hot water of a device.

    Attributes:
        mode: how much there shall be.
        target: to which temperature it is heated; None where that cannot be set.
    """

    mode: Value
    temperature: Value
    target: Value | None


def water_heater(
    values: Iterable[Value], topics: Mapping[str, str], state: str
) -> Component | None:
    """The hot water as one entity; None where the device lets nobody say how much of it there is.

    Args:
        topics: by a value's topic below the device, where it is set.
        state: the topic of the device's state.
    """
    tank = _tank({value.name: value for value in values if value.metric is not None})
    if tank is None or tank.mode.setting is None:
        return None
    words = {
        option.label: word
        for option in tank.mode.setting.options
        if (word := _MODE_WORDS.get(option.label.casefold())) is not None
    }
    labels = {word: label for label, word in words.items()}
    if not words:
        return None
    found: Component = {
        "platform": "water_heater",
        "modes": [*labels],
        "mode_state_topic": state,
        "mode_state_template": _looked_up(words, f"value_json.{tank.mode.name}"),
        "mode_command_topic": topics[tank.mode.topic],
        "mode_command_template": _looked_up(labels, "value"),
        "current_temperature_topic": state,
        "current_temperature_template": f"{{{{ value_json.{tank.temperature.name} }}}}",
    }
    return found | _target(tank.target, topics, state)


def _tank(values: Mapping[str, Value]) -> _Tank | None:
    modes = [values[name] for name in _MODES if name in values and values[name].setting]
    temperatures = [values[name] for name in _TEMPERATURES if name in values]
    targets = [values[name] for name in _TARGETS if name in values and values[name].setting]
    if not modes or not temperatures:
        return None
    return _Tank(modes[0], temperatures[0], targets[0] if targets else None)


def _target(value: Value | None, topics: Mapping[str, str], state: str) -> Component:
    setting = value.setting if value is not None else None
    if value is None or setting is None or setting.minimum is None or setting.maximum is None:
        return {}
    return {
        "temperature_state_topic": state,
        "temperature_state_template": f"{{{{ value_json.{value.name} }}}}",
        "temperature_command_topic": topics[value.topic],
        "min_temp": float(plain(setting.minimum)),
        "max_temp": float(plain(setting.maximum)),
    }


def _looked_up(words: Mapping[str, str], what: str) -> str:
    """A template that gives the word for `what`; nothing where it has none."""
    return f"{{{{ {dict(words)!r}.get({what}, 'None') }}}}"
