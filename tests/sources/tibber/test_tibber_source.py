"""Reading Tibber: which calls, what is left out, what is kept when some fail, what a dump holds."""

import contextlib
import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.sources.tibber.simulated_tibber import EVERY_CATEGORY, simulated_tibber

from pumphouse.core.errors import (
    AccessDenied,
    BadResponse,
    LoginRequired,
    RateLimited,
    RequestRefused,
    ServerFailure,
    SourceError,
    TransientError,
    Unreachable,
)
from pumphouse.core.model import Interval
from pumphouse.core.ports import (
    SupportsHistory,
    SupportsLive,
    SupportsRateBudget,
    SupportsRecording,
)
from pumphouse.http.login import SupportsLogin
from pumphouse.simulator.tibber import PERSONAL_TOKEN
from pumphouse.sources.tibber import PLUGIN, TibberSettings
from pumphouse.sources.tibber.source import Tibber, TibberAccount

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
SCOPES = ("data-api-homes-read", "data-api-thermostats-read", "data-api-energy-systems-read")
HOMES = {"homes": [{"id": "h1", "name": "Home"}, {"id": "h2"}]}


def settings(**changes) -> TibberSettings:
    quiet = {"prices": False, "consumption": False}
    return TibberSettings.model_validate(
        {"client_id": "client", "client_secret": "s3cret"} | quiet | changes
    )


def listed(name: str, *resolutions: str, days: int | None = None):
    return {
        "id": name,
        "externalId": f"external {name}",
        "info": {"name": name.title(), "brand": "Brand"},
        "supportedHistory": {"resolutions": list(resolutions), "maxRetentionDays": days},
    }


def detail(name: str, seen: datetime = NOW, value: float = 21.0):
    return listed(name) | {
        "status": {"lastSeen": seen.isoformat()},
        "attributes": [{"id": "isOnline", "value": True}],
        "capabilities": [
            {"id": "temp.current", "description": "temperature", "value": value, "unit": "degC"}
        ],
    }


def serve(cloud, **homes: list[str]):
    """Two homes with these devices."""
    cloud.answers["/v1/homes"] = HOMES
    for home in ("h1", "h2"):
        names = homes.get(home, [])
        path = f"/v1/homes/{home}/devices"
        cloud.answers[path] = {"devices": [listed(name) for name in names]}
        for name in names:
            cloud.answers[f"{path}/{name}"] = detail(name)


@pytest.fixture
async def source(cloud, host, consent):
    await consent("tibber", "authorization_code", *SCOPES)
    async with PLUGIN.open("tibber", settings(base_url=cloud.url), host) as opened:
        yield opened


async def test_a_read_costs_a_request_per_device_and_the_lists_once_an_hour(source, cloud, clock):
    serve(cloud, h1=["a", "b"])
    batch = await source.read()
    assert len(cloud.asked) == 1 + 2 + 2
    assert {device.id for device in batch.devices} == {"a", "b"}
    await source.read()
    assert len(cloud.asked) == 5 + 2
    await clock.advance(3600)
    cloud.asked.clear()
    await source.read()
    assert cloud.paths[:3] == ["/v1/homes", "/v1/homes/h1/devices", "/v1/homes/h2/devices"]


async def test_a_car_that_every_home_lists_is_one_device(source, cloud):
    serve(cloud, h1=["car", "a"], h2=["car"])
    batch = await source.read()
    assert [device.id for device in batch.devices] == ["car", "a"]
    assert {device.system for device in batch.devices} == {"h1"}
    assert cloud.paths.count("/v1/homes/h1/devices/car") == 1
    assert "/v1/homes/h2/devices/car" not in cloud.paths


async def test_a_device_of_no_news_is_asked_for_less_and_less(source, cloud):
    serve(cloud, h1=["a"])
    path = "/v1/homes/h1/devices/a"
    asked = []
    for _ in range(40):
        cloud.asked.clear()
        await source.read()
        asked.append(path in cloud.paths)
    at = [number for number, was in enumerate(asked) if was]
    assert at[:5] == [0, 1, 3, 7, 15]
    assert {b - a for a, b in itertools.pairwise(at[4:])} == {8}


async def test_news_bring_a_device_back_to_every_read(source, cloud):
    serve(cloud, h1=["a"])
    for _ in range(4):
        await source.read()
    cloud.answers["/v1/homes/h1/devices/a"] = detail("a", NOW + timedelta(minutes=5), 22.0)
    read = [len((await source.read()).readings) for _ in range(8)]
    assert read[:4] == [0, 0, 0, 2]  # a temperature, and that it is online
    assert read[4] == 2


