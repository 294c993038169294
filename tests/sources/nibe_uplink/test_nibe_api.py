"""Each function of NIBE Uplink: the exact request, and the answer as a type."""

import pytest

from pumphouse.core.errors import BadResponse
from pumphouse.http.limits import TokenBucket
from pumphouse.http.session import ApiClient
from pumphouse.sources.nibe_uplink.api import NibeUplinkApi
from pumphouse.sources.nibe_uplink.problems import explain

PARAMETER = {
    "parameterId": 40004, "name": "40004", "title": "outdoor temp.", "designation": "BT1",
    "unit": "°C", "displayValue": "12.2°C", "rawValue": 122, "somethingNew": {"a": 1},
}  # fmt: skip
STATUS = {"image": {"name": "Heating", "sizes": []}, "inlineText": "", "title": "Heating",
          "parameters": [PARAMETER]}  # fmt: skip
SYSTEM = {"systemId": 7, "name": "Home", "address": {"city": "private"}}
PAGE = {"page": 1, "itemsPerPage": 100, "numItems": 1}
PAGED = (("page", "1"), ("itemsPerPage", "100"))
QUEUE = [{"status": "SENDING", "parameter": None}]
THERMOSTAT = {"smartHomeSystem": {"name": "app"}, "name": "Living room", "climateSystems": None,
              "currentTemperature": "21.3°C", "targetTemperature": None}  # fmt: skip


@pytest.fixture
async def api(cloud, host):
    client = ApiClient(
        f"{cloud.url}/api/v1",
        host=host,
        registration=None,
        limiter=TokenBucket(100, 100, host.clock),
        explain=explain,
    )
    async with client:
        yield NibeUplinkApi(client)


READS = [
    ("systems", (), {}, "/systems", PAGED, PAGE | {"objects": [SYSTEM]}),
    ("system", (7,), {}, "/systems/7", (), SYSTEM),
    ("status", (7,), {}, "/systems/7/status/system", (), [STATUS]),
    ("unit_status", (7, 1), {}, "/systems/7/status/systemUnit/1", (), [STATUS]),
    ("unit_status", (7, 1), {}, "/systems/7/status/systemUnit/1", (), STATUS),
    ("system_software", (7,), {}, "/systems/7/software", (),
     {"current": {"name": "nibe_f1255", "version": 9240, "release": 3}, "upgrade": None}),
    ("software", ("0650",), {}, "/software", (("serialNumber", "0650"),), {"version": 9240}),
    ("config", (7,), {}, "/systems/7/config", (), {"hasCooling": True}),
    ("units", (7,), {}, "/systems/7/units", (), [{"systemUnitId": 0}]),
    ("notifications", (7,), {}, "/systems/7/notifications",
     (("type", "ALARM"), ("active", "true"), *PAGED), PAGE | {"objects": [{"notificationId": 1}]}),
    ("notifications", (7,), {"kind": "INFO_MESSAGE", "active": False},
     "/systems/7/notifications", (("type", "INFO_MESSAGE"), ("active", "false"), *PAGED),
     PAGE | {"objects": []}),
    ("parameters", (7, ["40004", "fan_speed"]), {}, "/systems/7/parameters",
     (("parameterIds", "40004"), ("parameterIds", "fan_speed")), [PARAMETER]),
    ("parameters", (7, ["44055"]), {"unit": 1}, "/systems/7/parameters",
     (("parameterIds", "44055"), ("systemUnitId", "1")), []),
    ("premium", (7,), {}, "/systems/7/premium", (), [{"type": "MANAGE"}]),
    ("categories", (7,), {"unit": 1, "parameters": True},
     "/systems/7/serviceinfo/categories", (("systemUnitId", "1"), ("parameters", "true")),
     [{"categoryId": "STATUS", "parameters": [PARAMETER]}]),
    ("categories", (7,), {}, "/systems/7/serviceinfo/categories",
     (("systemUnitId", "0"), ("parameters", "false")),
     [{"categoryId": "STATUS", "name": "status", "parameters": None}]),
    ("category", (7, "STATUS"), {"unit": 1}, "/systems/7/serviceinfo/categories/STATUS",
     (("systemUnitId", "1"),), [PARAMETER]),
    ("mode", (7,), {}, "/systems/7/smarthome/mode", (), {"mode": "VACATION"}),
    ("thermostats", (7,), {}, "/systems/7/smarthome/thermostats", (), [THERMOSTAT]),
]  # fmt: skip


