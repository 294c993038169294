import gzip
import zlib

import pytest
from aiohttp import web

from pumphouse.core.errors import Unreachable
from pumphouse.http.push import Push

BODY = b"heatpump,device=80105 outdoor_temperature=3.1 1768478400\n" * 200


@pytest.fixture
def received():
    return []


@pytest.fixture
async def address(received):
    async def take(reader_or_request):
        raw = await reader_or_request.read()
        received.append((dict(reader_or_request.headers), str(reader_or_request.rel_url), raw))
        return web.Response(status=418, text="tea", headers={"Retry-After": "3"})

    runner = web.ServerRunner(web.Server(take, auto_decompress=False))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}/write"
    await runner.cleanup()


def push(address, host, headers=None, *, compress=True):
    return Push(
        address,
        host=host,
        receiver="The database",
        headers=headers or {},
        compress=compress,
        timeout_secs=5.0,
    )


async def test_a_body_goes_out_compressed_and_every_reply_comes_back(address, received, host):
    async with push(address, host, headers={"Authorization": "Token x"}) as client:
        reply = await client.post(BODY, [("db", "heat & co"), ("precision", "s")])
    ((headers, url, raw),) = received
    assert (reply.status, reply.body, reply.headers["Retry-After"]) == (418, b"tea", "3")
    assert gzip.decompress(raw) == BODY
    assert len(raw) < len(BODY) / 10
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Content-Length"] == str(len(raw))
    assert headers["Authorization"] == "Token x"
    assert headers["User-Agent"] == host.user_agent
    assert url == "/write?db=heat+%26+co&precision=s"


async def test_a_body_goes_out_as_it_is_where_that_is_wanted(address, received, host):
    async with push(address, host, compress=False) as client:
        await client.post(BODY)
    ((headers, _, raw),) = received
    assert raw == BODY
    assert "Content-Encoding" not in headers


async def test_the_same_body_is_the_same_bytes(address, received, host):
    async with push(address, host) as client:
        await client.post(BODY)
        await client.post(BODY)
    assert received[0][2] == received[1][2]
    with pytest.raises(zlib.error):
        zlib.decompress(received[0][2])  # gzip, not zlib's own wrapping


async def test_no_answer_is_unreachable_and_names_the_receiver(host):
    async with push("http://127.0.0.1:9/write", host) as client:
        with pytest.raises(Unreachable, match=r"The database \(127.0.0.1:9\) refuses"):
            await client.post(BODY)


async def test_another_page_is_asked_for_with_the_same_login(address, received, host):
    async with push(address, host, headers={"Authorization": "Token x"}) as client:
        reply = await client.look(address.replace("/write", "/metrics"))
    ((headers, url, raw),) = received
    assert (reply.status, url, raw) == (418, "/metrics", b"")
    assert headers["Authorization"] == "Token x"
    assert "Content-Encoding" not in headers


async def test_after_it_was_left_it_can_be_entered_again(address, received, host):
    client = push(address, host)
    for _ in range(3):
        async with client:
            assert (await client.post(BODY)).status == 418
    assert len(received) == 3
