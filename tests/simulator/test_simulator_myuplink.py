"""The public functions of myUplink over the fake house."""

import re

import pytest

DEVICE = "/v2/devices/robin-r-1"
KEYS = {"httpStatusCode", "errorCode", "timestamp", "details", "data"}
POINT_KEYS = {
    "category",
    "parameterId",
    "parameterName",
    "parameterUnit",
    "writable",
    "timestamp",
    "value",
    "strVal",
    "smartHomeCategories",
    "minValue",
    "maxValue",
    "stepValue",
    "enumValues",
    "scaleValue",
    "zoneId",
}
SYSTEM_READS = ["notifications", "notifications/active", "smart-home-mode", "subscriptions"]
DEVICE_READS = [
    DEVICE,
    f"{DEVICE}/points",
    "/v3/devices/robin-r-1/points",
    f"{DEVICE}/smart-home-categories",
    f"{DEVICE}/smart-home-zones",
    f"{DEVICE}/firmware-info",
    f"{DEVICE}/aidMode",
]


@pytest.fixture
async def cloud(myuplink):
    return await myuplink.log_in()


@pytest.fixture
async def system(cloud):
    return "/v2/systems/" + (await cloud.get("/v2/systems/me")).json["systems"][0]["systemId"]


def refused(reply, status: int) -> None:
    assert reply.status == status
    assert reply.json.keys() == KEYS
    assert reply.json["httpStatusCode"] == status


async def points(cloud, version: str = "v2", query: str = ""):
    reply = await cloud.get(f"/{version}/devices/robin-r-1/points{query}")
    return {point["parameterId"]: point for point in reply.json}


@pytest.mark.parametrize("path", ["/v2/systems/me", *DEVICE_READS])
async def test_every_read_needs_a_token_and_the_read_scope(myuplink, path):
    refused(await myuplink.get(path), 401)
    await myuplink.log_in("WRITESYSTEM")
    refused(await myuplink.get(path), 403)
    await myuplink.log_in("READSYSTEM")
    assert (await myuplink.get(path)).status == 200


@pytest.mark.parametrize("name", SYSTEM_READS)
async def test_every_system_read(myuplink, system, name):
    assert (await myuplink.get(f"{system}/{name}")).status == 200
    refused(await myuplink.get(f"/v2/systems/none/{name}"), 404)
    await myuplink.log_in("WRITESYSTEM")
    refused(await myuplink.get(f"{system}/{name}"), 403)


async def test_every_write_needs_the_write_scope(myuplink, system):
    writes = [
        ("PATCH", f"{DEVICE}/points", {"3671": 2}),
        ("PATCH", f"{DEVICE}/zones/1", {"setpointHeat": 20}),
        ("PUT", f"{system}/smart-home-mode", {"smartHomeMode": "Away"}),
    ]
    for method, path, body in writes:
        await myuplink.log_in("READSYSTEM")
        refused(await myuplink.ask(method, path, json=body), 403)
        await myuplink.log_in("WRITESYSTEM")
        assert (await myuplink.ask(method, path, json=body)).status in {200, 204}


async def test_pings(myuplink):
    assert (await myuplink.get("/v2/ping")).status == 204
    refused(await myuplink.get("/v2/protected-ping"), 401)
    refused(await myuplink.ask("POST", "/user/validate"), 401)
    await myuplink.log_in("WRITESYSTEM")
    assert (await myuplink.get("/v2/protected-ping")).status == 204
    assert (await myuplink.ask("POST", "/user/validate")).status == 200


@pytest.mark.parametrize("path", DEVICE_READS)
async def test_an_unknown_device_is_not_found(cloud, path):
    refused(await cloud.get(path.replace("robin-r-1", "none")), 404)


@pytest.mark.parametrize("path", ["/v2/systems/1", "/v2/devices/robin-r-1/aid", "/v4/ping"])
async def test_what_is_not_public_is_not_there(cloud, path):
    refused(await cloud.get(path), 404)


async def test_systems_are_paged(cloud):
    found = (await cloud.get("/v2/systems/me")).json
    assert {"page": 1, "itemsPerPage": 10, "numItems": 1}.items() <= found.items()
    (home,) = found["systems"]
    assert home["hasAlarm"] is True
    assert home["devices"] == [
        {
            "id": "robin-r-1",
            "connectionState": "Connected",
            "currentFwVersion": "9478R3",
            "deviceType": "nibe-n",
            "product": {"serialNumber": "06500000000001", "name": "S320 EM 3x400V"},
        }
    ]
    empty = (await cloud.get("/v2/systems/me?page=2&itemsPerPage=100")).json
    assert empty == {"page": 2, "itemsPerPage": 100, "numItems": 1, "systems": []}


