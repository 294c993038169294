"""Reading NIBE Uplink: which calls, what is kept when some fail, and what goes into a dump."""

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pumphouse.core.errors import (
    AccessDenied,
    BadResponse,
    LoginRequired,
    RateLimited,
    ServerFailure,
    Unreachable,
)
from pumphouse.core.ports import SupportsNotifications, SupportsRateBudget, SupportsRecording
from pumphouse.http.login import SupportsLogin
from pumphouse.sources.nibe_uplink import PLUGIN, NibeUplinkSettings
from pumphouse.sources.nibe_uplink.source import VENDOR_BASE, NibeUplink

RECORDINGS = Path(__file__).parents[2] / "recordings" / "nibe_uplink"
CATEGORIES = "/api/v1/systems/{}/serviceinfo/categories"
PARAMETERS = "/api/v1/systems/{}/parameters"


def settings(**changes) -> NibeUplinkSettings:
    return NibeUplinkSettings.model_validate(
        {"client_id": "client", "client_secret": "s3cret"} | changes
    )


def serve(cloud, name: str) -> dict[str, Any]:
    """Let the cloud answer as the pump of a recording; several add up to one account."""
    recording: dict[str, Any] = json.loads(
        (RECORDINGS / f"{name}.json").read_text(encoding="utf-8")
    )
    (system,) = recording["systems"]
    listed = cloud.answers.setdefault(
        "/api/v1/systems", {"page": 1, "itemsPerPage": 100, "numItems": 0, "objects": []}
    )
    listed["objects"].append(system)
    listed["numItems"] += 1
    number = system["systemId"]
    cloud.answers[f"/api/v1/systems/{number}/units"] = recording["units"]
    cloud.answers[CATEGORIES.format(number)] = lambda query: recording["categories"][
        query["systemUnitId"]
    ]
    # aiohttp's dict(query) keeps one of the repeated ids: all settings are given instead
    cloud.answers[PARAMETERS.format(number)] = lambda query: recording.get("parameters", {"0": []})[
        "0"
    ]
    return recording


@pytest.fixture
async def source(cloud, host, consent):
    await consent("house")
    async with PLUGIN.open("house", settings(base_url=cloud.url), host) as opened:
        yield opened


async def test_a_read_costs_systems_units_categories_and_known_settings(source, cloud):
    serve(cloud, "SMO-40+F2040-6")
    await source.read()
    first = Counter(path.rpartition("/")[2] for path in cloud.paths)
    assert first == {"systems": 1, "units": 1, "categories": 2, "parameters": 2}

    cloud.asked.clear()
    await source.read()
    again = Counter(path.rpartition("/")[2] for path in cloud.paths)
    assert again == {"systems": 1, "categories": 2, "parameters": 1}


async def test_no_more_than_15_settings_are_asked_for_at_once_and_none_that_came(source, cloud):
    recording = serve(cloud, "F750-E-EM-3x400V")
    await source.read()
    asked = [
        [value for name, value in request.query if name == "parameterIds"]
        for request in cloud.asked
        if request.path.endswith("/parameters")
    ]
    assert all(len(ids) <= 15 for ids in asked)
    ids = {value for part in asked for value in part}
    came = {str(p["parameterId"]) for c in recording["categories"]["0"] for p in c["parameters"]}
    assert {"43064", "43115"} <= came
    assert not ids & came
    assert {"48132", "47260", "47011", "47398"} <= ids


async def test_a_system_that_answers_no_id_is_not_asked_for_more(source, cloud):
    serve(cloud, "VVM-500+F2120-12")
    await source.read()
    assert len([path for path in cloud.paths if path.endswith("/parameters")]) == 1


async def test_the_settings_of_a_second_climate_system_are_asked_for_where_there_is_one(
    source, cloud
):
    serve(cloud, "F1245-8-R")
    await source.read()
    assert "47397" in str(cloud.asked)
    assert "47396" not in str(cloud.asked)


