"""What goes wrong on request, what is rationed, and the strings behind the stage."""

import asyncio
import time

import aiohttp
import pytest
from tests.simulator.conftest import START, FakeClock

from pumphouse.core.errors import UsageError
from pumphouse.simulator import serving
from pumphouse.simulator.faults import HOLD_SECS
from pumphouse.simulator.limits import Bucket, Window
from pumphouse.simulator.server import Simulator, SimulatorOptions

PATHS = {"nibe_uplink": "/api/v1/systems", "myuplink": "/v2/systems/me"}
VENDORS = tuple(PATHS)


@pytest.fixture(params=VENDORS)
def vendor(request):
    return request.param


@pytest.fixture
async def cloud(vendor, nibe, myuplink):
    client = nibe if vendor == "nibe_uplink" else myuplink
    scope = "READSYSTEM" if vendor == "nibe_uplink" else "READSYSTEM offline_access"
    return await client.log_in(scope)


async def inject(control, **fault):
    reply = await control.ask("POST", "/faults", json=fault)
    assert reply.status == 200, reply.text
    return reply.json


class TestFaults:
    @pytest.mark.parametrize(
        ("kind", "status", "content"),
        [
            ("rate_limit", 429, "application/json"),
            ("server_error", 500, "application/json"),
            ("html_error", 502, "text/html"),
            ("malformed_json", 200, "application/json"),
            ("unauthorized", 401, "application/json"),
            ("maintenance", 503, "text/html"),
        ],
    )
    @pytest.mark.parametrize("endpoint", ["api", "token"])
    async def test_the_next_requests_fail_and_then_all_is_well(
        self, control, cloud, vendor, kind, status, content, endpoint
    ):
        async def ask():
            if endpoint == "api":
                return await cloud.get(PATHS[vendor])
            return await cloud.refresh(cloud.refresh_token)

        await inject(control, vendor=vendor, kind=kind, count=2)
        for _ in range(2):
            reply = await ask()
            assert reply.status == status
            assert reply.headers["Content-Type"].startswith(content)
            if content == "application/json" and status != 200:
                assert reply.json["httpStatusCode"] == status
            if kind == "malformed_json":
                with pytest.raises(ValueError, match=r"JSON|Unterminated"):
                    _ = reply.json
        assert (await ask()).status == 200

    async def test_a_rate_limit_speaks_the_vendors_language(self, control, cloud, vendor):
        await inject(control, vendor=vendor, kind="rate_limit", seconds=7)
        reply = await cloud.get(PATHS[vendor])
        if vendor == "nibe_uplink":
            assert reply.json["errorCode"] == 28
            assert "Retry-After" not in reply.headers
        else:
            assert reply.headers["Retry-After"] == reply.headers["RateLimit-Reset"] == "7"
            assert reply.headers["RateLimit-Remaining"] == "0"

    async def test_a_timeout_holds_the_request(self, control, cloud, vendor):
        await inject(control, vendor=vendor, kind="timeout", seconds=0.05)
        began = time.monotonic()
        assert (await cloud.get(PATHS[vendor])).status == 504
        assert time.monotonic() - began >= 0.05

    async def test_a_disconnect_cuts_the_connection(self, control, cloud, vendor):
        await inject(control, vendor=vendor, kind="disconnect")
        with pytest.raises(aiohttp.ClientPayloadError):
            await cloud.get(PATHS[vendor])
        assert (await cloud.get(PATHS[vendor])).status == 200

    async def test_expired_tokens_can_be_refreshed(self, control, cloud, vendor):
        await inject(control, vendor=vendor, kind="expire_tokens")
        granted = await cloud.refresh(cloud.refresh_token)
        cloud.token = granted.json["access_token"]
        assert (await cloud.get(PATHS[vendor])).status == 401
        again = await cloud.refresh(granted.json["refresh_token"])
        cloud.token = again.json["access_token"]
        assert (await cloud.get(PATHS[vendor])).status == 200

    async def test_revoked_grants_need_a_new_login(self, control, cloud, vendor):
        await inject(control, vendor=vendor, kind="revoke_grants")
        assert (await cloud.get(PATHS[vendor])).status == 401
        assert (await cloud.refresh(cloud.refresh_token)).status == 400
        await cloud.log_in("READSYSTEM")
        assert (await cloud.get(PATHS[vendor])).status == 200

    async def test_revoked_grants_show_at_the_token_endpoint_first(self, control, cloud, vendor):
        await inject(control, vendor=vendor, kind="revoke_grants", path="/oauth/token")
        assert (await cloud.get(PATHS[vendor])).status == 200
        assert (await cloud.refresh(cloud.refresh_token)).status == 400

    @pytest.mark.parametrize("path", ["/oauth/token", "/oauth", "*/token", "/oauth/tok*"])
    async def test_a_path_chooses(self, control, cloud, vendor, path):
        await inject(control, vendor=vendor, kind="server_error", path=path)
        assert (await cloud.get(PATHS[vendor])).status == 200
        assert (await cloud.refresh(cloud.refresh_token)).status == 500

    async def test_a_path_may_begin_with_the_vendors_base(self, control, nibe):
        path = "/nibeuplink/api/v1/systems"
        await inject(control, vendor="nibe_uplink", kind="server_error", path=path)
        assert (await nibe.get("/api/v1/systems")).status == 500

    async def test_the_other_vendor_is_not_hit(self, control, nibe, myuplink):
        await inject(control, vendor="nibe_uplink", kind="server_error")
        assert (await myuplink.get("/v2/ping")).status == 204
        assert (await nibe.get("/api/v1/systems")).status == 500

    async def test_maintenance_may_say_when_it_ends(self, control, nibe):
        await inject(control, vendor="nibe_uplink", kind="maintenance", seconds=90)
        assert (await nibe.get("/api/v1/systems")).headers["Retry-After"] == "90"

    async def test_faults_are_listed_and_cleared(self, control, simulator):
        told = await inject(control, vendor="myuplink", kind="timeout", count=3, path="/v2")
        assert told == {
            "vendor": "myuplink",
            "kind": "timeout",
            "count": 3,
            "path": "/v2",
            "seconds": None,
        }
        assert (await control.get("/faults")).json == [told]
        assert (await control.ask("DELETE", "/faults")).status == 204
        assert simulator.faults.pending == ()

    @pytest.mark.parametrize(
        ("fault", "word"),
        [
            ({"vendor": "acme", "kind": "timeout"}, "nibe_uplink, myuplink"),
            ({"vendor": "myuplink", "kind": "fire"}, "rate_limit, server_error"),
            ({"vendor": "myuplink", "kind": "timeout", "count": 0}, "1 or more"),
            ({"vendor": "myuplink", "kind": "timeout", "count": "2"}, "number"),
            ({"vendor": "myuplink", "kind": "timeout", "seconds": "x"}, "number"),
            ({"vendor": "myuplink", "kind": "timeout", "when": 1}, "when"),
            ([], "JSON object"),
        ],
    )
    async def test_a_wrong_fault_is_explained(self, control, fault, word):
        reply = await control.ask("POST", "/faults", json=fault)
        assert reply.status == 400
        assert word in reply.json["error"]


