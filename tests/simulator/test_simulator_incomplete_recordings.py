"""Recordings with holes in them: null values, missing keys, ids with odd characters."""

import json
import logging
from urllib.parse import quote

import pytest

from pumphouse.simulator.server import SimulatorOptions

ODD_IDS = ("plain", "a/b c", "x/points", "50%", "ä")
POINTS = [
    {
        "category": None,
        "parameterId": "1",
        "parameterName": None,
        "parameterUnit": None,
        "writable": None,
        "timestamp": None,
        "value": None,
        "strVal": None,
        "smartHomeCategories": None,
        "minValue": None,
        "maxValue": None,
        "stepValue": None,
        "enumValues": None,
        "scaleValue": None,
        "zoneId": None,
    },
    {"parameterId": "2"},
    {},
    {"parameterId": None, "scaleValue": "", "minValue": 5, "maxValue": ""},
    {"parameterId": "3", "writable": True, "enumValues": [{}, {"value": "1", "text": None}]},
    {"parameterId": "4", "writable": True, "maxValue": 9, "minValue": 1, "smartHomeCategories": []},
]
ROWS = [
    {
        "parameterId": 40004,
        "name": None,
        "title": None,
        "designation": None,
        "unit": None,
        "displayValue": None,
        "rawValue": None,
    },
    {"parameterId": 43086, "rawValue": None},
    {"parameterId": 43084, "rawValue": 5},
    {"parameterId": 47011, "unit": None},
    {"parameterId": None},
    {},
]
HOLES: dict[int, dict[str, object]] = {
    1: {"units": None, "parameters": None, "categories": None},
    2: {},
    3: {"categories": {"0": [{"categoryId": "A", "parameters": ROWS}], "1": None}},
    4: {
        "units": [{"systemUnitId": 0, "product": None, "softwareVersion": None}],
        "categories": {"0": [{"categoryId": None, "parameters": None}, {}]},
        "parameters": {"0": ROWS},
    },
}


@pytest.fixture
def options(tmp_path) -> SimulatorOptions:
    listed = [{"id": one, "connectionState": "Connected", "product": None} for one in ODD_IDS]
    bare = {"systemId": None, "devices": None}
    myuplink = {
        "systems": {"systems": [{"systemId": "s/1", "devices": [*listed, {}]}, bare]},
        "devices": {"plain": {"id": "plain", "firmware": None}, "a/b c": None},
        "points": {"plain": POINTS, "a/b c": None},
    }
    files: dict[str, object] = {
        "myuplink/holes": myuplink,
        "myuplink/bare": {"systems": {"systems": [bare]}},
    }
    for number, rest in HOLES.items():
        system: dict[str, object] = {"systemId": number, "address": None, "productName": None}
        files[f"nibe_uplink/{number}"] = {"systems": [system], **rest}
    files["nibe_uplink/nameless"] = {"systems": [{}]}
    for name, recording in files.items():
        path = tmp_path / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(recording))
    return SimulatorOptions(auto_consent=True, limited=False, recordings=tmp_path)


@pytest.fixture(autouse=True)
def nothing_is_logged(caplog):
    """Every answer here is one that was meant."""
    yield
    assert "simulator itself" not in caplog.text


async def test_points_are_served_exactly_as_they_were_recorded(myuplink):
    await myuplink.log_in()
    assert (await myuplink.get("/v2/devices/plain/points")).json == POINTS
    assert (await myuplink.get("/v2/devices/plain/points?parameters=2")).json == [POINTS[1]]


async def test_points_without_a_scale_have_the_same_limits_in_v3(myuplink):
    await myuplink.log_in()
    assert (await myuplink.get("/v3/devices/plain/points")).json == POINTS


async def test_points_without_a_category_are_in_none(myuplink):
    await myuplink.log_in()
    reply = await myuplink.get("/v2/devices/plain/smart-home-categories")
    assert set(reply.json.values()) == {False}


async def test_a_device_without_firmware_says_so(myuplink):
    await myuplink.log_in()
    reply = await myuplink.get("/v2/devices/plain/firmware-info")
    assert reply.json["currentFwVersion"] is None


async def test_points_with_holes_can_be_written(myuplink):
    await myuplink.log_in()
    address = "/v2/devices/plain/points"
    reply = await myuplink.ask("PATCH", address, json={"1": 1, "2": 1, "3": 1, "4": 5})
    refused = "parameter is not writable"
    assert reply.json == {"1": refused, "2": refused, "3": "modified", "4": "modified"}
    rows = (await myuplink.get(f"{address}?parameters=3,4")).json
    assert [(row["value"], row["strVal"]) for row in rows] == [(1, ""), (5, "5")]


