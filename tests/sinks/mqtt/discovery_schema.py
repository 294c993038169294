"""Home Assistant's rules for a device payload, written down once more.

After its documentation and conventions, not after our code: what it rejects, as complaints.
"""

import re
from collections.abc import Mapping
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
BINARY_SENSOR_KEYS = COMMON_KEYS | {"payload_on", "payload_off"}
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
}
UNITLESS = {"enum", "timestamp"}
TOTALS_ONLY = {"energy"}
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
    if component.get("entity_category") not in (None, "diagnostic"):
        found.append("category")
    if component["platform"] == "binary_sensor":
        found += [f"key {key}" for key in component.keys() - BINARY_SENSOR_KEYS]
        device_class = component.get("device_class")
        return found + ([] if device_class in {None, *BINARY_CLASSES} else [f"{device_class}"])
    if component["platform"] != "sensor":
        return [*found, "platform"]
    found += [f"key {key}" for key in component.keys() - SENSOR_KEYS]
    return found + _of_sensor(component)


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
