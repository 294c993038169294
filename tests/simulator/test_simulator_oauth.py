"""OAuth 2 of both vendors, by their documents, over a real socket."""

import base64
import hashlib
import json
from urllib.parse import parse_qs, quote, urlencode

import pytest
from tests.simulator.conftest import REDIRECT, Client

from pumphouse.simulator.server import SimulatorOptions

VENDORS = ("nibe", "myuplink")


@pytest.fixture(params=VENDORS)
def cloud(request, nibe, myuplink):
    return nibe if request.param == "nibe" else myuplink


def stale(client: Client) -> str:
    return "invalid_request" if "nibe" in client.base else "invalid_grant"


@pytest.mark.parametrize("state", ["a b", "/+=&", "ä€", "a%2Fb", "", "x" * 600, "\t\n#?"])
async def test_state_comes_back_unchanged(cloud, state):
    reply = await cloud.authorize(state=state)
    assert reply.status == 302
    assert parse_qs(reply.location.raw_query_string, keep_blank_values=True)["state"] == [state]


async def test_state_that_is_no_utf8_comes_back_byte_for_byte(cloud):
    query = urlencode(
        {"response_type": "code", "client_id": cloud.client_id, "redirect_uri": REDIRECT}
    )
    reply = await cloud.get(f"/oauth/authorize?{query}&scope=READSYSTEM&state=%FF%20%2B")
    assert reply.headers["Location"].endswith("&state=%FF%20%2B")


async def test_no_state_means_none_comes_back(cloud):
    assert "state" not in (await cloud.authorize(state=None)).location.query


async def test_automatic_consent_leads_straight_to_the_exact_redirect_uri(cloud):
    address = "http://127.0.0.1:9/deep/path/?fixed=1"
    location = (await cloud.authorize(redirect_uri=address)).headers["Location"]
    assert location.startswith(address + "&code=")


@pytest.mark.parametrize("separator", ["+", "%20"])
async def test_scopes_come_separated_by_plus_or_blank(cloud, separator):
    query = urlencode(
        {"response_type": "code", "client_id": cloud.client_id, "redirect_uri": REDIRECT}
    )
    scope = f"READSYSTEM{separator}WRITESYSTEM"
    reply = await cloud.get(f"/oauth/authorize?{query}&scope={scope}")
    granted = (await cloud.redeem(reply.location.query["code"])).json
    assert set(granted["scope"].split()) == {"READSYSTEM", "WRITESYSTEM"}


async def test_nibe_codes_and_tokens_have_the_vendors_shape(nibe):
    code = (await nibe.authorize()).location.query["code"]
    assert 370 <= len(code) <= 390
    reply = await nibe.redeem(code)
    assert reply.headers["Cache-Control"] == "no-store"
    granted = reply.json
    assert granted["token_type"] == "bearer"
    assert granted["expires_in"] == 1800
    assert granted["scope"] == "READSYSTEM"
    assert len(granted["refresh_token"]) > 270