class TestNibeLimit:
    async def test_a_burst_of_thirty_then_one_per_four_seconds(self, nibe, clock):
        await nibe.log_in()
        for _ in range(30):
            assert (await nibe.get("/api/v1/systems")).status == 200
        reply = await nibe.get("/api/v1/systems")
        assert reply.status == 429
        assert reply.json["errorCode"] == 28
        clock.move(seconds=3.9)
        assert (await nibe.get("/api/v1/systems")).status == 429
        clock.move(seconds=0.1)
        assert (await nibe.get("/api/v1/systems")).status == 200
        assert (await nibe.get("/api/v1/systems")).status == 429

    async def test_a_new_login_does_not_help(self, nibe):
        await nibe.log_in()
        for _ in range(30):
            await nibe.get("/api/v1/systems")
        await nibe.log_in()
        assert (await nibe.get("/api/v1/systems")).status == 429

    def test_the_bucket_holds_no_more_than_its_burst(self):
        clock = FakeClock()
        bucket = Bucket(clock, burst=2, interval_secs=1)
        clock.move(hours=1)
        assert [bucket.admit("a").allowed for _ in range(3)] == [True, True, False]
        assert bucket.admit("b").allowed


class TestMyUplinkLimit:
    async def test_25_requests_in_a_window_told_by_headers(self, myuplink, clock):
        await myuplink.log_in()
        for used in range(1, 26):
            reply = await myuplink.get("/v2/systems/me")
            assert reply.status == 200
            assert reply.headers["RateLimit-Limit"] == "25"
            assert reply.headers["RateLimit-Remaining"] == str(25 - used)
            assert reply.headers["RateLimit-Reset"] == "60"
        clock.move(seconds=45.5)
        reply = await myuplink.get("/v2/systems/me")
        assert reply.status == 429
        assert reply.headers["Retry-After"] == reply.headers["RateLimit-Reset"] == "15"
        clock.move(seconds=14.5)
        assert (await myuplink.get("/v2/systems/me")).status == 200

    async def test_refusals_carry_the_headers_too(self, myuplink):
        await myuplink.log_in()
        assert (await myuplink.get("/v2/devices/none")).headers["RateLimit-Remaining"] == "24"

    def test_windows_are_per_credential(self):
        window = Window(FakeClock(), limit=1)
        assert [window.admit(name).allowed for name in "aab"] == [True, False, True]


