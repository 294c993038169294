"""A cloud that answers what a test tells it to, over a real socket, and notes what was asked."""

import json
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from pumphouse.core.grant import Grant
from pumphouse.core.ports import Host
from pumphouse.http.grants import FileGrantStore
from pumphouse.testing.clock import FakeClock

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: object
    content_type: str
    language: str


@dataclass
class ScriptedCloud:
    """`answers`: path -> JSON, an `(status, body)` pair, a text, or a function of the query."""

    url: str = ""
    answers: dict[str, object] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        text = await request.text()
        self.asked.append(
            Asked(
                request.method,
                request.rel_url.raw_path,
                tuple(request.query.items()),
                json.loads(text) if request.content_type == "application/json" else None,
                request.content_type,
                request.headers.get("Accept-Language", ""),
            )
        )
        answer = self.answers.get(request.rel_url.raw_path, (404, None))
        if callable(answer):
            answer = answer(dict(request.query))
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        if isinstance(body, str):
            return web.Response(status=status, text=body, content_type="text/html")
        return web.json_response(body, status=status)

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


@pytest.fixture
async def cloud() -> AsyncIterator[ScriptedCloud]:
    served = ScriptedCloud()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", served.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    served.url = f"http://{host}:{port}"
    yield served
    await runner.cleanup()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW, impatient=True)


@pytest.fixture
def host(tmp_path: Path, clock: FakeClock) -> Host:
    return Host(FileGrantStore(tmp_path / "grants"), clock, random.Random(7), "Pumphouse/1 (tests)")


@pytest.fixture
def consent(host: Host) -> Callable[..., object]:
    """Save a grant, as a login would."""

    async def save(source: str, kind: str = "authorization_code", *scope: str) -> None:
        granted = frozenset(scope or ("READSYSTEM",))
        until = NOW + timedelta(days=30)
        await host.grants.save(source, Grant("access-token", kind, granted, until, "refresh-token"))

    return save
