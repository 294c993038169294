"""A simulator on a real socket, a client that speaks to it, and a clock that only tests move."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self
from urllib.parse import urlencode

import aiohttp
import pytest
from yarl import URL

from pumphouse.simulator.server import Simulator, SimulatorOptions

RECORDINGS = Path(__file__).parent.parent / "recordings"
START = datetime(2026, 1, 15, 12, 0, 30, tzinfo=UTC)
REDIRECT = "http://localhost:8400/oauth/callback"


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.elapsed = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    async def sleep(self, seconds: float) -> None:
        self.elapsed += seconds

    def move(self, **amount: float) -> None:
        self.elapsed += timedelta(**amount).total_seconds()


class FakePump:
    """Two sensors, a setting or two, and an alarm that lasts."""

    def __init__(self, device_id: str, vendor: str, values: dict[str, float | None]) -> None:
        self.device_id = device_id
        self.vendor = vendor
        self.name = "Test pump"
        self.product = "NIBE F1245" if vendor == "nibe_uplink" else "S320 EM 3x400V"
        self.serial = "06500000000001"
        self.firmware = "9478R3"
        self.known = values

    def values(self) -> Mapping[str, float | None]:
        return dict(self.known)

    def changed_at(self, native_id: str) -> datetime | None:
        return START - timedelta(hours=2) if native_id in self.known else None

    def set(self, native_id: str, value: float) -> None:
        self.known[native_id] = value

    def alarms(self) -> Sequence[tuple[int, str, str, datetime, datetime | None]]:
        old = START - timedelta(days=9)
        return (
            (60, "Low brine out", "Check the brine pump.", old, old + timedelta(hours=1)),
            (183, "Defrosting", "In progress.", START - timedelta(hours=1), None),
        )


@dataclass
class FakeHouse:
    """A house in which nothing happens by itself."""

    start: datetime = START
    pumps: dict[str, FakePump] = field(
        default_factory=lambda: {
            "80105": FakePump(
                "80105",
                "nibe_uplink",
                {
                    "40004": -3.25,
                    "40033": None,
                    "40013": 48.0,
                    "43005": -47.78,
                    "43437": 65.0,
                    "43439": 75.0,
                    "43427": 60.0,
                    "43086": 30.0,
                    "43416": 12.0,
                    "43084": 0.0,
                    "44308": 14257.7,
                    "43144": 20477.56,
                    "10012": 0.0,
                    "47011": 0.0,
                    "47398": 21.0,
                    "47041": 1.0,
                    "48132": 0.0,
                    "47260": 0.0,
                    "48745": 45.0,
                },
            ),
            "robin-r-1": FakePump(
                "robin-r-1",
                "myuplink",
                {
                    "4": -3.2,
                    "44": None,
                    "781": -402.0,
                    "1965": 140.0,
                    "4564": 0.0,
                    "3671": 1.0,
                    "28393": 4711.0,
                    "25165": 1.25,
                    "47751": 22.0,
                    "48351": 20.6,
                },
            ),
        }
    )

    def __post_init__(self) -> None:
        self.now = self.start

    def advance_to(self, instant: datetime) -> None:
        self.now = instant

    def truth(self, device_id: str, start: datetime, end: datetime) -> Mapping[str, float]:
        return {"electricity_kwh": (end - start).total_seconds() / 3600}

    def room_temperature(self, device_id: str, start: datetime, end: datetime) -> float | None:
        return 21.0 if start < end <= self.now else None


@dataclass
class Reply:
    """What came back, read to the end."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def location(self) -> URL:
        return URL(self.headers["Location"])


class Client:
    """A program of somebody else: it knows addresses, and what it was told."""

    def __init__(self, session: aiohttp.ClientSession, base: str, simulator: Simulator) -> None:
        self._session = session
        self.base = base
        self.client_id = simulator.announcement.client_id
        self.client_secret = simulator.announcement.client_secret
        self.token = ""

    async def ask(self, method: str, path: str, **options) -> Reply:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= options.pop("headers", {})
        url = URL(path if path.startswith("http") else self.base + path, encoded=True)
        options.setdefault("allow_redirects", False)
        async with self._session.request(method, url, headers=headers, **options) as response:
            return Reply(response.status, response.headers.copy(), await response.text())

    async def get(self, path: str, **options) -> Reply:
        return await self.ask("GET", path, **options)

    async def authorize(self, **changes: str | None) -> Reply:
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT,
            "scope": "READSYSTEM",
            "state": "s",
        } | changes
        sent = {name: value for name, value in query.items() if value is not None}
        return await self.get(f"/oauth/authorize?{urlencode(sent)}")

    async def post_token(self, **fields: str | None) -> Reply:
        form = {"client_id": self.client_id, "client_secret": self.client_secret} | fields
        sent = {name: value for name, value in form.items() if value is not None}
        return await self.ask("POST", "/oauth/token", data=sent)

    async def redeem(self, code: str, **fields: str | None) -> Reply:
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
        }
        return await self.post_token(**(form | fields))

    async def refresh(self, token: str) -> Reply:
        return await self.post_token(grant_type="refresh_token", refresh_token=token)

    async def log_in(self, scope: str = "READSYSTEM WRITESYSTEM") -> Self:
        reply = await self.authorize(scope=scope)
        granted = (await self.redeem(reply.location.query["code"])).json
        self.token = granted["access_token"]
        self.refresh_token = granted.get("refresh_token")
        return self


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def house() -> FakeHouse:
    return FakeHouse()


@pytest.fixture
def options() -> SimulatorOptions:
    """A module or a test overrides it to change how the clouds behave."""
    return SimulatorOptions(auto_consent=True)


@pytest.fixture
async def simulator(options, clock, house) -> AsyncIterator[Simulator]:
    async with Simulator(options, clock=clock, house=house) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as opened:
        yield opened


@pytest.fixture
def nibe(simulator, session) -> Client:
    return Client(session, simulator.announcement.nibe_uplink, simulator)


@pytest.fixture
def myuplink(simulator, session) -> Client:
    return Client(session, simulator.announcement.myuplink, simulator)


@pytest.fixture
def control(simulator, session) -> Client:
    return Client(session, simulator.announcement.url + "/_simulator", simulator)
