"""One connection to a broker; everything that can go wrong comes out as our own errors."""

import asyncio
import logging
import ssl
from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

import aiomqtt
from aiomqtt.exceptions import MqttConnectError

from pumphouse.core.errors import CredentialsRefused, SourceError, Unreachable
from pumphouse.sinks.mqtt.messages import Message
from pumphouse.sinks.mqtt.settings import MqttSettings

__all__ = ["Connection"]

TIMEOUT_SECS: Final = 10.0
#: how many messages may wait for the broker's word at once
IN_FLIGHT: Final = 10
#: bad user name or password, not authorized
_REFUSALS: Final = frozenset({134, 135})
_VERSIONS: Final = {"3.1.1": aiomqtt.ProtocolVersion.V311, "5": aiomqtt.ProtocolVersion.V5}

_QUIET: Final = logging.getLogger("pumphouse.mqtt.wire")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False


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
        self._echo_topic: str | None = None
        self._echo = asyncio.Event()

    async def __aenter__(self) -> Self:
        client = await self._made()
        try:
            await client.__aenter__()
        except aiomqtt.MqttError as error:
            raise self._explained(error) from error
        self._client = client
        self._retained = {}
        self._live = asyncio.Queue()
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

    async def subscribe(self, *filters: str) -> None:
        """Ask for what is published under `filters`; see `next_live`."""
        try:
            await self._connected().subscribe([(topic, 0) for topic in filters])
        except aiomqtt.MqttError as error:
            raise self._explained(error) from error

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
        try:
            await self._connected().unsubscribe(asked)
        except aiomqtt.MqttError as error:
            raise self._explained(error) from error
        return {topic: text for topic, text in self._retained.items() if topic != echo.topic}

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

    async def _made(self) -> aiomqtt.Client:
        settings = self._settings
        context = await asyncio.to_thread(_tls, settings) if self._address.encrypted else None
        own = settings.client_id
        return aiomqtt.Client(
            self._address.host,
            self._address.port,
            username=self._address.user,
            password=settings.password.get_secret_value() if settings.password else None,
            logger=_QUIET,
            identifier=f"{own}{self._role}" if own else None,
            protocol=_VERSIONS[settings.protocol],
            will=aiomqtt.Will(
                self._will.topic, self._will.payload, self._will.qos, self._will.retain
            ),
            timeout=TIMEOUT_SECS,
            keepalive=settings.keepalive_secs,
            max_concurrent_outgoing_calls=IN_FLIGHT,
            tls_context=context,
        )

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
            else:
                self._live.put_nowait((topic, text))

    def _connected(self) -> aiomqtt.Client:
        if self._client is None:
            raise Unreachable(f"the connection to the broker {self._address} is closed")
        return self._client

    def _explained(self, error: aiomqtt.MqttError) -> SourceError:
        if _is_refusal(error):
            return CredentialsRefused(
                f"the broker {self._address} does not let this user in; "
                "check the user in `url` and `password`"
            )
        return Unreachable(f"the broker {self._address} does not answer: {error}")


def _is_refusal(error: aiomqtt.MqttError) -> bool:
    """Whether the broker turned the user away; it says so in MQTT 5's words for both versions."""
    return isinstance(error, MqttConnectError) and getattr(error.rc, "value", None) in _REFUSALS


def _first(errors: BaseExceptionGroup[aiomqtt.MqttError]) -> aiomqtt.MqttError:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, aiomqtt.MqttError)
    return error


def _tls(settings: MqttSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.certificate is not None:
        context.load_cert_chain(settings.certificate, settings.certificate_key)
    return context
