"""Live measurement over the websocket: what comes, how it ends, and that nobody storms."""

import asyncio
import random
from contextlib import aclosing, asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from tests.sources.tibber.graphql.simulated_graphql import simulated_graphql
from tests.sources.tibber.simulated_tibber import simulated_tibber

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.errors import (
    AccessDenied,
    BadResponse,
    CredentialsRefused,
    LoginRequired,
    RequestRefused,
    SourceError,
    TransientError,
    Unreachable,
)
from pumphouse.http.limits import TokenBucket
from pumphouse.http.messages import PersonalToken
from pumphouse.http.session import ApiClient
from pumphouse.simulator.faults import TibberFault
from pumphouse.sources.selection import Selection
from pumphouse.sources.tibber.graphql.api import explain
from pumphouse.sources.tibber.graphql.live import LiveMeasurements, trusted_address
from pumphouse.sources.tibber.measurement import MeasurementMapper

HOME = {
    "id": "h",
    "appNickname": "House",
    "currentSubscription": {"status": "running"},
    "features": {"realTimeConsumptionEnabled": True},
}


async def first(stream, count=1):
    """The first batches with readings."""
    found = []
    async with aclosing(stream) as batches:
        async for batch in batches:
            if batch.readings:
                found.append(batch)
            if len(found) == count:
                break
    return found


async def end_of(stream):
    """The error that a stream ends with."""
    try:
        async with aclosing(stream) as batches:
            async for _ in batches:
                pass
    except SourceError as error:
        return error
    raise AssertionError("a stream ended without a word")


async def test_power_comes_as_it_is_measured(tmp_path):
    async with simulated_graphql(tmp_path) as tibber:
        batches = await first(tibber.part.live(), 3)

    points = {point.metric: point for point in batches[0].points}
    assert {"house_power", "house_energy_today", "house_cost_today"} <= set(points)
    assert points["house_cost_today"].unit.symbol == "SEK"
    (device,) = batches[0].devices
    assert {one.key.device for one in batches[2].readings} == {device.id}


async def test_one_socket_is_opened_and_closed_again(tmp_path):
    async with simulated_graphql(tmp_path) as tibber:
        for _ in range(5):  # more than the two that Tibber allows at a time
            await first(tibber.part.live())

        assert tibber.sockets == 5


@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [
        (TibberFault.CLOSE_4429, 120, 150),
        (TibberFault.CLOSE_4500, 5, 62),
        (TibberFault.CLOSE_1001, 5, 62),
    ],
)
async def test_a_close_code_says_how_long_to_stay_away(tmp_path, fault, least, most):
    async with simulated_graphql(tmp_path) as tibber:
        tibber.simulator.faults.add("tibber", fault)
        error = await end_of(tibber.part.live())

    assert isinstance(error, TransientError)
    assert least <= error.retry_after <= most


async def test_4429_never_causes_a_storm(tmp_path):
    """A day of it: as many connections as the growing pauses leave room for."""
    async with simulated_graphql(tmp_path) as tibber:
        tibber.simulator.faults.add("tibber", TibberFault.CLOSE_4429, count=10_000)
        passed = 0.0
        while passed < 86400:
            passed += (await end_of(tibber.part.live())).retry_after
        sockets = tibber.sockets

    assert sockets <= 30


async def test_pauses_differ_from_program_to_program(tmp_path):
    pauses = set()
    for _ in range(3):
        async with simulated_graphql(tmp_path) as tibber:
            tibber.part._live._host.rng.seed(random.random())
            tibber.simulator.faults.add("tibber", TibberFault.CLOSE_1001)
            pauses.add((await end_of(tibber.part.live())).retry_after)

    assert len(pauses) == 3


async def test_a_personal_token_that_is_refused_asks_for_another(tmp_path):
    async with simulated_graphql(tmp_path) as tibber:
        tibber.simulator.faults.add("tibber", TibberFault.CLOSE_4403)

        assert isinstance(await end_of(tibber.part.live()), CredentialsRefused)