async def test_myuplink_tokens_have_the_vendors_shape(myuplink):
    code = (await myuplink.authorize(scope="READSYSTEM offline_access")).location.query["code"]
    assert len(code) >= 60
    reply = await myuplink.redeem(code)
    assert reply.headers["Cache-Control"] == "no-store"
    granted = reply.json
    assert granted["token_type"] == "Bearer"
    assert granted["expires_in"] == 3600
    assert set(granted["scope"].split()) == {"READSYSTEM", "offline_access"}
    payload = granted["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["sub"]
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["iss"] == myuplink.base


async def test_myuplink_gives_a_refresh_token_only_for_offline_access(myuplink):
    code = (await myuplink.authorize()).location.query["code"]
    assert "refresh_token" not in (await myuplink.redeem(code)).json


async def test_a_code_serves_once(cloud):
    code = (await cloud.authorize()).location.query["code"]
    assert (await cloud.redeem(code)).status == 200
    again = await cloud.redeem(code)
    assert (again.status, again.json) == (400, {"error": stale(cloud)})


async def test_a_code_expires(cloud, clock):
    code = (await cloud.authorize()).location.query["code"]
    clock.move(seconds=121)
    assert (await cloud.redeem(code)).json == {"error": stale(cloud)}


async def test_a_code_needs_the_exact_redirect_uri(cloud):
    code = (await cloud.authorize()).location.query["code"]
    for other in (REDIRECT + "/", REDIRECT.upper(), None):
        assert (await cloud.redeem(code, redirect_uri=other)).json == {"error": stale(cloud)}


async def test_extra_fields_are_ignored(cloud):
    code = (await cloud.authorize()).location.query["code"]
    assert (await cloud.redeem(code, state="s", scope="READSYSTEM", scopes="x")).status == 200


@pytest.mark.parametrize("encode", [lambda text: text, lambda text: quote(text, safe="")])
async def test_the_client_may_authenticate_by_http_basic(cloud, encode):
    code = (await cloud.authorize()).location.query["code"]
    pair = f"{cloud.client_id}:{encode(cloud.client_secret)}"
    header = "Basic " + base64.b64encode(pair.encode()).decode()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    reply = await cloud.ask("POST", "/oauth/token", data=form, headers={"Authorization": header})
    assert reply.status == 200


@pytest.mark.parametrize("header", ["Basic !!!", "Basic eA==", "Digest x", "Basic /w=="])
async def test_a_broken_authorization_header_is_refused(cloud, header):
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    reply = await cloud.ask("POST", "/oauth/token", data=form, headers={"Authorization": header})
    assert reply.status == 400


async def test_an_unescaped_secret_in_the_body_is_wrong(nibe):
    raw = f"grant_type=refresh_token&client_id={nibe.client_id}&client_secret={nibe.client_secret}"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = await nibe.ask("POST", "/oauth/token", data=raw.encode(), headers=kind)
    assert (reply.status, reply.json["error"]) == (401, "invalid_client")


async def test_nibe_names_a_wrong_secret(nibe):
    reply = await nibe.post_token(grant_type="refresh_token", client_secret="wrong")
    assert reply.status == 401
    assert reply.json == {
        "error": "invalid_client",
        "error_description": "The client secret was incorrect.",
    }


async def test_myuplink_names_a_wrong_secret(myuplink):
    reply = await myuplink.post_token(grant_type="client_credentials", client_secret="wrong")
    assert (reply.status, reply.json["error"]) == (400, "invalid_client")


async def test_nibe_answers_an_unknown_client_with_a_text(nibe):
    reply = await nibe.post_token(grant_type="refresh_token", client_id="0" * 32)
    assert reply.status == 400
    assert reply.headers["Content-Type"].startswith("text/plain")
    assert "could not be looked up" in reply.text


async def test_myuplink_answers_an_unknown_client_with_json(myuplink):
    reply = await myuplink.post_token(grant_type="refresh_token", client_id="0" * 32)
    assert (reply.status, reply.json) == (400, {"error": "invalid_client"})


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({}, "invalid_request"),
    ],
)
async def test_other_grants_are_refused(cloud, fields, error):
    reply = await cloud.post_token(**fields)
    assert (reply.status, reply.json) == (400, {"error": error})


async def test_nibe_has_no_client_credentials(nibe):
    reply = await nibe.post_token(grant_type="client_credentials", scope="READSYSTEM")
    assert (reply.status, reply.json) == (400, {"error": "unsupported_grant_type"})


@pytest.mark.parametrize("scope", [None, "READSYSTEM", "READSYSTEM WRITESYSTEM"])
async def test_myuplink_client_credentials_get_no_refresh_token(myuplink, scope):
    granted = (await myuplink.post_token(grant_type="client_credentials", scope=scope)).json
    assert "refresh_token" not in granted
    wanted = scope or "READSYSTEM WRITESYSTEM"
    assert set(granted["scope"].split()) == set(wanted.split())
    myuplink.token = granted["access_token"]
    assert (await myuplink.get("/v2/systems/me")).status == 200


