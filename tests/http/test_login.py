import traceback
from dataclasses import replace
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.core.errors import (
    AccessDenied,
    BadResponse,
    CredentialsRefused,
    LoginRequired,
    Unreachable,
    UsageError,
)
from pumphouse.http.login import (
    SupportsLogin,
    authorize_address,
    cautions,
    finish,
    log_in_by_credentials,
    read_answer,
)
from pumphouse.http.messages import pkce_challenge


def asked(attempt):
    return dict(parse_qsl(urlsplit(attempt.address).query))


def redirected(attempt, **fields):
    return f"{attempt.registration.redirect_uri}?{urlencode(fields)}"


@pytest.fixture
def attempt(registration):
    return authorize_address(registration)


def test_the_address_asks_for_what_is_configured(registration):
    registration = replace(registration, scopes=("READSYSTEM", "offline_access"))
    attempt = authorize_address(registration)
    assert attempt.verifier is not None
    assert attempt.address.startswith(f"{registration.authorize_url}?")
    assert asked(attempt) == {
        "response_type": "code",
        "client_id": "client",
        "redirect_uri": registration.redirect_uri,
        "scope": "READSYSTEM offline_access",
        "state": attempt.state,
        "code_challenge": pkce_challenge(attempt.verifier),
        "code_challenge_method": "S256",
    }


def test_the_challenge_is_that_of_rfc_7636():
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert pkce_challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_no_proof_key_where_the_vendor_takes_none(registration):
    attempt = authorize_address(replace(registration, pkce=False))
    assert attempt.verifier is None
    assert "code_challenge" not in asked(attempt)


def test_each_attempt_has_its_own_state_and_proof_key(registration):
    attempts = [authorize_address(registration) for _ in range(50)]
    assert len({attempt.state for attempt in attempts}) == 50
    assert len({attempt.verifier for attempt in attempts}) == 50
    assert min(len(attempt.verifier or "") for attempt in attempts) >= 43


def test_an_attempt_shows_no_secret(attempt):
    assert attempt.state not in repr(attempt)
    assert attempt.verifier not in repr(attempt)


def test_client_credentials_need_no_browser(registration):
    with pytest.raises(UsageError):
        authorize_address(replace(registration, kind="client_credentials"))


@pytest.mark.parametrize("form", ["address", "query", "code", "encoded code", "wrapped", "fields"])
async def test_the_pasted_answer_may_have_any_form(attempt, vendor, host, grants, form):
    code = vendor.code(challenge="x")
    address = redirected(attempt, code=code, state=attempt.state)
    answer = {
        "address": f"  {address}\n",
        "query": address[address.index("?") :],
        "code": code,
        "encoded code": quote(code, safe=""),
        "wrapped": "\r\n".join(address[i : i + 80] for i in range(0, len(address), 80)),
        "fields": address[address.index("?") + 1 :],
    }[form]
    saved = await finish(attempt, answer, host=host)
    assert await grants.load("house") == saved
    assert saved.refresh_token is not None
    assert saved.scope == {"READSYSTEM"}
    sent = vendor.token_requests[0]
    assert sent["code_verifier"] == attempt.verifier
    assert sent["redirect_uri"] == attempt.registration.redirect_uri


@pytest.mark.parametrize("state", ["", "another", "ü"])
async def test_an_answer_to_another_attempt_is_refused(attempt, vendor, host, grants, state):
    code = vendor.code()
    with pytest.raises(LoginRequired, match="another login") as caught:
        await finish(attempt, redirected(attempt, code=code, state=state), host=host)
    assert not vendor.token_requests
    assert await grants.load("house") is None
    assert not vendor.leaked("".join(traceback.format_exception(caught.value)))


async def test_an_address_without_state_is_refused(attempt, vendor, host):
    with pytest.raises(LoginRequired, match="another login"):
        await finish(attempt, redirected(attempt, code=vendor.code()), host=host)


@pytest.mark.parametrize("text", ["", " \n", "http://[x?code=1"])
async def test_nonsense_is_a_wrong_usage(attempt, host, text):
    with pytest.raises(UsageError):
        await finish(attempt, text, host=host)


async def test_an_address_without_code_says_what_to_copy(attempt, host):
    with pytest.raises(LoginRequired, match="whole address"):
        await finish(attempt, redirected(attempt, state=attempt.state), host=host)


async def test_the_vendors_refusal_is_shown_without_control_characters(attempt, host):
    answer = redirected(
        attempt,
        error="access_denied",
        error_description="no \x1b[31mway\u202e\r\nat all" + "x" * 500,
        state=attempt.state,
    )
    with pytest.raises(LoginRequired, match="access_denied") as caught:
        await finish(attempt, answer, host=host)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("word", ["invalid_grant", "invalid_request"])
