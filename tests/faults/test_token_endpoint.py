"""Every kind of fault at the token endpoint: during a login, and while a token is renewed."""

from functools import partial

import pytest

from pumphouse.core.errors import CredentialsRefused, LoginRequired, TransientError
from pumphouse.http import login
from pumphouse.http.wire import Wire
from pumphouse.simulator.faults import FaultKind

from .cases import PASSING, PROBES, RENEWALS, VENDORS
from .conftest import failure_of, open_source, visiting

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN = "/oauth/token"
USERS = [
    ("nibe_uplink", "authorization_code"),
    ("myuplink", "authorization_code"),
    ("myuplink", "client_credentials"),
]


async def saved_grant(visit):
    grant = await visit.host.grants.load("house")
    assert grant is not None
    return grant


def expected_renewal(kind, grant):
    """Client credentials need no consent that could be withdrawn."""
    unnoticed = grant == "client_credentials" and kind is FaultKind.REVOKE_GRANTS
    return None if unnoticed else RENEWALS[kind]


@pytest.mark.parametrize("kind", list(FaultKind))
@pytest.mark.parametrize(("vendor", "grant"), USERS)
async def test_a_renewal_that_fails(clouds, tmp_path, witness, vendor, grant, kind):
    expected = expected_renewal(kind, grant)
    async with visiting(clouds, vendor, tmp_path, witness, grant=grant) as visit:
        visit.break_next("expire_tokens", PROBES[vendor])
        visit.break_next(kind, TOKEN, seconds=2.0 if kind is FaultKind.TIMEOUT else None)
        failure = await failure_of(visit.probe)
        witness.hear(failure)

        assert (type(failure) if failure else None) is expected
        assert visit.count("GET", PROBES[vendor]) == (2 if failure is None else 1)
        assert visit.renewals() == 1
        assert len(clouds.faults.pending) == (kind is FaultKind.EXPIRE_TOKENS)

        if isinstance(failure, TransientError):
            await _is_left_alone_for_a_while(visit, witness, expected)
        elif failure is not None:
            await _is_left_alone_until_a_login(visit, witness, expected)
        visit.begin()
        await visit.probe
        assert visit.count("GET", PROBES[vendor]) <= 2
        assert visit.renewals() <= 1


async def _is_left_alone_for_a_while(visit, witness, expected):
    """The next request says the same without asking for a token again."""
    again = await failure_of(visit.probe)
    witness.hear(again)
    assert isinstance(again, TransientError)
    assert type(again) is expected
    assert again.retry_after is not None
    assert again.retry_after > 0
    assert visit.renewals() == 1
    await visit.wait_as_told(again)


async def _is_left_alone_until_a_login(visit, witness, expected):
    """Neither endpoint is asked again, however often this is tried."""
    asked = visit.asked()
    for _ in range(3):
        again = await failure_of(visit.probe)
        witness.hear(again)
        assert type(again) is expected
    assert visit.asked() == asked
    await visit.log_in()


async def test_a_restart_asks_again_after_the_client_was_refused(clouds, tmp_path, witness):
    """What a person does after mending `client_secret`."""
    async with visiting(clouds, "nibe_uplink", tmp_path, witness) as visit:
        visit.break_next("expire_tokens", PROBES["nibe_uplink"])
        visit.break_next("unauthorized", TOKEN)
        assert type(await failure_of(visit.probe)) is CredentialsRefused
        async with open_source(clouds, "nibe_uplink", visit.host) as restarted:
            assert (await restarted.read()).readings


@pytest.mark.parametrize("kind", PASSING)
@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_renewal_that_fails_early_goes_unnoticed(clouds, tmp_path, witness, vendor, kind):
    """A token is renewed before its end, so that there is time to try again."""
    async with visiting(clouds, vendor, tmp_path, witness) as visit:
        grant = await saved_grant(visit)
        await visit.probe
        left = (grant.expires_at - visit.clock.now()).total_seconds()
        await visit.clock.advance(left - 100)
        visit.begin()
        visit.break_next(kind, TOKEN, seconds=2.0 if kind is FaultKind.TIMEOUT else None)
        await visit.probe
        assert (visit.renewals(), visit.count("GET", PROBES[vendor])) == (1, 1)
        assert (await saved_grant(visit)).generation == grant.generation
        await visit.clock.advance(99)
        await visit.probe
        assert (await saved_grant(visit)).generation == grant.generation + 1


@pytest.mark.parametrize("kind", list(FaultKind))
@pytest.mark.parametrize(("vendor", "grant"), USERS)
async def test_a_login_that_fails(clouds, tmp_path, witness, monkeypatch, vendor, grant, kind):
    expected = None if kind is FaultKind.REVOKE_GRANTS else RENEWALS[kind]
    if kind is FaultKind.TIMEOUT:
        monkeypatch.setattr(login, "Wire", partial(Wire, timeout_secs=0.25))
    async with visiting(clouds, vendor, tmp_path, witness, grant=grant, logged_in=False) as visit:
        visit.break_next(kind, TOKEN, seconds=1.0 if kind is FaultKind.TIMEOUT else None)
        failure = await failure_of(visit.log_in())
        witness.hear(failure)
        assert (type(failure) if failure else None) is expected
        assert visit.renewals() == 1
        saved = await visit.host.grants.load("house")
        assert (saved is None) == (failure is not None)

        clouds.faults.clear()
        monkeypatch.undo()
        await visit.log_in()
        await visit.probe


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_code_that_is_not_taken_leaves_the_saved_login_alone(
    clouds, tmp_path, witness, vendor
):
    async with visiting(clouds, vendor, tmp_path, witness) as visit:
        before = await visit.host.grants.load("house")
        attempt = login.authorize_address(visit.source.registration())
        wrong = login.finish(attempt, "a-code-that-nobody-issued", host=visit.host)
        failure = await failure_of(wrong)
        witness.hear(failure)
        assert type(failure) is LoginRequired
        assert "a-code-that-nobody-issued" not in witness.everything()
        assert await visit.host.grants.load("house") == before
        await visit.probe
