import asyncio
import traceback
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web

from pumphouse.core.errors import (
    AccessDenied,
    BadResponse,
    CredentialsRefused,
    LoginRequired,
    RateLimited,
    RequestRefused,
    ServerFailure,
    SourceError,
    TransientError,
    Unreachable,
)
from pumphouse.core.grant import Grant
from pumphouse.http import oauth2
from pumphouse.http.grants import FileGrantStore
from pumphouse.http.oauth2 import Registration


def reply(status, body=None, text="", headers=None):
    def answer():
        if body is None:
            return web.Response(status=status, text=text, headers=headers)
        return web.json_response(body, status=status, headers=headers)

    return answer


@pytest.fixture
async def consented(vendor, grants, clock):
    """A saved grant with an hour to live."""
    access, refresh = vendor.consent()
    grant = Grant(
        access,
        "authorization_code",
        frozenset({"READSYSTEM"}),
        clock.now() + timedelta(hours=1),
        refresh,
    )
    return await grants.save("house", grant)


async def test_a_valid_token_is_sent_and_nobody_is_asked_for_another(client, vendor, consented):
    async with client() as api:
        await api.get("/api/a")
    sent = vendor.api_requests[0].headers
    assert sent["Authorization"] == f"Bearer {consented.access_token}"
    assert not vendor.token_requests


@pytest.mark.parametrize(
    ("lifetime", "still", "due"),
    [(600, 535, 545), (1800, 1615, 1625), (3600, 3295, 3305), (60, 29, 31), (86400, 86095, 86105)],
)
async def test_a_token_is_renewed_shortly_before_its_end(
    client, vendor, consented, grants, clock, lifetime, still, due
):
    await grants.save(
        "house", replace(consented, expires_at=clock.now() + timedelta(seconds=lifetime))
    )
    async with client() as api:
        await api.get("/api/a")
        clock.seconds = still
        await api.get("/api/a")
        assert vendor.refreshes == 0
        clock.seconds = due
        await api.get("/api/a")
        assert vendor.refreshes == 1


async def test_a_token_with_a_very_short_life_is_still_used_several_times(
    client, vendor, consented, clock
):
    vendor.expires_in = 4
    async with client() as api:
        for _ in range(40):
            await api.get("/api/a")
            clock.seconds += 1000 / 40
    assert vendor.refreshes <= 2

    clock.seconds = 10_000
    async with client() as api:
        for _ in range(8):
            await api.get("/api/a")
            clock.seconds += 0.5
    assert vendor.refreshes <= 5


async def test_the_renewed_grant_is_on_disk_before_it_is_used(client, vendor, consented, grants):
    vendor.expire_tokens()
    seen = []

    async def look(request, handler):
        saved = await FileGrantStore(grants._folder).load("house")
        assert saved is not None
        seen.append(f"Bearer {saved.access_token}" == request.headers["Authorization"])
        return await handler(request)

    async with client() as api:
        api._middlewares.append(look)
        await api.get("/api/a")
    assert seen == [True, True]
    assert vendor.refreshes == 1


@pytest.mark.parametrize("expired", ["by our clock", "by theirs"])
async def test_twenty_requests_refresh_once(client, vendor, consented, clock, expired):
    vendor.latency = 0.02
    if expired == "by our clock":
        clock.seconds = 4000
    else:
        vendor.expire_tokens()
    async with client() as api:
        await asyncio.gather(*(api.get(f"/api/{n}") for n in range(20)))
    assert vendor.refreshes == 1


async def test_a_write_is_repeated_after_a_refresh_with_its_body(client, vendor, consented):
    vendor.expire_tokens()
    async with client() as api:
        await api.send("PUT", "/api/a", {"settings": {"47276": 1}})
    assert vendor.bodies == [b'{"settings": {"47276": 1}}'] * 2


async def test_a_second_401_is_not_retried(client, vendor, consented):
    vendor.api_script.extend([reply(401), reply(401)])
    async with client() as api:
        with pytest.raises(LoginRequired, match="pumphouse login house"):
            await api.get("/api/a")
    assert (vendor.refreshes, len(vendor.api_requests)) == (1, 2)


