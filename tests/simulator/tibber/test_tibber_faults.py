"""Faults on request: how Tibber answers when it is broken."""

import aiohttp
import pytest

from pumphouse.core.errors import UsageError
from pumphouse.simulator.faults import FaultKind, TibberFault
from pumphouse.simulator.server import Simulator, SimulatorOptions

from .conftest import TibberClient

ANSWERS = {
    FaultKind.RATE_LIMIT: 429,
    FaultKind.SERVER_ERROR: 500,
    FaultKind.HTML_ERROR: 502,
    FaultKind.TIMEOUT: 504,
    FaultKind.MAINTENANCE: 503,
    FaultKind.UNAUTHORIZED: 401,
    FaultKind.EXPIRE_TOKENS: 401,
    FaultKind.REVOKE_GRANTS: 401,
    FaultKind.MALFORMED_JSON: 200,
}


@pytest.mark.parametrize(("kind", "status"), ANSWERS.items())
async def test_every_general_kind_has_its_answer(tibber, simulator, kind, status):
    await tibber.log_in()
    simulator.faults.add("tibber", kind, seconds=0.01)
    reply = await tibber.get("/v1/homes")
    assert reply.status == status
    assert simulator.requests[-1].status == status


async def test_a_disconnect_ends_in_the_middle(tibber, simulator):
    await tibber.log_in()
    simulator.faults.add("tibber", "disconnect", count=2)
    with pytest.raises(aiohttp.ClientError):
        await tibber.get("/v1/homes")


@pytest.mark.parametrize(("seconds", "told"), [(17, "17"), (None, None)])
async def test_a_limit_says_when_to_come_again_or_does_not(tibber, simulator, seconds, told):
    await tibber.log_in()
    simulator.faults.add("tibber", "rate_limit", seconds=seconds)
    reply = await tibber.get("/v1/homes")
    assert reply.headers.get("Retry-After") == told
    assert reply.headers["Content-Type"] == "application/problem+json"


async def test_expired_tokens_can_be_renewed_and_revoked_grants_not(tibber, simulator):
    await tibber.log_in()
    simulator.faults.add("tibber", "expire_tokens")
    assert (await tibber.get("/v1/homes")).status == 401
    renewed = await tibber.refresh(tibber.refresh_token)
    assert renewed.status == 200
    simulator.faults.add("tibber", "revoke_grants", path="/v1")
    await tibber.get("/v1/homes")
    dead = await tibber.refresh(renewed.json["refresh_token"])
    assert (dead.status, dead.json) == (400, {"error": "invalid_grant"})


async def test_a_missing_scope_hides_devices_as_often_as_asked(tibber, simulator):
    await tibber.log_in()
    home = (await tibber.homes())[0]
    simulator.faults.add("tibber", "scope_missing", count=2)
    assert await tibber.devices(home) == {}
    assert await tibber.devices(home) == {}
    assert await tibber.devices(home) != {}


@pytest.mark.parametrize("kind", TibberFault)
def test_its_own_kinds_are_its_own(simulator, kind):
    with pytest.raises(UsageError, match="kind is"):
        simulator.faults.add("myuplink", kind)
    assert simulator.faults.add("tibber", kind).kind is kind


async def test_where_recordings_are_served_the_account_is_empty(session, clock):
    from ..conftest import RECORDINGS  # noqa: PLC0415, TID252  - only here

    options = SimulatorOptions(auto_consent=True, recordings=RECORDINGS)
    async with Simulator(options, clock=clock) as simulator:
        tibber = TibberClient(session, simulator.announcement.tibber, simulator)
        await tibber.log_in()
        assert await tibber.homes() == []
