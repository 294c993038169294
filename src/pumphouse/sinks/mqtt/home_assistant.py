"""Home Assistant's discovery: one payload per device that says what there is to see.

After the schema of Home Assistant's MQTT integration (device-based discovery, 2024.11 and later):
an unknown key at the root or in `device` makes it reject the payload as a whole, a unit that does
not fit its class rejects that entity.
"""

import re
from collections.abc import Mapping
from importlib.metadata import version
from typing import Final

from pumphouse.sinks.mqtt.alarms import alarm_components
from pumphouse.sinks.mqtt.controls import FAVOURITES, control, water_heater
from pumphouse.sinks.mqtt.messages import OFFLINE, ONLINE, Message, compact
from pumphouse.sinks.mqtt.names import object_id
from pumphouse.sinks.mqtt.quantities import sensor_kind, switch_class
from pumphouse.sinks.mqtt.tree import Tree
from pumphouse.sinks.mqtt.view import DeviceView, Value

__all__ = ["HomeAssistant", "Payload"]

Component = dict[str, object]
Payload = dict[str, object]

ORIGIN_NAME: Final = "Pumphouse"
#: facts about the device rather than its work
_DIAGNOSTIC_GROUPS: Final = frozenset({"device", "settings"})
_INSTANCE: Final = re.compile(r"_(\d+)$")


class HomeAssistant:
    """Makes the payloads.

    Args:
        tree: where the values are.
        prefix: first level of the discovery topics.
    """

    def __init__(self, tree: Tree, prefix: str) -> None:
        self._tree = tree
        self._prefix = prefix
        self._base = object_id(tree.base)
        self._origin = {"name": ORIGIN_NAME, "sw_version": version("pumphouse")}

    @property
    def status(self) -> str:
        """Where Home Assistant says that it is there."""
        return f"{self._prefix}/status"

    @property
    def bridge_id(self) -> str:
        """The identifier of Pumphouse itself, as a device."""
        return f"{self._base}_bridge"

    def topic(self, identifier: str) -> str:
        """Where the payload of a device is published."""
        return f"{self._prefix}/device/{identifier}/config"

    @property
    def topics(self) -> str:
        """The filter of the payloads of all devices, also those of other programs."""
        return self.topic("+")

    def single_topics(self, device: DeviceView) -> str:
        """The filter of discovery topics of single components, as they would be for `device`."""
        return f"{self._prefix}/+/{self.identifier(device)}/+/config"

    def identifier_in(self, topic: str) -> str | None:
        """The identifier whose payload is at `topic`; None where that is a single component's."""
        identifier = topic.removeprefix(f"{self._prefix}/device/").removesuffix("/config")
        return None if "/" in identifier else identifier

    def identifier(self, device: DeviceView) -> str:
        """The identifier of `device`."""
        return f"{self._base}_{device.name}"

    def is_ours(self, payload: Mapping[str, object]) -> bool:
        """Whether a payload found on the broker is one of this installation's devices."""
        device = payload.get("device")
        return isinstance(device, dict) and device.get("via_device") == self.bridge_id

    def message(self, identifier: str, payload: Payload | None) -> Message:
        """A payload as a message; None makes Home Assistant forget the device."""
        text = compact(payload) if payload is not None else ""
        return Message(self.topic(identifier), text, qos=1, retain=True)

    def bridge(self) -> Payload:
        """Pumphouse itself: the other devices are reached by way of it."""
        connection = _connection(f"{self.bridge_id}_connection", self._tree.status)
        return {
            "device": {
                "identifiers": [self.bridge_id],
                "name": ORIGIN_NAME,
                "manufacturer": ORIGIN_NAME,
                "sw_version": self._origin["sw_version"],
            },
            "origin": self._origin,
            "qos": 1,
            "components": {
                "connection": connection,
                **alarm_components(self.bridge_id, self._tree, None),
            },
        }

    def device(self, device: DeviceView) -> Payload:
        """The payload of one device.

        Entities are available while both Pumphouse and the device are; whether the device is can
        always be seen.
        """
        identifier = self.identifier(device)
        here = {"topic": self._tree.status}
        fresh = {"topic": self._tree.device_status(device.name)}
        connection = _connection(f"{identifier}_connection", fresh["topic"])
        components: dict[str, Component] = {
            "connection": {**connection, "availability": [here]},
            "last_reading": {
                "platform": "sensor",
                "unique_id": f"{identifier}_last_reading",
                "name": "Last reading",
                "device_class": "timestamp",
                "entity_category": "diagnostic",
                "value_template": "{{ value_json.ts }}",
            },
        }
        for value in device.values:
            topic = self._tree.command(device.name, value.topic)
            components[_key(value)] = _component(identifier, value, topic)
        components |= self._of_no_value(identifier, device)
        components |= alarm_components(identifier, self._tree, device.name)
        if device.named:
            for key, component in components.items():
                component["default_entity_id"] = _entity_id(component, device.name, key)
        return {
            "device": self._description(device),
            "origin": self._origin,
            "availability_mode": "all",
            "availability": [here, fresh],
            "state_topic": self._tree.device_state(device.name),
            "qos": 1,
            "components": components,
        }

    def _of_no_value(self, identifier: str, device: DeviceView) -> dict[str, Component]:
        """What can be set that is no single value: the hot water, and what a button starts."""
        found: dict[str, Component] = {
            f"boost_{boost.name}": {
                "platform": "button",
                "unique_id": f"{identifier}_boost_{boost.name}",
                "name": boost.label,
                "command_topic": self._tree.boost_command(device.name, boost.name),
                "payload_press": "ON",
            }
            for boost in device.boosts
        }
        topics = {
            value.topic: self._tree.command(device.name, value.topic) for value in device.values
        }
        state = self._tree.device_state(device.name)
        if (heater := water_heater(device.values, topics, state)) is not None:
            unique_id = f"{identifier}_hot_water"
            found["hot_water"] = {"unique_id": unique_id, "name": "Hot water", **heater}
        return found

    def _description(self, device: DeviceView) -> dict[str, object]:
        about = device.device
        facts = {
            "identifiers": [self.identifier(device)],
            "name": about.name,
            "manufacturer": about.manufacturer,
            "model": about.model,
            "sw_version": about.firmware,
            "serial_number": about.serial,
            "via_device": self.bridge_id,
        }
        return {key: fact for key, fact in facts.items() if fact}