@pytest.mark.parametrize("query", ["page=0", "page=x", "itemsPerPage=101", "itemsPerPage=-1"])
async def test_wrong_paging_is_refused(cloud, query):
    refused(await cloud.get(f"/v2/systems/me?{query}"), 400)


async def test_a_device_describes_itself(cloud):
    found = (await cloud.get(DEVICE)).json
    assert found["firmware"] == {"currentFwVersion": "9478R3", "desiredFwVersion": "9478R3"}
    assert len(found["availableFeatures"]) == 26
    assert all(isinstance(value, bool) for value in found["availableFeatures"].values())
    assert (await cloud.get(f"{DEVICE}/firmware-info")).json == {
        "deviceId": "robin-r-1",
        "firmwareId": "nibe-n",
        "currentFwVersion": "9478R3",
        "pendingFwVersion": None,
        "desiredFwVersion": "9478R3",
    }
    assert (await cloud.get(f"{DEVICE}/aidMode")).json == {"aidMode": 0}


async def test_a_point_carries_every_key_in_its_form(cloud):
    for point in (await points(cloud)).values():
        assert point.keys() == POINT_KEYS
        assert isinstance(point["parameterId"], str)
        assert isinstance(point["scaleValue"], str)
        assert all(set(map(type, one.values())) == {str} for one in point["enumValues"])
        assert point["timestamp"] == "2026-01-15T11:00:30+01:00"


async def test_values_are_scaled_and_whole_numbers_stay_whole(cloud):
    found = await points(cloud)
    assert (found["4"]["value"], found["4"]["strVal"]) == (-3.2, "-3.2°C")
    assert "\u00ad" in found["4"]["parameterName"]
    assert (found["781"]["value"], found["781"]["strVal"]) == (-402, "-402DM")
    assert (found["1965"]["value"], found["1965"]["strVal"]) == (140, "Defrosting")
    assert (found["44"]["value"], found["44"]["strVal"]) == (-32768, "-32768°C")


async def test_limits_are_raw_in_v2_and_scaled_in_v3(cloud):
    raw, human = await points(cloud), await points(cloud, "v3")
    limits = ("minValue", "maxValue", "stepValue")
    assert [raw["47751"][name] for name in limits] == [50, 350, 5]
    assert [human["47751"][name] for name in limits] == [5, 35, 0.5]
    assert [raw["781"][name] for name in limits] == [-30000, 30000, 20]
    assert [human["781"][name] for name in limits] == [-3000, 3000, 2]
    assert raw["4"]["minValue"] is None
    assert raw["781"]["value"] == human["781"]["value"]


@pytest.mark.parametrize("version", ["v2", "v3"])
async def test_parameters_choose_exactly(cloud, version):
    assert list(await points(cloud, version, "?parameters=781,4,99999")) == ["4", "781"]
    assert list(await points(cloud, version, "?parameters=25165")) == ["25165"]
    assert "25165" not in await points(cloud, version)
    assert await points(cloud, version, "?parameters=99999") == {}
    assert list(await points(cloud, version, "?parameters=4%2C%20781")) == ["4", "781"]


@pytest.mark.parametrize("kind", ["application/json", "application/json-patch+json", "text/json"])
@pytest.mark.parametrize("value", [2, "2", 2.0])
async def test_a_written_point_is_modified(cloud, kind, value):
    body = f'{{"3671": {value!r}}}'.replace("'", '"')
    reply = await cloud.ask("PATCH", f"{DEVICE}/points", data=body, headers={"Content-Type": kind})
    assert (reply.status, reply.json) == (200, {"3671": "modified"})
    assert (await points(cloud))["3671"]["value"] == 2


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"3671": 11}, "min-max range -10 - 10"),
        ({"781": -401}, "step 2"),
        ({"4564": 5}, "one of"),
        ({"3671": "warm"}, "not a number"),
        ({"3671": True}, "not a number"),
        ({"3671": "nan"}, "not a number"),
        ({"3671": "-inf"}, "not a number"),
        ({"3671": None}, "not a number"),
        ({"4": 1}, "not writable"),
        ({"99999": 1}, "not found"),
        ({}, "no parameter"),
    ],
)
async def test_a_refused_value_says_why(cloud, body, word):
    reply = await cloud.ask("PATCH", f"{DEVICE}/points", json=body)
    refused(reply, 400)
    assert word in reply.json["details"][0]


