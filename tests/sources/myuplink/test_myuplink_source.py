"""Reading myUplink: which calls, what is kept when some fail, and what goes into a dump."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import ValidationError

from pumphouse.core.errors import AccessDenied, RateLimited, RequestRefused, ServerFailure
from pumphouse.core.ports import SupportsNotifications, SupportsRateBudget, SupportsRecording
from pumphouse.http.login import SupportsLogin
from pumphouse.http.problems import Failure
from pumphouse.sources.myuplink import PLUGIN, MyUplinkSettings
from pumphouse.sources.myuplink.problems import explain
from pumphouse.sources.myuplink.source import VENDOR_BASE, MyUplink

RECORDINGS = Path(__file__).parents[2] / "recordings" / "myuplink"


def settings(**changes) -> MyUplinkSettings:
    return MyUplinkSettings.model_validate(
        {"client_id": "client", "client_secret": "s3cret"} | changes
    )


def serve(cloud, name: str) -> dict[str, Any]:
    recording: dict[str, Any] = json.loads(
        (RECORDINGS / f"{name}.json").read_text(encoding="utf-8")
    )
    cloud.answers["/v2/systems/me"] = recording["systems"]
    for device, points in recording["points"].items():
        path = f"/v2/devices/{quote(device, safe='')}"
        cloud.answers[path] = recording["devices"][device]
        cloud.answers[f"{path}/points"] = points
    return recording


@pytest.fixture
async def source(cloud, host, consent):
    await consent("cloud", "client_credentials")
    async with PLUGIN.open("cloud", settings(base_url=cloud.url), host) as opened:
        yield opened


async def test_a_read_costs_one_request_and_one_per_device(source, cloud):
    serve(cloud, "two-F730-in-one-system")
    batch = await source.read()
    assert len(cloud.asked) == 3
    assert len(batch.devices) == 2
    assert {reading.key.source for reading in batch.readings} == {"cloud"}


async def test_system_and_unit_are_kept_as_the_vendor_writes_them(source, cloud):
    recording = serve(cloud, "two-F730-in-one-system")
    batch = await source.read()
    (system,) = recording["systems"]["systems"]
    written = {
        (device, row["parameterId"], row["parameterUnit"].strip())
        for device, rows in recording["points"].items()
        for row in rows
    }
    assert {device.system for device in batch.devices} == {system["systemId"]}
    assert {(*point.key[1:], point.vendor_unit) for point in batch.points} <= written


async def test_no_read_path_writes(source, cloud):
    recording = serve(cloud, "F1145-10-PC")
    system = recording["systems"]["systems"][0]["systemId"]
    cloud.answers[f"/v2/systems/{system}/notifications"] = {"numItems": 0, "notifications": []}
    await source.read()
    await source.notifications()
    await source.record()
    assert {asked.method for asked in cloud.asked} == {"GET"}


async def test_one_failing_device_does_not_cost_the_other(source, cloud):
    recording = serve(cloud, "two-F730-in-one-system")
    first = next(iter(recording["points"]))
    cloud.answers[f"/v2/devices/{first}/points"] = (500, "down")
    batch = await source.read()
    assert len(batch.devices) == 1
    assert len(batch.problems) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [((500, ""), ServerFailure), ((429, None), RateLimited), ((403, None), AccessDenied)],
)
async def test_where_nothing_came_the_failure_is_raised(source, cloud, answer, kind):
    recording = serve(cloud, "F1145-10-PC")
    for device in recording["points"]:
        cloud.answers[f"/v2/devices/{device}/points"] = answer
    with pytest.raises(kind):
        await source.read()


async def test_an_account_without_devices_is_told(source, cloud):
    cloud.answers["/v2/systems/me"] = {"page": 1, "numItems": 0, "systems": []}
    batch = await source.read()
    assert "no device" in batch.problems[0]


async def test_an_account_that_is_suddenly_empty_does_not_end_alarms(source, cloud):
    cloud.answers["/v2/systems/me"] = {"page": 1, "numItems": 0, "systems": []}
    batch = await source.notifications()
    assert batch.events == ()
    assert batch.problems


async def test_notifications_become_events(source, cloud):
    recording = serve(cloud, "F1145-10-PC")
    system = recording["systems"]["systems"][0]["systemId"]
    cloud.answers[f"/v2/systems/{system}/notifications"] = {
        "page": 1, "itemsPerPage": 100, "numItems": 1,
        "notifications": [{"id": "n", "createdDatetime": "2021-04-21T14:43:08+0", "header": "h"}],
    }  # fmt: skip
    cloud.answers[f"/v2/systems/{system}/notifications/active"] = {
        "page": 1, "itemsPerPage": 100, "numItems": 0, "notifications": [],
    }  # fmt: skip
    (event,) = (await source.notifications()).events
    assert event.title == "h"


async def test_a_dump_has_the_shape_of_a_recording_and_nothing_private(source, cloud):
    recording = serve(cloud, "two-F730-in-one-system")
    system = recording["systems"]["systems"][0]
    system["name"] = "Private Street 12"
    cloud.answers["/v2/systems/me"]["token"] = "unknown members are left out"
    dump = await source.record()
    text = json.dumps(dump)
    secrets = {"Private", "Sweden", "unknown members", system["systemId"]}
    secrets |= {
        value for d in system["devices"] for value in (d["id"], d["product"]["serialNumber"])
    }
    assert not [secret for secret in secrets if secret in text]
    assert set(dump) == set(recording)
    ids = [device["id"] for device in dump["systems"]["systems"][0]["devices"]]
    assert ids == list(dump["points"]) == list(dump["devices"])
    assert list(dump["points"].values()) == list(recording["points"].values())


@pytest.mark.parametrize(
    ("changes", "scopes", "pkce"),
    [
        ({}, {"READSYSTEM"}, False),
        ({"write": True}, {"READSYSTEM", "WRITESYSTEM"}, False),
        ({"grant": "authorization_code"}, {"READSYSTEM", "offline_access"}, True),
    ],
)
def test_the_registration_asks_for_no_more_than_it_needs(host, changes, scopes, pkce):
    made = MyUplink("cloud", settings(**changes), host).registration()
    assert set(made.scopes) == scopes
    assert made.pkce is pkce
    assert made.token_url == f"{VENDOR_BASE}/oauth/token"
    assert "s3cret" not in repr(made)


def test_there_is_no_implicit_grant():
    with pytest.raises(ValidationError, match="client_credentials"):
        settings(grant="implicit")


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"errorCode": 5}, RequestRefused),
        (403, None, AccessDenied),
        (404, "text", RequestRefused),
    ],
)
def test_refusals_are_explained_by_status(status, body, kind):
    error = explain(Failure(status, body, {}))
    assert type(error) is kind
    assert getattr(error, "code", None) == (5 if status == 400 else None)


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_the_rest_is_left_to_the_status(status):
    assert explain(Failure(status, {"errorCode": 1}, {})) is None


def test_its_abilities_are_found_by_those_who_ask(host):
    source = PLUGIN.open("house", settings(), host)
    for ability in (
        SupportsLogin,
        SupportsRateBudget,
        SupportsNotifications,
        SupportsRecording,
    ):
        assert isinstance(source, ability)