async def test_what_a_system_answers_is_learnt_again_after_a_day(source, cloud, clock):
    serve(cloud, "F1145-10-PC")
    await source.read()
    await clock.advance(timedelta(days=1, seconds=1).total_seconds())
    cloud.asked.clear()
    await source.read()
    assert Counter(path.rpartition("/")[2] for path in cloud.paths)["parameters"] == 2


async def test_an_account_that_is_suddenly_empty_does_not_end_alarms(source, cloud):
    cloud.answers["/api/v1/systems"] = {"page": 1, "numItems": 0, "objects": []}
    batch = await source.notifications()
    assert batch.events == ()
    assert batch.problems


async def test_no_read_path_writes(source, cloud):
    number = serve(cloud, "F1145-10-PC")["systems"][0]["systemId"]
    cloud.answers[f"/api/v1/systems/{number}/notifications"] = {"numItems": 0, "objects": []}
    await source.read()
    await source.notifications()
    await source.record()
    assert {asked.method for asked in cloud.asked} == {"GET"}


async def test_one_failing_system_does_not_cost_the_others(source, cloud):
    serve(cloud, "F1145-10-PC")
    broken = serve(cloud, "F370-CU-3x400V")["systems"][0]["systemId"]
    cloud.answers[CATEGORIES.format(broken)] = (500, "<html>maintenance</html>")
    batch = await source.read()
    assert [device.model for device in batch.devices] == ["F1145-10 PC"]
    assert len(batch.problems) == 1
    assert str(broken) in batch.problems[0]


async def test_one_failing_unit_does_not_cost_the_other(source, cloud):
    recording = serve(cloud, "SMO-40+F2040-6")
    number = recording["systems"][0]["systemId"]
    cloud.answers[CATEGORIES.format(number)] = lambda query: (
        recording["categories"]["0"] if query["systemUnitId"] == "0" else (500, "down")
    )
    batch = await source.read()
    assert batch.readings
    assert not any(reading.key.point.startswith("1/") for reading in batch.readings)
    assert "unit 1" in batch.problems[0]


async def test_failing_settings_cost_the_settings_only(source, cloud):
    recording = serve(cloud, "F1145-10-PC")
    number = recording["systems"][0]["systemId"]
    cloud.answers[PARAMETERS.format(number)] = (400, {"errorCode": 13, "details": []})
    batch = await source.read()
    rows = [row for category in recording["categories"]["0"] for row in category["parameters"]]
    present = {(r["parameterId"], r["title"]) for r in rows if r["displayValue"] != "--"}
    assert len(batch.readings) >= len({number for number, _ in present}) + 2
    assert "Too much" in batch.problems[0]


async def test_a_rate_limit_ends_the_asking_and_keeps_what_came(source, cloud):
    serve(cloud, "F1145-10-PC")
    limited = serve(cloud, "F370-CU-3x400V")["systems"][0]["systemId"]
    serve(cloud, "F1255-6-E-EM")
    cloud.answers[f"/api/v1/systems/{limited}/units"] = (400, {"errorCode": 28, "details": []})
    batch = await source.read()
    assert len(batch.devices) == 1
    assert any("4 seconds" in problem for problem in batch.problems)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((500, "<html>"), ServerFailure),
        ((429, None), RateLimited),
        ((400, {"errorCode": 28, "details": []}), RateLimited),
        ((403, None), AccessDenied),
        ((200, "<html>not json</html>"), BadResponse),
    ],
)
async def test_where_nothing_came_the_failure_is_raised(source, cloud, answer, kind):
    number = serve(cloud, "F1145-10-PC")["systems"][0]["systemId"]
    cloud.answers[CATEGORIES.format(number)] = answer
    with pytest.raises(kind):
        await source.read()


