"""Both sources over a real socket, against clouds written from the vendors' documents alone."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import pytest

from pumphouse.core.errors import (
    BadResponse,
    LoginRequired,
    RateLimited,
    ServerFailure,
    SourceError,
    Unreachable,
)
from pumphouse.core.model import Batch
from pumphouse.core.ports import Host
from pumphouse.http.grants import FileGrantStore
from pumphouse.http.login import authorize_address, finish, log_in_by_credentials
from pumphouse.simulator.server import Simulator, SimulatorOptions
from pumphouse.sources import myuplink, nibe_uplink
from pumphouse.sources.myuplink.source import MyUplink
from pumphouse.sources.nibe_uplink.api import NibeUplinkApi
from pumphouse.sources.nibe_uplink.source import NibeUplink
from pumphouse.testing.clock import FakeClock

RECORDINGS = Path(__file__).parents[1] / "recordings"
VENDORS = ("nibe_uplink", "myuplink")


AnySource = NibeUplink | MyUplink


def source_of(
    vendor: str, settings: Mapping[str, object], host: Host, name: str | None = None
) -> AnySource:
    called = name or vendor
    if vendor == "myuplink":
        return MyUplink(called, myuplink.MyUplinkSettings.model_validate(settings), host)
    return NibeUplink(called, nibe_uplink.NibeUplinkSettings.model_validate(settings), host)


async def logged_in(
    vendor: str, simulator: Simulator, host: Host, name: str | None = None, **changes: object
) -> AnySource:
    """A source of the simulated account, after a login as a user would do it."""
    told = simulator.announcement
    settings = {
        "client_id": told.client_id,
        "client_secret": told.client_secret,
        "base_url": getattr(told, vendor),
        "grant": "authorization_code",
    } | changes
    source = source_of(vendor, settings, host, name)
    registration = source.registration()
    if registration.kind == "client_credentials":
        await log_in_by_credentials(registration, host=host)
        return source
    attempt = authorize_address(registration)
    async with aiohttp.ClientSession() as browser:
        reply = await browser.get(attempt.address, allow_redirects=False)
        await finish(attempt, reply.headers["Location"], host=host)
    return source


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(impatient=True)


@pytest.fixture
def host(tmp_path: Path, clock: FakeClock) -> Host:
    return Host(FileGrantStore(tmp_path / "grants"), clock, random.Random(7), "Pumphouse/1 (tests)")


@pytest.fixture
async def recorded(clock: FakeClock) -> AsyncIterator[Simulator]:
    """Every recording in one account, with the vendors' rate limits, on the test's clock."""
    options = SimulatorOptions(recordings=RECORDINGS, auto_consent=True)
    async with Simulator(options, clock=clock) as simulator:
        yield simulator


@pytest.fixture
async def few(clock: FakeClock, tmp_path: Path) -> AsyncIterator[Simulator]:
    """Two recorded systems at one vendor, two devices at the other."""
    kept = ("nibe_uplink/F370-CU-3x400V", "nibe_uplink/F1255-6-R-PC", "myuplink/two-F730*")
    for pattern in kept:
        for path in RECORDINGS.glob(f"{pattern}.json"):
            copy = tmp_path / "recordings" / path.relative_to(RECORDINGS)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    options = SimulatorOptions(recordings=tmp_path / "recordings", auto_consent=True)
    async with Simulator(options, clock=clock) as simulator:
        yield simulator


def nibe_truth() -> Mapping[str, Mapping[str, float | str]]:
    """Device -> native id -> raw value or text, of what is present."""
    truth: dict[str, dict[str, float | str]] = {}
    for path in (RECORDINGS / "nibe_uplink").glob("*.json"):
        recording = json.loads(path.read_text(encoding="utf-8"))
        found = truth.setdefault(str(recording["systems"][0]["systemId"]), {})
        rows = [
            (unit, row)
            for unit, categories in recording["categories"].items()
            for category in categories
            for row in category["parameters"]
        ]
        rows += [
            (unit, row) for unit, part in recording.get("parameters", {}).items() for row in part
        ]
        for unit, row in rows:
            bare = row["parameterId"] or f"0:{row['title']}"
            if row["displayValue"] != "--":
                value = row["rawValue"] if row["parameterId"] else row["displayValue"]
                found[f"{unit}/{bare}" if unit != "0" else str(bare)] = value
    return truth


def by_device(batch: Batch) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {device.id: [] for device in batch.devices}
    for reading in batch.readings:
        found[reading.key.device].append(reading.key.point)
    return found


async def test_all_recorded_systems_in_one_read_within_the_rate_limit(recorded, host, clock):
    async with await logged_in("nibe_uplink", recorded, host) as source:
        batch = await source.read()
    truth = nibe_truth()
    found = by_device(batch)
    assert batch.problems == ()
    assert {device: sorted(ids) for device, ids in found.items()} == {
        device: sorted(values) for device, values in truth.items()
    }
    for reading in batch.readings:
        if reading.text is not None:
            assert reading.text == truth[reading.key.device][reading.key.point]
    assert 429 not in {request.status for request in recorded.requests}
    assert sum(clock.slept) < 120


async def test_all_recorded_devices_in_one_read(recorded, host):
    async with await logged_in("myuplink", recorded, host) as source:
        batch = await source.read()
    truth: dict[str, set[str]] = {}
    for path in (RECORDINGS / "myuplink").glob("*.json"):
        for device, points in json.loads(path.read_text(encoding="utf-8"))["points"].items():
            truth[device] = {p["parameterId"] for p in points if p["value"] != -32768}
    found = by_device(batch)
    assert batch.problems == ()
    assert {device: set(ids) for device, ids in found.items()} == truth
    assert sum(len(ids) for ids in found.values()) == sum(len(ids) for ids in truth.values())


@pytest.mark.parametrize("vendor", VENDORS)
async def test_two_sources_with_one_credential_obey_one_limit(few, host, clock, vendor):
    began = clock.monotonic()
    async with (
        await logged_in(vendor, few, host, "house") as house,
        await logged_in(vendor, few, host, "cabin") as cabin,
    ):
        for _ in range(12):
            batches = await asyncio.gather(house.read(), cabin.read())
            assert [batch.problems for batch in batches] == [(), ()]
        assert house.rate_budget() == cabin.rate_budget()
    of_api = [request for request in few.requests if "oauth" not in request.path]
    assert {request.status for request in of_api} == {200}
    assert house.rate_budget().requests == len(of_api)
    assert clock.monotonic() - began > 60, "the limit has never been reached"


async def test_client_credentials_need_no_browser(few, host):
    source = await logged_in("myuplink", few, host, grant="client_credentials")
    async with source:
        assert (await source.read()).readings


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_dump_of_a_simulated_account_is_a_recording(few, host, vendor, tmp_path):
    async with await logged_in(vendor, few, host) as source:
        dump = await source.record()
        before = await source.read()
    folder = tmp_path / "dump" / vendor
    folder.mkdir(parents=True)
    (folder / "dump.json").write_text(json.dumps(dump), encoding="utf-8")

    options = SimulatorOptions(recordings=folder.parent, auto_consent=True)
    async with (
        Simulator(options, clock=host.clock) as again,
        await logged_in(vendor, again, host) as source,
    ):
        after = await source.read()
    first = [reading for reading in before.readings if reading.key.device == before.devices[0].id]
    seen = [reading for reading in after.readings if reading.key.device == after.devices[0].id]
    assert [(r.key.point, r.value) for r in seen] == [(r.key.point, r.value) for r in first]


@pytest.mark.parametrize("vendor", VENDORS)
async def test_the_simulated_house_is_read_too(host, vendor):
    options = SimulatorOptions(auto_consent=True, start=host.clock.now())
    async with (
        Simulator(options, clock=host.clock) as simulator,
        await logged_in(vendor, simulator, host) as source,
    ):
        batch = await source.read()
        events = (await source.notifications()).events
    metrics = {point.metric for point in batch.points}
    assert {"outdoor_temperature", "supply_temperature", "compressor_starts"} <= metrics
    assert batch.problems == ()
    assert {event.source for event in events} <= {vendor}


FAULTS: list[tuple[str, type[SourceError] | None]] = [
    ("rate_limit", RateLimited),
    ("server_error", ServerFailure),
    ("html_error", ServerFailure),
    ("malformed_json", BadResponse),
    ("disconnect", Unreachable),
    ("maintenance", ServerFailure),
    ("unauthorized", None),
    ("expire_tokens", None),
    ("revoke_grants", LoginRequired),
]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(("kind", "error"), FAULTS)
async def test_each_fault_ends_in_its_error_and_the_next_read_is_whole(
    few, host, clock, vendor, kind, error
):
    async with await logged_in(vendor, few, host) as source:
        few.faults.add(vendor, kind)
        if error is None:
            assert (await source.read()).readings
        else:
            with pytest.raises(error) as raised:
                await source.read()
            told = str(raised.value)
            assert not [secret for secret in few.issued_secrets() if secret in told]
            await clock.advance(getattr(raised.value, "retry_after", None) or 0.0)
        if error is not LoginRequired:
            assert (await source.read()).problems == ()


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("kind", ["server_error", "html_error", "malformed_json", "disconnect"])
async def test_a_fault_on_the_way_costs_one_part_and_keeps_the_rest(few, host, vendor, kind):
    path = {"nibe_uplink": "*/serviceinfo/categories", "myuplink": "*/points"}[vendor]
    async with await logged_in(vendor, few, host) as source:
        whole = await source.read()
        few.faults.add(vendor, kind, path=path)
        partial = await source.read()
    assert len(partial.problems) == 1
    assert 0 < len(partial.readings) < len(whole.readings)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_request_that_hangs_is_given_up(few, host, vendor, monkeypatch):
    monkeypatch.setattr(f"pumphouse.sources.{vendor}.source.TIMEOUT_SECS", 0.2)
    async with await logged_in(vendor, few, host) as source:
        few.faults.add(vendor, "timeout", seconds=5)
        with pytest.raises(Unreachable, match="in time"):
            await source.read()
        source._client._wire._timeout_secs = 60
        assert (await source.read()).problems == ()


async def test_every_function_of_nibe_uplink_is_understood_by_a_stranger(host):
    options = SimulatorOptions(auto_consent=True, start=host.clock.now())
    async with (
        Simulator(options, clock=host.clock) as simulator,
        await logged_in("nibe_uplink", simulator, host, write=True) as source,
    ):
        problems: list[str] = []
        api = NibeUplinkApi(source._client, problems.append)
        (first, *_) = await api.systems()
        system = first.system_id
        assert (await api.system(system)).system_id == system
        assert isinstance(await api.status(system), list)
        assert isinstance(await api.unit_status(system, 0), list)
        software = (await api.system_software(system)).current
        assert software is not None
        assert first.serial_number is not None
        assert (await api.software(first.serial_number)).name == software.name
        assert (await api.config(system)).has_heating
        assert (await api.units(system))[0].system_unit_id == 0
        await api.notifications(system, active=False)
        assert isinstance(await api.premium(system), list)
        names = await api.categories(system)
        assert all(category.parameters is None for category in names)
        assert await api.category(system, names[0].category_id)
        asked = await api.parameters(system, ["outdoor_temperature", "47011", "99999"])
        assert {p.name for p in asked} == {"outdoor_temperature", "47011"}
        queued = await api.set_parameters(system, {"47011": "1"})
        assert queued[0].status
        await api.set_mode(system, "AWAY_FROM_HOME")
        assert (await api.mode(system)).mode == "AWAY_FROM_HOME"
        await api.set_thermostat(system, 3, "Hall", actual=21.3, target=21, climate_systems=[1])
        assert [thermostat.name for thermostat in await api.thermostats(system)] == ["Hall"]
    assert problems == []


async def test_every_endpoint_of_myuplink_is_understood_by_a_stranger(host):
    options = SimulatorOptions(auto_consent=True, start=host.clock.now())
    async with (
        Simulator(options, clock=host.clock) as simulator,
        await logged_in("myuplink", simulator, host, write=True) as source,
    ):
        problems: list[str] = []
        api = myuplink.api.MyUplinkApi(source._client, problems.append)
        await api.ping()
        await api.protected_ping()
        (system,) = await api.systems()
        device = (system.devices or [])[0].id
        assert (await api.device(device)).id == device
        points = await api.points(device)
        some = await api.points(device, [points[0].parameter_id, "99999"])
        assert {point.parameter_id for point in some} == {points[0].parameter_id}
        assert len(await api.points(device, version="v3")) == len(points)
        await api.notifications(system.system_id)
        await api.notifications(system.system_id, active=True)
        assert await api.subscriptions(system.system_id) is not None
        await api.set_smart_home_mode(system.system_id, "Away")
        assert await api.smart_home_mode(system.system_id) == "Away"
        assert await api.smart_home_categories(device)
        assert (await api.firmware_info(device)).device_id == device
        assert await api.aid_mode(device) is False
        zones = await api.zones(device)
        if zones:
            changed = await api.set_zone(device, zones[0].zone_id, setpoint_heat=21.0)
            assert changed
        setting = next(
            point
            for point in points
            if point.writable and point.max_value is not None and not point.enum_values
        )
        changed = await api.set_points(device, {setting.parameter_id: str(setting.value)})
        assert changed == {setting.parameter_id: "modified"}
    assert problems == []
