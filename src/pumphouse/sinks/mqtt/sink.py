"""MQTT as a sink: the newest values, retained, and discovery for those who want it."""

from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from types import TracebackType
from typing import Self

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.errors import SourceError
from pumphouse.core.model import Event
from pumphouse.core.ports import Host, News
from pumphouse.sinks.mqtt.announcer import Announcer
from pumphouse.sinks.mqtt.connection import Connection
from pumphouse.sinks.mqtt.home_assistant import HomeAssistant
from pumphouse.sinks.mqtt.homie import Homie
from pumphouse.sinks.mqtt.legacy import LegacyTopics
from pumphouse.sinks.mqtt.messages import ONLINE, Message
from pumphouse.sinks.mqtt.settings import MqttSettings
from pumphouse.sinks.mqtt.tree import Tree
from pumphouse.sinks.mqtt.view import DeviceView, views

__all__ = ["Mqtt"]


class Mqtt:
    """Publishes the newest readings to a broker.

    One connection carries our own topics, whose last will is `offline` on the status topic; Homie
    wants a last will of its own and so has a second one.
    """

    def __init__(self, name: str, settings: MqttSettings, host: Host) -> None:
        self._name = name
        self._settings = settings
        self._clock = host.clock
        self._catalogue = load_catalogue()
        self._tree = Tree(settings.base_topic, settings.qos)
        self._ha = HomeAssistant(self._tree, settings.discovery_prefix)
        self._announcer = Announcer(self._ha)
        self._legacy = LegacyTopics(self._catalogue)
        self._homie = Homie(settings.base_topic)
        self._connection = Connection(settings, self._tree.bridge(online=False))
        self._homie_connection = Connection(settings, self._homie.will, "-homie")
        self._connections = AsyncExitStack()
        self._topics: dict[str, frozenset[str]] = {}
        self._availability: dict[str, Message] = {}

    @property
    def name(self) -> str:
        """The name it has in the configuration."""
        return self._name

    async def __aenter__(self) -> Self:
        self._announcer = Announcer(self._ha)
        self._topics = {}
        self._availability = {}
        self._homie.start()
        async with AsyncExitStack() as entered:
            await entered.enter_async_context(self._connection)
            if self._settings.homie:
                await entered.enter_async_context(self._homie_connection)
            await self._connection.publish([self._tree.bridge(online=True)])
            if self._settings.home_assistant:
                await self._connection.subscribe(self._ha.status)
            self._connections = entered.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self._say_goodbye()
        finally:
            await self._connections.aclose()

    async def publish(self, news: News) -> None:
        """Publish what has changed; see `core.ports.LiveSink.publish`.

        Discovery goes first, so that whoever learns of an entity finds its value behind it.
        """
        devices = views(
            news,
            self._catalogue,
            now=self._clock.now(),
            stale_after=timedelta(seconds=self._settings.stale_after_secs),
            chosen=self._settings.devices,
        )
        if self._settings.home_assistant:
            await self._survey(devices)
            await self._connection.publish_in_order(self._announcer.messages(devices))
        await self._connection.publish(
            message for device in devices for message in self._tree.messages(device)
        )
        await self._connection.publish(self._changed_availability(devices))
        await self._clear_forgotten(devices)
        await self._connection.publish_in_order(self._event_messages(news.events, devices))
        if self._settings.legacy_topics:
            await self._connection.publish(
                message for device in devices for message in self._legacy.messages(device)
            )
        if self._settings.homie:
            revision = int(self._clock.now().timestamp())
            await self._homie_connection.publish_in_order(self._homie.messages(devices, revision))

    async def asked_again(self) -> None:
        """Return when Home Assistant says that it has started.

        What it said before this connection does not count: everything was told since.
        """
        while await self._connection.next_live() != (self._ha.status, ONLINE):
            pass
        self._announcer.repeat()

    async def _survey(self, devices: Sequence[DeviceView]) -> None:
        """Ask the broker what Home Assistant was told before, once for each device."""
        new = [device for device in devices if device.name not in self._topics]
        if new:
            filters = [self._ha.single_topics(device) for device in new]
            if not self._topics:
                filters.append(self._ha.topics)
            echo = self._tree.bridge(online=True)
            self._announcer.found(await self._connection.retained(*filters, echo=echo))

    def _event_messages(
        self, events: Sequence[Event], devices: Sequence[DeviceView]
    ) -> Iterator[Message]:
        names = {(view.device.source, view.device.id): view.name for view in devices}
        for event in events:
            yield self._tree.event(event, names.get((event.source or "", event.device or "")))

    def _changed_availability(self, devices: Sequence[DeviceView]) -> Iterator[Message]:
        for device in devices:
            word = self._tree.availability(device)
            if self._availability.get(device.name) != word:
                self._availability[device.name] = word
                yield word

    async def _clear_forgotten(self, devices: Sequence[DeviceView]) -> None:
        """Take back what the broker holds of points and devices that are no longer there."""
        now = {device.name: self._tree.topics(device) for device in devices}
        before = frozenset[str]().union(*self._topics.values())
        gone = before - frozenset[str]().union(*now.values())
        self._topics = now
        await self._connection.publish(Message(topic, "", qos=1, retain=True) for topic in gone)

    async def _say_goodbye(self) -> None:
        """A clean end sends no last will, so its words are said here; a broken one needs none."""
        with suppress(SourceError):
            await self._connection.publish([self._tree.bridge(online=False)])
            if self._settings.homie:
                await self._homie_connection.publish_in_order(self._homie.farewell())