async def test_several_points_have_several_outcomes(cloud):
    reply = await cloud.ask("PATCH", f"{DEVICE}/points", json={"3671": "3", "4": 1})
    assert reply.status == 207
    assert reply.json == {"3671": "modified", "4": "parameter is not writable"}
    assert (await points(cloud))["3671"]["value"] == 3


async def test_other_content_types_are_refused(cloud):
    refused(await cloud.ask("PATCH", f"{DEVICE}/points", data={"3671": "2"}), 415)
    refused(
        await cloud.ask(
            "PATCH",
            f"{DEVICE}/points",
            data="nonsense",
            headers={"Content-Type": "application/json"},
        ),
        400,
    )


async def test_a_room_set_point_is_dropped_silently_but_works_through_its_zone(cloud):
    reply = await cloud.ask("PATCH", f"{DEVICE}/points", json={"47751": "20.5"})
    assert (reply.status, reply.json) == (200, {"47751": "modified"})
    assert (await points(cloud))["47751"]["value"] == 22
    reply = await cloud.ask("PATCH", f"{DEVICE}/zones/1", json={"setpointHeat": 20.5})
    assert (reply.status, reply.json) == (200, {"setpointHeat": "modified"})
    assert (await points(cloud))["47751"]["value"] == 20.5
    (zone,) = (await cloud.get(f"{DEVICE}/smart-home-zones")).json
    assert zone == {
        "zoneId": "1",
        "name": "Climate system 1",
        "commandOnly": False,
        "supportedModes": "",
        "mode": "heat",
        "temperature": 20.6,
        "setpoint": 20.5,
        "setpointHeat": 20.5,
        "setpointCool": None,
        "setpointRangeMin": 15,
        "setpointRangeMax": 25,
        "isCelsius": True,
        "indoorCo2": None,
        "indoorHumidity": None,
    }


@pytest.mark.parametrize(
    ("zone", "body", "status"),
    [
        (1, {"setpointHeat": 99}, 400),
        (1, {"setpointHeat": "warm"}, 400),
        (1, {"temperature": 20}, 400),
        (1, {}, 400),
        (2, {"setpointHeat": 20}, 404),
        (1, {"setpointHeat": None, "mode": "heat"}, 200),
    ],
)
async def test_zone_writes_are_checked(cloud, zone, body, status):
    reply = await cloud.ask("PATCH", f"{DEVICE}/zones/{zone}", json=body)
    assert reply.status == status


async def test_smart_home_categories_are_booleans(cloud):
    found = (await cloud.get(f"{DEVICE}/smart-home-categories")).json
    assert all(key.startswith("sh-") for key in found)
    assert found["sh-outdoorTemp"] is True
    assert found["sh-zones"] is True
    assert found["sh-poolTemp"] is False


@pytest.mark.parametrize("mode", ["Default", "Normal", "Away", "Vacation", "Home"])
async def test_smart_home_mode(cloud, system, mode):
    path = f"{system}/smart-home-mode"
    assert (await cloud.ask("PUT", path, json={"smartHomeMode": mode})).status == 204
    assert (await cloud.get(path)).json == {"smartHomeMode": mode}
    refused(await cloud.ask("PUT", path, json={"smartHomeMode": "Party"}), 400)


async def test_notifications(cloud, system):
    found = (await cloud.get(f"{system}/notifications")).json
    assert found["numItems"] == 2
    newest, oldest = found["notifications"]
    assert newest["status"] == "Active"
    assert oldest["status"] == "ResetByUserOnDevice"
    assert newest["createdDatetime"] == "2026-01-15T11:00:30+0"
    assert [entry["status"] for entry in oldest["statusHistory"]] == ["Active", oldest["status"]]
    assert all(isinstance(entry["datetime"], int) for entry in oldest["statusHistory"])
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", newest["id"])
    active = (await cloud.get(f"{system}/notifications/active")).json
    assert active["notifications"] == [newest]
    paged = (await cloud.get(f"{system}/notifications?page=2&itemsPerPage=1")).json
    assert paged["notifications"] == [oldest]


async def test_subscriptions(cloud, system):
    found = (await cloud.get(f"{system}/subscriptions")).json
    assert {one["type"] for one in found["subscriptions"]} == {"manage", "history"}


@pytest.mark.parametrize("prefix", ["/v2", "/v2/brands/nibe"])
async def test_no_firmware_is_kept_for_download(cloud, prefix):
    refused(await cloud.get(f"{prefix}/firmware/nibe-n/version/4.11.5/download"), 404)
