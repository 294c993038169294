"""One connection to a broker; everything that can go wrong comes out as our own errors."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

import aiomqtt

from pumphouse.core.errors import SourceError, Unreachable
from pumphouse.mqtt.client import TIMEOUT_SECS, explained, made_client
from pumphouse.sinks.mqtt.messages import Message
from pumphouse.sinks.mqtt.settings import MqttSettings

__all__ = ["Connection", "Inbox"]

#: how many messages may wait in an inbox
WAITING: Final = 1000


class Inbox:
    """Messages that wait for their reader; what exceeds `WAITING` is lost, for nobody reads it."""

    def __init__(self) -> None:
        self._messages: asyncio.Queue[tuple[str, str]] = asyncio.Queue(WAITING)

    def put(self, topic: str, text: str) -> None:
        """Take a message in."""
        with suppress(asyncio.QueueFull):
            self._messages.put_nowait((topic, text))

    async def next(self) -> tuple[str, str]:
        """The oldest message, as soon as there is one: its topic and its text."""
        return await self._messages.get()


class Connection:
    """A client that is connected between entering and leaving.

    Args:
        will: what the broker publishes if the connection breaks.
        role: is added to the client id, if the settings name one.
    """

    def __init__(self, settings: MqttSettings, will: Message, role: str = "") -> None:
        self._settings = settings
        self._address = settings.address()
        self._will = will
        self._role = role
        self._client: aiomqtt.Client | None = None
        self._reader: asyncio.Task[None] | None = None
        self._retained: dict[str, str] = {}
        self._live: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._inboxes: dict[str, Inbox] = {}
        self._echo_topic: str | None = None
        self._echo = asyncio.Event()

    async def __aenter__(self) -> Self:
        will = aiomqtt.Will(self._will.topic, self._will.payload, self._will.qos, self._will.retain)
        client = await made_client(self._settings, will=will, role=self._role)
        try:
            await client.__aenter__()
        except aiomqtt.MqttError as error:
            raise self._explained(error) from error
        self._client = client
        self._retained = {}
        self._live = asyncio.Queue()
        self._inboxes = {}
        self._reader = asyncio.create_task(self._read(client))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        client, self._client = self._client, None
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait({self._reader})
            if not self._reader.cancelled():
                self._reader.exception()
        if client is not None:
            with suppress(aiomqtt.MqttError):
                await client.__aexit__(kind, error, traceback)

    async def publish(self, messages: Iterable[Message]) -> None:
        """Publish in any order, and return when the broker has confirmed what asks for it.

        Raises:
            TransientError: the broker does not answer.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for message in messages:
                    group.create_task(self._send(message))
        except* aiomqtt.MqttError as errors:
            raise self._explained(_first(errors)) from errors

    async def publish_in_order(self, messages: Iterable[Message]) -> None:
        """Publish one after the other; otherwise as `publish`."""
        try:
            for message in messages:
                await self._send(message)
        except aiomqtt.MqttError as error:
            raise self._explained(error) from error

    async def subscribe(self, *filters: str, qos: int = 0, inbox: "Inbox | None" = None) -> None:
        """Ask for what is published under `filters` from now on.

        Args:
            qos: how sure the broker makes of telling us.
            inbox: where the messages go; without it they are waited for by `next_live`.
        """
        if not filters:
            return
        if inbox is not None:
            self._inboxes |= dict.fromkeys(filters, inbox)
        try:
            await self._connected().subscribe([(topic, qos) for topic in filters])
        except aiomqtt.MqttError as error:
            raise self._explained(error) from error

    async def unsubscribe(self, *filters: str) -> None:
        """Ask for what is published under `filters` no longer."""
        if not filters:
            return
        try:
            await self._connected().unsubscribe([*filters])
        except aiomqtt.MqttError as error:
            raise self._explained(error) from error
        for topic in filters:
            self._inboxes.pop(topic, None)

    async def retained(self, *filters: str, echo: Message) -> Mapping[str, str]:
        """The messages that the broker holds under `filters`, by topic.

        Args:
            echo: is published and comes back behind them, which tells that they are complete; where
                it may not be read, they are taken to be complete after a while.
        """
        self._retained = {}
        self._echo_topic, self._echo = echo.topic, asyncio.Event()
        asked = [*filters, echo.topic]
        await self.subscribe(*asked)
        await self.publish([echo])
        with suppress(TimeoutError):
            async with asyncio.timeout(TIMEOUT_SECS):
                await self._echo.wait()
        self._echo_topic = None
        await self.unsubscribe(*asked)
        return {
            topic: text
            for topic, text in self._retained.items()
            if any(aiomqtt.Topic(topic).matches(wanted) for wanted in filters)
        }

    async def next_live(self) -> tuple[str, str]:
        """The next message of a subscribed topic that is not one the broker had kept.

        Raises:
            TransientError: the connection broke.
        """
        reader = self._reader
        if reader is None:
            raise Unreachable(f"the connection to the broker {self._address} is closed")
        waiting = asyncio.create_task(self._live.get())
        try:
            await asyncio.wait({waiting, reader}, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                return waiting.result()
        finally:
            waiting.cancel()
        try:
            reader.result()
        except aiomqtt.MqttError as error:
            raise self._explained(error) from error
        raise Unreachable(f"the connection to the broker {self._address} is closed")

    async def _send(self, message: Message) -> None:
        await self._connected().publish(
            message.topic, message.payload, qos=message.qos, retain=message.retain
        )

    async def _read(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            topic = str(message.topic)
            payload = message.payload
            text = payload.decode(errors="replace") if isinstance(payload, bytes) else str(payload)
            if message.retain:
                self._retained[topic] = text
            elif topic == self._echo_topic:
                self._echo.set()
            elif (inbox := self._inbox_of(message.topic)) is not None:
                inbox.put(topic, text)
            else:
                self._live.put_nowait((topic, text))

    def _inbox_of(self, topic: aiomqtt.Topic) -> "Inbox | None":
        return next((box for wanted, box in self._inboxes.items() if topic.matches(wanted)), None)

    def _connected(self) -> aiomqtt.Client:
        if self._client is None:
            raise Unreachable(f"the connection to the broker {self._address} is closed")
        return self._client

    def _explained(self, error: aiomqtt.MqttError) -> SourceError:
        return explained(error, self._address)


def _first(errors: BaseExceptionGroup[aiomqtt.MqttError]) -> aiomqtt.MqttError:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, aiomqtt.MqttError)
    return error
