"""The 18 functions of NIBE Uplink v1 over the fake house."""

import pytest

SYSTEM = "/api/v1/systems/80105"
KEYS = {"httpStatusCode", "errorCode", "timestamp", "details", "data"}
READS = [
    "/api/v1/systems",
    SYSTEM,
    f"{SYSTEM}/status/system",
    f"{SYSTEM}/status/systemUnit/0",
    f"{SYSTEM}/software",
    "/api/v1/software?serialNumber=06500000000001",
    f"{SYSTEM}/config",
    f"{SYSTEM}/units",
    f"{SYSTEM}/notifications",
    f"{SYSTEM}/parameters?parameterIds=40004",
    f"{SYSTEM}/premium",
    f"{SYSTEM}/serviceinfo/categories",
    f"{SYSTEM}/serviceinfo/categories/STATUS",
    f"{SYSTEM}/smarthome/mode",
    f"{SYSTEM}/smarthome/thermostats",
]
WRITES = [
    ("PUT", f"{SYSTEM}/parameters", {"settings": {"47011": "1"}}),
    ("PUT", f"{SYSTEM}/smarthome/mode", {"mode": "VACATION"}),
    ("POST", f"{SYSTEM}/smarthome/thermostats", {"externalId": 1, "name": "Hall"}),
]


@pytest.fixture
async def cloud(nibe):
    return await nibe.log_in()


def refused(reply, status: int, code: int) -> None:
    assert reply.status == status
    assert reply.headers["Content-Type"] == "application/json"
    body = reply.json
    assert body.keys() == KEYS
    assert (body["httpStatusCode"], body["errorCode"]) == (status, code)
    assert body["timestamp"] == "2026-01-15T12:00:30Z"
    assert all(isinstance(detail, str) for detail in body["details"])


@pytest.mark.parametrize("path", READS)
async def test_every_read_needs_a_token_and_the_read_scope(nibe, path):
    refused(await nibe.get(path), 401, 19)
    nibe.token = "nonsense"
    reply = await nibe.get(path)
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")
    await nibe.log_in("WRITESYSTEM")
    refused(await nibe.get(path), 403, 20)
    await nibe.log_in("READSYSTEM")
    assert (await nibe.get(path)).status == 200


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
async def test_every_write_needs_the_write_scope(nibe, method, path, body):
    await nibe.log_in("READSYSTEM")
    refused(await nibe.ask(method, path, json=body), 403, 20)
    await nibe.log_in("READSYSTEM WRITESYSTEM")
    assert (await nibe.ask(method, path, json=body)).status in {200, 204}


@pytest.mark.parametrize("path", [path for path in READS if path.startswith(SYSTEM)])
async def test_an_unknown_system_is_named(cloud, path):
    refused(await cloud.get(path.replace("80105", "99")), 404, 2)


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v2/systems", f"{SYSTEM}/history"])
async def test_an_unknown_address_has_the_five_keys_too(cloud, path):
    refused(await cloud.get(path), 404, 7)


async def test_a_wrong_method_has_the_five_keys_too(cloud):
    refused(await cloud.ask("DELETE", SYSTEM), 405, 7)


async def test_a_system_shows_its_last_report(cloud, clock):
    system = (await cloud.get(SYSTEM)).json
    assert system["systemId"] == 80105
    assert system["serialNumber"] == "06500000000001"
    assert system["lastActivityDate"] == "2026-01-15T12:00:00Z"
    assert system["hasAlarmed"] is True
    assert system["address"]["country"] == "UNKNOWN"
    clock.move(seconds=30)
    assert (await cloud.get(SYSTEM)).json["lastActivityDate"] == "2026-01-15T12:01:00Z"


async def test_systems_are_paged(cloud):
    first = (await cloud.get("/api/v1/systems")).json
    assert {"page": 1, "itemsPerPage": 30, "numItems": 1}.items() <= first.items()
    assert first["objects"] == [(await cloud.get(SYSTEM)).json]
    second = (await cloud.get("/api/v1/systems?page=2&itemsPerPage=5")).json
    assert second == {"page": 2, "itemsPerPage": 5, "numItems": 1, "objects": []}


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=", "itemsPerPage=0", "page=-1"])
async def test_wrong_paging_is_refused(cloud, query):
    refused(await cloud.get(f"/api/v1/systems?{query}"), 400, 1)


