"""A small but real OAuth 2 and API server on a free port, and a clock that does not wait."""

import asyncio
import base64
import random
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from pumphouse.core.ports import Host
from pumphouse.http.grants import FileGrantStore
from pumphouse.http.limits import TokenBucket
from pumphouse.http.oauth2 import Registration
from pumphouse.http.problems import explain_nothing
from pumphouse.http.session import ApiClient

CLIENT_SECRET = "s+e/c=r et&%ü"


class FakeClock:
    """Sleeping moves this clock and nothing else."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return 1000.0 + self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)


@dataclass
class Consent:
    """One user's consent with all tokens that came of it."""

    refresh_tokens: list[str] = field(default_factory=list)
    confirmed: int = 0
    revoked: bool = False


class Vendor:
    """The vendor's cloud.

    Policies for a refresh token that has been used: `honour` takes it until its successor (or the
    access token that came with it) is first used, `revoke` ends the whole consent on any reuse,
    `keep` never rotates.
    """

    def __init__(self) -> None:
        self.policy = "honour"
        self.dead_refresh = "invalid_grant"
        self.expires_in: object = 3600
        self.granted_scope: str | None = None
        self.client_scope = "READSYSTEM"
        self.latency = 0.0
        self.token_latency = 0.0
        self.asked_for_token = asyncio.Event()
        self.token_requests: list[dict[str, str]] = []
        self.api_requests: list[web.Request] = []
        self.bodies: list[bytes] = []
        self.issued: set[str] = {CLIENT_SECRET}
        self.codes: dict[str, str | None] = {}
        self.token_script: deque[Callable[[], web.StreamResponse]] = deque()
        self.api_script: deque[Callable[[], web.StreamResponse]] = deque()
        self.url = ""
        self._access: dict[str, tuple[Consent | None, int]] = {}
        self._refresh: dict[str, tuple[Consent, int]] = {}

    # What a test does

    def secret(self, size: int = 48) -> str:
        made = base64.b64encode(secrets.token_bytes(size)).decode()
        self.issued.add(made)
        return made

    def code(self, challenge: str | None = None) -> str:
        made = self.secret(270)
        self.codes[made] = challenge
        return made

    def expire_tokens(self) -> None:
        self._access.clear()

    def consent(self) -> tuple[str, str]:
        """A fresh access token and refresh token, as after a login."""
        return self._issue(Consent())

    @property
    def refreshes(self) -> int:
        return sum(r.get("grant_type") == "refresh_token" for r in self.token_requests)

    def leaked(self, text: str) -> list[str]:
        return [secret for secret in self.issued if secret in text]

    # What the server does

    def _issue(self, consent: Consent) -> tuple[str, str]:
        access, refresh = self.secret(), self.secret()
        number = len(consent.refresh_tokens)
        consent.refresh_tokens.append(refresh)
        self._access[access] = (consent, number)
        self._refresh[refresh] = (consent, number)
        return access, refresh

    async def token(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.token_requests.append(form)
        assert request.headers["User-Agent"].startswith("Pumphouse")
        self.asked_for_token.set()
        await asyncio.sleep(self.token_latency or self.latency)
        if self.token_script:
            return self.token_script.popleft()()
        if form.get("client_secret") != CLIENT_SECRET or form.get("client_id") != "client":
            return web.json_response({"error": "invalid_client"}, status=401)
        match form["grant_type"]:
            case "client_credentials":
                access = self.secret()
                self._access[access] = (None, 0)
                return self._tokens(access, None, self.client_scope)
            case "authorization_code":
                return self._redeem(form)
            case "refresh_token":
                return self._renew(form["refresh_token"])
        return web.json_response({"error": "unsupported_grant_type"}, status=400)

    def _redeem(self, form: dict[str, str]) -> web.StreamResponse:
        if form["code"] not in self.codes:
            return web.json_response({"error": self.dead_refresh}, status=400)
        challenge = self.codes.pop(form["code"])
        if challenge is not None:
            assert len(form["code_verifier"]) >= 43
        scope = form["scope"] if self.granted_scope is None else self.granted_scope
        return self._tokens(*self._issue(Consent()), scope)

    def _renew(self, token: str) -> web.StreamResponse:
        consent, number = self._refresh.get(token, (Consent(revoked=True), 0))
        newest = number == len(consent.refresh_tokens) - 1
        if self.policy == "revoke" and not newest:
            consent.revoked = True
        if consent.revoked or (self.policy == "honour" and number < consent.confirmed):
            return web.json_response({"error": self.dead_refresh}, status=400)
        consent.confirmed = max(consent.confirmed, number)
        if self.policy == "keep":
            access = self.secret()
            self._access[access] = (consent, number)
            return self._tokens(access, None, None)
        return self._tokens(*self._issue(consent), None)

    def _tokens(self, access: str, refresh: str | None, scope: str | None) -> web.Response:
        reply = {"access_token": access, "token_type": "bearer", "expires_in": self.expires_in}
        if refresh is not None:
            reply["refresh_token"] = refresh
        if scope is not None:
            reply["scope"] = scope
        return web.json_response(reply, headers={"Cache-Control": "no-store"})

    async def api(self, request: web.Request) -> web.StreamResponse:
        self.api_requests.append(request)
        self.bodies.append(await request.read())
        await asyncio.sleep(self.latency)
        known = self._access.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if known is None or (known[0] is not None and known[0].revoked):
            return web.Response(status=401, text="<html>who are you?</html>")
        consent, number = known
        if consent is not None:
            consent.confirmed = max(consent.confirmed, number)
        if self.api_script:
            return self.api_script.popleft()()
        return web.json_response({"path": request.path, "query": list(request.query.items())})


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    served = Vendor()
    app = web.Application()
    app.router.add_post("/oauth/token", served.token)
    app.router.add_route("*", "/api/{rest:.*}", served.api)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    served.url = f"http://{host}:{port}"
    yield served
    await runner.cleanup()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def grants(tmp_path: Path) -> FileGrantStore:
    return FileGrantStore(tmp_path / "grants")


@pytest.fixture
def host(grants: FileGrantStore, clock: FakeClock) -> Host:
    return Host(grants, clock, random.Random(7), "Pumphouse/1 (tests)")


@pytest.fixture
def registration(vendor: Vendor) -> Registration:
    return Registration(
        source="house",
        vendor="Fake Cloud",
        kind="authorization_code",
        authorize_url=f"{vendor.url}/oauth/authorize",
        token_url=f"{vendor.url}/oauth/token",
        client_id="client",
        client_secret=CLIENT_SECRET,
        redirect_uri="http://localhost:8400/oauth/callback",
        scopes=("READSYSTEM",),
        pkce=True,
    )


@pytest.fixture
def client(vendor: Vendor, host: Host, registration: Registration):
    """A function that builds an `ApiClient`; what it is given differs from the usual one."""

    def build(
        registration: Registration | None = registration,
        limiter=None,
        explain=explain_nothing,
        **changes,
    ) -> ApiClient:
        limiter = limiter or TokenBucket(1000.0, 1000, host.clock)
        return ApiClient(
            vendor.url,
            host=host,
            registration=registration,
            limiter=limiter,
            explain=explain,
            **changes,
        )

    return build