async def test_a_reply_without_refresh_token_and_scope_keeps_the_old(
    client, vendor, consented, grants
):
    vendor.policy = "keep"
    vendor.expire_tokens()
    async with client() as api:
        await api.get("/api/a")
    saved = await grants.load("house")
    assert saved.access_token != consented.access_token
    assert saved.refresh_token == consented.refresh_token
    assert saved.scope == consented.scope


@pytest.mark.parametrize("word", ["invalid_grant", "invalid_request"])
async def test_a_dead_consent_asks_for_a_login_once_and_is_left_alone_until_the_login(
    client, vendor, consented, grants, word
):
    vendor.dead_refresh = word
    vendor.expire_tokens()
    vendor._refresh.clear()
    async with client() as api:
        results = await asyncio.gather(
            *(api.get("/api/a") for _ in range(20)), return_exceptions=True
        )
        assert {type(result) for result in results} == {LoginRequired}
        with pytest.raises(LoginRequired, match="pumphouse login house"):
            await api.get("/api/a")
        assert vendor.refreshes == 1

        access, refresh = vendor.consent()
        await FileGrantStore(grants._folder).save(
            "house", replace(consented, access_token=access, refresh_token=refresh)
        )
        await api.get("/api/a")
        assert vendor.refreshes == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (
            reply(401, {"error": "invalid_client", "error_description": "incorrect"}),
            CredentialsRefused,
        ),
        (reply(400, {"error": "unauthorized_client"}), CredentialsRefused),
        (reply(401, text="no"), CredentialsRefused),
        (reply(400, {"error": "invalid_scope"}), AccessDenied),
        (reply(400, {"error": "unsupported_grant_type"}), RequestRefused),
        (reply(400, text="<html>the secret could not be looked up</html>"), LoginRequired),
        (reply(400, {"error": 7}), LoginRequired),
        (reply(200, {"error": "invalid_grant"}), LoginRequired),
        (reply(403, text="error code: 1010"), AccessDenied),
        (reply(404, text="nothing"), RequestRefused),
        (reply(429, {"error": "slow_down"}, headers={"Retry-After": "30"}), RateLimited),
        (reply(500, {"error": "invalid_grant"}), ServerFailure),
        (reply(503, text="<html>maintenance</html>"), ServerFailure),
        (reply(400, {"error": "temporarily_unavailable"}), ServerFailure),
        (reply(302, text="", headers={"Location": "https://evil.example"}), BadResponse),
        (reply(200, text="<html>hello</html>"), BadResponse),
        (reply(200, text="[]"), BadResponse),
        (reply(200, text="7"), BadResponse),
        (reply(200, text="\xff"), BadResponse),
        (reply(200, {}), BadResponse),
        (reply(200, {"access_token": None}), BadResponse),
        (reply(200, {"access_token": "a\r\nb: c"}), BadResponse),
        (reply(200, {"access_token": "x", "token_type": "mac"}), BadResponse),
        (reply(200, {"access_token": "x", "expires_in": "soon"}), BadResponse),
    ],
)
async def test_every_answer_of_the_token_endpoint_has_its_error_and_keeps_the_grant(
    client, vendor, consented, grants, answer, kind
):
    vendor.expire_tokens()
    vendor.token_script.append(answer)
    async with client() as api:
        with pytest.raises(SourceError) as caught:
            await api.get("/api/a")
        assert type(caught.value) is kind
        with pytest.raises(kind):
            await api.get("/api/a")
    assert len(vendor.token_requests) == 1
    assert await grants.load("house") == consented
    assert not vendor.leaked("".join(traceback.format_exception(caught.value)))


async def test_a_failing_token_endpoint_is_left_alone_for_a_while_and_asked_again(
    client, vendor, consented, clock
):
    vendor.expire_tokens()
    vendor.token_script.append(reply(503, headers={"Retry-After": "30"}))
    async with client() as api:
        with pytest.raises(ServerFailure):
            await api.get("/api/a")
        clock.seconds += 10
        with pytest.raises(ServerFailure) as caught:
            await api.get("/api/a")
        assert caught.value.retry_after == pytest.approx(20.5, abs=0.5)
        assert vendor.refreshes == 1
        clock.seconds += 25
        await api.get("/api/a")
    assert vendor.refreshes == 2