async def test_a_login_that_is_refused_is_renewed_once_and_then_asked_for(tmp_path):
    async with (
        simulated_tibber(tmp_path, live=True, live_service="graphql") as tibber,
        tibber.open_live() as source,
    ):
        before = tibber.asked("/connect/token")
        tibber.simulator.faults.add("tibber", TibberFault.CLOSE_4403, count=2)
        once = await end_of(source.live())
        renewed = tibber.asked("/connect/token") - before
        twice = await end_of(source.live())

    assert isinstance(once, TransientError)
    assert renewed == 1
    assert isinstance(twice, LoginRequired)
    assert "pumphouse login tibber" in str(twice)


async def test_after_a_login_was_renewed_power_goes_on(tmp_path):
    async with (
        simulated_tibber(tmp_path, live=True, live_service="graphql") as tibber,
        tibber.open_live() as source,
    ):
        tibber.simulator.faults.add("tibber", TibberFault.CLOSE_4403)
        await end_of(source.live())

        assert await first(source.live())


async def test_what_is_open_ends_with_the_code_that_strikes_it(tmp_path):
    async with simulated_graphql(tmp_path) as tibber, aclosing(tibber.part.live()) as batches:
        await anext(batches)
        ending = asyncio.ensure_future(end_of(batches))
        async with aiohttp.ClientSession() as session:
            url = f"{tibber.simulator.announcement.url}/_simulator/faults"
            fault = {"vendor": "tibber", "kind": "close_1001"}
            async with session.post(url, json=fault) as reply:
                assert reply.ok
        error = await ending

    assert isinstance(error, TransientError)
    assert "1001" in str(error)


# A server that says what a test tells it to