def _connection(unique_id: str, topic: str) -> Component:
    return {
        "platform": "binary_sensor",
        "unique_id": unique_id,
        "name": "Connection",
        "device_class": "connectivity",
        "entity_category": "diagnostic",
        "state_topic": topic,
        "payload_on": ONLINE,
        "payload_off": OFFLINE,
    }


def _key(value: Value) -> str:
    return value.name if value.metric is not None else f"point_{value.name}"


def _entity_id(component: Component, device: str, key: str) -> str:
    readable = re.sub(r"[^a-z0-9]+", "_", f"{device}_{key}".lower()).strip("_")
    return f"{component['platform']}.{readable}"


def _component(identifier: str, value: Value, topic: str) -> Component:
    """One entity: one that can be set where `topic` sets it, else a sensor."""
    settable = control(value, topic)
    if settable is None:
        return _sensor(identifier, value)
    divisor = sensor_kind(value).divisor if settable["platform"] == "number" else 1
    return {
        "unique_id": f"{identifier}_{_key(value)}",
        "name": _name(value),
        "enabled_by_default": value.metric is not None and value.name in FAVOURITES,
        "entity_category": "config",
        **settable,
        **_template(value, divisor),
    }


def _sensor(identifier: str, value: Value) -> Component:
    """One entity to look at: a binary sensor for a switch, else a sensor."""
    common: Component = {
        "platform": "binary_sensor" if value.is_switch else "sensor",
        "unique_id": f"{identifier}_{_key(value)}",
        "name": _name(value),
        "enabled_by_default": value.metric is not None and value.metric.enabled,
    }
    if value.metric is None or value.metric.group in _DIAGNOSTIC_GROUPS:
        common["entity_category"] = "diagnostic"
    if value.is_switch:
        return common | _present({"device_class": switch_class(value)}) | _template(value)
    if value.is_number:
        return common | _number(value)
    if value.options:
        return common | {"device_class": "enum", "options": [*value.options]} | _template(value)
    return common | _template(value)


def _number(value: Value) -> Component:
    kind = sensor_kind(value)
    facts = {
        "device_class": kind.device_class,
        "state_class": kind.state_class,
        "unit_of_measurement": kind.unit,
        "suggested_display_precision": kind.precision,
    }
    return _present(facts) | _template(value, kind.divisor)


def _template(value: Value, divisor: int = 1) -> Component:
    path = (
        f"value_json.{value.name}"
        if value.metric is not None
        else f"value_json.points['{value.name}']"
    )
    if divisor != 1:
        path = f"({path} / {divisor}) | round(2)"
    return {"value_template": f"{{{{ {path} }}}}"}


def _present(facts: Mapping[str, object]) -> Component:
    return {key: fact for key, fact in facts.items() if fact is not None}


def _name(value: Value) -> str:
    if value.metric is None:
        return value.point.name
    instance = _INSTANCE.search(value.name)
    return f"{value.metric.label} {instance[1]}" if instance else value.metric.label
