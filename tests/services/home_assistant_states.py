"""A running Home Assistant with nothing but its MQTT integration.

Runs under Home Assistant's Python, not ours: connects to the broker on the port that is its first
argument, keeps its files in the folder that is its second one, and serves requests line by line:
each line on standard input is `{entities, state}` and is answered by all entities, enabled or not,
and all devices, as soon as there are so many entities and no enabled one's state is `state` or
unknown; only an event is, until there is one.
"""

# mypy: ignore-errors
import asyncio
import json
import logging
import sys
from types import MappingProxyType

from homeassistant import bootstrap, config_entries, loader
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry, entity_registry
from homeassistant.setup import async_setup_component

PATIENCE_SECS = 120


async def started(port, folder):
    hass = HomeAssistant(folder)
    hass.config.skip_pip = True
    loader.async_setup(hass)
    hass.config_entries = config_entries.ConfigEntries(hass, {})
    await bootstrap.async_load_base_functionality(hass)
    # its dependencies serve the forms of its set-up only, and would open a port
    hass.config.components.update({"http", "file_upload"})
    entry = config_entries.ConfigEntry(
        domain="mqtt",
        title="broker",
        data={"broker": "127.0.0.1", "port": port},
        options={"discovery": True},
        version=1,
        minor_version=2,
        source="user",
        unique_id=None,
        discovery_keys=MappingProxyType({}),
        subentries_data=(),
    )
    await async_setup_component(hass, "mqtt", {})
    await hass.config_entries.async_add(entry)
    await hass.async_start()
    return hass


def told(hass):
    registry = entity_registry.async_get(hass)
    found = {}
    for entry in registry.entities.values():
        state = hass.states.get(entry.entity_id)
        found[entry.entity_id] = {
            "unique_id": entry.unique_id,
            "enabled": not entry.disabled,
            "state": state.state if state else None,
            "attributes": json.loads(json.dumps(dict(state.attributes), default=str))
            if state
            else {},
        }
    devices = [
        {"name": device.name, "via": device.via_device_id is not None}
        for device in device_registry.async_get(hass).devices.values()
    ]
    return {"entities": found, "devices": devices}


def as_wanted(hass, wanted):
    entities = told(hass)["entities"].values()
    states = {
        entity["state"]
        for entity in entities
        if entity["enabled"]
        and not (entity["state"] == "unknown" and entity["unique_id"].endswith("_event"))
    }
    return len(entities) == wanted["entities"] and not states & {None, "unknown", wanted["state"]}


async def main():
    hass = await started(int(sys.argv[1]), sys.argv[2])
    reader = asyncio.StreamReader()
    await hass.loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        wanted = json.loads(line)
        async with asyncio.timeout(PATIENCE_SECS):
            while not as_wanted(hass, wanted):  # noqa: ASYNC110 - nothing tells that it is done
                await asyncio.sleep(0.1)
        print(json.dumps(told(hass)), flush=True)  # noqa: T201 - this is the answer
    await hass.async_stop(force=True)


logging.basicConfig(level=logging.WARNING)
asyncio.run(main())
