"""Which topic sets what: a value's own topic with ``/set`` behind it.

Only devices of which something may be set are listened for. On their topics also a point that may
not be set is known: it is asked for all the same, so that whoever asks hears why it is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pumphouse.core.model import PointKey
from pumphouse.core.ports import Boost, Command
from pumphouse.sinks.mqtt.homie import Homie
from pumphouse.sinks.mqtt.tree import Tree
from pumphouse.sinks.mqtt.view import DeviceView, Value

__all__ = ["CommandTopics"]

#: letters of a message that are looked at; no label is as long
_LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class _Target:
    """What a topic sets.

    Attributes:
        words: what a message may say, in small letters, and the label that it stands for.
    """

    target: PointKey | Boost
    words: Mapping[str, str] = field(default_factory=dict)


class CommandTopics:
    """Makes commands of messages.

    Args:
        tree: our own topics.
        homie: Homie's, where they are published.
    """

    def __init__(self, tree: Tree, homie: Homie | None) -> None:
        self._tree = tree
        self._homie = homie
        self._targets: dict[str, _Target] = {}
        self._places: dict[str, str] = {}
        self._names: dict[tuple[str, str], str] = {}

    def learn(self, devices: Sequence[DeviceView]) -> None:
        """Take note of what there is now."""
        settable = [device for device in devices if device.settable]
        self._targets = {topic: target for one in settable for topic, target in self._of(one)}
        self._places = {self._tree.device(one.name): one.name for one in settable}
        self._names = {(one.device.source, one.device.id): one.name for one in settable}

    def filters(self, devices: Sequence[DeviceView]) -> frozenset[str]:
        """What to subscribe to on the connection of our own topics."""
        return frozenset(
            topic
            for device in devices
            if device.settable
            for topic in self._tree.command_filters(device.name)
        )

    def homie_filters(self, devices: Sequence[DeviceView]) -> frozenset[str]:
        """What to subscribe to on Homie's connection."""
        if self._homie is None:
            return frozenset()
        return frozenset(self._homie.command_filter(one) for one in devices if one.settable)

    def read(self, topic: str, text: str) -> Command | None:
        """What a message asks for; None where nothing is set by its topic."""
        known = self._targets.get(topic)
        if known is None:
            return None
        said = text.strip()[:_LONGEST]
        return Command(known.target, known.words.get(said.casefold(), said))

    def device_of(self, topic: str) -> str | None:
        """What the device is called below which `topic` lies."""
        return next((name for place, name in self._places.items() if topic.startswith(place)), None)

    def device_named(self, target: PointKey | Boost) -> str | None:
        """What the device is called that a command is for."""
        return self._names.get((target.source, target.device))

    def _of(self, device: DeviceView) -> Iterator[tuple[str, _Target]]:
        for value in device.values:
            key, switched = value.point.key, _switched(value)
            yield self._tree.command(device.name, value.topic), _Target(key, switched)
            if self._homie is not None:
                words = self._homie.words(value) | switched
                yield self._homie.command(device, value), _Target(key, words)
        for boost in device.boosts:
            yield self._tree.boost_command(device.name, boost.name), _Target(boost)


def _switched(value: Value) -> dict[str, str]:
    """How ON and OFF are called by the vendor, for whom they may be yes and no."""
    labels = value.switch_labels
    return {word.casefold(): label for word, label in labels.items()}