async def test_a_token_that_still_lives_bridges_an_outage_of_the_token_endpoint(
    client, vendor, consented, clock
):
    vendor.token_script.extend([reply(503)] * 9)
    async with client() as api:
        await api.get("/api/a")
        clock.seconds = 3400
        await api.get("/api/a")
        assert vendor.refreshes == 1
        clock.seconds = 3599
        await api.get("/api/a")
        clock.seconds = 3601
        with pytest.raises(ServerFailure):
            await api.get("/api/a")


async def test_a_token_endpoint_that_cannot_be_reached_is_transient(
    client, vendor, consented, registration
):
    vendor.expire_tokens()
    async with client(replace(registration, token_url="http://127.0.0.1:9/token")) as api:
        with pytest.raises(Unreachable):
            await api.get("/api/a")


async def test_no_consent_yet_says_what_to_type_and_asks_nobody(client, vendor):
    async with client() as api:
        with pytest.raises(LoginRequired, match="pumphouse login house"):
            await api.get("/api/a")
    assert not vendor.token_requests
    assert not vendor.api_requests


async def test_a_scope_that_is_wanted_but_not_granted_is_named(
    client, vendor, consented, registration
):
    wanted = replace(registration, scopes=("WRITESYSTEM", "READSYSTEM", "offline_access"))
    async with client(wanted) as api:
        with pytest.raises(AccessDenied, match="needs WRITESYSTEM"):
            await api.get("/api/a")
    assert not vendor.api_requests


async def test_the_order_of_scopes_and_more_than_wanted_do_not_matter(
    client, vendor, consented, grants, registration
):
    await grants.save("house", replace(consented, scope=frozenset({"B", "A", "READSYSTEM"})))
    async with client(replace(registration, scopes=("A", "B"))) as api:
        await api.get("/api/a")


async def test_an_implicit_grant_ends_in_a_plain_sentence(client, vendor, consented, grants, clock):
    await grants.save("house", replace(consented, kind="implicit", refresh_token=None))
    async with client() as api:
        clock.seconds = 3599
        await api.get("/api/a")
        clock.seconds = 3601
        with pytest.raises(LoginRequired, match="implicit grant cannot be renewed"):
            await api.get("/api/a")
    assert not vendor.token_requests


async def test_a_grant_without_refresh_token_serves_until_its_end(
    client, vendor, consented, grants, clock
):
    await grants.save("house", replace(consented, refresh_token=None))
    async with client() as api:
        clock.seconds = 3599
        await api.get("/api/a")
        vendor.expire_tokens()
        with pytest.raises(LoginRequired, match="offline access"):
            await api.get("/api/a")
    assert not vendor.token_requests


@pytest.fixture
def by_credentials(registration: Registration) -> Registration:
    return replace(registration, kind="client_credentials")


async def test_client_credentials_need_no_login_and_are_fetched_anew(
    client, vendor, by_credentials, clock
):
    async with client(by_credentials) as api:
        await asyncio.gather(*(api.get("/api/a") for _ in range(20)))
        assert len(vendor.token_requests) == 1
        clock.seconds = 3600
        await api.get("/api/a")
        vendor.expire_tokens()
        await asyncio.gather(*(api.get("/api/a") for _ in range(20)))
    assert [sent["grant_type"] for sent in vendor.token_requests] == ["client_credentials"] * 3


async def test_client_credentials_with_a_wrong_secret_are_asked_once(
    client, vendor, by_credentials
):
    async with client(replace(by_credentials, client_secret="wrong")) as api:
        for _ in range(3):
            with pytest.raises(CredentialsRefused, match="client_secret"):
                await api.get("/api/a")
    assert len(vendor.token_requests) == 1


