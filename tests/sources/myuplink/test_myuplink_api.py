"""Each endpoint of myUplink: the exact request, and the answer as a type."""

import pytest

from pumphouse.core.errors import BadResponse
from pumphouse.http.limits import TokenBucket
from pumphouse.http.session import ApiClient
from pumphouse.sources.myuplink.api import MyUplinkApi
from pumphouse.sources.myuplink.problems import explain

PAGED = (("page", "1"), ("itemsPerPage", "100"))
DEVICE = {"id": "d/1 ü", "connectionState": 1, "availableFeatures": [], "firmware": None}
POINT = {"parameterId": "4", "value": 22, "timestamp": "2026-06-14T14:07:41+02:00", "new": 1}
NOTE = {"id": "n", "status": "Active", "createdDatetime": "2021-04-21T14:43:08+0"}
SYSTEMS = {"page": 1, "itemsPerPage": 100, "numItems": 1, "systems": [{"systemId": "s"}]}
NOTES = {"page": 1, "itemsPerPage": 100, "numItems": 1, "notifications": [NOTE]}
D, S = "/v2/devices/d%2F1%20%C3%BC", "/v2/systems/s"


@pytest.fixture
async def api(cloud, host):
    client = ApiClient(
        cloud.url,
        host=host,
        registration=None,
        limiter=TokenBucket(100, 100, host.clock),
        explain=explain,
    )
    async with client:
        yield MyUplinkApi(client)


READS = [
    ("ping", (), {}, "/v2/ping", (), ""),
    ("protected_ping", (), {}, "/v2/protected-ping", (), ""),
    ("systems", (), {}, "/v2/systems/me", PAGED, SYSTEMS),
    ("notifications", ("s",), {}, f"{S}/notifications", PAGED, NOTES),
    ("notifications", ("s",), {"active": True}, f"{S}/notifications/active", PAGED, NOTES),
    ("smart_home_mode", ("s",), {}, f"{S}/smart-home-mode", (), {"smartHomeMode": "Away"}),
    ("subscriptions", ("s",), {}, f"{S}/subscriptions", (),
     {"subscriptions": [{"validUntil": None, "type": "manage"}]}),
    ("subscriptions", ("s",), {}, f"{S}/subscriptions", (),
     [{"subscriptions": [{"validUntil": None, "type": "manage"}]}]),
    ("device", ("d/1 ü",), {}, D, (), DEVICE),
    ("points", ("d/1 ü",), {}, f"{D}/points", (), [POINT]),
    ("points", ("d/1 ü", ["4", "8"]), {}, f"{D}/points", (("parameters", "4,8"),), [POINT]),
    ("points", ("d",), {"version": "v3"}, "/v3/devices/d/points", (), [POINT]),
    ("zones", ("d",), {}, "/v2/devices/d/smart-home-zones", (),
     [{"zoneId": 1, "isCelcius": True}]),
    ("smart_home_categories", ("d",), {}, "/v2/devices/d/smart-home-categories", (),
     {"sh-hwTemp": True}),
    ("firmware_info", ("d",), {}, "/v2/devices/d/firmware-info", (), {"deviceId": "d"}),
    ("aid_mode", ("d",), {}, "/v2/devices/d/aidMode", (), {"aidMode": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "args", "named", "path", "query", "answer"), READS)
async def test_a_read_asks_exactly_this(api, cloud, method, args, named, path, query, answer):
    cloud.answers[path] = answer
    result = await getattr(api, method)(*args, **named)
    (asked,) = cloud.asked
    assert (asked.method, asked.path, asked.query) == ("GET", path, query)
    assert asked.body is None
    assert "ping" in path or result


WRITES = [
    ("set_smart_home_mode", ("s", "Away"), {},
     ("PUT", f"{S}/smart-home-mode", {"smartHomeMode": "Away"}), ""),
    ("set_points", ("d", {"47398": "20.5"}), {},
     ("PATCH", "/v2/devices/d/points", {"47398": "20.5"}), {"47398": "modified"}),
    ("set_points", ("d", {"47398": "20.5"}), {},
     ("PATCH", "/v2/devices/d/points", {"47398": "20.5"}),
     {"status": 200, "payload": {"47398": "modified"}}),
    ("set_zone", ("d", "1"), {"setpoint_heat": 21.5},
     ("PATCH", "/v2/devices/d/zones/1", {"setpointHeat": 21.5}), {"setpointHeat": "modified"}),
]  # fmt: skip


@pytest.mark.parametrize(("call", "args", "named", "request_", "answer"), WRITES)
async def test_a_write_sends_exactly_this(api, cloud, call, args, named, request_, answer):
    method, path, body = request_
    cloud.answers[path] = answer
    result = await getattr(api, call)(*args, **named)
    (asked,) = cloud.asked
    assert (asked.method, asked.path, asked.body) == (method, path, body)
    assert asked.content_type == "application/json"
    assert result is None or dict(result) == dict.fromkeys(body, "modified")


async def test_pages_are_followed_to_the_end(api, cloud):
    def page(query):
        number = int(query["page"])
        found = [{"systemId": str(n)} for n in range((number - 1) * 3, min(number * 3, 7))]
        return {"page": number, "itemsPerPage": 3, "numItems": 7, "systems": found}

    cloud.answers["/v2/systems/me"] = page
    assert [system.system_id for system in await api.systems()] == [str(n) for n in range(7)]


@pytest.mark.parametrize("answer", [{"no": "list"}, None, 5, "<html>down</html>"])
async def test_an_answer_that_is_no_list_is_a_bad_response(api, cloud, answer):
    cloud.answers["/v2/devices/d/points"] = answer
    with pytest.raises(BadResponse):
        await api.points("d")


async def test_one_bad_point_costs_that_point_only(api, cloud):
    problems: list[str] = []
    api._report = problems.append
    bad = POINT | {"parameterId": "8", "value": {"private": 1}}
    cloud.answers["/v2/devices/d/points"] = [bad, POINT, "nonsense", POINT | {"parameterId": 10}]
    points = await api.points("d")
    assert [point.parameter_id for point in points] == ["4", "10"]
    assert any("parameterId 8" in problem for problem in problems)
    assert not any("private" in problem for problem in problems)


async def test_forms_of_2021_are_understood(api, cloud):
    cloud.answers["/v2/devices/d"] = DEVICE | {"id": "d"}
    device = await api.device("d")
    assert device.connection_state == 1
    assert device.available_features == {}
