"""Recordings are served exactly as they were recorded, all at once."""

import json
from copy import deepcopy

import pytest
from tests.simulator.conftest import RECORDINGS

from pumphouse.core.errors import UsageError
from pumphouse.simulator.server import Simulator, SimulatorOptions

NIBE = sorted((RECORDINGS / "nibe_uplink").glob("*.json"))
MYUPLINK = sorted((RECORDINGS / "myuplink").glob("*.json"))


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def options() -> SimulatorOptions:
    return SimulatorOptions(auto_consent=True, limited=False, recordings=RECORDINGS)


async def test_one_account_has_every_recorded_nibe_system(nibe):
    await nibe.log_in()
    listed = []
    for page in range(1, 5):
        reply = (await nibe.get(f"/api/v1/systems?page={page}&itemsPerPage=3")).json
        assert reply["numItems"] == len(NIBE)
        listed += reply["objects"]
    assert listed == [system for path in NIBE for system in read(path)["systems"]]


@pytest.mark.parametrize("path", NIBE, ids=lambda path: path.stem)
async def test_a_nibe_recording_is_served_as_recorded(nibe, path):
    await nibe.log_in()
    recording = read(path)
    (system,) = recording["systems"]
    base = f"/api/v1/systems/{system['systemId']}"
    assert (await nibe.get(base)).json == system
    assert (await nibe.get(f"{base}/units")).json == recording["units"]
    for unit, groups in recording["categories"].items():
        found = f"{base}/serviceinfo/categories?systemUnitId={unit}&parameters=true"
        assert (await nibe.get(found)).json == groups
        for group in groups:
            name = f"{base}/serviceinfo/categories/{group['categoryId']}?systemUnitId={unit}"
            assert (await nibe.get(name)).json == group["parameters"]
    for unit, settings in recording.get("parameters", {}).items():
        for row in settings:
            found = f"{base}/parameters?parameterIds={row['parameterId']}&systemUnitId={unit}"
            assert (await nibe.get(found)).json == [row]


@pytest.mark.parametrize("path", NIBE, ids=lambda path: path.stem)
@pytest.mark.parametrize(
    "name",
    [
        "status/system",
        "status/systemUnit/0",
        "software",
        "config",
        "notifications",
        "premium",
        "smarthome/mode",
        "smarthome/thermostats",
    ],
)
async def test_the_rest_of_nibe_uplink_works_on_recordings_too(nibe, path, name):
    await nibe.log_in()
    system = read(path)["systems"][0]["systemId"]
    assert (await nibe.get(f"/api/v1/systems/{system}/{name}")).status == 200


async def test_one_account_has_every_recorded_myuplink_system(myuplink):
    await myuplink.log_in()
    listed = (await myuplink.get("/v2/systems/me?itemsPerPage=100")).json
    systems = [system for path in MYUPLINK for system in read(path)["systems"]["systems"]]
    assert listed["systems"] == systems
    assert listed["numItems"] == len(systems)


@pytest.mark.parametrize("path", MYUPLINK, ids=lambda path: path.stem)
async def test_a_myuplink_recording_is_served_as_recorded(myuplink, path):
    await myuplink.log_in()
    recording = read(path)
    for device, described in recording["devices"].items():
        base = f"/v2/devices/{device}"
        assert (await myuplink.get(base)).json == described
        assert (await myuplink.get(f"{base}/points")).json == recording["points"][device]
        for name in ("smart-home-categories", "smart-home-zones", "firmware-info", "aidMode"):
            assert (await myuplink.get(f"{base}/{name}")).status == 200


@pytest.mark.parametrize("path", MYUPLINK, ids=lambda path: path.stem)
async def test_v3_differs_in_its_limits_only(myuplink, path):
    await myuplink.log_in()
    recording = read(path)
    for device, points in recording["points"].items():
        shown = (await myuplink.get(f"/v3/devices/{device}/points")).json
        expected = deepcopy(points)
        for point in expected:
            for name in ("minValue", "maxValue", "stepValue"):
                if isinstance(point.get(name), int | float):
                    point[name] = pytest.approx(point[name] * float(point["scaleValue"]))
        assert shown == expected


async def test_a_recorded_nibe_setting_can_be_written(nibe):
    await nibe.log_in()
    recording = read(RECORDINGS / "nibe_uplink" / "F1145-10-PC.json")
    base = f"/api/v1/systems/{recording['systems'][0]['systemId']}"
    body = {"settings": {"48739": -2, "hot_water_boost": 1}}
    assert (await nibe.ask("PUT", f"{base}/parameters", json=body)).status == 200
    asked = f"{base}/parameters?parameterIds=48739&parameterIds=48132"
    rows = (await nibe.get(asked)).json
    assert [(row["rawValue"], row["displayValue"]) for row in rows] == [(-2, "-2 "), (1, "3 hours")]


async def test_a_recorded_myuplink_point_can_be_written(myuplink):
    await myuplink.log_in()
    recording = read(RECORDINGS / "myuplink" / "F730-CU-3x400V.json")
    base = f"/v2/devices/{next(iter(recording['devices']))}/points"
    written = {"47398": "20.5", "47041": 2}
    reply = await myuplink.ask("PATCH", base, json=written)
    assert reply.json == {"47398": "modified", "47041": "modified"}
    rows = (await myuplink.get(f"{base}?parameters=47398,47041")).json
    assert sorted((row["value"], row["strVal"]) for row in rows) == [
        (2, "luxury"),
        (20.5, "20.5°C"),
    ]
    reply = await myuplink.ask("PATCH", base, json={"47398": 205})
    assert "min-max range 5 - 35" in reply.json["details"][0]


async def test_what_was_written_is_forgotten_by_the_next_server(session, clock, options):
    for _ in range(2):
        async with Simulator(options, clock=clock):
            pass
    assert read(NIBE[0])["systems"]


async def test_there_is_no_truth_behind_recordings(control):
    reply = await control.get("/truth?device=1")
    assert reply.status == 400
    assert "recordings" in reply.json["error"]


@pytest.mark.parametrize(
    ("text", "word"),
    [(None, "holds no"), ("{", "is not JSON"), ("[]", "not a recording"), ("{}", "no systems")],
)
async def test_a_folder_without_recordings_is_named(tmp_path, clock, text, word):
    if text is not None:
        (tmp_path / "nibe_uplink").mkdir()
        (tmp_path / "nibe_uplink" / "x.json").write_text(text)
    options = SimulatorOptions(recordings=tmp_path)
    with pytest.raises(UsageError, match=word):
        await Simulator(options, clock=clock).__aenter__()
