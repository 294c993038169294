"""Home Assistant's rules for a device payload, written down once more.

After its documentation and conventions, not after our code: what it rejects, as complaints.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

ROOT_KEYS = {
    *("device", "origin", "components", "availability", "availability_mode"),
    *("availability_topic", "availability_template", "payload_available"),
    *("payload_not_available", "state_topic", "command_topic", "qos", "encoding"),
}
DEVICE_KEYS = {
    *("identifiers", "connections", "manufacturer", "model", "model_id", "name", "hw_version"),
    *("serial_number", "sw_version", "via_device", "suggested_area", "configuration_url"),
}
COMMON_KEYS = {
    *("platform", "unique_id", "name", "default_entity_id", "device_class", "enabled_by_default"),
    *("entity_category", "value_template", "state_topic", "availability"),
}
SENSOR_KEYS = COMMON_KEYS | {
    *("state_class", "unit_of_measurement", "suggested_display_precision", "options"),
}
BINARY_SENSOR_KEYS = COMMON_KEYS | {"payload_on", "payload_off", "json_attributes_topic"}
EVENT_KEYS = COMMON_KEYS | {"event_types"}
SETTABLE_KEYS = {
    "number": {"min", "max", "step", "mode", "unit_of_measurement", "command_template"},
    "select": {"options"},
    "switch": set[str](),
    "button": {"payload_press"},
    "water_heater": {
        *("modes", "mode_state_topic", "mode_state_template", "mode_command_topic"),
        *("mode_command_template", "current_temperature_topic", "current_temperature_template"),
        *("temperature_state_topic", "temperature_state_template", "temperature_command_topic"),
        *("min_temp", "max_temp"),
    },
}
WATER_HEATER_MODES = {"off", "eco", "electric", "gas", "heat_pump", "high_demand", "performance"}
UNITS: Mapping[str, set[str]] = {
    "temperature": {"°C", "°F", "K"},
    "temperature_delta": {"°C", "°F", "K"},
    "energy": {"Wh", "kWh", "MWh"},
    "energy_storage": {"Wh", "kWh", "MWh"},
    "power": {"mW", "W", "kW", "MW"},
    "volume_flow_rate": {"m³/h", "m³/min", "m³/s", "L/h", "L/min", "L/s", "mL/s"},
    "volume_storage": {"L", "m³", "mL"},
    "current": {"A", "mA"},
    "voltage": {"V", "mV", "kV"},
    "frequency": {"mHz", "Hz", "kHz", "MHz", "GHz"},
    "pressure": {"bar", "mbar", "cbar", "Pa", "hPa", "kPa", "psi"},
    "atmospheric_pressure": {"bar", "mbar", "cbar", "Pa", "hPa", "kPa", "psi"},
    "humidity": {"%"},
    "battery": {"%"},
    "carbon_dioxide": {"ppm"},
    "duration": {"d", "h", "min", "s", "ms"},
    "signal_strength": {"dB", "dBm"},
    "monetary": {"EUR", "SEK"},
}
UNITLESS = {"enum", "timestamp"}
TOTALS_ONLY = {"energy", "monetary"}
MEASUREMENTS_ONLY = UNITS.keys() - TOTALS_ONLY - {"duration"}
BINARY_CLASSES = {"running", "heat", "power", "problem", "connectivity"}


def complaints(payload: Mapping[str, Any]) -> list[str]:
    """What Home Assistant would object to; empty for a good payload."""
    found = [f"root: {key}" for key in payload.keys() - ROOT_KEYS]
    found += [f"device: {key}" for key in payload["device"].keys() - DEVICE_KEYS]
    found += [] if payload["device"]["identifiers"] else ["device: no identifier"]
    found += [f"device: {k} is empty" for k, v in payload["device"].items() if not v]
    found += [] if payload["origin"]["name"] else ["origin: no name"]
    found += [f"origin: {k}" for k in payload["origin"].keys() - {"name", "sw_version"}]
    found += [
        f"availability: {item}"
        for item in payload.get("availability", ())
        if item.keys() != {"topic"} or _bad_topic(item["topic"])
    ]
    for key, component in payload["components"].items():
        found += [f"{key}: {problem}" for problem in _of_component(payload, component)]
    ids = [component["unique_id"] for component in payload["components"].values()]
    return found + [f"twice: {one}" for one in set(ids) if ids.count(one) > 1]


def _of_component(payload: Mapping[str, Any], component: Mapping[str, Any]) -> list[str]:
    if component.keys() == {"platform"}:
        return []
    found = [] if component.get("unique_id") else ["no unique_id"]
    topic = component.get("state_topic", payload.get("state_topic"))
    found += ["no state topic"] if topic is None or _bad_topic(topic) else []
    if component["platform"] in SETTABLE_KEYS:
        return found + _of_settable(component)
    if component.get("entity_category") not in (None, "diagnostic"):
        found.append("category")
    if component["platform"] == "binary_sensor":
        found += [f"key {key}" for key in component.keys() - BINARY_SENSOR_KEYS]
        device_class = component.get("device_class")
        return found + ([] if device_class in {None, *BINARY_CLASSES} else [f"{device_class}"])
    if component["platform"] == "event":
        found += [f"key {key}" for key in component.keys() - EVENT_KEYS]
        types = component.get("event_types")
        return found + ([] if types and not _repeats(types) else ["event_types"])
    if component["platform"] != "sensor":
        return [*found, "platform"]
    found += [f"key {key}" for key in component.keys() - SENSOR_KEYS]
    return found + _of_sensor(component)


def _of_settable(entity: Mapping[str, Any]) -> list[str]:
    platform = entity["platform"]
    allowed = COMMON_KEYS | SETTABLE_KEYS[platform] | {"command_topic"}
    found = [f"key {key}" for key in entity.keys() - allowed]
    topics = [topic for key, topic in entity.items() if key.endswith("command_topic")]
    if not topics or any(_bad_topic(topic) or not topic.endswith("/set") for topic in topics):
        found.append("no topic to set it by")
    if entity.get("entity_category") not in (None, "config"):
        found.append("category")
    if platform == "number":
        if not entity["min"] < entity["max"] or not entity["step"] >= 0.001:
            found.append("range")
        device_class, unit = entity.get("device_class"), entity.get("unit_of_measurement")
        if device_class is not None and unit not in UNITS[device_class]:
            found.append(f"{device_class} in {unit}")
    if platform == "select" and (not entity["options"] or _repeats(entity["options"])):
        found.append("options")
    if platform == "water_heater" and (
        not set(entity["modes"]) <= WATER_HEATER_MODES or _repeats(entity["modes"])
    ):
        found.append("modes")
    return found


def _repeats(words: Sequence[str]) -> bool:
    return len(set(words)) != len(words)


def _of_sensor(sensor: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    device_class, state_class, unit = (
        sensor.get(key) for key in ("device_class", "state_class", "unit_of_measurement")
    )
    if "options" in sensor:
        if device_class != "enum" or state_class or unit or not sensor["options"]:
            found.append("options only for enumerations, without state class and unit")
        if len(set(sensor["options"])) != len(sensor["options"]):
            found.append("an option twice")
    if device_class in UNITLESS and (unit or state_class):
        found.append(f"{device_class} has a unit or a state class")
    if device_class not in {None, *UNITS, *UNITLESS}:
        found.append(f"unknown class {device_class}")
    if device_class in UNITS and unit not in UNITS[str(device_class)]:
        found.append(f"{device_class} in {unit}")
    if device_class in TOTALS_ONLY and state_class not in {"total", "total_increasing"}:
        found.append(f"{device_class} as {state_class}")
    if device_class in MEASUREMENTS_ONLY and state_class not in {None, "measurement"}:
        found.append(f"{device_class} as {state_class}")
    if unit is not None and not unit.strip():
        found.append("a blank unit")
    return found


def _bad_topic(topic: str) -> bool:
    return bool(re.search(r"[+#\s]|//|^/|/$", topic)) or not topic