@asynccontextmanager
async def scripted(host, clock, speak, *, homes=(HOME,), address=None, silence_secs=5.0):
    """Live measurements from a server whose websocket does what `speak` does."""

    async def query(request):
        viewer = {
            "websocketSubscriptionUrl": address or f"ws://{request.host}/socket",
            "homes": list(homes),
        }
        return web.json_response({"data": {"viewer": viewer}})

    async def serve(request):
        socket = web.WebSocketResponse(protocols=("graphql-transport-ws",))
        await socket.prepare(request)
        await speak(socket)
        return socket

    app = web.Application()
    app.router.add_post("/v1-beta/gql", query)
    app.router.add_get("/socket", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    place, port = runner.addresses[0][:2]
    url = f"http://{place}:{port}"
    client = ApiClient(
        url,
        host=host,
        registration=PersonalToken("tibber", "Tibber", "personal"),
        limiter=TokenBucket(10, 1000, clock),
        explain=explain,
    )
    mapper = MeasurementMapper("tibber", load_catalogue(), Selection(), interval=0, clock=clock)
    try:
        async with client:
            yield LiveMeasurements(
                "tibber",
                client,
                host,
                personal=True,
                base_url=url,
                mapper=mapper,
                silence_secs=silence_secs,
            )
    finally:
        await runner.cleanup()


async def greet(socket):
    """What the vendor does at first; the messages of the client."""
    greeting = await socket.receive_json()
    await socket.send_json({"type": "connection_ack"})
    return greeting, await socket.receive_json()


async def test_the_greeting_has_the_token_and_the_subscription_its_home(host, clock):
    heard = []

    async def speak(socket):
        heard.extend(await greet(socket))

    async with scripted(host, clock, speak) as live:
        await end_of(live.stream())

    greeting, subscription = heard
    assert greeting == {"type": "connection_init", "payload": {"token": "personal"}}
    assert (subscription["type"], subscription["id"]) == ("subscribe", "h")
    assert subscription["payload"]["variables"] == {"home": "h"}


async def test_nulls_and_pings_do_no_harm(host, clock):
    answers = []

    async def speak(socket):
        await greet(socket)
        frame = {"timestamp": "2026-01-15T13:00:00.000+01:00", "power": 512, "currentL1": None}
        await socket.send_json({"type": "ping"})
        answers.append(await socket.receive_json())
        await socket.send_json(
            {"type": "next", "id": "h", "payload": {"data": {"liveMeasurement": frame}}}
        )
        await socket.receive()

    async with scripted(host, clock, speak) as live:
        (batch,) = await first(live.stream())

    assert answers == [{"type": "pong"}]
    assert [(one.key.point, one.value) for one in batch.readings] == [("power", 512.0)]


async def test_a_frame_without_a_measurement_is_a_problem_and_no_end(host, clock):
    async def speak(socket):
        await greet(socket)
        await socket.send_json({"type": "next", "id": "h", "payload": {"data": None}})
        await socket.close(code=1001)

    problems = []

    async def listen(stream):
        async for batch in stream:
            problems.extend(batch.problems)

    async with scripted(host, clock, speak) as live:
        with pytest.raises(TransientError, match="1001"):
            await listen(live.stream())

    assert problems == ["a live measurement of Tibber is empty"]


async def test_a_socket_without_a_word_is_left_after_a_while(host, clock):
    async def speak(socket):
        await greet(socket)
        await socket.receive()

    async with scripted(host, clock, speak, silence_secs=0.05) as live:
        error = await end_of(live.stream())

    assert isinstance(error, Unreachable)
    assert error.retry_after is not None
    assert 5 <= error.retry_after <= 62


async def test_a_refused_subscription_is_told_in_the_vendors_words(host, clock):
    async def speak(socket):
        await greet(socket)
        await socket.send_json({"type": "error", "id": "h", "payload": [{"message": "No Pulse"}]})

    async with scripted(host, clock, speak) as live:
        error = await end_of(live.stream())

    assert isinstance(error, RequestRefused)
    assert "No Pulse" in str(error)


async def test_what_is_no_object_is_no_message(host, clock):
    async def speak(socket):
        await greet(socket)
        await socket.send_json([1])

    async with scripted(host, clock, speak) as live:
        error = await end_of(live.stream())

    assert isinstance(error, BadResponse)


async def test_failures_in_a_row_lengthen_the_pause_and_a_good_socket_forgets_them(host, clock):
    good = False

    async def speak(socket):
        await greet(socket)
        if good:
            await clock.advance(120)
        await socket.close(code=1001)

    async with scripted(host, clock, speak) as live:
        pauses = [(await end_of(live.stream())).retry_after for _ in range(20)]
        good = True
        after = (await end_of(live.stream())).retry_after

    assert min(pauses[10:]) > 100
    assert after <= 61


async def test_years_of_4429_end_in_the_longest_pause(host, clock):
    async def speak(socket):
        await greet(socket)
        await socket.close(code=4429)

    async with scripted(host, clock, speak) as live:
        live._failures = 5000
        error = await end_of(live.stream())

    assert 3600 <= error.retry_after <= 3600 * 1.25


@pytest.mark.parametrize("enabled", [False, None])
async def test_without_a_meter_that_speaks_no_socket_is_opened(host, clock, enabled):
    async def speak(socket):
        raise AssertionError("nobody should come")

    home = HOME | {"features": {"realTimeConsumptionEnabled": enabled}}
    async with scripted(host, clock, speak, homes=[home]) as live:
        error = await end_of(live.stream())

    assert isinstance(error, AccessDenied)
    assert "live = false" in str(error)


@pytest.mark.parametrize(
    "address", ["wss://evil.example/socket", "http://127.0.0.1/socket", "", "ws://[::1"]
)
async def test_the_token_is_sent_to_no_other_place(host, clock, address):
    async def speak(socket):
        raise AssertionError("nobody should come")

    async with scripted(host, clock, speak, address=address or "no address") as live:
        error = await end_of(live.stream())

    assert isinstance(error, BadResponse)


@pytest.mark.parametrize(
    ("address", "trusted"),
    [
        ("wss://websocket-api.tibber.com/v1-beta/gql/subscriptions", True),
        ("wss://api.tibber.com/x", True),
        ("wss://tibber.com/x", True),
        ("ws://websocket-api.tibber.com/x", False),
        ("wss://nottibber.com/x", False),
        ("wss://tibber.com.evil.example/x", False),
        (None, False),
    ],
)
def test_only_an_encrypted_address_of_the_vendor_is_trusted(address, trusted):
    if trusted:
        assert trusted_address(address, "https://api.tibber.com") == address
    else:
        with pytest.raises(BadResponse):
            trusted_address(address, "https://api.tibber.com")
