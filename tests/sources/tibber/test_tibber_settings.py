"""What may be configured for Tibber, and which permissions follow from it."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from pumphouse.core.errors import AccessDenied, RateLimited, RequestRefused
from pumphouse.core.grant import Grant
from pumphouse.http.messages import check_scope
from pumphouse.http.problems import Failure, refusal
from pumphouse.sources.tibber import TibberSettings
from pumphouse.sources.tibber.access import hosts_of, lacking, registration_of
from pumphouse.sources.tibber.problems import explain

BASE = ["openid", "offline_access", "data-api-homes-read"]


def settings(**changes) -> TibberSettings:
    return TibberSettings.model_validate({"client_id": "c", "client_secret": "s3cret"} | changes)


@pytest.mark.parametrize(
    ("changes", "scopes"),
    [
        ({}, [*BASE, "data-api-thermostats-read", "data-api-energy-systems-read"]),
        ({"devices": []}, BASE),
        ({"devices": ["vehicles", "chargers"]},
         [*BASE, "data-api-vehicles-read", "data-api-chargers-read"]),
        ({"devices": ["inverters"], "live": True},
         [*BASE, "data-api-inverters-read", "data-api-meters-read"]),
        ({"devices": [], "live": True, "live_service": "graphql"}, BASE),
        ({"scopes": ["openid", "x"]}, ["openid", "x"]),
    ],
)  # fmt: skip
def test_no_more_is_asked_for_than_the_configuration_needs(changes, scopes):
    assert list(registration_of("tibber", settings(**changes)).scopes) == scopes


def test_the_registration_is_at_tibbers_own_hosts_with_secret_and_proof_key():
    made = registration_of("tibber", settings())
    assert made.authorize_url == "https://thewall.tibber.com/connect/authorize"
    assert made.token_url == "https://thewall.tibber.com/connect/token"
    assert (made.pkce, made.kind, made.client_secret) == (True, "authorization_code", "s3cret")
    assert "s3cret" not in repr(made)


def test_a_test_server_takes_the_place_of_every_host():
    hosts = hosts_of(settings(base_url="http://127.0.0.1:1/tibber/"))
    assert {hosts.login, hosts.data, hosts.graphql} == {"http://127.0.0.1:1/tibber"}
    assert hosts_of(settings()).graphql == "https://api.tibber.com"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"client_id": "c"},
        {"client_secret": "s"},
        {"client_id": "c", "client_secret": "s", "access_token": "t"},
        {"client_id": "c", "access_token": "t"},
    ],
)
def test_there_is_exactly_one_way_in(given):
    with pytest.raises(ValidationError, match="access_token"):
        TibberSettings.model_validate(given)


def test_a_personal_token_listens_by_the_websocket():
    assert TibberSettings.model_validate({"access_token": "t"}).by_graphql
    assert not settings().by_graphql
    assert settings(live_service="graphql").by_graphql


def granted(*scopes: str) -> Grant:
    return Grant("t", "authorization_code", frozenset(scopes), datetime(2026, 1, 1, tzinfo=UTC))


def test_a_scope_that_is_missing_is_told_and_stops_nothing():
    registration = registration_of("home", settings(live=True))
    grant = granted("data-api-homes-read", "data-api-thermostats-read")
    check_scope(grant, registration)
    energy, meters = lacking(registration, grant)
    assert "data-api-energy-systems-read" in energy
    assert "energy systems" in energy
    assert "pumphouse login home" in energy
    assert "live power" in meters
    assert list(lacking(registration, None)) == []
    signing_in = registration_of("home", settings(scopes=["openid", "profile", "data-api-x"]))
    (unknown,) = lacking(signing_in, grant)
    assert "nothing that it covers" in unknown
    assert list(lacking(registration, granted(*registration.scopes))) == []


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, {"detail": "resolution\nis unknown."}, RequestRefused, "resolution is unknown."),
        (400, {"error": "invalid_request"}, RequestRefused, "invalid_request"),
        (400, None, RequestRefused, "refuses"),
        (403, {"title": "x"}, AccessDenied, "devices"),
        (404, [1], RequestRefused, "no longer yours"),
        (412, None, RateLimited, "slow down"),
    ],
)
def test_refusals_are_explained(status, body, kind, words):
    error = explain(Failure(status, body, {}))
    assert type(error) is kind
    assert words in str(error)


def test_a_412_is_obeyed_like_a_429():
    found = refusal(
        Failure(412, None, {"Retry-After": "7"}),
        what="GET /v1/homes",
        vendor="Tibber",
        source="home",
        now=datetime(2026, 1, 1, tzinfo=UTC),
        explain=explain,
    )
    assert isinstance(found, RateLimited)
    assert found.retry_after == 7


@pytest.mark.parametrize("status", [401, 429, 500, 502, 503])
def test_the_rest_is_left_to_the_status(status):
    assert explain(Failure(status, {"detail": "x"}, {})) is None