class TestWithoutLimits:
    @pytest.fixture
    def options(self) -> SimulatorOptions:
        return SimulatorOptions(auto_consent=True, limited=False)

    async def test_everything_is_served(self, myuplink):
        await myuplink.log_in()
        for _ in range(40):
            assert (await myuplink.get("/v2/systems/me")).status == 200


class TestControl:
    async def test_requests_are_listed_without_queries_or_secrets(self, control, nibe, simulator):
        await nibe.log_in()
        await nibe.get("/api/v1/systems?page=1")
        reply = await control.get("/requests")
        found = [(one["vendor"], one["method"], one["path"], one["status"]) for one in reply.json]
        assert found == [
            ("nibe_uplink", "GET", "/nibeuplink/oauth/authorize", 302),
            ("nibe_uplink", "POST", "/nibeuplink/oauth/token", 200),
            ("nibe_uplink", "GET", "/nibeuplink/api/v1/systems", 200),
        ]
        assert {one["at"] for one in reply.json} == {"2026-01-15T12:00:30Z"}
        assert not any(secret in reply.text for secret in simulator.issued_secrets())
        assert len(simulator.requests) == 3

    async def test_a_cut_request_has_no_status(self, control, nibe):
        await inject(control, vendor="nibe_uplink", kind="disconnect")
        with pytest.raises(aiohttp.ClientPayloadError):
            await nibe.get("/api/v1/systems")
        assert [one["status"] for one in (await control.get("/requests")).json] == [None]

    async def test_the_clock_moves_the_house(self, control, house):
        reply = await control.ask("POST", "/clock", json={"advance_seconds": 3600})
        assert reply.json == {"now": "2026-01-15T13:00:30+00:00"}
        assert house.now.isoformat() == "2026-01-15T13:00:00+00:00"
        assert (await control.get("/clock")).json == reply.json

    @pytest.mark.parametrize("body", [{}, {"advance_seconds": -1}, {"advance_seconds": "1"}, 7])
    async def test_a_wrong_advance_is_explained(self, control, body):
        reply = await control.ask("POST", "/clock", json=body)
        assert reply.status == 400
        assert reply.json["error"]

    @pytest.mark.parametrize("zone", ["Z", "+00:00", "%2B00:00", ""])
    async def test_the_truth_is_told_for_an_interval(self, control, zone):
        query = f"device=80105&from=2026-01-15T10:00:00{zone}&to=2026-01-15T12:00:00{zone}"
        assert (await control.get(f"/truth?{query}")).json == {"electricity_kwh": 2.0}

    @pytest.mark.parametrize(
        ("query", "word"),
        [
            ("device=none&from=2026-01-01T00:00Z&to=2026-01-02T00:00Z", "80105, robin-r-1"),
            ("device=80105&to=2026-01-02T00:00Z", "from"),
            ("device=80105&from=2026-01-01T00:00Z&to=later", "later"),
        ],
    )
    async def test_a_wrong_question_is_explained(self, control, query, word):
        reply = await control.get(f"/truth?{query}")
        assert reply.status == 400
        assert word in reply.json["error"]


