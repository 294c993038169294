"""Changing a point of myUplink: what is sent, and what its answers mean."""

import pytest

from pumphouse.core.errors import (
    AccessDenied,
    RequestRefused,
    ServerFailure,
    SourceError,
    TransientError,
)
from pumphouse.core.model import Option, Point, PointKey
from pumphouse.core.units import parse_unit
from pumphouse.http.problems import Failure
from pumphouse.sources.myuplink import MyUplinkSettings
from pumphouse.sources.myuplink.problems import explain
from pumphouse.sources.myuplink.source import MyUplink

POINTS = "/v2/devices/dev/points"
ZONES = "/v2/devices/dev/smart-home-zones"
MODE = "/v2/systems/sys/smart-home-mode"
SYSTEMS = {
    "numItems": 1,
    "systems": [{"systemId": "sys", "devices": [{"id": "dev"}, {"id": "other"}]}],
}


def point(native_id: str, unit: str = "", options: tuple[Option, ...] = ()) -> Point:
    key = PointKey("air", "dev", native_id)
    return Point(
        key,
        f"point {native_id}",
        unit=parse_unit(unit).canonical,
        vendor_unit=unit,
        options=options,
    )


OFFSET, SETPOINT = point("3671"), point("47751", "°C")
SECOND = point("47752", "°C")
POWER = point("47212", "kW")
SWITCH = point("4789", options=(Option(0, "Off"), Option(1, "On")))
SMART_MODE = point("smart_home_mode", options=(Option(0, "Default"), Option(2, "Away")))


@pytest.fixture
async def source(cloud, host, consent):
    await consent("air", "authorization_code", "READSYSTEM", "WRITESYSTEM")
    settings = MyUplinkSettings(
        client_id="id",
        client_secret="secret",
        base_url=cloud.url,
        grant="authorization_code",
        write=True,
    )
    async with MyUplink("air", settings, host) as opened:
        yield opened


def sent(cloud):
    return [(one.method, one.path, one.body) for one in cloud.asked if one.method != "GET"]


@pytest.mark.parametrize(
    ("target", "value", "body"),
    [
        (OFFSET, -3.0, {"3671": "-3"}),
        (POWER, 4500.0, {"47212": "4.5"}),
        (SWITCH, 1.0, {"4789": "1"}),
    ],
)
async def test_a_value_travels_in_the_unit_people_read(source, cloud, target, value, body):
    cloud.answers = {POINTS: {target.key.point: "modified"}}
    assert await source.write(target, value) == 'myUplink says "modified".'
    assert sent(cloud) == [("PATCH", POINTS, body)]


@pytest.mark.parametrize("answer", [{"payload": {"3671": "modified"}, "status": 200}, {}, None])
async def test_answers_of_earlier_years_and_empty_ones_are_taken(source, cloud, answer):
    cloud.answers = {POINTS: (200, answer)}
    assert (await source.write(OFFSET, 1.0)).startswith("myUplink")


@pytest.mark.parametrize("status", [200, 207])
async def test_another_word_than_modified_is_a_refusal_whatever_the_status(source, cloud, status):
    cloud.answers = {POINTS: (status, {"3671": "value is not valid"})}
    with pytest.raises(RequestRefused, match='refuses it: "value is not valid"'):
        await source.write(OFFSET, 1.0)


@pytest.mark.parametrize(
    ("status", "body", "error", "sentence"),
    [
        (400, {"details": ["outside the valid min-max range"]}, RequestRefused, "min-max range"),
        (400, None, RequestRefused, "within its limits and on its step"),
        (403, None, AccessDenied, "Premium Manage"),
        (409, None, TransientError, "offline or busy"),
        (500, None, ServerFailure, "maintenance"),
    ],
)
async def test_a_refusal_becomes_a_sentence(source, cloud, status, body, error, sentence):
    cloud.answers = {POINTS: (status, body)}
    with pytest.raises(error, match=sentence) as caught:
        await source.write(OFFSET, 1.0)
    assert type(caught.value) is error
    assert isinstance(caught.value, SourceError)
    assert len(sent(cloud)) == 1


def zones(*ids: str, celsius: bool = True) -> list[dict[str, object]]:
    return [{"zoneId": one, "name": f"Zone {one}", "isCelsius": celsius} for one in ids]


