"""A websocket's client side against a server that misbehaves on purpose, over a real socket."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiohttp import WSMsgType, web

from pumphouse.core.errors import BadResponse, RequestRefused, ServerFailure, Unreachable
from pumphouse.http.websocket import open_socket

PROTOCOL = "graphql-transport-ws"


@asynccontextmanager
async def server(handler, protocols=(PROTOCOL,)):
    """A server whose handler is given each open socket; the address, and what was asked."""
    asked = []

    async def serve(request):
        asked.append(request.headers)
        socket = web.WebSocketResponse(protocols=protocols)
        await socket.prepare(request)
        await handler(socket)
        return socket

    async def refuse(request):
        asked.append(request.headers)
        raise web.HTTPServiceUnavailable(text="<html>busy</html>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/socket", serve)
    app.router.add_get("/busy", refuse)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"ws://{host}:{port}", asked
    finally:
        await runner.cleanup()


def opened(address, host, **settings):
    return open_socket(
        address,
        host=host,
        vendor="Tibber",
        source="tibber",
        protocol=PROTOCOL,
        **{"silence_secs": 60.0, **settings},
    )


async def echo(socket):
    async for message in socket:
        await socket.send_str(message.data)


async def test_messages_are_json_both_ways_and_the_program_says_who_it_is(host):
    async with server(echo) as (url, asked), opened(f"{url}/socket", host) as socket:
        await socket.send({"type": "connection_init"})

        assert await socket.receive() == {"type": "connection_init"}
        assert asked[0]["User-Agent"] == host.user_agent
        assert asked[0]["Sec-WebSocket-Protocol"] == PROTOCOL


@pytest.mark.parametrize("code", [1000, 1001, 4403, 4429, 4500])
async def test_the_end_has_the_code_of_the_other_side(host, code):
    async def close(socket):
        await socket.close(code=code, message=b"because")

    async with server(close) as (url, _), opened(f"{url}/socket", host) as socket:
        assert await socket.receive() is None
        assert socket.close_code == code


async def test_a_connection_without_a_word_is_dead_after_a_while(host):
    async with (
        server(echo) as (url, _),
        opened(f"{url}/socket", host, silence_secs=0.05) as socket,
    ):
        with pytest.raises(Unreachable, match="in time"):
            await socket.receive()


async def test_a_connection_that_breaks_is_no_end(host):
    async def vanish(socket):
        socket._req.transport.abort()
        await asyncio.sleep(0)

    async with server(vanish) as (url, _), opened(f"{url}/socket", host) as socket:
        with pytest.raises(Unreachable, match="cut the connection"):
            await socket.receive()


@pytest.mark.parametrize("text", ["<html>", "", "{", "[" * 50_000])
async def test_what_is_no_json_is_not_understood(host, text):
    async def babble(socket):
        await socket.send_str(text)
        await socket.receive()

    async with server(babble) as (url, _), opened(f"{url}/socket", host) as socket:
        with pytest.raises(BadResponse, match="no JSON"):
            await socket.receive()


async def test_a_message_without_end_is_not_swallowed(host):
    async def flood(socket):
        await socket.send_str("x" * (2 * 1024 * 1024))
        await socket.receive()

    async with server(flood) as (url, _), opened(f"{url}/socket", host) as socket:
        with pytest.raises(BadResponse):
            await socket.receive()


async def test_sending_into_a_broken_connection_says_so(host):
    async def hang_up(socket):
        await socket.close()

    async with server(hang_up) as (url, _), opened(f"{url}/socket", host) as socket:
        assert await socket.receive() is None
        with pytest.raises(Unreachable):
            await socket.send({})


async def test_another_protocol_is_refused(host):
    async with server(echo, protocols=("graphql-ws",)) as (url, _):
        with pytest.raises(BadResponse, match=PROTOCOL):
            async with opened(f"{url}/socket", host):
                pass


async def test_a_refusal_by_http_is_told_by_its_status(host):
    async with server(echo) as (url, _):
        with pytest.raises(ServerFailure, match="503"):
            async with opened(f"{url}/busy", host):
                pass


async def test_nobody_there_is_unreachable(host):
    with pytest.raises(Unreachable):
        async with opened("ws://127.0.0.1:9/socket", host):
            pass


@pytest.mark.parametrize("address", ["http://127.0.0.1/x", "wss://", "nonsense", "ws://[::1"])
async def test_an_address_of_something_else_is_refused(host, address):
    with pytest.raises(RequestRefused, match="websocket"):
        async with opened(address, host):
            pass


async def test_leaving_closes_the_connection(host):
    ended = asyncio.Event()

    async def wait(socket):
        message = await socket.receive()
        assert message.type is WSMsgType.CLOSE
        ended.set()

    async with server(wait) as (url, _):
        async with opened(f"{url}/socket", host):
            pass
        await asyncio.wait_for(ended.wait(), 60)
