"""Tibber's authorization server, as a client without a vendor's library meets it."""

import base64
import hashlib
import json

import pytest

from .conftest import BASELINE, EVERYTHING

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
PKCE = {"code_challenge": CHALLENGE.decode(), "code_challenge_method": "S256"}


async def code_of(tibber, **changes):
    return (await tibber.authorize(**changes)).location.query["code"]


class TestCode:
    async def test_code_and_secret_bring_a_jwt_for_an_hour(self, tibber):
        granted = (await tibber.redeem(await code_of(tibber))).json
        assert granted["token_type"] == "Bearer"
        assert granted["expires_in"] == 3600
        assert granted["scope"] == EVERYTHING
        claims = json.loads(base64.urlsafe_b64decode(granted["access_token"].split(".")[1] + "=="))
        assert claims["exp"] - claims["iat"] == 3600
        assert "refresh_token" in granted

    async def test_pkce_is_kept_where_it_was_begun(self, tibber):
        good = await tibber.redeem(await code_of(tibber, **PKCE), code_verifier=VERIFIER)
        assert good.status == 200
        wrong = await tibber.redeem(await code_of(tibber, **PKCE), code_verifier="x" * 43)
        assert (wrong.status, wrong.json) == (400, {"error": "invalid_grant"})
        missing = await tibber.redeem(await code_of(tibber, **PKCE))
        assert (missing.status, missing.json) == (400, {"error": "invalid_grant"})

    async def test_a_verifier_without_a_challenge_fails(self, tibber):
        reply = await tibber.redeem(await code_of(tibber), code_verifier=VERIFIER)
        assert reply.status == 400

    async def test_the_secret_is_needed_even_with_pkce(self, tibber):
        code = await code_of(tibber, **PKCE)
        reply = await tibber.redeem(code, code_verifier=VERIFIER, client_secret=None)
        assert (reply.status, reply.json) == (400, {"error": "invalid_client"})

    async def test_an_unknown_client_is_an_invalid_one(self, tibber):
        reply = await tibber.refresh("x")
        assert reply.json == {"error": "invalid_grant"}
        stranger = await tibber.post_token(client_id="somebody", grant_type="refresh_token")
        assert (stranger.status, stranger.json) == (400, {"error": "invalid_client"})

    @pytest.mark.parametrize(
        ("grant", "error"),
        [
            ("client_credentials", "unauthorized_client"),
            ("password", "unsupported_grant_type"),
            (None, "invalid_request"),
        ],
    )
    async def test_other_grants_are_refused(self, tibber, grant, error):
        reply = await tibber.post_token(grant_type=grant)
        assert (reply.status, reply.json["error"]) == (400, error)


class TestRefresh:
    async def test_it_rotates_and_the_old_one_is_dead_at_once(self, tibber):
        first = (await tibber.redeem(await code_of(tibber))).json["refresh_token"]
        second = (await tibber.refresh(first)).json["refresh_token"]
        assert second != first
        again = await tibber.refresh(first)
        assert (again.status, again.json) == (400, {"error": "invalid_grant"})
        assert (await tibber.refresh(second)).status == 200, "the grant itself is alive"

    async def test_it_lives_thirty_days(self, tibber, clock):
        first = (await tibber.redeem(await code_of(tibber))).json["refresh_token"]
        clock.move(days=29, hours=23)
        second = (await tibber.refresh(first)).json["refresh_token"]
        clock.move(days=30)
        reply = await tibber.refresh(second)
        assert (reply.status, reply.json) == (400, {"error": "invalid_grant"})

    async def test_there_is_none_without_offline_access(self, tibber):
        code = await code_of(tibber, scope="openid data-api-homes-read")
        assert "refresh_token" not in (await tibber.redeem(code)).json


class TestBrowser:
    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"client_id": "nobody"}, "unauthorized_client"),
            ({"redirect_uri": "https://elsewhere.example/"}, "invalid_request"),
            ({"scope": "openid data-api-all-of-it"}, "invalid_request"),
        ],
    )
    async def test_errors_are_shown_and_never_redirected(self, tibber, changes, error):
        reply = await tibber.authorize(**changes)
        assert reply.status == 400
        assert "Location" not in reply.headers
        assert error in reply.text

    async def test_who_asks_for_userinfo_hears_an_address(self, tibber):
        await tibber.log_in(BASELINE)
        reply = await tibber.get("/connect/userinfo")
        assert "@" in reply.json["email"]