@pytest.mark.parametrize("scope", ["offline_access", "READSYSTEM nonsense"])
async def test_myuplink_client_credentials_refuse_other_scopes(myuplink, scope):
    reply = await myuplink.post_token(grant_type="client_credentials", scope=scope)
    assert (reply.status, reply.json) == (400, {"error": "invalid_scope"})


async def test_nibe_implicit_grant_answers_in_the_fragment(nibe):
    location = (await nibe.authorize(response_type="token", state="a b")).headers["Location"]
    address, _, fragment = location.partition("#")
    assert address == REDIRECT
    given = {name: values[0] for name, values in parse_qs(fragment).items()}
    assert given.keys() == {"access_token", "token_type", "expires_in", "scope", "state"}
    nibe.token = given["access_token"]
    assert (await nibe.get("/api/v1/systems")).status == 200


async def test_myuplink_has_no_implicit_grant(myuplink):
    query = (await myuplink.authorize(response_type="token")).location.query
    assert dict(query) == {"error": "unsupported_response_type", "state": "s"}


@pytest.mark.parametrize("scope", ["", "READSYSTEM everything", "readsystem", None])
async def test_unknown_scopes_are_told_to_the_client(cloud, scope):
    assert (await cloud.authorize(scope=scope)).location.query["error"] == "invalid_scope"


async def test_offline_access_does_not_exist_on_nibe(nibe):
    query = (await nibe.authorize(scope="READSYSTEM offline_access")).location.query
    assert query["error"] == "invalid_scope"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/callback",
        "http://localhost.evil.example/",
        "http://localhost@evil.example/",
        "https://localhost/callback",
        "http://127.0.0.1/callback#fragment",
        "http://[::1/",
        "//localhost/",
        "",
        None,
    ],
)
async def test_an_unregistered_redirect_uri_never_receives_anything(cloud, address):
    reply = await cloud.authorize(redirect_uri=address)
    assert reply.headers.get("Location", cloud.base).startswith(cloud.base)
    if "Location" in reply.headers:
        reply = await cloud.get(reply.headers["Location"])
    assert reply.status == 400
    assert "invalid_request" in reply.text


@pytest.mark.parametrize(
    "address", ["http://localhost", "http://localhost:8400/x", "http://127.0.0.1:1/a/b?c=d"]
)
async def test_every_plain_local_redirect_uri_is_registered(cloud, address):
    assert (await cloud.authorize(redirect_uri=address)).headers["Location"].startswith(address)


async def test_an_unknown_client_is_told_to_the_user_only(cloud):
    reply = await cloud.authorize(client_id="0" * 32)
    if "Location" in reply.headers:
        assert reply.headers["Location"].startswith(cloud.base + "/oauth/error?errorId=")
        reply = await cloud.get(reply.headers["Location"])
    assert reply.status == 400
    assert "unauthorized_client" in reply.text


def s256(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("challenge", "method", "verifier", "accepted"),
    [
        (s256("v" * 43), "S256", "v" * 43, True),
        (s256("v" * 43), "S256", "w" * 43, False),
        (s256("v" * 43), "S256", None, False),
        ("v" * 43, "plain", "v" * 43, True),
        ("v" * 43, None, "v" * 43, True),
        ("v" * 43, "plain", "w" * 43, False),
        (None, None, "v" * 43, False),
        (None, None, None, True),
    ],
)
async def test_myuplink_checks_the_proof_key(myuplink, challenge, method, verifier, accepted):
    reply = await myuplink.authorize(code_challenge=challenge, code_challenge_method=method)
    granted = await myuplink.redeem(reply.location.query["code"], code_verifier=verifier)
    assert granted.status == (200 if accepted else 400)


async def test_myuplink_refuses_an_unknown_challenge_method(myuplink):
    reply = await myuplink.authorize(code_challenge="x", code_challenge_method="S512")
    assert reply.location.query["error"] == "invalid_request"


