"""MQTT as a sink: the newest values, retained, and discovery for those who want it."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Final, Self

import structlog

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.errors import SourceError
from pumphouse.core.model import Event, EventKind, Severity
from pumphouse.core.ports import Command, Host, News
from pumphouse.sinks.mqtt.alarms import Alarms
from pumphouse.sinks.mqtt.announcer import Announcer
from pumphouse.sinks.mqtt.commands import CommandTopics
from pumphouse.sinks.mqtt.connection import Connection, Inbox
from pumphouse.sinks.mqtt.home_assistant import HomeAssistant
from pumphouse.sinks.mqtt.homie import Homie
from pumphouse.sinks.mqtt.legacy import LegacyTopics
from pumphouse.sinks.mqtt.messages import ONLINE, Message
from pumphouse.sinks.mqtt.settings import MqttSettings
from pumphouse.sinks.mqtt.tree import Tree
from pumphouse.sinks.mqtt.view import DeviceView, views

__all__ = ["Mqtt"]

log = structlog.get_logger()

#: topics that set nothing are logged once each, as long as there are not more
_KNOWN_BY_NAME: Final = 100
#: letters of them that are repeated
_LONGEST_TOPIC: Final = 200


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
        self._commands = CommandTopics(self._tree, self._homie if settings.homie else None)
        self._unknown: set[str] = set()
        self._inbox = Inbox()
        self._listened: frozenset[str] = frozenset()
        self._listened_by_homie: frozenset[str] = frozenset()
        self._connection = Connection(settings, self._tree.bridge(online=False))
        self._homie_connection = Connection(settings, self._homie.will, "-homie")
        self._connections = AsyncExitStack()
        self._topics: dict[str, frozenset[str]] = {}
        self._availability: dict[str, Message] = {}
        self._alarms = Alarms(self._tree)

    @property
    def name(self) -> str:
        """The name it has in the configuration."""
        return self._name

    async def __aenter__(self) -> Self:
        self._announcer = Announcer(self._ha)
        self._topics = {}
        self._availability = {}
        self._alarms = Alarms(self._tree)
        self._inbox = Inbox()
        self._listened = self._listened_by_homie = frozenset()
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
        if not self._settings.commands:
            news = replace(news, settable={}, boosts=())
        devices = views(
            news,
            self._catalogue,
            now=self._clock.now(),
            stale_after=timedelta(seconds=self._settings.stale_after_secs),
            chosen=self._settings.devices,
        )
        await self._listen(devices)
        if self._settings.home_assistant:
            await self._survey(devices)
            await self._connection.publish_in_order(self._announcer.messages(devices))
        await self._connection.publish(
            message for device in devices for message in self._tree.messages(device)
        )
        await self._connection.publish(self._changed_availability(devices))
        await self._connection.publish(self._alarms.messages(news.lasting, devices))
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

    async def commands(self) -> AsyncIterator[Command]:
        """Every wish that comes by a topic of `publish`; see `core.ports.SupportsCommands`.

        What the broker had kept is no wish: it was somebody's an hour or a year ago.
        """
        while True:
            topic, text = await self._inbox.next()
            command = self._commands.read(topic, text)
            if command is not None:
                yield command
            else:
                await self._tell_unknown(topic)

    async def refuse(self, command: Command, why: str) -> None:
        """Say on the topic of events why a wish is not granted."""
        await self._tell_refused(why, self._commands.device_named(command.target))

    async def _listen(self, devices: Sequence[DeviceView]) -> None:
        """Ask the broker for commands to those devices of which something may be set."""
        self._commands.learn(devices)
        wanted = self._commands.filters(devices)
        await self._connection.unsubscribe(*(self._listened - wanted))
        await self._connection.subscribe(*(wanted - self._listened), qos=1, inbox=self._inbox)
        self._listened = wanted
        wanted = self._commands.homie_filters(devices)
        connection = self._homie_connection
        await connection.unsubscribe(*(self._listened_by_homie - wanted))
        await connection.subscribe(*(wanted - self._listened_by_homie), qos=2, inbox=self._inbox)
        self._listened_by_homie = wanted

    async def _tell_unknown(self, topic: str) -> None:
        """Say on the topic of events, and once in the log, that nothing is set by `topic`."""
        topic = topic[:_LONGEST_TOPIC]
        if topic not in self._unknown and len(self._unknown) < _KNOWN_BY_NAME:
            self._unknown.add(topic)
            log.warning("unknown command", sink=self._name, topic=topic)
        await self._tell_refused(
            f"Nothing is set by the topic {topic}.", self._commands.device_of(topic)
        )

    async def _tell_refused(self, why: str, device: str | None) -> None:
        now = self._clock.now()
        event = Event(
            f"refused {now.isoformat()}", now, EventKind.WRITE, why, severity=Severity.WARNING
        )
        with suppress(SourceError):  # who has gone has no use for it
            await self._connection.publish([self._tree.event(event, device)])

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
