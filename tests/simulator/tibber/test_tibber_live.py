"""Live events and the websocket: what is told, who is thrown out, and what the log counts."""

import asyncio

import aiohttp
import pytest

from pumphouse.simulator.gateway import WEBSOCKET

from .conftest import EVERYTHING

SUBSCRIPTION = """
subscription Live($home: ID!) {
  liveMeasurement(homeId: $home) { timestamp power accumulatedConsumption currency voltagePhase1 }
}
"""


@pytest.fixture
async def home(tibber):
    await tibber.log_in()
    return (await tibber.homes())[0]


@pytest.fixture
async def meter(tibber, home):
    listed = (await tibber.get(f"/v1/homes/{home}/live-events/devices")).json["devices"]
    return listed[0]["id"]


def streams(simulator) -> int:
    """How often a stream or a socket was asked for."""
    asked = ("/live-events", "/subscriptions")
    return sum(record.path.endswith(asked) for record in simulator.requests)


class TestEvents:
    async def test_measurements_and_pings_come(self, tibber, home, meter):
        async with tibber.events(home, meter) as events:
            assert events.response.headers["Content-Type"].startswith("text/event-stream")
            _, told = await events.next("measurement")
            assert told["deviceId"] == meter
            assert told["timestamp"].startswith("2026-03-31T12:00:30")
            assert told["timestamp"].endswith("+02:00")
            assert told["power"] > 2000, "two pumps of 1 kW and the rest of the house"
            assert told["powerProduction"] == 0
            assert await events.next("ping") == ("ping", {})

    async def test_the_second_connection_throws_the_first_out(self, tibber, home, meter):
        async with tibber.events(home, meter) as first:
            await first.next("measurement")
            async with tibber.events(home, meter) as second:
                _, words = await first.next("stream_error")
                assert words == {"code": "evicted", "transient": False}
                assert await first.next() is None
                assert await second.next("measurement")

    async def test_a_fault_ends_an_open_stream(self, tibber, simulator, home, meter):
        async with tibber.events(home, meter) as events:
            await events.next("measurement")
            simulator.faults.add("tibber", "stream_error", seconds=7)
            _, words = await events.next("stream_error")
            assert (words["transient"], words["retryAfter"]) == (True, 7)
        assert simulator.faults.pending == ()

    async def test_a_fault_that_finds_no_stream_waits_for_one(self, tibber, simulator, home, meter):
        simulator.faults.add("tibber", "evicted")
        await tibber.get("/v1/homes")
        async with tibber.events(home, meter) as events:
            assert (await events.next())[1]["code"] == "evicted"
        async with tibber.events(home, meter) as events:
            assert (await events.next())[0] == "measurement"

    async def test_every_connection_is_in_the_log(self, tibber, simulator, home, meter):
        for count in (1, 2, 3):
            async with tibber.events(home, meter) as events:
                await events.next()
            assert streams(simulator) == count

    @pytest.mark.parametrize(("devices", "status"), [([], 400), (["x"], 404), (["x"] * 6, 400)])
    async def test_one_to_five_known_meters_are_asked_for(self, tibber, home, devices, status):
        async with tibber.events(home, *devices) as events:
            assert events.response.status == status

    async def test_the_scope_of_meters_is_needed(self, tibber, home, meter):
        await tibber.log_in(EVERYTHING.replace("data-api-meters-read", ""))
        async with tibber.events(home, meter) as events:
            assert events.response.status == 403

    async def test_a_cabin_has_no_meter(self, tibber):
        await tibber.log_in()
        cabin = (await tibber.homes())[1]
        assert (await tibber.get(f"/v1/homes/{cabin}/live-events/devices")).json == {"devices": []}


async def subscribe(socket, home, identifier="1"):
    assert await socket.receive_json() == {"type": "connection_ack"}
    payload = {"query": SUBSCRIPTION, "variables": {"home": home}}
    await socket.send_json({"id": identifier, "type": "subscribe", "payload": payload})


async def last_words(socket):
    """The close code, whatever comes before."""
    async with asyncio.timeout(60):
        while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
    return socket.close_code