async def test_nibe_knows_no_proof_key(nibe):
    reply = await nibe.authorize(code_challenge=s256("v"), code_challenge_method="S256")
    assert (await nibe.redeem(reply.location.query["code"])).status == 200


async def test_a_refresh_gives_new_tokens_and_the_scope(cloud):
    scope = "READSYSTEM" if "nibe" in cloud.base else "READSYSTEM offline_access"
    await cloud.log_in(scope)
    granted = (await cloud.refresh(cloud.refresh_token)).json
    assert granted["refresh_token"] != cloud.refresh_token
    assert granted["access_token"] != cloud.token
    assert set(granted["scope"].split()) == set(scope.split())
    assert isinstance(granted["expires_in"], int)


async def test_an_unknown_refresh_token_is_refused(cloud):
    reply = await cloud.refresh("nonsense")
    assert (reply.status, reply.json) == (400, {"error": stale(cloud)})


async def test_access_tokens_expire(cloud, clock):
    await cloud.log_in("READSYSTEM")
    path = "/api/v1/systems" if "nibe" in cloud.base else "/v2/systems/me"
    lifetime = 1800 if "nibe" in cloud.base else 3600
    clock.move(seconds=lifetime - 1)
    assert (await cloud.get(path)).status == 200
    clock.move(seconds=1)
    assert (await cloud.get(path)).status == 401


class TestTolerantReuse:
    async def test_the_old_refresh_token_works_until_the_new_one_is_used(self, nibe):
        await nibe.log_in()
        lost = (await nibe.refresh(nibe.refresh_token)).json
        kept = (await nibe.refresh(nibe.refresh_token)).json
        assert (await nibe.refresh(kept["refresh_token"])).status == 200
        assert (await nibe.refresh(nibe.refresh_token)).status == 400
        assert (await nibe.refresh(lost["refresh_token"])).status == 400

    async def test_the_old_refresh_token_works_until_the_new_access_token_is_used(self, nibe):
        await nibe.log_in()
        old = nibe.refresh_token
        renewed = (await nibe.refresh(old)).json
        nibe.token = renewed["access_token"]
        assert (await nibe.get("/api/v1/systems")).status == 200
        assert (await nibe.refresh(old)).status == 400
        assert (await nibe.refresh(renewed["refresh_token"])).status == 200


class TestStrictReuse:
    @pytest.fixture
    def options(self) -> SimulatorOptions:
        return SimulatorOptions(auto_consent=True, reuse="strict")

    async def test_any_reuse_revokes_the_whole_grant(self, nibe):
        await nibe.log_in()
        renewed = (await nibe.refresh(nibe.refresh_token)).json
        assert (await nibe.refresh(nibe.refresh_token)).status == 400
        assert (await nibe.refresh(renewed["refresh_token"])).status == 400
        nibe.token = renewed["access_token"]
        assert (await nibe.get("/api/v1/systems")).status == 401

    async def test_without_reuse_refreshing_goes_on_for_ever(self, nibe):
        await nibe.log_in()
        token = nibe.refresh_token
        for _ in range(5):
            token = (await nibe.refresh(token)).json["refresh_token"]


async def test_discovery_advertises_addresses_that_are_not_there(myuplink):
    found = (await myuplink.get("/.well-known/openid-configuration")).json
    assert found["issuer"] == myuplink.base
    assert found["code_challenge_methods_supported"] == ["plain", "S256"]
    assert (await myuplink.ask("POST", "/connect/token")).status == 404
    assert found["token_endpoint"] == myuplink.base + "/connect/token"
    keys = (await myuplink.get(found["jwks_uri"])).json["keys"]
    assert [key["kty"] for key in keys] == ["RSA"]


async def test_every_secret_is_known_to_the_tests(simulator, nibe, myuplink):
    code = (await nibe.authorize()).location.query["code"]
    await nibe.log_in()
    await myuplink.log_in("READSYSTEM offline_access")
    held = {code, nibe.token, nibe.refresh_token, myuplink.token, myuplink.refresh_token}
    assert held | {nibe.client_secret} <= simulator.issued_secrets()