async def test_a_skipped_read_is_no_failure(source, cloud):
    serve(cloud, h1=["a"])
    for _ in range(3):
        batch = await source.read()
    assert (batch.readings, batch.problems) == ((), ())


async def test_what_was_removed_is_looked_for_in_the_list(source, cloud):
    serve(cloud, h1=["a", "b"])
    await source.read()
    cloud.answers["/v1/homes/h1/devices/b"] = (404, {"detail": "gone"})
    batch = await source.read()
    assert "device B: Tibber does not know" in batch.problems[0]
    serve(cloud, h1=["a"])
    cloud.asked.clear()
    batch = await source.read()
    assert "/v1/homes/h1/devices" in cloud.paths
    assert "/v1/homes/h1/devices/b" not in cloud.paths
    assert batch.problems == ()


async def test_one_failing_device_does_not_cost_the_other(source, cloud):
    serve(cloud, h1=["a", "b"])
    cloud.answers["/v1/homes/h1/devices/a"] = (500, "down")
    batch = await source.read()
    assert [device.id for device in batch.devices] == ["b"]
    assert len(batch.problems) == 1


async def test_one_failing_home_does_not_cost_the_other(source, cloud):
    serve(cloud, h1=["a"], h2=["b"])
    cloud.answers["/v1/homes/h2/devices"] = (502, "<html>gateway</html>")
    batch = await source.read()
    assert [device.id for device in batch.devices] == ["a"]
    assert "the devices of home 2" in batch.problems[0]
    serve(cloud, h1=["a"], h2=["b"])
    batch = await source.read()
    assert {device.id for device in batch.devices} == {"a", "b"}
    assert batch.problems == ()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((500, ""), ServerFailure),
        ((429, None), RateLimited),
        ((412, None), RateLimited),
        ((403, None), AccessDenied),
        ((400, {"detail": "no"}), RequestRefused),
    ],
)
async def test_where_nothing_came_the_failure_is_raised(source, cloud, answer, kind):
    serve(cloud, h1=["a"])
    cloud.answers["/v1/homes/h1/devices/a"] = answer
    with pytest.raises(kind):
        await source.read()


async def test_no_device_at_all_is_explained(source, cloud):
    serve(cloud)
    batch = await source.read()
    assert "shows no device" in batch.problems[0]


async def test_periods_that_have_closed_are_read_once(source, cloud, clock):
    serve(cloud, h1=["a"])
    cloud.answers["/v1/homes/h1/devices"] = {"devices": [listed("a", "hour")]}
    path = "/v1/homes/h1/devices/a/history"

    def answer(query):
        time = datetime.fromisoformat(query["since"])
        items = []
        while time + timedelta(hours=1) <= clock.now():
            items.append({"time": time.isoformat(), "data": {"x": time.hour}})
            time += timedelta(hours=1)
        return {"query": {}, "items": items}

    cloud.answers[path] = answer
    got: list[int] = []
    for _ in range(5 * 12):
        batch = await source.read()
        got += [int(r.value) for r in batch.readings if r.key.point == "history.hour.x"]
        await clock.advance(300)
    asked = cloud.paths.count(path)
    assert set(got) == {8, 9, 10, 11, 12, 13, 14, 15}
    assert asked == 5  # at the start, and once for each hour that has closed since
    assert len(got) == 4 + 4 * 3  # each time with the two before


async def test_who_reads_seldom_looks_back_further(host, cloud, consent):
    await consent("tibber", "authorization_code", *SCOPES)
    serve(cloud, h1=["a"])
    cloud.answers["/v1/homes/h1/devices"] = {"devices": [listed("a", "quarterHour")]}
    cloud.answers["/v1/homes/h1/devices/a/history"] = {"query": {}, "items": []}
    section = settings(base_url=cloud.url, interval_secs=4 * 3600)
    async with TibberAccount("tibber", section, host) as source:
        await source.read()
    since = datetime.fromisoformat(dict(cloud.asked[-1].query)["since"])
    assert NOW - since >= timedelta(hours=12)


async def test_a_device_without_resolutions_is_not_asked_for_its_past(source, cloud):
    serve(cloud, h1=["a"])
    await source.read()
    batches = [b async for b in source.history(Interval(NOW - timedelta(days=9), NOW))]
    assert batches == []
    assert not [path for path in cloud.paths if "history" in path]


