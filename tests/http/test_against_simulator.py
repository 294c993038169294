"""Login and token handling against the simulated clouds, an independent reading of the vendors."""

import asyncio
import random
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import pytest

from pumphouse.core.errors import (
    BadResponse,
    CredentialsRefused,
    LoginRequired,
    RateLimited,
    ServerFailure,
    Unreachable,
)
from pumphouse.core.ports import Host, SystemClock
from pumphouse.http.callback import CallbackServer
from pumphouse.http.limits import TokenBucket
from pumphouse.http.login import authorize_address, finish, log_in_by_credentials
from pumphouse.http.oauth2 import Registration
from pumphouse.http.problems import explain_nothing
from pumphouse.http.session import ApiClient
from pumphouse.simulator.server import Simulator, SimulatorOptions

PATHS = {"nibe_uplink": "/api/v1/systems", "myuplink": "/v2/systems/me"}
SCOPES = {"nibe_uplink": ("READSYSTEM",), "myuplink": ("READSYSTEM", "offline_access")}
REDIRECT = "http://localhost:{port}/oauth/callback"


class Cloud:
    """One simulated vendor, and a user's browser in front of it."""

    def __init__(self, simulator, vendor, grants):
        self.simulator, self.vendor = simulator, vendor
        self.host = Host(grants, SystemClock(), random.Random(1), "Pumphouse/1 (tests)")

    def registration(self, port=8400, **changes):
        said = self.simulator.announcement
        base = getattr(said, self.vendor)
        fields = {
            "source": "house",
            "vendor": "Simulated Cloud",
            "kind": "authorization_code",
            "authorize_url": f"{base}/oauth/authorize",
            "token_url": f"{base}/oauth/token",
            "client_id": said.client_id,
            "client_secret": said.client_secret,
            "redirect_uri": REDIRECT.format(port=port),
            "scopes": SCOPES[self.vendor],
            "pkce": self.vendor == "myuplink",
        }
        return Registration(**(fields | changes))

    async def consent(self, attempt):
        """Follow the address as a browser does, up to the redirect back to this machine."""
        async with (
            aiohttp.ClientSession() as browser,
            browser.get(attempt.address, allow_redirects=False) as response,
        ):
            assert response.status in (302, 303), await response.text()
            return response.headers["Location"]

    async def log_in(self):
        attempt = authorize_address(self.registration())
        return await finish(attempt, await self.consent(attempt), host=self.host)

    @asynccontextmanager
    async def api(self, **changes):
        async with ApiClient(
            getattr(self.simulator.announcement, self.vendor),
            host=self.host,
            registration=self.registration(),
            limiter=TokenBucket(1000.0, 1000, self.host.clock),
            explain=explain_nothing,
            **changes,
        ) as api:
            yield api

    async def fault(self, kind, count=1, **fields):
        asked = {"vendor": self.vendor, "kind": kind, "count": count} | fields
        url = f"{self.simulator.announcement.url}/_simulator/faults"
        async with aiohttp.ClientSession() as browser, browser.post(url, json=asked) as response:
            assert response.status < 300, await response.text()

    def tokens_asked(self):
        return sum(record.path.endswith("/oauth/token") for record in self.simulator.requests)


@pytest.fixture(params=["nibe_uplink", "myuplink"])
async def cloud(request, grants):
    options = SimulatorOptions(auto_consent=True, limited=False)
    async with Simulator(options) as simulator:
        yield Cloud(simulator, request.param, grants)


async def test_a_pasted_address_becomes_a_grant_that_reads(cloud):
    grant = await cloud.log_in()
    assert "READSYSTEM" in grant.scope
    assert grant.refresh_token is not None
    async with cloud.api() as api:
        assert isinstance(await api.get(PATHS[cloud.vendor]), dict)


async def test_the_callback_server_takes_the_browsers_answer(cloud, unused_tcp_port):
    attempt = authorize_address(cloud.registration(unused_tcp_port))
    async with CallbackServer(attempt, host=cloud.host) as callback:
        place = await cloud.consent(attempt)
        async with aiohttp.ClientSession() as browser, browser.get(place) as page:
            assert "Logged in" in await page.text()
        assert (await callback.grant()).refresh_token is not None


async def test_expired_tokens_are_refreshed_once(cloud):
    first = await cloud.log_in()
    asked = cloud.tokens_asked()
    await cloud.fault("expire_tokens")
    async with cloud.api() as api:
        await asyncio.gather(*(api.get(PATHS[cloud.vendor]) for _ in range(20)))
    assert cloud.tokens_asked() - asked == 1
    saved = await cloud.host.grants.load("house")
    assert saved.generation == first.generation + 1
    assert saved.scope == first.scope
    assert saved.expires_at > cloud.host.clock.now() + timedelta(minutes=1)


async def test_a_revoked_consent_asks_for_a_login_and_a_login_mends_it(cloud):
    await cloud.log_in()
    await cloud.fault("revoke_grants")
    async with cloud.api() as api:
        asked = cloud.tokens_asked()
        for _ in range(3):
            with pytest.raises(LoginRequired, match="pumphouse login house"):
                await api.get(PATHS[cloud.vendor])
        assert cloud.tokens_asked() - asked == 1
        await cloud.log_in()
        await api.get(PATHS[cloud.vendor])


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("rate_limit", RateLimited),
        ("server_error", ServerFailure),
        ("html_error", (ServerFailure, BadResponse)),
        ("malformed_json", BadResponse),
        ("timeout", Unreachable),
        ("disconnect", Unreachable),
        ("maintenance", ServerFailure),
    ],
)
async def test_every_fault_has_its_error_and_is_over_with_it(cloud, kind, error):
    def explain(failure):
        body = failure.body
        limited = isinstance(body, dict) and body.get("errorCode") == 28
        return RateLimited("too fast") if limited else None

    await cloud.log_in()
    await cloud.fault(kind, **({"seconds": 3} if kind == "timeout" else {}))
    async with cloud.api(timeout_secs=1.0) as api:
        api._explain = explain
        with pytest.raises(error):
            await api.get(PATHS[cloud.vendor])
    async with cloud.api() as api:
        await api.get(PATHS[cloud.vendor])


async def test_a_single_refused_token_goes_unnoticed(cloud):
    await cloud.log_in()
    await cloud.fault("unauthorized")
    async with cloud.api() as api:
        await api.get(PATHS[cloud.vendor])


async def test_nothing_shows_what_the_vendors_issued(cloud, capsys, caplog):
    caplog.set_level("DEBUG", logger="pumphouse")
    await cloud.log_in()
    await cloud.fault("expire_tokens")
    async with cloud.api() as api:
        await api.get(PATHS[cloud.vendor])
    shown = caplog.text + "".join(capsys.readouterr())
    assert "grant renewed" in shown
    assert not [secret for secret in cloud.simulator.issued_secrets() if secret in shown]


async def test_client_credentials_are_taken_where_the_vendor_offers_them(cloud):
    by_credentials = cloud.registration(kind="client_credentials", scopes=("READSYSTEM",))
    if cloud.vendor == "myuplink":
        assert (await log_in_by_credentials(by_credentials, host=cloud.host)).refresh_token is None
    wrong = cloud.registration(kind="client_credentials", client_secret="wrong")
    with pytest.raises(CredentialsRefused):
        await log_in_by_credentials(wrong, host=cloud.host)