async def test_a_used_code_asks_for_another_login(attempt, vendor, host, word):
    vendor.dead_refresh = word
    code = vendor.code()
    await finish(attempt, code, host=host)
    with pytest.raises(LoginRequired, match="serves once"):
        await finish(attempt, code, host=host)


async def test_a_wrong_secret_is_named(attempt, vendor, host):
    wrong = replace(attempt, registration=replace(attempt.registration, client_secret="x"))
    with pytest.raises(CredentialsRefused, match=r"\[sources\.house\]"):
        await finish(wrong, vendor.code(), host=host)


async def test_less_scope_than_wanted_is_refused_and_the_old_grant_kept(
    attempt, vendor, host, grants
):
    old = await finish(attempt, vendor.code(), host=host)
    wider = replace(attempt.registration, scopes=("READSYSTEM", "WRITESYSTEM"))
    vendor.granted_scope = "READSYSTEM"
    with pytest.raises(AccessDenied, match="needs WRITESYSTEM"):
        await finish(authorize_address(wider), vendor.code(), host=host)
    assert await grants.load("house") == old


async def test_a_grant_without_refresh_token_is_cautioned_about(attempt, vendor, host):
    saved = await finish(attempt, vendor.code(), host=host)
    assert cautions(attempt.registration, saved) == ()
    (caution,) = cautions(attempt.registration, replace(saved, refresh_token=None))
    assert "offline access" in caution


@pytest.fixture
def implicit(registration):
    return authorize_address(replace(registration, kind="implicit", client_secret=""))


async def test_an_implicit_login_takes_the_token_from_the_fragment(implicit, vendor, host, grants):
    assert asked(implicit)["response_type"] == "token"
    assert "code_challenge" not in asked(implicit)
    fields = {
        "access_token": vendor.secret(),
        "token_type": "bearer",
        "expires_in": "300",
        "scope": "READSYSTEM",
        "state": implicit.state,
    }
    answer = f"{implicit.registration.redirect_uri}#{urlencode(fields)}"
    saved = await finish(implicit, answer, host=host)
    assert (saved.kind, saved.refresh_token) == ("implicit", None)
    assert (saved.expires_at - host.clock.now()).total_seconds() == 300
    (caution,) = cautions(implicit.registration, saved)
    assert "cannot be renewed" in caution
    assert await grants.load("house") == saved
    assert not vendor.token_requests


async def test_an_implicit_answer_without_state_or_token_is_refused(implicit, host):
    uri = implicit.registration.redirect_uri
    with pytest.raises(LoginRequired):
        await finish(implicit, f"{uri}#access_token=a", host=host)
    with pytest.raises(BadResponse):
        await finish(implicit, f"{uri}#state={implicit.state}", host=host)
    with pytest.raises(LoginRequired):
        await finish(implicit, "justatoken", host=host)


async def test_client_credentials_are_proved_by_fetching_once(registration, vendor, host, grants):
    by_credentials = replace(registration, kind="client_credentials", scopes=("READSYSTEM",))
    saved = await log_in_by_credentials(by_credentials, host=host)
    assert (saved.kind, saved.refresh_token) == ("client_credentials", None)
    assert cautions(by_credentials, saved) == ()
    with pytest.raises(CredentialsRefused):
        await log_in_by_credentials(replace(by_credentials, client_id="x"), host=host)
    away = replace(by_credentials, token_url="http://127.0.0.1:9/")
    with pytest.raises(Unreachable):
        await log_in_by_credentials(away, host=host)
    assert await grants.load("house") == saved


async def test_the_secret_is_percent_encoded_in_the_form(registration, vendor, host):
    await log_in_by_credentials(replace(registration, kind="client_credentials"), host=host)
    assert vendor.token_requests[0]["client_secret"] == registration.client_secret


@given(st.text(min_size=1), st.text())
def test_every_code_and_state_come_back_from_an_address(code, state):
    fields = read_answer(f"http://localhost/?{urlencode({'code': code, 'state': state})}")
    assert fields == {"code": code, "state": state}


@given(st.text())
def test_any_pasted_text_is_read_or_a_wrong_usage(text):
    try:
        fields = read_answer(text)
    except UsageError:
        return
    assert fields


def test_a_source_offers_login_by_having_a_registration(registration):
    class Source:
        def registration(self):
            return registration

    assert isinstance(Source(), SupportsLogin)
    assert not isinstance(object(), SupportsLogin)
    assert registration.client_secret not in repr(registration)