@pytest.mark.parametrize(
    ("target", "found", "path"),
    [
        (SETPOINT, zones("1", "2"), "/v2/devices/dev/zones/1"),
        (SECOND, zones("1", "2"), "/v2/devices/dev/zones/2"),
        (SECOND, zones("7", "10"), "/v2/devices/dev/zones/10"),
        (SETPOINT, zones("4"), "/v2/devices/dev/zones/4"),
    ],
)
async def test_a_room_set_point_goes_through_its_zone(source, cloud, target, found, path):
    cloud.answers = {ZONES: found, path: {"setpointHeat": "modified"}}
    assert await source.write(target, 21.5) == 'myUplink says "modified".'
    assert sent(cloud) == [("PATCH", path, {"setpointHeat": 21.5})]


async def test_a_zone_in_fahrenheit_is_told_fahrenheit(source, cloud):
    path = "/v2/devices/dev/zones/1"
    cloud.answers = {ZONES: zones("1", celsius=False), path: {"setpointHeat": "modified"}}
    await source.write(SETPOINT, 20.0)
    assert sent(cloud) == [("PATCH", path, {"setpointHeat": 68.0})]


@pytest.mark.parametrize(("target", "found"), [(SETPOINT, []), (SECOND, zones("1"))])
async def test_a_room_set_point_without_a_zone_is_a_point_like_others(source, cloud, target, found):
    cloud.answers = {ZONES: found, POINTS: {target.key.point: "modified"}}
    await source.write(target, 21.5)
    assert sent(cloud) == [("PATCH", POINTS, {target.key.point: "21.5"})]


async def test_the_smart_home_mode_is_the_systems(source, cloud):
    cloud.answers = {
        "/v2/systems/me": SYSTEMS,
        MODE: (200, {"payload": {"state": "ok"}}),
    }
    assert await source.write(SMART_MODE, 2.0) == "myUplink has taken the mode."
    assert sent(cloud) == [("PUT", MODE, {"smartHomeMode": "Away"})]
    cloud.answers[MODE] = {"smartHomeMode": "Away"}
    reading = await source.read_back(SMART_MODE)
    assert reading is not None
    assert reading.value == 2.0


async def test_a_mode_that_the_system_does_not_know_is_refused_by_its_name(source, cloud):
    cloud.answers = {"/v2/systems/me": SYSTEMS, MODE: (400, None)}
    with pytest.raises(RequestRefused, match="does not take the mode Away"):
        await source.write(SMART_MODE, 2.0)


@pytest.mark.parametrize(("target", "asked"), [(SETPOINT, ZONES), (SMART_MODE, "/v2/systems/me")])
async def test_a_failure_before_anything_was_sent_leaves_no_doubt(source, cloud, target, asked):
    cloud.answers = {asked: (500, None)}
    with pytest.raises(TransientError) as failure:
        await source.write(target, 2.0)
    assert type(failure.value) is TransientError
    assert sent(cloud) == []


def test_a_refusal_that_is_only_a_text_is_repeated():
    refusal = explain(Failure(400, "Value must be between -10 and 5", {}))
    assert isinstance(refusal, RequestRefused)
    assert 'It says: "Value must be between -10 and 5"' in str(refusal)


async def test_the_mode_of_a_device_that_is_gone_is_refused(source, cloud):
    cloud.answers = {"/v2/systems/me": {"numItems": 0, "systems": []}}
    with pytest.raises(RequestRefused, match="does not know this device"):
        await source.write(SMART_MODE, 2.0)
    assert sent(cloud) == []


async def test_reading_back_asks_for_the_one_point_and_keeps_its_own_time(source, cloud):
    row = {
        "parameterId": "47751",
        "parameterUnit": "°C",
        "value": 21.5,
        "timestamp": "2026-01-15T11:59:30+00:00",
    }
    cloud.answers = {POINTS: lambda query: [row] if query == {"parameters": "47751"} else []}
    reading = await source.read_back(SETPOINT)
    assert reading is not None
    assert (reading.key, reading.value) == (SETPOINT.key, 21.5)
    assert reading.time.isoformat() == "2026-01-15T11:59:30+00:00"
    assert await source.read_back(OFFSET) is None
    assert sent(cloud) == []