@pytest.mark.parametrize(("method", "args", "named", "path", "query", "answer"), READS)
async def test_a_read_asks_exactly_this(api, cloud, method, args, named, path, query, answer):
    cloud.answers[f"/api/v1{path}"] = answer
    result = await getattr(api, method)(*args, **named)
    (asked,) = cloud.asked
    assert (asked.method, asked.path, asked.query) == ("GET", f"/api/v1{path}", query)
    assert asked.body is None
    assert asked.language == "en"
    assert result is not None


WRITES = [
    ("set_parameters", (7, {"47011": "1"}), {},
     ("PUT", "/systems/7/parameters", (), {"settings": {"47011": "1"}}), QUEUE),
    ("set_parameters", (7, {"47011": "1"}), {"unit": 1},
     ("PUT", "/systems/7/parameters", (("systemUnitId", "1"),), {"settings": {"47011": "1"}}),
     QUEUE),
    ("set_mode", (7, "AWAY_FROM_HOME"), {},
     ("PUT", "/systems/7/smarthome/mode", (), {"mode": "AWAY_FROM_HOME"}), ""),
    ("set_thermostat", (7, 3, "Hall"), {"actual": 21.34, "target": 21, "climate_systems": [1]},
     ("POST", "/systems/7/smarthome/thermostats", (),
      {"externalId": 3, "name": "Hall", "actualTemp": 213, "targetTemp": 210,
       "valvePosition": None, "climateSystems": [1]}), ""),
]  # fmt: skip


@pytest.mark.parametrize(("call", "args", "named", "request_", "answer"), WRITES)
async def test_a_write_sends_exactly_this(api, cloud, call, args, named, request_, answer):
    method, path, query, body = request_
    cloud.answers[f"/api/v1{path}"] = answer
    await getattr(api, call)(*args, **named)
    (asked,) = cloud.asked
    assert (asked.method, asked.query, asked.body) == (method, query, body)
    assert asked.content_type == "application/json"


async def test_a_queued_change_tells_its_status(api, cloud):
    cloud.answers["/api/v1/systems/7/parameters"] = QUEUE
    (queued,) = await api.set_parameters(7, {"47011": "1"})
    assert queued.status == "SENDING"


@pytest.mark.parametrize("default_size", [100, 3])
async def test_pages_are_followed_to_the_end_whatever_their_size(api, cloud, default_size):
    def page(query):
        number = int(query["page"])
        start = (number - 1) * default_size
        objects = [{"systemId": n} for n in range(start, min(start + default_size, 7))]
        return {"page": number, "itemsPerPage": default_size, "numItems": 7, "objects": objects}

    cloud.answers["/api/v1/systems"] = page
    assert [system.system_id for system in await api.systems()] == list(range(7))


async def test_a_page_that_stays_empty_ends_the_list(api, cloud):
    cloud.answers["/api/v1/systems"] = {"page": 1, "itemsPerPage": 3, "numItems": 9, "objects": []}
    assert await api.systems() == []


@pytest.mark.parametrize("answer", [{"no": "list"}, "[", [], None, 5, "<html>down</html>"])
async def test_an_answer_that_is_no_page_is_a_bad_response(api, cloud, answer):
    cloud.answers["/api/v1/systems"] = answer
    with pytest.raises(BadResponse):
        await api.systems()


async def test_one_bad_item_costs_that_item_only(api, cloud):
    problems: list[str] = []
    api._report = problems.append
    bad = PARAMETER | {"parameterId": 40008, "rawValue": "secret value"}
    cloud.answers["/api/v1/systems/7/serviceinfo/categories"] = [
        {"categoryId": "STATUS", "parameters": [bad, PARAMETER, None]},
        {"categoryId": None},
        {"categoryId": "NEW", "parameters": None},
    ]
    categories = await api.categories(7, parameters=True)
    assert [category.category_id for category in categories] == ["STATUS", "NEW"]
    assert [item.parameter_id for item in categories[0].parameters] == [40004]
    assert any("parameterId 40008" in problem for problem in problems)
    assert not any("secret value" in problem for problem in problems)


async def test_an_address_is_not_even_read(api, cloud):
    cloud.answers["/api/v1/systems/7"] = SYSTEM
    assert "private" not in repr(await api.system(7))