@pytest.mark.parametrize("device", ODD_IDS)
@pytest.mark.parametrize("ending", ["", "/points", "/firmware-info", "/smart-home-zones"])
async def test_every_device_can_be_reached_whatever_its_id(myuplink, device, ending):
    await myuplink.log_in()
    reply = await myuplink.get(f"/v2/devices/{quote(device, safe='')}{ending}")
    assert reply.status == 200
    if not ending:
        assert reply.json["id"] == device


async def test_a_system_can_be_reached_whatever_its_id(myuplink):
    await myuplink.log_in()
    assert (await myuplink.get("/v2/systems/s%2F1/smart-home-mode")).status == 200
    assert (await myuplink.get("/v2/systems/s/1/smart-home-mode")).status == 404


async def test_everything_recorded_is_listed(nibe, myuplink):
    await nibe.log_in()
    await myuplink.log_in()
    assert (await nibe.get("/api/v1/systems")).json["numItems"] == len(HOLES) + 1
    assert (await myuplink.get("/v2/systems/me")).json["numItems"] == 3


@pytest.mark.parametrize("system", HOLES)
@pytest.mark.parametrize(
    "name",
    [
        "",
        "/units",
        "/status/system",
        "/status/systemUnit/0",
        "/software",
        "/config",
        "/notifications",
        "/serviceinfo/categories?parameters=true",
        "/parameters?parameterIds=40004&parameterIds=43086&parameterIds=47011",
    ],
)
async def test_nibe_uplink_answers_on_recordings_with_holes(nibe, system, name):
    await nibe.log_in()
    assert (await nibe.get(f"/api/v1/systems/{system}{name}")).status == 200


async def test_nibe_rows_are_served_exactly_as_they_were_recorded(nibe):
    await nibe.log_in()
    assert (await nibe.get("/api/v1/systems/3/serviceinfo/categories/a")).json == ROWS


async def test_units_that_were_not_recorded_follow_from_the_categories(nibe):
    await nibe.log_in()
    units = (await nibe.get("/api/v1/systems/3/units")).json
    assert [unit["systemUnitId"] for unit in units] == [0, 1]
    assert [unit["systemUnitId"] for unit in (await nibe.get("/api/v1/systems/2/units")).json] == [
        0
    ]


@pytest.mark.parametrize("system", [3, 4])
async def test_nibe_rows_without_a_unit_can_be_written(nibe, system):
    await nibe.log_in()
    address = f"/api/v1/systems/{system}/parameters"
    reply = await nibe.ask("PUT", address, json={"settings": {"47011": 3}})
    assert reply.json[0]["parameter"]["displayValue"] == "3"


async def test_a_serial_number_that_was_not_recorded_finds_nothing(nibe):
    await nibe.log_in()
    assert (await nibe.get("/api/v1/software?serialNumber=1")).status == 404


class TestRecordingBeyondRepair:
    """Whatever else a file holds, the client gets the vendor's error and the screen one line."""

    @pytest.fixture
    def options(self, tmp_path) -> SimulatorOptions:
        (tmp_path / "myuplink").mkdir()
        recording = {
            "systems": {"systems": [{"systemId": "s", "devices": [{"id": "d"}]}]},
            "points": {"d": [17]},
        }
        (tmp_path / "myuplink" / "x.json").write_text(json.dumps(recording))
        return SimulatorOptions(auto_consent=True, recordings=tmp_path)

    @pytest.fixture(autouse=True)
    def nothing_is_logged(self):
        """Here it is."""

    async def test_it_is_answered_like_the_vendors_own_failure(self, myuplink, caplog):
        await myuplink.log_in()
        with caplog.at_level(logging.INFO):
            reply = await myuplink.get("/v2/devices/d/points")
        assert reply.status == 500
        assert reply.json["httpStatusCode"] == 500
        assert reply.json["details"] == ["An error has occurred."]
        assert "simulator itself failed at GET /myuplink/v2/devices/d/points" in caplog.text
        assert "Traceback" not in caplog.text

    async def test_the_traceback_is_there_for_those_who_debug(self, myuplink, caplog):
        await myuplink.log_in()
        with caplog.at_level(logging.DEBUG, "pumphouse.simulator"):
            await myuplink.get("/v2/devices/d/points")
        assert "Traceback" in caplog.text