async def test_nothing_is_asked_for_behind_history_days(host, cloud, consent):
    await consent("tibber", "authorization_code", *SCOPES)
    serve(cloud, h1=["a"])
    cloud.answers["/v1/homes/h1/devices"] = {"devices": [listed("a", "day")]}
    cloud.answers["/v1/homes/h1/devices/a/history"] = {"query": {}, "items": []}
    section = settings(base_url=cloud.url, history_days=10)
    async with TibberAccount("tibber", section, host) as source:
        years_ago = Interval(NOW - timedelta(days=900), NOW - timedelta(days=800))
        assert [b async for b in source.history(years_ago)] == []
        assert cloud.asked == []
        everything = Interval(NOW - timedelta(days=900), NOW)
        assert [len(b.readings) async for b in source.history(everything)] == [0]
    assert dict(cloud.asked[-1].query)["since"] == "2026-01-04T12:00:00Z"


async def test_a_past_that_fails_costs_the_past_alone(source, cloud):
    serve(cloud, h1=["a"])
    cloud.answers["/v1/homes/h1/devices"] = {"devices": [listed("a", "hour")]}
    cloud.answers["/v1/homes/h1/devices/a/history"] = (500, "")
    batch = await source.read()
    assert batch.readings
    assert "the past of A" in batch.problems[0]
    with pytest.raises(ServerFailure):
        _ = [b async for b in source.history(Interval(NOW - timedelta(days=1), NOW))]


async def test_the_capabilities_follow_the_configuration(host):
    plain = PLUGIN.open("tibber", settings(), host)
    for ability in (SupportsLogin, SupportsRateBudget, SupportsHistory, SupportsRecording):
        assert isinstance(plain, ability)
    assert not isinstance(plain, SupportsLive)
    live = PLUGIN.open("tibber", settings(live=True), host)
    assert isinstance(live, SupportsLive)
    assert live.polled


# Against the simulated cloud


async def test_every_kind_of_device_is_read(tmp_path):
    async with (
        simulated_tibber(tmp_path, devices=EVERY_CATEGORY) as tibber,
        tibber.open() as source,
    ):
        batch = await source.read()
    metrics = {point.metric for point in batch.points}
    assert {
        "vehicle_charge",
        "vehicle_plug",
        "charger_maximum_current",
        "room_temperature",
        "battery_charge",
        "battery_power",
    } <= metrics
    assert len(batch.devices) == 5
    assert batch.problems == ()
    shares = [r.value for r in batch.readings if r.key.point == "powerFlow.fromGrid"]
    assert (shares[0] or 0) > 1  # 0 to 1 on the wire
    assert not [r for r in batch.readings if "tvoc" in r.key.point]  # 0, of an unknown state


async def test_a_category_that_the_consent_does_not_cover_is_told(tmp_path):
    async with (
        simulated_tibber(tmp_path, devices=("thermostats",)) as tibber,
        tibber.open(devices=EVERY_CATEGORY) as source,
    ):
        batch = await source.read()
    assert len([problem for problem in batch.problems if "does not cover" in problem]) == 4
    assert {point.metric for point in batch.points} & {"room_temperature", "vehicle_charge"} == {
        "room_temperature"
    }


async def test_a_token_of_the_owner_brings_prices_and_no_devices(tmp_path):
    async with simulated_tibber(tmp_path) as tibber:
        section = {"access_token": PERSONAL_TOKEN, "base_url": tibber.settings.base_url}
        source = PLUGIN.open("prices", TibberSettings.model_validate(section), tibber.host)
        assert not isinstance(source, SupportsLogin)
        async with source:
            batch = await source.read()
    assert "electricity_price" in {point.metric for point in batch.points}
    assert tibber.asked("/v1/homes") == 0
    assert isinstance(source, Tibber)
    assert source.rate_budget().requests > 0


async def test_prices_go_on_where_devices_fail_and_the_other_way_round(tmp_path):
    async with simulated_tibber(tmp_path, prices=True) as tibber:
        async with tibber.open() as source:
            tibber.simulator.faults.add("tibber", "server_error", 1, "/v1/homes")
            batch = await source.read()
            assert "electricity_price" in {point.metric for point in batch.points}
            assert batch.problems[0].startswith("devices: ")
        async with tibber.open() as source:
            tibber.simulator.faults.add("tibber", "server_error", 1, "/v1-beta/gql")
            batch = await source.read()
    assert "room_temperature" in {point.metric for point in batch.points}
    assert batch.problems[0].startswith("prices and consumption: ")


async def test_where_nobody_could_say_who_is_there_no_device_is_missed(tmp_path):
    async with simulated_tibber(tmp_path, prices=True) as tibber, tibber.open() as source:
        tibber.simulator.faults.add("tibber", "server_error", 1, "/v1/homes")
        (problem,) = (await source.read()).problems
    assert problem.startswith("devices: ")


