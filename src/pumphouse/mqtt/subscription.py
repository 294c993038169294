"""Listening to a broker: what is published, many messages at a time.

aiomqtt hands out one message at a time, each by a task of its own, which costs more than all the
rest; here they are taken as fast as the socket brings them.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import aiomqtt

from pumphouse.core.ports import Clock
from pumphouse.mqtt.client import explained, made_client
from pumphouse.mqtt.settings import BrokerSettings

__all__ = ["Heard", "Mail", "heard"]

#: so many messages wait at most for whoever takes them, about ten megabytes
MOST: Final = 20_000
#: how often somebody who hears nothing is told that the broker still answers, in seconds
SIGN_SECS: Final = 60.0
#: how long others may join a message on its way, in seconds
TOGETHER_SECS: Final = 0.05


class Heard(NamedTuple):
    """One message.

    Attributes:
        arrived: when it came; one that the broker had kept is older, nobody knows how much.
    """

    topic: str
    payload: bytes
    retained: bool
    arrived: datetime


class Mail(NamedTuple):
    """What came since the last time.

    Attributes:
        lost: how many messages had to be thrown away, because too many waited.
    """

    messages: Sequence[Heard]
    lost: int = 0


class _Box:
    """Messages that wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._messages: list[Heard] = []
        self._lost = 0
        self._filled = asyncio.Event()

    def put(self, message: aiomqtt.Message) -> None:
        if len(self._messages) >= MOST:
            self._lost += 1
            return
        payload = message.payload
        content = payload if isinstance(payload, bytes) else str(payload).encode()
        self._messages.append(
            Heard(message.topic.value, content, message.retain, self._clock.now())
        )
        self._filled.set()

    async def full(self) -> None:
        """Wait until something is in it."""
        await self._filled.wait()

    def take(self) -> Mail:
        mail = Mail(self._messages, self._lost)
        self._messages, self._lost = [], 0
        self._filled.clear()
        return mail


def _diverted(box: _Box) -> type[asyncio.Queue[aiomqtt.Message]]:
    """A queue that stays empty: what is put into it goes into `box`."""

    class Diverted(asyncio.Queue[aiomqtt.Message]):
        def put_nowait(self, item: aiomqtt.Message) -> None:
            box.put(item)

    return Diverted


async def heard(
    settings: BrokerSettings, filters: Sequence[str], clock: Clock
) -> AsyncGenerator[Mail, None]:
    """What is published under `filters`; without end, but for failures.

    The first mail comes when the broker has accepted the subscription, and empty mail every minute
    while it answers.

    Raises:
        TransientError: the broker does not answer, or the connection broke.
        PermanentError: it does not let us in.
    """
    box = _Box(clock)
    address = settings.address()
    try:
        async with await made_client(settings, queue_type=_diverted(box)) as client:
            await client.subscribe([(topic, 0) for topic in dict.fromkeys(filters)])
            yield box.take()
            broken = asyncio.ensure_future(_broken(client))
            try:
                while True:
                    await _filled(box, broken)
                    await asyncio.sleep(TOGETHER_SECS)
                    yield box.take()
            finally:
                broken.cancel()
                await asyncio.gather(broken, return_exceptions=True)
    except aiomqtt.MqttError as error:
        raise explained(error, address) from error


async def _broken(client: aiomqtt.Client) -> None:
    """Wait for the end of the connection: no message ever comes this way.

    Raises:
        MqttError: the connection broke.
    """
    await anext(client.messages)


async def _filled(box: _Box, broken: asyncio.Future[None]) -> None:
    """Wait until something is in the box, or it is time for a sign of life.

    Raises:
        MqttError: the connection broke, and the box is empty.
    """
    waiting = asyncio.ensure_future(box.full())
    try:
        await asyncio.wait(
            {waiting, broken}, timeout=SIGN_SECS, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        waiting.cancel()
    if broken.done() and not waiting.done():
        broken.result()