class TestServer:
    async def test_the_announcement_is_one_line_with_everything_a_client_needs(self, simulator):
        told = simulator.announcement
        assert "\n" not in told.line()
        assert told.nibe_uplink == f"{told.url}/nibeuplink"
        assert told.myuplink == f"{told.url}/myuplink"
        assert told.tibber == f"{told.url}/tibber"
        assert len(told.client_id) == 32
        assert len(told.client_secret) == 44
        assert set("+/=") <= set(told.client_secret)
        assert told.client_secret not in repr(told)

    async def test_it_stops_at_once_although_requests_are_held(self, house, clock, monkeypatch):
        monkeypatch.setattr(serving, "_GRACE_SECS", HOLD_SECS / 4)
        async with aiohttp.ClientSession() as session:
            async with Simulator(clock=clock, house=house) as simulator:
                simulator.faults.add("myuplink", "timeout", count=3)
                url = simulator.announcement.myuplink + "/v2/ping"
                held = [asyncio.create_task(session.get(url)) for _ in range(3)]
                while len(simulator.requests) < 3:  # noqa: ASYNC110 - a log, no event
                    await asyncio.sleep(0.01)
                began = time.monotonic()
            assert time.monotonic() - began < HOLD_SECS / 2
            assert {reply.status for reply in await asyncio.gather(*held)} == {504}

    async def test_it_stops_at_once_although_somebody_dawdles(self, house, clock):
        async with Simulator(clock=clock, house=house) as simulator:
            port = int(simulator.announcement.url.rpartition(":")[2])
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                b"POST /myuplink/oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
            )
            await writer.drain()
            while not simulator.requests:  # noqa: ASYNC110 - a log, no event
                await asyncio.sleep(0.01)
            began = time.monotonic()
        assert time.monotonic() - began < HOLD_SECS / 2
        writer.close()
        await writer.wait_closed()

    async def test_the_port_can_be_chosen(self, house, clock, unused_tcp_port_factory):
        port = unused_tcp_port_factory()
        async with Simulator(SimulatorOptions(port=port), clock=clock, house=house) as simulator:
            assert simulator.announcement.url == f"http://127.0.0.1:{port}"

    async def test_a_taken_port_is_an_os_error(self, simulator, house, clock):
        port = int(simulator.announcement.url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            await Simulator(SimulatorOptions(port=port), clock=clock, house=house).__aenter__()

    def test_an_unknown_reuse_policy_is_refused(self):
        with pytest.raises(UsageError, match="tolerant, strict"):
            Simulator(SimulatorOptions(reuse="lenient"))

    async def test_the_house_lives_at_its_own_speed(self, house, clock):
        options = SimulatorOptions(speed=60, start=START)
        async with Simulator(options, clock=clock, house=house) as simulator:
            clock.move(minutes=1)
            assert (simulator.house_clock.now() - START).total_seconds() == 3600

    async def test_a_failure_of_its_own_is_logged_and_answered_as_the_vendor_would(
        self, nibe, house, monkeypatch, caplog
    ):
        await nibe.log_in()
        monkeypatch.setattr(house, "advance_to", None)
        house.now = START.replace(year=2020)
        reply = await nibe.get("/api/v1/systems")
        assert (reply.status, reply.json["httpStatusCode"]) == (500, 500)
        assert "simulator itself failed" in caplog.text


class TestBuiltInHouse:
    @pytest.fixture
    def house(self):
        return None

    @pytest.fixture
    def options(self) -> SimulatorOptions:
        return SimulatorOptions(auto_consent=True, start=START)

    async def test_both_clouds_show_its_pumps(self, nibe, myuplink, simulator):
        await nibe.log_in()
        (system,) = (await nibe.get("/api/v1/systems")).json["objects"]
        base = f"/api/v1/systems/{system['systemId']}"
        groups = (await nibe.get(f"{base}/serviceinfo/categories?parameters=true")).json
        assert {one["categoryId"] for one in groups if not one["parameters"]} == set()
        await myuplink.log_in()
        (home,) = (await myuplink.get("/v2/systems/me")).json["systems"]
        device = home["devices"][0]["id"]
        points = (await myuplink.get(f"/v2/devices/{device}/points")).json
        assert len(points) > 50
        assert {str(system["systemId"]), device} == set(simulator.house.pumps)

    async def test_every_value_of_the_house_has_a_presentation(self, nibe, myuplink, simulator):
        await nibe.log_in()
        await myuplink.log_in()
        for device, pump in simulator.house.pumps.items():
            known = list(pump.values())
            if pump.vendor == "myuplink":
                path = f"/v2/devices/{device}/points?parameters={','.join(known)}"
                shown = {one["parameterId"] for one in (await myuplink.get(path)).json}
            else:
                shown = set()
                for first in range(0, len(known), 15):
                    asked = "&".join(f"parameterIds={one}" for one in known[first : first + 15])
                    rows = await nibe.get(f"/api/v1/systems/{device}/parameters?{asked}")
                    shown |= {row["name"] for row in rows.json}
            assert shown == set(known)

    async def test_time_and_truth_go_together(self, control, simulator):
        await control.ask("POST", "/clock", json={"advance_seconds": 86400})
        device = next(iter(simulator.house.pumps))
        query = f"device={device}&from={START.isoformat()}&to=2026-01-16T12:00:00Z"
        truth = (await control.get(f"/truth?{query}")).json
        assert truth["heat_kwh"] > truth["electricity_kwh"] > 0
