"""Alarms over MQTT: what lasts, retained, and how Home Assistant is told of it."""

from collections.abc import Iterator, Sequence
from typing import Final

from pumphouse.core.model import Event, EventKind, Severity
from pumphouse.sinks.mqtt.messages import Message, compact
from pumphouse.sinks.mqtt.tree import Tree, iso
from pumphouse.sinks.mqtt.view import OFF, ON, DeviceView

__all__ = ["Alarms", "alarm_components"]

#: every kind of event, the one first that most people wait for
_EVENT_TYPES: Final = [kind.value for kind in EventKind]


class Alarms:
    """Knows what was told on one connection of what lasts.

    Args:
        tree: where it is told.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._told: dict[str, Message] = {}

    def messages(
        self, lasting: Sequence[Event], devices: Sequence[DeviceView]
    ) -> Iterator[Message]:
        """What has changed: of each device, and of Pumphouse itself and whole sources."""
        names = {(view.device.source, view.device.id): view.name for view in devices}
        found: dict[str | None, list[Event]] = {None: [], **{name: [] for name in names.values()}}
        for event in lasting:
            found[names.get((event.source or "", event.device or ""))].append(event)
        before, self._told = self._told, {}
        for name, events in found.items():
            message = Message(self._tree.alarm(name), compact(_state(events)), 1, retain=True)
            self._told[message.topic] = message
            if before.get(message.topic) != message:
                yield message


def _state(events: Sequence[Event]) -> dict[str, object]:
    """Whether there is a problem, and everything that lasts; a mere note is no problem."""
    problem = any(event.severity is not Severity.INFO for event in events)
    return {
        "problem": ON if problem else OFF,
        "alarms": [
            {
                "id": event.id,
                "title": event.title,
                "severity": event.severity.value,
                "since": iso(event.time),
                "number": event.detail.get("alarm_number"),
            }
            for event in events
        ],
    }


def alarm_components(
    identifier: str, tree: Tree, device: str | None
) -> dict[str, dict[str, object]]:
    """The entities of Home Assistant: a problem that lasts or not, and what happens.

    They are there as long as Pumphouse is: also of a device that is silent, for that is an alarm.

    Args:
        identifier: of the device in Home Assistant.
        device: its name in topics; None for Pumphouse itself.
    """
    here = [{"topic": tree.status}]
    state = tree.alarm(device)
    return {
        "alarm": {
            "platform": "binary_sensor",
            "unique_id": f"{identifier}_alarm",
            "name": "Alarm",
            "device_class": "problem",
            "state_topic": state,
            "value_template": "{{ value_json.problem }}",
            "json_attributes_topic": state,
            "availability": here,
        },
        "event": {
            "platform": "event",
            "unique_id": f"{identifier}_event",
            "name": "Event",
            "event_types": _EVENT_TYPES,
            "state_topic": tree.events(device),
            "availability": here,
        },
    }