async def test_a_lost_consent_ends_the_read_at_once(source, cloud):
    serve(cloud, "F1145-10-PC")
    number = serve(cloud, "F370-CU-3x400V")["systems"][0]["systemId"]
    cloud.answers[CATEGORIES.format(number)] = (401, None)
    cloud.answers["/oauth/token"] = (400, {"error": "invalid_request"})
    with pytest.raises(LoginRequired, match="pumphouse login house"):
        await source.read()


async def test_an_account_without_systems_is_told(source, cloud):
    cloud.answers["/api/v1/systems"] = {"page": 1, "numItems": 0, "objects": []}
    batch = await source.read()
    assert batch.readings == ()
    assert "no system" in batch.problems[0]


async def test_a_silent_test_server_is_unreachable_and_not_closed(host, consent, cloud):
    await consent("house")
    silent = settings(base_url="http://127.0.0.1:9")
    async with PLUGIN.open("house", silent, host) as source:
        with pytest.raises(Unreachable):
            await source.read()


async def test_notifications_of_both_kinds_come_once_each(source, cloud):
    number = serve(cloud, "F1145-10-PC")["systems"][0]["systemId"]

    def page(query):
        kind = query["type"]
        items = [
            {
                "notificationId": len(kind), "occuredAt": "2020-01-05T03:12:00Z",
                "stoppedAt": None, "info": {"type": kind, "title": kind, "alarmNumber": 1},
            }
        ]  # fmt: skip
        return {"page": 1, "itemsPerPage": 100, "numItems": 1, "objects": items}

    cloud.answers[f"/api/v1/systems/{number}/notifications"] = page
    events = (await source.notifications()).events
    assert sorted(event.title for event in events) == ["ALARM", "INFO_MESSAGE"]


async def test_a_dump_has_the_shape_of_a_recording_and_nothing_private(source, cloud):
    recording = serve(cloud, "SMO-40+F2040-6")
    system = recording["systems"][0]
    system["name"] = "Villa Kunterbunt"
    system["address"] = {"addressLine1": "Private Street 12", "country": "SWEDEN"}
    dump = await source.record()
    text = json.dumps(dump)
    for private in ("Kunterbunt", "Private", system["serialNumber"], str(system["systemId"])):
        assert private not in text
    assert set(recording) - {"expected"} == set(dump)
    assert set(dump["categories"]) == {"0", "1"}
    assert dump["systems"][0].keys() == system.keys()
    serials = [
        row["displayValue"]
        for category in dump["categories"]["0"]
        for row in category["parameters"]
        if row["title"] == "serial number"
    ]
    assert serials == [dump["systems"][0]["serialNumber"]]
    assert dump["units"] == recording["units"]


@pytest.mark.parametrize(
    ("write", "scopes"),
    [(False, ("READSYSTEM",)), (True, ("READSYSTEM", "WRITESYSTEM"))],
)
def test_the_registration_asks_to_write_only_where_the_user_wants_it(host, write, scopes):
    made = NibeUplink("house", settings(write=write), host).registration()
    assert made.scopes == scopes
    assert made.authorize_url == f"{VENDOR_BASE}/oauth/authorize"
    assert made.token_url == f"{VENDOR_BASE}/oauth/token"
    assert not made.pkce
    assert "s3cret" not in repr(made)


def test_the_registration_lies_below_a_test_servers_address(host):
    source = NibeUplink("house", settings(base_url="http://127.0.0.1:1/nibeuplink"), host)
    assert source.registration().token_url == "http://127.0.0.1:1/nibeuplink/oauth/token"


def test_client_credentials_do_not_exist_at_nibe_uplink():
    with pytest.raises(ValidationError, match="authorization_code"):
        settings(grant="client_credentials")
    assert settings(grant="implicit").grant == "implicit"


def test_its_abilities_are_found_by_those_who_ask(host):
    source = PLUGIN.open("house", settings(), host)
    for ability in (
        SupportsLogin,
        SupportsRateBudget,
        SupportsNotifications,
        SupportsRecording,
    ):
        assert isinstance(source, ability)
