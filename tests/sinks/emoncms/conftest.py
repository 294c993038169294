"""A server that behaves like emoncms, and a sink that posts to it."""

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiohttp import web

from pumphouse.core.ports import Host
from pumphouse.http.grants import FileGrantStore
from pumphouse.sinks.emoncms import EmoncmsSettings
from pumphouse.sinks.emoncms.sink import Emoncms
from pumphouse.testing.clock import FakeClock

KEY = "0123456789abcdef-invented"


class FakeEmoncms:
    """Keeps each input by node, name and time, as a feed that logs it would."""

    def __init__(self) -> None:
        self.url = ""
        self.kept: dict[tuple[str, str, int], float] = {}
        self.requests = 0
        self.scripted: list[web.Response] = []

    async def bulk(self, request: web.Request) -> web.Response:
        self.requests += 1
        if self.scripted:
            return self.scripted.pop(0)
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"success": False, "message": "Invalid API key"}, status=401)
        form = await request.post()
        for seconds, node, *inputs in json.loads(str(form["data"])):
            for named in inputs:
                for name, value in named.items():
                    self.kept[node, name, int(str(form["time"])) + seconds] = value
        return web.Response(text="ok")


@asynccontextmanager
async def serving(emoncms: FakeEmoncms) -> AsyncIterator[None]:
    app = web.Application()
    app.router.add_post("/input/bulk", emoncms.bulk)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    emoncms.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield
    finally:
        await runner.cleanup()


@pytest.fixture
async def emoncms() -> AsyncIterator[FakeEmoncms]:
    fake = FakeEmoncms()
    async with serving(fake):
        yield fake


@pytest.fixture
def opened(emoncms, tmp_path):
    def open_one(**settings: object) -> Emoncms:
        clock = FakeClock(datetime(2026, 1, 15, 12, tzinfo=UTC))
        host = Host(FileGrantStore(tmp_path), clock, random.Random(7), "tests")
        given = {"url": emoncms.url, "api_key": KEY} | settings
        return Emoncms("league", EmoncmsSettings.model_validate(given), host)

    return open_one
