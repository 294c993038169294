"""Tells Home Assistant what is new and what has gone, and knows what it was told before."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from pumphouse.sinks.mqtt.home_assistant import HomeAssistant, Payload
from pumphouse.sinks.mqtt.messages import Message, compact
from pumphouse.sinks.mqtt.view import DeviceView

__all__ = ["Announcer"]


class Announcer:
    """Remembers the payloads of one connection.

    What was told before the connection began is read from the broker, which retains it: so also
    what disappeared while Pumphouse was not running is taken out of Home Assistant.
    """

    def __init__(self, home_assistant: HomeAssistant) -> None:
        self._ha = home_assistant
        self._told: dict[str, Payload] = {}
        self._settled: set[str] = set()
        self._single: set[str] = set()

    def found(self, retained: Mapping[str, str]) -> None:
        """Take note of the discovery messages that the broker holds, ours and others'."""
        for topic, text in retained.items():
            identifier = self._ha.identifier_in(topic)
            if identifier is None:
                self._single.add(topic)
            elif self._ha.is_ours(payload := _parsed(text)):
                self._told.setdefault(identifier, payload)

    def repeat(self) -> None:
        """Tell everything again next time: Home Assistant has started anew."""
        self._settled.clear()

    def messages(self, devices: Sequence[DeviceView]) -> Iterator[Message]:
        """What to publish, in this order.

        Without any device nothing is taken back: then it is not known yet what there is.
        """
        yield from self._announce(self._ha.bridge_id, self._ha.bridge())
        for device in devices:
            yield from self._announce(self._ha.identifier(device), self._ha.device(device))
        known = {self._ha.bridge_id, *map(self._ha.identifier, devices)}
        for identifier in sorted(self._told.keys() - known if devices else ()):
            del self._told[identifier]
            yield self._ha.message(identifier, None)

    def _announce(self, identifier: str, payload: Payload) -> Iterator[Message]:
        before = self._told.get(identifier)
        if identifier in self._settled and before == payload:
            return
        single = sorted(topic for topic in self._single if f"/{identifier}/" in topic)
        for topic in single:
            yield Message(topic, compact({"migrate_discovery": True}), qos=1, retain=True)
        removed = _removed(before, payload)
        if removed:
            components = cast("Mapping[str, object]", payload["components"])
            farewell = payload | {"components": {**components, **removed}}
            yield self._ha.message(identifier, farewell)
        yield self._ha.message(identifier, payload)
        for topic in single:
            yield Message(topic, "", qos=1, retain=True)
        self._single.difference_update(single)
        self._told[identifier] = payload
        self._settled.add(identifier)


def _removed(before: Payload | None, payload: Payload) -> dict[str, object]:
    """The components that are no longer there, as Home Assistant wants to be told.

    A component that became one of another platform counts as gone, for its key is taken: the
    farewell would be the same key, so it is told by its platform alone first.
    """
    old = _platforms(before or {})
    new = _platforms(payload)
    return {key: {"platform": kind} for key, kind in old.items() if new.get(key) != kind}


def _platforms(payload: Mapping[str, object]) -> dict[str, str]:
    components = payload.get("components")
    if not isinstance(components, dict):
        return {}
    return {
        key: str(component["platform"])
        for key, component in components.items()
        if isinstance(component, dict) and "platform" in component
    }


def _parsed(text: str) -> Payload:
    try:
        payload = json.loads(text)
    except ValueError:
        return {}
    return payload if isinstance(payload, dict) else {}
