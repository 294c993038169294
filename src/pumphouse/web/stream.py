"""The newest readings, handed to whoever has a stream open (server-sent events).

One live sink takes the news from the house and renders them once; every stream has a short queue of
its own. A client that does not read is dropped when its queue is full: nobody waits for it.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterable
from functools import cached_property
from typing import Final, Self

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from pumphouse.core.model import PointKey
from pumphouse.core.ports import News
from pumphouse.runtime.documents import latest_document

__all__ = ["HEARTBEAT_SECS", "MOST_STREAMS", "Broadcast", "EventStream", "Subscription"]

#: streams that may be open at once
MOST_STREAMS: Final = 200
#: how many news a client may lag behind before it is dropped
QUEUE_LENGTH: Final = 8
#: a comment this often shows both sides that the other still lives
HEARTBEAT_SECS: Final = 15.0

_HEARTBEAT: Final = b": still here\n\n"
#: how long a browser should wait before it connects again
_GREETING: Final = b"retry: 5000\n\n"
_NOTHING: Final = News((), {}, {}, frozenset(), {})


class Update:
    """News as they are sent, rendered when the first stream needs them."""

    def __init__(self, news: News, number: str) -> None:
        self._news = news
        self.number = number

    @cached_property
    def changes(self) -> bytes:
        """What is new."""
        changed = (key for key in self._news.latest if key in self._news.changed)
        return self._events(changed)

    @cached_property
    def everything(self) -> bytes:
        """How things are."""
        return self._events(self._news.latest)

    def _events(self, keys: Iterable[PointKey]) -> bytes:
        latest, points = self._news.latest, self._news.points
        readings = [latest_document(points[key], latest[key]) for key in keys]
        return b"".join(
            (
                _event("sources", dict(self._news.answering)),
                _event("latest", readings, self.number),
            )
        )


class Subscription:
    """One open stream: updates in order, until the client is too slow or the house stops."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Update | None] = asyncio.Queue()

    def push(self, update: Update) -> bool:
        """Queue `update`; False where the client is too far behind, which ends the stream."""
        if self._queue.qsize() >= QUEUE_LENGTH:
            self.end()
            return False
        self._queue.put_nowait(update)
        return True

    def end(self) -> None:
        """End the stream: what is queued is forgotten."""
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    async def next(self) -> Update | None:
        """The next update, None at the end of the stream."""
        return await self._queue.get()


class Broadcast:
    """A `LiveSink` that tells every subscription what is new.

    Attributes:
        news: how things are now.
        dropped: how many streams were ended because their clients were too slow.
    """

    def __init__(self) -> None:
        self._boot = secrets.token_hex(4)
        self._count = 0
        self._subscriptions: set[Subscription] = set()
        self.news = _NOTHING
        self.now = Update(_NOTHING, f"{self._boot}-0")
        self.dropped = 0

    @property
    def name(self) -> str:
        """The name it goes by beside the configured sinks."""
        return "web"

    @property
    def streams(self) -> int:
        """How many are open."""
        return len(self._subscriptions)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing to close: streams stay open while the store is looked for again."""

    async def publish(self, news: News) -> None:
        """Tell everybody, and wait for nobody."""
        self._count += 1
        self.news, self.now = news, Update(news, f"{self._boot}-{self._count}")
        for subscription in tuple(self._subscriptions):
            if not subscription.push(self.now):
                self._subscriptions.discard(subscription)
                self.dropped += 1

    async def asked_again(self) -> None:
        """Wait for ever: a new stream begins with the news that are kept here."""
        await asyncio.get_running_loop().create_future()

    def subscribe(self) -> Subscription | None:
        """A new stream, None where too many are open."""
        if len(self._subscriptions) >= MOST_STREAMS:
            return None
        subscription = Subscription()
        self._subscriptions.add(subscription)
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """The client has gone."""
        self._subscriptions.discard(subscription)

    def close(self) -> None:
        """End every stream, because the house stops."""
        for subscription in self._subscriptions:
            subscription.end()
        self._subscriptions.clear()


class EventStream(StreamingResponse):
    """The answer that goes on for as long as a subscription does.

    Args:
        seen: the `Last-Event-ID` of a browser that comes back: it is not told again what it knows.
    """

    def __init__(
        self,
        live: Broadcast,
        subscription: Subscription,
        *,
        seen: str | None = None,
        heartbeat: float = HEARTBEAT_SECS,
    ) -> None:
        self._live = live
        self._subscription = subscription
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(
            self._chunks(seen, heartbeat), headers=headers, media_type="text/event-stream"
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the end or until nobody listens any more, and leave however it ends.

        The framework would do the same, by way of a library of 5 MB that nothing else here needs.
        """
        del scope
        tasks = [
            asyncio.ensure_future(self.stream_response(send)),
            asyncio.ensure_future(_hung_up(receive)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._live.leave(self._subscription)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _chunks(self, seen: str | None, heartbeat: float) -> AsyncIterator[bytes]:
        now = self._live.now
        yield _GREETING if seen == now.number else _GREETING + now.everything
        while True:
            try:
                async with asyncio.timeout(heartbeat):
                    update = await self._subscription.next()
            except TimeoutError:
                yield _HEARTBEAT
                continue
            if update is None:
                return
            yield update.changes


async def _hung_up(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _event(name: str, data: object, number: str | None = None) -> bytes:
    """One event: its name, its data as JSON on one line, and its number where it has one."""
    lines = [f"event: {name}", f"data: {json.dumps(data, ensure_ascii=False)}"]
    if number is not None:
        lines.append(f"id: {number}")
    return ("\n".join(lines) + "\n\n").encode()