async def test_software(cloud):
    found = (await cloud.get(f"{SYSTEM}/software")).json
    assert found["current"]["version"] == 9478
    assert found["current"]["release"] == 3
    assert found["upgrade"] is None
    named = await cloud.get("/api/v1/software?serialNumber=06500000000001")
    assert named.json == found["current"]
    refused(await cloud.get("/api/v1/software"), 400, 1)
    refused(await cloud.get("/api/v1/software?serialNumber=1"), 404, 7)


async def test_config_and_units_and_premium(cloud):
    assert (await cloud.get(f"{SYSTEM}/config")).json == {
        "hasCooling": True,
        "hasHeating": True,
        "hasHotWater": True,
        "hasVentilation": False,
    }
    (unit,) = (await cloud.get(f"{SYSTEM}/units")).json
    assert unit == {
        "systemUnitId": 0,
        "name": "master",
        "shortName": "m",
        "product": "Test pump",
        "softwareVersion": "9478R3",
    }
    kinds = {one["type"] for one in (await cloud.get(f"{SYSTEM}/premium")).json}
    assert kinds == {"HISTORY", "MANAGE"}


@pytest.mark.parametrize("word", ["true", "True", "TRUE"])
async def test_categories_carry_parameters_on_demand(cloud, word):
    path = f"{SYSTEM}/serviceinfo/categories?systemUnitId=0&parameters={word}"
    groups = {one["categoryId"]: one["parameters"] for one in (await cloud.get(path)).json}
    assert groups["STATUS"] == [
        {
            "parameterId": 40013,
            "name": "40013",
            "title": "hot water top",
            "designation": "BT7",
            "unit": "°C",
            "displayValue": "48.0°C",
            "rawValue": 480,
        },
        {
            "parameterId": 40004,
            "name": "40004",
            "title": "outdoor temp.",
            "designation": "BT1",
            "unit": "°C",
            "displayValue": "-3.2°C",
            "rawValue": -32,
        },
        {
            "parameterId": 43005,
            "name": "43005",
            "title": "degree minutes",
            "designation": "",
            "unit": "DM",
            "displayValue": "-47DM",
            "rawValue": -478,
        },
    ]


@pytest.mark.parametrize("query", ["", "?parameters=false", "?parameters=False"])
async def test_categories_without_parameters_say_null(cloud, query):
    groups = (await cloud.get(f"{SYSTEM}/serviceinfo/categories{query}")).json
    assert {one["parameters"] for one in groups} == {None}


async def test_category_questions_are_checked(cloud):
    path = f"{SYSTEM}/serviceinfo/categories"
    refused(await cloud.get(f"{path}?parameters=yes"), 400, 1)
    refused(await cloud.get(f"{path}?systemUnitId=x"), 400, 1)
    refused(await cloud.get(f"{path}?systemUnitId=1"), 404, 9)
    refused(await cloud.get(f"{path}/NOTHING"), 404, 7)


async def test_one_category(cloud):
    path = f"{SYSTEM}/serviceinfo/categories"
    meter = (await cloud.get(f"{path}/HEAT_METER?systemUnitId=0")).json
    assert [(one["parameterId"], one["displayValue"]) for one in meter] == [(44308, "14257.7kWh")]
    assert (await cloud.get(f"{path}/status?categoryId=HEAT_METER")).json == meter


async def test_system_info_ends_with_three_texts(cloud):
    rows = (await cloud.get(f"{SYSTEM}/serviceinfo/categories/SYSTEM_INFO")).json
    assert rows[0]["displayValue"] == "Sweden"
    assert [(row["title"], row["displayValue"]) for row in rows[1:]] == [
        ("product", "Test pump"),
        ("serial number", "06500000000001"),
        ("version", "9478R3"),
    ]
    assert {(r["parameterId"], r["name"], r["rawValue"]) for r in rows[1:]} == {(0, None, -32768)}


