"""The live stream: everybody hears the same, nobody waits for anybody."""

import asyncio
import contextlib
import json
import socket
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from yarl import URL

from pumphouse.core.model import Point, PointKey, Reading
from pumphouse.core.ports import News
from pumphouse.web import stream
from pumphouse.web.stream import MOST_STREAMS, QUEUE_LENGTH, Broadcast, EventStream

from .rig import OUTDOOR, news

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def house(open_app):
    async with open_app.stranger() as browser:
        yield browser


class Listener:
    """A client of the stream that reads event by event."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer

    async def event(self):
        """The next event: its name, its data and its number."""
        block = {}
        while True:
            line = (await asyncio.wait_for(self._reader.readline(), 120)).decode().rstrip("\r\n")
            if line.startswith((":", "retry:")):
                continue
            name, _, value = line.partition(": ")
            if name in ("event", "data", "id"):
                block[name] = value
            elif not line and "data" in block:
                return block["event"], json.loads(block["data"]), block.get("id")

    async def latest(self):
        """The next readings."""
        while True:
            name, data, number = await self.event()
            if name == "latest":
                return data, number

    async def rest(self):
        """Everything until the server closes."""
        return await asyncio.wait_for(self._reader.read(), 120)

    async def close(self):
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


async def listen(address, *headers, receive_buffer=None):
    url = URL(address)
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, (url.host, url.port))
    reader, writer = await asyncio.open_connection(sock=connection, limit=2**22)
    lines = ("GET /api/stream HTTP/1.1", "Host: localhost", *headers, "", "")
    writer.write("\r\n".join(lines).encode())
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 120)
    return head.decode(), Listener(reader, writer)


async def told(house, *changed):
    """Let the house tell its news."""
    await house.context.live.publish(await news(house.context, *changed))


def subscribed(live):
    subscription = live.subscribe()
    assert subscription is not None
    return subscription


async def settled(condition):
    """Wait until the loop has made `condition` true."""
    for _ in range(20_000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came true")


async def test_everything_at_first_and_then_what_changes(house):
    await told(house)
    head, listener = await listen(house.address)
    assert "content-type: text/event-stream" in head.lower()
    name, sources, _ = await listener.event()
    assert (name, sources) == ("sources", {"house": True})
    everything, _ = await listener.latest()
    assert everything == json.loads((await house.get("/api/latest")).text)
    await told(house, OUTDOOR)
    changed, _ = await listener.latest()
    assert [one["point"] for one in changed] == [OUTDOOR.key.point]
    await listener.close()


async def test_who_comes_back_is_not_told_again_what_it_knows(house):
    await told(house)
    _, first = await listen(house.address)
    _, number = await first.latest()
    await first.close()
    _, again = await listen(house.address, f"Last-Event-ID: {number}")
    await told(house, OUTDOOR)
    changed, newer = await again.latest()
    assert len(changed) == 1
    assert newer != number
    await again.close()
    _, stale = await listen(house.address, f"Last-Event-ID: {number}")
    everything, _ = await stale.latest()
    assert len(everything) > 1
    await stale.close()


async def test_a_heartbeat_shows_that_the_house_lives(monkeypatch):
    live = Broadcast()
    chunks = EventStream(live, subscribed(live))._chunks(None, 0.001)
    await anext(chunks)
    assert (await anext(chunks)).startswith(b":")
    live.close()
    assert all([chunk.startswith(b":") async for chunk in chunks])


async def test_two_hundred_streams_hear_everything_and_the_next_one_is_refused(house):
    await told(house)
    live = house.context.live
    await settled(lambda: live.streams == 0)
    open_streams = [(await listen(house.address))[1] for _ in range(MOST_STREAMS)]
    try:
        assert live.streams == MOST_STREAMS
        head, refused = await listen(house.address, "Connection: close")
        assert head.startswith("HTTP/1.1 503")
        assert b"streams are open already" in await refused.rest()
        await refused.close()
        for listener in open_streams:
            await listener.latest()
        for _ in range(5):
            await told(house, OUTDOOR)
            for changed, _ in await asyncio.gather(*(one.latest() for one in open_streams)):
                assert len(changed) == 1
        assert (await house.get("/healthz")).status == 200
    finally:
        for listener in open_streams:
            await listener.close()
    await settled(lambda: live.streams == 0)


async def test_a_client_that_does_not_read_is_dropped_and_nobody_waits_for_it(house):
    live = house.context.live
    await settled(lambda: live.streams == 0)
    dropped = live.dropped
    _, reads = await listen(house.address)
    _, sleeps = await listen(house.address, receive_buffer=4096)
    big = big_news()
    for _ in range(200):
        await live.publish(big)
        await reads.latest()
        if live.dropped > dropped:
            break
    assert live.dropped == dropped + 1
    assert live.streams == 1
    await live.publish(big)
    await reads.latest()
    await reads.close()
    await sleeps.close()


def big_news():
    """News of which a few fill every buffer on the way."""
    points = {
        PointKey("house", "d1", str(n)): Point(PointKey("house", "d1", str(n)), "x" * 200)
        for n in range(1000)
    }
    now = datetime(2026, 1, 15, 12, tzinfo=UTC)
    latest = {key: Reading(key, now, 1.0) for key in points}
    return News((), points, latest, frozenset(latest), {"house": True})


async def test_a_queue_that_is_full_ends_the_stream_and_forgets():
    live = Broadcast()
    slow = subscribed(live)
    for _ in range(QUEUE_LENGTH):
        await live.publish(stream._NOTHING)
    assert live.streams == 1
    await live.publish(stream._NOTHING)
    assert (live.streams, live.dropped) == (0, 1)
    assert await slow.next() is None


async def test_two_hundred_clients_that_do_not_read_keep_no_more_than_their_queues_hold():
    live = Broadcast()
    silent = [subscribed(live) for _ in range(MOST_STREAMS)]
    for number in range(5 * QUEUE_LENGTH):
        kept = {id(update): update for one in silent for update in one._queue._queue}
        assert len(kept) <= QUEUE_LENGTH, "every stream holds the same few updates"
        assert live.streams == (MOST_STREAMS if number <= QUEUE_LENGTH else 0)
        await live.publish(stream._NOTHING)
    assert live.dropped == MOST_STREAMS
    assert [await one.next() for one in silent] == [None] * MOST_STREAMS


async def test_streams_end_when_the_house_stops():
    live = Broadcast()
    subscriptions = [subscribed(live) for _ in range(3)]
    live.close()
    assert [await one.next() for one in subscriptions] == [None] * 3


async def test_news_are_rendered_once_for_all():
    live = Broadcast()
    first, second = subscribed(live), subscribed(live)
    await live.publish(big_news())
    update = await first.next()
    assert update is await second.next()
    assert update is not None
    assert update.changes is update.changes
