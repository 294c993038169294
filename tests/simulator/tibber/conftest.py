"""An account at the simulated Tibber, whose clients know addresses and what they were told."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
import pytest
from yarl import URL

from pumphouse.simulator.server import SimulatorOptions
from pumphouse.simulator.tibber import PERSONAL_TOKEN

from ..conftest import REDIRECT, Client, FakeClock  # noqa: TID252 - clients are alike

BASELINE = "openid profile email offline_access data-api-user-read"
EVERYTHING = (
    f"{BASELINE} data-api-homes-read data-api-vehicles-read data-api-chargers-read"
    " data-api-thermostats-read data-api-energy-systems-read data-api-meters-read"
)


class TibberClient(Client):
    """A program of somebody else at Tibber."""

    async def authorize(self, **changes: str | None):
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT,
            "scope": EVERYTHING,
            "state": "s",
        } | changes
        sent = {name: value for name, value in query.items() if value is not None}
        url = URL("/connect/authorize").with_query(sent)
        return await self.get(str(url))

    async def post_token(self, **fields: str | None):
        form = {"client_id": self.client_id, "client_secret": self.client_secret} | fields
        sent = {name: value for name, value in form.items() if value is not None}
        return await self.ask("POST", "/connect/token", data=sent)

    async def log_in(self, scope: str = EVERYTHING):
        return await super().log_in(scope)

    async def homes(self) -> list[str]:
        return [home["id"] for home in (await self.get("/v1/homes")).json["homes"]]

    async def devices(self, home: str) -> dict[str, str]:
        """Ids by name."""
        listed = (await self.get(f"/v1/homes/{home}/devices")).json["devices"]
        return {one["info"]["name"]: one["id"] for one in listed}

    async def gql(self, query: str, token: str = PERSONAL_TOKEN, **variables):
        body = {"query": query, "variables": variables}
        headers = {"Authorization": f"Bearer {token}"}
        return await self.ask("POST", "/v1-beta/gql", json=body, headers=headers)

    @asynccontextmanager
    async def events(self, home: str, *devices: str) -> AsyncIterator["Events"]:
        query = "&".join(f"deviceId={one}" for one in devices)
        url = f"{self.base}/v1/homes/{home}/live-events?{query}"
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self._session.get(url, headers=headers) as response:
            yield Events(response)

    @asynccontextmanager
    async def socket(
        self, token: str = PERSONAL_TOKEN, **options
    ) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """Connected and greeted; the answer to the greeting is still to be read."""
        url = self.base.replace("http", "ws", 1) + "/v1-beta/gql/subscriptions"
        options.setdefault("protocols", ["graphql-transport-ws"])
        async with self._session.ws_connect(url, **options) as socket:
            await socket.send_json({"type": "connection_init", "payload": {"token": token}})
            yield socket


class Events:
    """Server-sent events, one by one."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def next(self, name: str | None = None) -> tuple[str, dict[str, object]] | None:
        """The next event, or the next one of a name; None at the end."""
        while True:
            block = (await asyncio.wait_for(self._block(), 60)).splitlines()
            if not block:
                return None
            kind = block[0].removeprefix("event: ")
            if name in (None, kind):
                return kind, json.loads(block[1].removeprefix("data: "))

    async def _block(self) -> str:
        lines = []
        async for line in self.response.content:
            if line == b"\n":
                break
            lines.append(line.decode())
        return "".join(lines)


#: a summer-time day lies in the month before
START = datetime(2026, 3, 31, 10, 0, 30, tzinfo=UTC)


class LaterClock(FakeClock):
    """Begins on the last day of March."""

    def now(self) -> datetime:
        return super().now() + (START - datetime(2026, 1, 15, 12, 0, 30, tzinfo=UTC))


@pytest.fixture
def clock() -> FakeClock:
    return LaterClock()


@pytest.fixture
def options() -> SimulatorOptions:
    return SimulatorOptions(auto_consent=True, live_secs=0.01)


@pytest.fixture
def tibber(simulator, session) -> TibberClient:
    return TibberClient(session, simulator.announcement.tibber, simulator)
