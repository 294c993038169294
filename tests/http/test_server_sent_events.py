"""Server-sent events: the parser by the HTML standard, and reading them over a real socket."""

import asyncio
from contextlib import aclosing

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.core.errors import AccessDenied, BadResponse, ServerFailure, Unreachable
from pumphouse.http.limits import TokenBucket
from pumphouse.http.messages import PersonalToken
from pumphouse.http.problems import explain_nothing
from pumphouse.http.server_sent_events import EventParser, ServerSentEvent, read_events
from pumphouse.http.session import ApiClient


def parsed(*chunks: bytes) -> list[tuple[str, str, str]]:
    parser = EventParser()
    found = [event for chunk in chunks for event in parser.feed(chunk)]
    return [(event.event, event.data, event.id) for event in found]


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("data: a\n\n", [("message", "a", "")]),
        ("event: ping\ndata: {}\n\n", [("ping", "{}", "")]),
        ("data: a\ndata:b\n\n", [("message", "a\nb", "")]),
        ("data:  two blanks\n\n", [("message", " two blanks", "")]),
        ("data\n\n", [("message", "", "")]),
        (": a comment\n\n", []),
        ("event: lost\n\ndata: a\n\n", [("message", "a", "")]),
        ("id: 7\ndata: a\n\ndata: b\n\n", [("message", "a", "7"), ("message", "b", "7")]),
        ("id: a\0b\ndata: a\n\n", [("message", "a", "")]),
        ("retry: 10\nunknown: x\ndata: a\n\n", [("message", "a", "")]),
        ("data: a\r\n\r\ndata: b\r\rdata: c\n\n", [(*["message"], x, "") for x in "abc"]),
        ("\ufeffdata: a\n\n", [("message", "a", "")]),
        ("data: not ended\n", []),
        ("data: ü\n\n", [("message", "ü", "")]),
    ],
)
def test_lines_become_events(text, events):
    assert parsed(text.encode()) == events


@given(st.data())
def test_it_does_not_matter_how_the_bytes_are_cut(data):
    lines = st.sampled_from(["data: ä1", "event: e", "id: 3", "", ": c", "data", "data: \ufeff"])
    ends = st.sampled_from(["\n", "\r\n", "\r"])
    text = "".join(
        line + end for line, end in data.draw(st.lists(st.tuples(lines, ends), max_size=12))
    ).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    # What is held back behind a last CR alone comes with the next byte.
    assert parsed(*pieces, b": end\n") == parsed(text, b": end\n")


@pytest.mark.parametrize("text", [b"data: " + b"x" * 2_000_000, b"data: 1234567890\n" * 200_000])
def test_an_endless_event_is_refused(text):
    with pytest.raises(BadResponse):
        parsed(text)


def test_what_an_event_holds_is_not_in_its_repr():
    assert "s3cret" not in repr(ServerSentEvent("a", "s3cret"))


@pytest.fixture
async def stream(host):
    """Serve events as a test tells, and read them."""
    runners: list[web.AppRunner] = []
    clients: list[ApiClient] = []

    async def serve(handler) -> ApiClient:
        app = web.Application()
        app.router.add_get("/events", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address = "http://{}:{}".format(*runner.addresses[0][:2])
        client = ApiClient(
            address,
            host=host,
            registration=PersonalToken("home", "Vendor", "t0ken"),
            limiter=TokenBucket(1000.0, 1000, host.clock),
            explain=explain_nothing,
        )
        clients.append(client)
        return client

    yield serve
    for client in clients:
        await client.__aexit__(None, None, None)
    for runner in runners:
        await runner.cleanup()


async def started(request: web.Request) -> web.StreamResponse:
    reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await reply.prepare(request)
    return reply


async def test_events_come_until_the_server_ends_the_stream(stream):
    asked: list[web.Request] = []

    async def handler(request):
        asked.append(request)
        reply = await started(request)
        for number in range(3):
            await reply.write(f"data: {number}\n\n".encode())
        return reply

    client = await stream(handler)
    found = [
        event.data
        async for event in read_events(client, "/events", [("d", "a"), ("d", "b")], silence_secs=60)
    ]
    assert found == ["0", "1", "2"]
    (request,) = asked
    assert list(request.query.items()) == [("d", "a"), ("d", "b")]
    assert request.headers["Accept"] == "text/event-stream"
    assert request.headers["Authorization"] == "Bearer t0ken"
    assert request.headers["User-Agent"].startswith("Pumphouse")


async def test_silence_ends_the_connection(stream):
    ended = asyncio.Event()

    async def handler(request):
        reply = await started(request)
        await reply.write(b"data: 1\n\n")
        try:
            while True:
                await asyncio.sleep(0.01)
                if request.transport is None or request.transport.is_closing():
                    return reply
        finally:
            ended.set()

    client = await stream(handler)
    with pytest.raises(Unreachable, match="in time"):
        async for _ in read_events(client, "/events", silence_secs=0.05):
            pass
    await asyncio.wait_for(ended.wait(), 60)


async def test_leaving_early_ends_the_connection(stream):
    gone = asyncio.Event()

    async def handler(request):
        reply = await started(request)
        try:
            while True:
                await reply.write(b"data: 1\n\n")
                await asyncio.sleep(0.001)
        finally:
            gone.set()

    client = await stream(handler)
    async with aclosing(read_events(client, "/events", silence_secs=60)) as events:
        async for _ in events:
            break
    await asyncio.wait_for(gone.wait(), 60)


async def test_a_cut_connection_is_no_end(stream):
    async def handler(request):
        reply = await started(request)
        await reply.write(b"data: 1\n\n")
        request.transport.abort()
        return reply

    client = await stream(handler)
    with pytest.raises(Unreachable):
        async for _ in read_events(client, "/events", silence_secs=60):
            pass


@pytest.mark.parametrize(("status", "kind"), [(403, AccessDenied), (503, ServerFailure)])
async def test_a_refusal_is_an_error_as_everywhere(stream, status, kind):
    async def handler(_request):
        return web.Response(status=status, text="<html>")

    client = await stream(handler)
    with pytest.raises(kind):
        async for _ in read_events(client, "/events", silence_secs=60):
            pass