async def test_a_missing_sensor_is_dashes(cloud):
    (row,) = (await cloud.get(f"{SYSTEM}/parameters?parameterIds=indoor_temperature")).json
    assert (row["name"], row["parameterId"]) == ("indoor_temperature", 40033)
    assert (row["displayValue"], row["rawValue"]) == ("--", -32768)


async def test_parameters_echo_what_was_asked_and_leave_out_the_unknown(cloud):
    query = "&".join(
        f"parameterIds={one}" for one in ("40004", "outdoor_temperature", "1", "nonsense", "0")
    )
    rows = (await cloud.get(f"{SYSTEM}/parameters?{query}")).json
    assert [(row["name"], row["parameterId"]) for row in rows] == [
        ("40004", 40004),
        ("outdoor_temperature", 40004),
    ]
    indexed = f"{SYSTEM}/parameters?parameterIds[0]=40004&parameterIds[1]=43005"
    assert len((await cloud.get(indexed)).json) == 2
    assert (await cloud.get(f"{SYSTEM}/parameters")).json == []


async def test_at_most_fifteen_parameters(cloud):
    query = "&".join(f"parameterIds={40000 + n}" for n in range(15))
    assert (await cloud.get(f"{SYSTEM}/parameters?{query}")).status == 200
    refused(await cloud.get(f"{SYSTEM}/parameters?{query}&parameterIds=1"), 400, 13)


@pytest.mark.parametrize(
    ("identifier", "value", "raw", "display"),
    [
        ("47011", "-3", -3, "-3"),
        ("47011", 2, 2, "2"),
        ("47398", 21.5, 215, "21.5°C"),
        ("47398", "22.0", 220, "22.0°C"),
        ("48132", 4, 4, "on"),
        ("hot_water_boost", "1", 1, "3 hours"),
        ("hot_water_boost", "0", 0, "off"),
        ("ventilation_boost", 1, 4, "speed 4"),
        ("47260", "2", 2, "speed 2"),
    ],
)
async def test_a_written_setting_is_seen_at_once(cloud, identifier, value, raw, display):
    reply = await cloud.ask("PUT", f"{SYSTEM}/parameters", json={"settings": {identifier: value}})
    (queued,) = reply.json
    assert queued["status"] in {"SENDING", "DONE"}
    (row,) = (await cloud.get(f"{SYSTEM}/parameters?parameterIds={identifier}")).json
    assert row["name"] == identifier
    assert (row["rawValue"], row["displayValue"]) == (raw, display)


@pytest.mark.parametrize(
    ("identifier", "value", "reason"),
    [
        ("47398", 220, "Error 15: Value out of range 47398"),
        ("47011", 11, "Error 15: Value out of range 47011"),
        ("47011", 1.5, "Error 14:  47011"),
        ("47011", "warm", "Error 14:  47011"),
        ("47011", True, "Error 14:  47011"),
        ("47011", None, "Error 14:  47011"),
        ("hot_water_boost", 2, "Error 15: Value out of range hot_water_boost"),
        ("47041", 2, "Error 14:  47041"),
        ("43005", 0, "Error 16:  43005"),
        ("47397", 21, "Error 18:  47397"),
        ("nonsense", 1, "Error 18:  nonsense"),
    ],
)
async def test_a_refused_setting_tells_the_reason_in_its_text_only(
    cloud, house, identifier, value, reason
):
    before = dict(house.pumps["80105"].known)
    body = {"settings": {"47260": 1, identifier: value}}
    reply = await cloud.ask("PUT", f"{SYSTEM}/parameters", json=body)
    refused(reply, 400, 1)
    assert reply.json["details"] == [reason]
    assert house.pumps["80105"].known == before


@pytest.mark.parametrize("body", ["", "nonsense", "[]", "{}", '{"settings": 1}', '{"settings":{}}'])
async def test_a_malformed_write_is_refused(cloud, body):
    refused(await cloud.ask("PUT", f"{SYSTEM}/parameters", data=body), 400, 1)


