"""The Data API: homes, devices, scopes and refusals."""

import pytest

from .conftest import BASELINE, EVERYTHING


async def test_a_home_has_an_id_and_a_name_and_nothing_else(tibber):
    await tibber.log_in()
    homes = (await tibber.get("/v1/homes")).json["homes"]
    assert [sorted(home) for home in homes] == [["id", "name"]] * 2


async def test_the_list_holds_no_values(tibber):
    await tibber.log_in()
    home = (await tibber.homes())[0]
    for device in (await tibber.get(f"/v1/homes/{home}/devices")).json["devices"]:
        assert device.keys() == {"id", "externalId", "info", "supportedHistory"}


async def test_a_car_is_listed_in_every_home(tibber):
    await tibber.log_in()
    ids = [(await tibber.devices(home))["ID.7"] for home in await tibber.homes()]
    assert ids[0] == ids[1]


async def test_a_device_is_described_without_an_envelope(tibber):
    await tibber.log_in()
    home = (await tibber.homes())[0]
    device = (await tibber.devices(home))["ID.7"]
    told = (await tibber.get(f"/v1/homes/{home}/devices/{device}")).json
    values = {one["id"]: one for one in told["capabilities"]}
    assert told["status"]["lastSeen"].endswith("Z")
    assert values["range.remaining"]["unit"] == "m"
    assert values["connector.status"]["availableValues"] == ["connected", "disconnected", "unknown"]
    assert "unit" not in values["connector.status"]
    assert told["supportedHistory"] == {"resolutions": []}


async def test_a_device_that_is_not_reached_has_nulls_and_an_old_time(tibber):
    await tibber.log_in()
    cabin = (await tibber.homes())[1]
    device = (await tibber.devices(cabin))["Panel heater"]
    told = (await tibber.get(f"/v1/homes/{cabin}/devices/{device}")).json
    values = {one["id"]: one["value"] for one in told["capabilities"]}
    assert values["temp.current"] is None
    assert values["onOff"] == "unknown"
    assert told["externalId"] == ""
    assert "model" not in told["info"]
    assert told["status"]["lastSeen"].startswith("2026-02-")


async def test_shares_of_a_flow_are_ratios_that_say_percent(tibber):
    await tibber.log_in()
    home = (await tibber.homes())[0]
    device = (await tibber.devices(home))["Home battery"]
    told = (await tibber.get(f"/v1/homes/{home}/devices/{device}")).json["capabilities"]
    share = next(one for one in told if one["id"] == "powerFlow.fromGrid")
    assert share["unit"] == "%"
    assert 0 <= share["value"] <= 1


async def test_counts_of_the_hour_are_missing_where_it_begins(tibber, clock):
    await tibber.log_in()
    home = (await tibber.homes())[0]
    device = (await tibber.devices(home))["Home battery"]

    async def counted():
        told = (await tibber.get(f"/v1/homes/{home}/devices/{device}")).json["capabilities"]
        return any(one["id"].startswith("energyFlow.hour.") for one in told)

    assert not await counted()
    clock.move(minutes=10)
    assert await counted()


class TestScopes:
    @pytest.mark.parametrize(
        ("category", "name"),
        [
            ("vehicles", "ID.7"),
            ("chargers", "Carport"),
            ("thermostats", "Test pump"),
            ("energy-systems", "Home battery"),
        ],
    )
    async def test_without_a_category_its_devices_are_silently_absent(self, tibber, category, name):
        await tibber.log_in()
        home = (await tibber.homes())[0]
        device = (await tibber.devices(home))[name]
        await tibber.log_in(EVERYTHING.replace(f"data-api-{category}-read", ""))
        assert name not in await tibber.devices(home)
        reply = await tibber.get(f"/v1/homes/{home}/devices/{device}")
        assert reply.status == 403
        assert reply.headers["Content-Type"] == "application/problem+json"

    async def test_without_homes_there_is_a_refusal(self, tibber):
        await tibber.log_in(BASELINE)
        reply = await tibber.get("/v1/homes")
        assert (reply.status, reply.json["status"]) == (403, 403)

    async def test_a_personal_token_is_not_taken(self, tibber):
        from pumphouse.simulator.tibber import PERSONAL_TOKEN  # noqa: PLC0415  (only here)

        tibber.token = PERSONAL_TOKEN
        assert (await tibber.get("/v1/homes")).status == 401


class TestRefusals:
    async def test_no_token_is_challenged(self, tibber):
        reply = await tibber.get("/v1/homes")
        assert reply.status == 401
        assert reply.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'

    @pytest.mark.parametrize(
        "path",
        ["/v1/homes/none", "/v1/devices", "/v1/user", "/v1/homes/none/devices", "/v2/homes"],
    )
    async def test_what_does_not_exist_is_not_found(self, tibber, path):
        await tibber.log_in()
        assert (await tibber.get(path)).status == 404

    async def test_nothing_can_be_written(self, tibber):
        await tibber.log_in()
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert (await tibber.ask(method, "/v1/homes")).status == 405

    @pytest.mark.parametrize("agent", ["", " "])
    async def test_who_does_not_say_what_it_is_is_blocked(self, tibber, agent):
        await tibber.log_in()
        for method, path in (("GET", "/v1/homes"), ("POST", "/v1-beta/gql")):
            reply = await tibber.ask(method, path, headers={"User-Agent": agent})
            assert reply.status == 400
            assert "user agent is blocked" in reply.text
