"""Setting points by the API: who may, how they are addressed, what comes back."""

import json

import pytest

from pumphouse.web.access.tokens import Scope

from .rig import LOCKED
from .writable import app_of, writable_house

OFFSET = "/api/points/ground/80105/47011"


@pytest.fixture
async def house(tmp_path):
    async with writable_house(tmp_path, web=LOCKED) as found:
        yield found


@pytest.fixture
async def app(house):
    async with app_of(house) as running:
        yield running


@pytest.fixture
def bearer(app):
    def of(scope: Scope) -> dict[str, str]:
        tokens, now = app.context.gate.tokens, app.context.installation.host.clock.now()
        return {"Authorization": f"Bearer {tokens.add(scope.value, scope, now)}"}

    return of


async def put(app, path, headers, method="PUT", **body):
    seen = await app.ask(method, path, json=body, headers=headers)
    return seen.status, json.loads(seen.text)


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_token_that_may_write_sets_a_point(app, house, bearer, method):
    status, told = await put(app, OFFSET, bearer(Scope.WRITE), method, value=2)
    assert status == 200
    assert told.keys() == {
        *("device", "point", "requested", "before", "after", "outcome", "detail"),
    }
    assert (told["before"], told["after"], told["outcome"]) == (0, 2, "confirmed")
    assert len(house.sent()) == 1
    (logged,) = json.loads((await app.get("/api/writes", headers=bearer(Scope.READ))).text)
    assert (logged["by"], logged["outcome"]) == ("api token write", "confirmed")


@pytest.mark.parametrize(
    ("address", "value"),
    [
        ("ground%2F80105%2F47011", 2),
        ("ground/80105/heating_offset", "2"),
        ("47011", 2.0),
        ("room_setpoint_cooling", "22.5 °C"),
        ("47260", "Speed 2"),
        ("8121", True),
        ("ventilation_boost", "ON"),
    ],
)
async def test_a_point_is_addressed_and_a_value_written_in_several_ways(
    app, house, bearer, address, value
):
    status, told = await put(app, f"/api/points/{address}", bearer(Scope.WRITE), value=value)
    assert (status, told["outcome"]) == (200, "confirmed")
    assert len(house.sent()) == 1


async def test_what_several_devices_have_needs_its_device(app, house, bearer):
    token = bearer(Scope.WRITE)
    status, told = await put(app, "/api/points/heating_offset", token, value=1)
    assert status == 404
    assert "more than once" in told["detail"]
    status, told = await put(app, "/api/points/heating_offset?device=80105", token, value=1)
    assert (status, told["device"]) == (200, "80105")
    assert len(house.sent()) == 1


async def test_a_dry_run_sends_and_logs_nothing(app, house, bearer):
    token = bearer(Scope.WRITE)
    status, told = await put(app, OFFSET, token, value=2, dry_run=True)
    assert (status, told["outcome"]) == (200, "dry run")
    assert house.sent() == []
    assert json.loads((await app.get("/api/writes", headers=token)).text) == []


@pytest.mark.parametrize(
    ("value", "says"), [(11, "out of range"), (0.5, "not on a step"), (1e300, "out of range")]
)
async def test_what_is_refused_has_the_same_answer_and_another_status(
    app, house, bearer, value, says
):
    status, told = await put(app, OFFSET, bearer(Scope.WRITE), value=value)
    assert (status, told["outcome"]) == (422, "refused")
    assert says in told["detail"]
    assert house.sent() == []


@pytest.mark.parametrize(
    "body", [{}, {"value": None}, {"value": [1]}, {"value": 1, "more": 1}, {"value": "warm"}]
)
async def test_what_is_no_value_is_a_problem(app, house, bearer, body):
    status, told = await put(app, OFFSET, bearer(Scope.WRITE), **body)
    assert status == 422
    assert told["type"] == "about:blank"
    assert house.sent() == []


async def test_what_is_not_there_is_a_problem(app, bearer):
    status, told = await put(app, "/api/points/ground/80105/1", bearer(Scope.WRITE), value=1)
    assert (status, told["title"]) == (404, "Not Found")


async def test_a_token_that_reads_sets_nothing_and_a_stranger_even_less(app, house, bearer):
    status, told = await put(app, OFFSET, bearer(Scope.READ), value=2)
    assert status == 403
    assert "--scope write" in told["detail"]
    assert (await put(app, OFFSET, {}, value=2))[0] == 401
    assert (await put(app, OFFSET, {"Authorization": "Bearer x"}, value=2))[0] == 401
    assert house.sent() == []


async def test_a_browser_needs_its_session_and_the_token_of_its_forms(app, house):
    await app.log_in()
    assert (await put(app, OFFSET, {}, value=2))[0] == 403
    seen = await app.get("/settings/change?source=ground&device=80105&point=47011&value=2")
    token = seen.text.split('name="csrf_token" value="')[-1].split('"')[0]
    status, told = await put(app, OFFSET, {"X-CSRF-Token": token}, value=2)
    assert (status, told["outcome"]) == (200, "confirmed")
    (logged,) = await house.installation.control.writes()
    assert logged.by == "web"


async def test_where_nobody_has_to_log_in_a_script_needs_a_token_all_the_same(tmp_path):
    async with writable_house(tmp_path) as house, app_of(house) as app:
        status, told = await put(app, OFFSET, {}, value=2)
        assert status == 403
        assert "pumphouse token add NAME --scope write" in told["detail"]
        assert house.sent() == []


async def test_where_writing_is_off_even_the_right_token_sets_nothing(tmp_path):
    async with writable_house(tmp_path, write=False) as house, app_of(house) as app:
        tokens, now = app.context.gate.tokens, app.context.installation.host.clock.now()
        token = {"Authorization": f"Bearer {tokens.add('x', Scope.WRITE, now)}"}
        status, told = await put(app, OFFSET, token, value=2)
        assert (status, told["outcome"]) == (422, "refused")
        assert "write = true" in told["detail"]
        assert house.sent() == []