async def test_prices_that_are_known_already_do_not_hide_that_tibber_is_down(tmp_path):
    """No level that came into force meanwhile is lost with the reads that failed."""
    async with simulated_tibber(tmp_path, prices=True) as tibber, tibber.open() as source:
        told = (await source.read()).readings
        tibber.simulator.faults.add("tibber", "server_error", 99)
        for _ in range(4):
            await tibber.clock.advance(300)
            with pytest.raises(TransientError):
                await source.read()
        tibber.simulator.faults.clear()
        told = (*told, *(await source.read()).readings)
    levels = sorted({one.time for one in told if one.key.point == "price.level"})
    assert {later - one for one, later in itertools.pairwise(levels)} == {timedelta(minutes=15)}
    assert tibber.clock.now() - levels[-1] < timedelta(minutes=15)


async def test_the_two_services_have_limits_of_their_own(tmp_path):
    async with simulated_tibber(tmp_path, prices=True) as tibber, tibber.open() as source:
        tibber.simulator.faults.add("tibber", "rate_limit", 1, "/v1-beta/gql", seconds=100)
        before = tibber.clock.monotonic()
        assert (await source.read()).devices
        assert tibber.clock.monotonic() - before < 30
        budget = source.rate_budget()
    assert budget.remaining == 0
    assert budget.resumes_at is not None


async def test_a_limit_of_one_service_does_not_hold_back_the_other(tmp_path):
    async with simulated_tibber(tmp_path, prices=True) as tibber, tibber.open() as source:
        tibber.simulator.faults.add("tibber", "rate_limit", 1, "/v1/homes", seconds=100)
        batch = await source.read()
    assert "electricity_price" in {point.metric for point in batch.points}


async def test_a_dump_holds_nothing_private(tmp_path):
    async with (
        simulated_tibber(tmp_path, devices=EVERY_CATEGORY) as tibber,
        tibber.open() as source,
    ):
        batch = await source.read()
        dump = await source.record()
    text = json.dumps(dump)
    private = {str(device.serial) for device in batch.devices if device.serial}
    private |= {one for device in batch.devices for one in (device.id, str(device.system))}
    private |= {device.name for device in batch.devices if len(device.name) > 5}
    assert private
    assert not [one for one in private if one in text]
    assert text.count("storage.stateOfCharge") == 2
    assert {"ssid", "house"} & set(json.dumps(dump).split('"')) == set()


async def test_the_grant_outlives_its_tokens(tmp_path):
    async with simulated_tibber(tmp_path) as tibber, tibber.open() as source:
        for _ in range(3):
            await tibber.clock.advance(4000)
            assert (await source.read()).devices
    assert tibber.asked("/connect/token") == 4


FAULTS: list[tuple[str, type[SourceError] | None]] = [
    ("rate_limit", RateLimited),
    ("server_error", ServerFailure),
    ("maintenance", ServerFailure),
    ("html_error", ServerFailure),
    ("malformed_json", BadResponse),
    ("disconnect", Unreachable),
    ("unauthorized", LoginRequired),
    ("expire_tokens", None),
    ("revoke_grants", LoginRequired),
    ("scope_missing", None),
]


@pytest.mark.parametrize(("kind", "error"), FAULTS)
async def test_every_fault_ends_as_documented(tmp_path, kind, error):
    async with simulated_tibber(tmp_path) as tibber, tibber.open() as source:
        count = 1 if kind in {"expire_tokens", "revoke_grants"} else 99
        tibber.simulator.faults.add("tibber", kind, count, "/v1/*")
        if error is None:
            batch = await source.read()
            assert bool(batch.devices) is (kind != "scope_missing")
            return
        with pytest.raises(error) as caught:
            await source.read()
    sentence = str(caught.value)
    assert sentence.startswith(("Tibber", "The login"))
    assert tibber.simulator.announcement.client_secret not in sentence


async def test_a_request_that_hangs_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("pumphouse.sources.tibber.source.TIMEOUT_SECS", 0.2)
    async with simulated_tibber(tmp_path) as tibber, tibber.open() as source:
        tibber.simulator.faults.add("tibber", "timeout", seconds=5)
        with pytest.raises(Unreachable, match="in time"):
            await source.read()
        source._client._wire._timeout_secs = 60
        assert len((await source.read()).devices) == 3


@pytest.mark.parametrize("kind", ["server_error", "html_error", "malformed_json", "disconnect"])
async def test_a_fault_that_passes_leaves_nothing_behind(tmp_path, kind):
    async with simulated_tibber(tmp_path) as tibber, tibber.open() as source:
        tibber.simulator.faults.add("tibber", kind, 1, "/v1/homes")
        with contextlib.suppress(TransientError):  # a kept connection may have been tried again
            await source.read()
        assert len((await source.read()).devices) == 3