async def test_client_credentials_fetch_a_wider_scope_when_it_is_wanted(
    client, vendor, by_credentials
):
    async with client(by_credentials) as api:
        await api.get("/api/a")
    wider = replace(by_credentials, scopes=("READSYSTEM", "WRITESYSTEM"))
    async with client(wider) as api:
        for _ in range(3):
            with pytest.raises(AccessDenied, match="WRITESYSTEM"):
                await api.get("/api/a")
    assert len(vendor.token_requests) == 2
    vendor.client_scope = "WRITESYSTEM READSYSTEM"
    async with client(wider) as api:
        await api.get("/api/a")
    assert len(vendor.token_requests) == 3


async def test_client_credentials_do_without_a_dispensable_scope_and_ask_for_it_once(
    client, vendor, by_credentials
):
    async with client(by_credentials) as api:
        await api.get("/api/a")
    wider = replace(
        by_credentials,
        scopes=("READSYSTEM", "WRITESYSTEM"),
        dispensable=frozenset({"WRITESYSTEM"}),
    )
    async with client(wider) as api:
        for _ in range(3):
            await api.get("/api/a")
            assert "also needs WRITESYSTEM" in await api.scope_problem()
    assert len(vendor.token_requests) == 2
    vendor.client_scope = "WRITESYSTEM READSYSTEM"
    async with client(wider) as api:
        assert await api.scope_problem() is None
    assert len(vendor.token_requests) == 3


async def test_a_cancelled_request_does_not_lose_the_refresh_under_way(
    client, vendor, consented, grants, monkeypatch
):
    monkeypatch.setattr(oauth2, "_FINISH_SECS", 60.0)
    vendor.expire_tokens()
    vendor.latency = 0.05
    async with client() as api:
        task = asyncio.create_task(api.get("/api/a"))
        await vendor.asked_for_token.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (await grants.load("house")).generation == 2


async def test_closing_does_not_wait_for_a_token_endpoint_that_hangs(
    client, vendor, consented, grants
):
    vendor.expire_tokens()
    vendor.token_latency = 60.0
    async with client() as api:
        task = asyncio.create_task(api.get("/api/a"))
        await vendor.asked_for_token.wait()
        task.cancel()
        started = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - started < vendor.token_latency / 2
    await asyncio.gather(task, return_exceptions=True)
    assert await grants.load("house") == consented


@pytest.mark.parametrize("policy", ["honour", "revoke", "keep"])
async def test_a_year_of_refreshes_survives_every_policy(client, vendor, consented, clock, policy):
    vendor.policy = policy
    for _ in range(10):
        async with client() as api:
            for _ in range(3):
                clock.seconds += 3600
                vendor.expire_tokens()
                await api.get("/api/a")
    assert vendor.refreshes == 30


async def test_lifetimes_no_vendor_would_send_do_no_harm(client, vendor, consented, clock):
    async with client() as api:
        for lifetime in (0, -5, 10**18, 1.5, "600", None):
            vendor.expires_in = lifetime
            vendor.expire_tokens()
            await api.get("/api/a")
            clock.seconds += 4000


async def test_nothing_shows_a_secret(client, vendor, consented, registration, capsys, caplog):
    caplog.set_level("DEBUG")
    vendor.expire_tokens()
    async with client() as api:
        await api.get("/api/a", [("access_token", consented.access_token)])
        vendor._refresh.clear()
        vendor.expire_tokens()
        with pytest.raises(LoginRequired) as caught:
            await api.get("/api/a")
        shown = [repr(thing) for thing in (api, api._keeper, registration, consented)]
    shown += traceback.format_exception(caught.value)
    shown += [*capsys.readouterr(), caplog.text]
    assert "/api/a" in "".join(shown)
    assert not vendor.leaked("".join(shown))


async def test_transient_errors_of_the_token_endpoint_are_all_transient(client, vendor, consented):
    vendor.expire_tokens()
    vendor.token_script.extend([reply(500)])
    async with client() as api:
        results = await asyncio.gather(
            *(api.get("/api/a") for _ in range(20)), return_exceptions=True
        )
    assert all(isinstance(result, TransientError) for result in results)
    assert vendor.refreshes == 1