async def test_status_shows_what_runs(cloud, house):
    icons = (await cloud.get(f"{SYSTEM}/status/system")).json
    assert [icon["title"] for icon in icons] == [
        "Heating",
        "Compressor",
        "Brine Pump",
        "Heating Medium Pump",
    ]
    assert {side["width"] for side in icons[0]["image"]["sizes"]} == {35, 50, 100, 150, 256}
    assert icons[1]["parameters"][0]["title"] == "number of starts:"
    unit = (await cloud.get(f"{SYSTEM}/status/systemUnit/0")).json
    assert [icon["image"]["name"] for icon in unit] == ["Compressor", "Brine", "Supply"]
    house.pumps["80105"].known.update({"43427": 20.0, "43437": 0.0, "43439": 0.0, "43086": 10.0})
    assert (await cloud.get(f"{SYSTEM}/status/system")).json == []
    refused(await cloud.get(f"{SYSTEM}/status/systemUnit/7"), 404, 9)


async def test_notifications_are_filtered_and_paged(cloud):
    active = (await cloud.get(f"{SYSTEM}/notifications")).json
    assert (active["itemsPerPage"], active["numItems"]) == (30, 1)
    (alarm,) = active["objects"]
    assert alarm["occuredAt"] == "2026-01-15T11:00:30Z"
    assert alarm["stoppedAt"] is None
    assert alarm["info"] == {
        "alarmNumber": 183,
        "type": "ALARM",
        "title": "Defrosting",
        "description": "In progress.",
    }
    every = f"{SYSTEM}/notifications?type=ALARM&active=False&itemsPerPage=1&page=2"
    page = (await cloud.get(every)).json
    assert (page["numItems"], page["objects"][0]["info"]["alarmNumber"]) == (2, 60)
    assert page["objects"][0]["stoppedAt"] == "2026-01-06T13:00:30Z"
    info = (await cloud.get(f"{SYSTEM}/notifications?type=INFO_MESSAGE")).json
    assert info["objects"] == []
    refused(await cloud.get(f"{SYSTEM}/notifications?type=NEWS"), 400, 1)


async def test_the_smart_home_mode_ends_after_half_an_hour(cloud, control):
    path = f"{SYSTEM}/smarthome/mode"
    assert (await cloud.get(path)).json == {"mode": "DEFAULT_OPERATION"}
    reply = await cloud.ask("PUT", path, json={"mode": "AWAY_FROM_HOME"})
    assert (reply.status, reply.text) == (204, "")
    await control.ask("POST", "/clock", json={"advance_seconds": 1799})
    assert (await cloud.get(path)).json == {"mode": "AWAY_FROM_HOME"}
    await control.ask("POST", "/clock", json={"advance_seconds": 1})
    assert (await cloud.get(path)).json == {"mode": "DEFAULT_OPERATION"}
    refused(await cloud.ask("PUT", path, json={"mode": "PARTY"}), 400, 14)


async def test_thermostats_are_kept_by_external_id_and_end_after_half_an_hour(cloud, control):
    path = f"{SYSTEM}/smarthome/thermostats"
    body = {
        "externalId": 1,
        "name": "Hall",
        "actualTemp": 213,
        "targetTemp": 210,
        "valvePosition": None,
        "climateSystems": [1],
    }
    for sent in (body, body | {"name": "Living room"}, {"externalId": 2, "name": "Bath"}):
        reply = await cloud.ask("POST", path, json=sent)
        assert (reply.status, reply.text) == (204, "")
    first, second = (await cloud.get(path)).json
    assert (first["name"], first["climateSystems"]) == ("Living room", [1])
    assert (first["currentTemperature"], first["targetTemperature"]) == ("21.3°C", "21.0°C")
    assert first["smartHomeSystem"].keys() == {"name"}
    assert (second["currentTemperature"], second["climateSystems"]) == (None, None)
    await control.ask("POST", "/clock", json={"advance_seconds": 1800})
    assert (await cloud.get(path)).json == []


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x"},
        {"externalId": "1", "name": "x"},
        {"externalId": 1},
        {"externalId": 1, "name": "x", "climateSystems": [9]},
        {"externalId": 1, "name": "x", "climateSystems": 1},
        {"externalId": 1, "name": "x", "actualTemp": "21"},
    ],
)
async def test_a_malformed_thermostat_is_refused(cloud, body):
    path = f"{SYSTEM}/smarthome/thermostats"
    refused(await cloud.ask("POST", path, json=body), 400, 1)