class TestSocket:
    async def test_measurements_come_as_asked_for(self, tibber, home):
        async with tibber.socket() as socket:
            await subscribe(socket, home)
            message = await socket.receive_json()
            told = message["payload"]["data"]["liveMeasurement"]
            assert (message["id"], message["type"]) == ("1", "next")
            assert set(told) == {
                "timestamp",
                "power",
                "accumulatedConsumption",
                "currency",
                "voltagePhase1",
            }

    async def test_the_token_of_the_data_api_is_good_too(self, tibber, home):
        async with tibber.socket(tibber.token) as socket:
            await subscribe(socket, home)
            assert (await socket.receive_json())["type"] == "next"

    async def test_ping_is_answered_and_complete_is_obeyed(self, tibber, home):
        async with tibber.socket() as socket:
            await subscribe(socket, home)
            await socket.receive_json()
            await socket.send_json({"id": "1", "type": "complete"})
            await socket.send_json({"type": "ping"})
            async with asyncio.timeout(60):
                while (await socket.receive_json()) != {"type": "pong"}:
                    pass
            with pytest.raises(TimeoutError):
                await socket.receive(timeout=0.1)

    async def test_a_home_without_a_pulse_is_an_error_of_the_subscription(self, tibber):
        await tibber.log_in()
        cabin = (await tibber.homes())[1]
        async with tibber.socket() as socket:
            await subscribe(socket, cabin)
            message = await socket.receive_json()
            assert (message["type"], message["id"]) == ("error", "1")

    @pytest.mark.parametrize("token", ["", "nonsense"])
    async def test_a_bad_token_closes_with_4403(self, tibber, token):
        async with tibber.socket(token) as socket:
            assert await last_words(socket) == 4403

    async def test_the_third_socket_of_a_token_closes_with_4429(self, tibber):
        async with tibber.socket() as one, tibber.socket() as two:
            for socket in (one, two):
                assert await socket.receive_json() == {"type": "connection_ack"}
            async with tibber.socket() as three:
                assert await last_words(three) == 4429
        async with tibber.socket() as again:
            assert await again.receive_json() == {"type": "connection_ack"}

    @pytest.mark.parametrize("code", [4429, 4403, 4500, 1001])
    async def test_a_fault_closes_open_and_coming_sockets(self, tibber, simulator, home, code):
        async with tibber.socket() as socket:
            await subscribe(socket, home)
            await socket.receive_json()
            simulator.faults.add("tibber", f"close_{code}", count=2)
            assert await last_words(socket) == code
        async with tibber.socket() as socket:
            assert await last_words(socket) == code
        async with tibber.socket() as socket:
            assert await socket.receive_json() == {"type": "connection_ack"}

    @pytest.mark.parametrize(
        ("message", "code"),
        [
            ("no JSON", 4400),
            ('{"type": "hello"}', 4400),
            ('{"type": "subscribe"}', 4400),
            ('{"type": "connection_init"}', 4429),
        ],
    )
    async def test_who_breaks_the_protocol_is_closed(self, tibber, message, code):
        async with tibber.socket() as socket:
            await socket.receive_json()
            await socket.send_str(message)
            assert await last_words(socket) == code

    async def test_another_subprotocol_is_not_spoken(self, tibber):
        async with tibber.socket(protocols=["graphql-ws"]) as socket:
            assert await last_words(socket) == 4406

    async def test_sockets_stand_in_the_log(self, tibber, simulator):
        async with tibber.socket() as socket:
            await socket.receive_json()
        found = [one for one in simulator.requests if one.method == WEBSOCKET]
        assert [(one.status, one.path) for one in found] == [
            (101, "/tibber/v1-beta/gql/subscriptions")
        ]

    async def test_a_handshake_without_user_agent_is_refused(self, tibber, simulator):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with tibber.socket(headers={"User-Agent": ""}):
                pass
        assert refused.value.status == 400

    @pytest.mark.parametrize(
        ("kind", "status"),
        [("server_error", 500), ("html_error", 502), ("rate_limit", 429), ("maintenance", 503)],
    )
    async def test_general_faults_refuse_the_handshake(self, tibber, simulator, kind, status):
        simulator.faults.add("tibber", kind)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with tibber.socket():
                pass
        assert refused.value.status == status

    async def test_a_cut_connection_is_cut(self, tibber, simulator):
        simulator.faults.add("tibber", "disconnect", count=2)  # the client itself tries twice
        with pytest.raises(aiohttp.ClientError):
            async with tibber.socket():
                pass
