"""Asks Home Assistant's own MQTT integration what it thinks of discovery payloads.

Runs under Home Assistant's Python, not ours: reads `{name: payload}` as JSON from standard input,
writes `{name: [complaint, …]}` to standard output.
"""

# mypy: ignore-errors
import asyncio
import importlib
import json
import sys

try:  # Home Assistant changed its library of schemas in 2026
    import probatio as vol
except ImportError:
    import voluptuous as vol
from homeassistant.components.mqtt import schemas
from homeassistant.components.mqtt.discovery import (
    MQTTDiscoveryPayload,
    _merge_common_device_options,
    _replace_all_abbreviations,
)
from homeassistant.components.number.const import DEVICE_CLASS_UNITS
from homeassistant.components.sensor.const import DEVICE_CLASS_STATE_CLASSES
from homeassistant.core import HomeAssistant


def complaints(given):
    """What is wrong with one payload: first the whole, then each entity by its platform."""
    payload = MQTTDiscoveryPayload(given)
    _replace_all_abbreviations(payload)
    try:
        schemas.DEVICE_DISCOVERY_SCHEMA(payload)
    except vol.Invalid as error:
        return [f"rejected as a whole: {error}"]
    found = []
    for key, component in payload["components"].items():
        entity = MQTTDiscoveryPayload(component)
        platform = entity.pop("platform")
        if not entity:
            continue
        _merge_common_device_options(entity, payload)
        entity["device"] = payload["device"]
        entity["origin"] = payload["origin"]
        module = importlib.import_module(f"homeassistant.components.mqtt.{platform}")
        try:
            checked = module.DISCOVERY_SCHEMA(entity)
        except vol.Invalid as error:
            found.append(f"{key}: {error}")
            continue
        lost = set(component) - set(checked) - {"platform"}
        if lost:
            found.append(f"{key}: not understood: {sorted(lost)}")
        units = DEVICE_CLASS_UNITS.get(entity.get("device_class")) if platform == "number" else None
        if units is not None and entity.get("unit_of_measurement") not in units:
            found.append(f"{key}: {entity.get('unit_of_measurement')} does not fit its class")
        allowed = DEVICE_CLASS_STATE_CLASSES.get(entity.get("device_class"))
        if allowed is not None and entity.get("state_class") not in {None, *allowed}:
            found.append(f"{key}: {entity['state_class']} does not fit its class")
    return found


async def main():
    hass = HomeAssistant("/nonexistent")
    given = json.load(sys.stdin)
    json.dump({name: complaints(payload) for name, payload in given.items()}, sys.stdout)
    await hass.async_stop(force=True)


asyncio.run(main())
