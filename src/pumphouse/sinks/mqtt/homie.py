"""Homie 5: a self-describing tree of devices, nodes and properties.

After the Homie convention, version 5: Pumphouse is the root device, every heat pump a child of it;
the groups of the catalogue are the nodes.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from pumphouse.core.model import Point
from pumphouse.core.units import Quantity
from pumphouse.sinks.mqtt.messages import Message, compact
from pumphouse.sinks.mqtt.names import homie_id
from pumphouse.sinks.mqtt.view import OFF, ON, DeviceView, Value, plain

__all__ = ["Homie"]

Description = dict[str, object]

VERSION: Final = "5.0"
_TREE: Final = "homie/5"
_QOS: Final = 2
_BOOLEANS: Final = {ON: "true", OFF: "false"}


class Homie:
    """Makes the messages below ``homie/5``.

    Args:
        base: our base topic; names the root device.
    """

    def __init__(self, base: str) -> None:
        self._root = homie_id(base)
        self._described: dict[str, Description] = {}
        self._states: dict[str, str] = {}

    @property
    def will(self) -> Message:
        """What the broker says if the connection breaks; it counts for the children too."""
        return self._state(self._root, "lost")

    def start(self) -> None:
        """Forget what was said: a new connection begins."""
        self._described = {}
        self._states = {}

    def messages(self, devices: Sequence[DeviceView], revision: int) -> Iterator[Message]:
        """What to publish, in this order: descriptions while `init`, then values and `ready`.

        Args:
            revision: grows with every new description; seconds since 1970 do.
        """
        children = [self._id(device) for device in devices]
        gone = self._described.keys() - {self._root, *children}
        for child in sorted(gone):
            yield from self._forget(child)
        root: Description = {"name": "Pumphouse", "nodes": {}, "children": children}
        yield from self._describe(self._root, root, revision)
        for device, child in zip(devices, children, strict=True):
            description: Description = {
                "name": device.device.name,
                "nodes": _nodes(device),
                "root": self._root,
                "parent": self._root,
            }
            fresh = self._described.get(child) != description
            yield from self._describe(child, description, revision)
            yield from self._values(device, child, everything=fresh)
            yield from self._change(child, "ready" if device.online else "lost")
        yield from self._change(self._root, "ready")

    def command_filter(self, device: DeviceView) -> str:
        """The filter of everything that can be asked of a device."""
        return f"{_TREE}/{self._id(device)}/+/+/set"

    def command(self, device: DeviceView, value: Value) -> str:
        """Where a value is set."""
        return f"{_TREE}/{self._id(device)}/{_node(value)}/{homie_id(value.name)}/set"

    def words(self, value: Value) -> dict[str, str]:
        """What a message to set `value` may say, in small letters, and the label it stands for."""
        said = {_BOOLEANS[word]: label for word, label in value.switch_labels.items()}
        return said or {_word(one.label).casefold(): one.label for one in value.point.options}

    def farewell(self) -> Iterator[Message]:
        """What to say at a clean exit."""
        for identifier in (*sorted(self._states.keys() - {self._root}), self._root):
            yield self._state(identifier, "disconnected")

    def _id(self, device: DeviceView) -> str:
        return f"{self._root}-{homie_id(device.name)}"

    def _describe(
        self, identifier: str, description: Description, revision: int
    ) -> Iterator[Message]:
        if self._described.get(identifier) == description:
            return
        yield from self._change(identifier, "init")
        full = {"homie": VERSION, "version": revision, **description}
        yield self._message(f"{identifier}/$description", compact(full))
        self._described[identifier] = description

    def _values(self, device: DeviceView, child: str, *, everything: bool) -> Iterator[Message]:
        for value in device.values:
            text = _text(value)
            if text is not None and (everything or value.changed):
                yield self._message(f"{child}/{_node(value)}/{homie_id(value.name)}", text)

    def _change(self, identifier: str, state: str) -> Iterator[Message]:
        if self._states.get(identifier) != state:
            self._states[identifier] = state
            yield self._state(identifier, state)

    def _forget(self, identifier: str) -> Iterator[Message]:
        """A device is gone when its state is; the rest is cleared behind it."""
        nodes = self._described.pop(identifier)["nodes"]
        self._states.pop(identifier, None)
        yield self._message(f"{identifier}/$state", "")
        yield self._message(f"{identifier}/$description", "")
        if isinstance(nodes, dict):
            for node, about in nodes.items():
                for name in about["properties"]:
                    yield self._message(f"{identifier}/{node}/{name}", "")

    def _state(self, identifier: str, state: str) -> Message:
        return self._message(f"{identifier}/$state", state)

    def _message(self, topic: str, payload: str) -> Message:
        return Message(f"{_TREE}/{topic}", payload, _QOS, retain=True)


def _nodes(device: DeviceView) -> dict[str, object]:
    nodes: dict[str, dict[str, object]] = {}
    for value in device.values:
        nodes.setdefault(_node(value), {})[homie_id(value.name)] = _property(value)
    return {
        node: {"name": node.replace("-", " ").capitalize(), "properties": properties}
        for node, properties in nodes.items()
    }


def _node(value: Value) -> str:
    return homie_id(value.metric.group) if value.metric is not None else "points"


def _property(value: Value) -> dict[str, object]:
    about: dict[str, object] = {"name": value.metric.label if value.metric else value.point.name}
    if value.setting is not None:
        about["settable"] = True
    if value.is_switch:
        return about | {"datatype": "boolean"}
    if value.is_number:
        unit = value.point.unit
        known = {"unit": unit.symbol} if unit.quantity is not Quantity.NUMBER else {}
        return about | {"datatype": "float"} | known | _limits(value.setting)
    if value.options:
        return about | {"datatype": "enum", "format": ",".join(map(_word, value.options))}
    return about | {"datatype": "string"}


def _limits(setting: Point | None) -> dict[str, object]:
    """The range as Homie writes it: least, most and step, those that are known."""
    if setting is None or setting.minimum is setting.maximum is None:
        return {}
    bounds = (setting.minimum, setting.maximum)
    written = ":".join("" if bound is None else plain(bound) for bound in bounds)
    return {"format": written + (f":{plain(setting.step)}" if setting.step else "")}


def _text(value: Value) -> str | None:
    """The payload; None for a code without a word, which no enumeration can say."""
    if value.is_switch:
        return _BOOLEANS.get(str(value.known))
    if value.options:
        return None if value.known is None else _word(str(value.known))
    return value.text


def _word(option: str) -> str:
    """A comma parts the words of an enumeration."""
    return option.replace(",", ";")
