"""A server that behaves like one of the InfluxDBs, and a sink that writes to it."""

import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from pumphouse.core.model import Point, PointKey, Reading
from pumphouse.core.ports import Host
from pumphouse.http.grants import FileGrantStore
from pumphouse.sinks.influxdb import InfluxDbSettings
from pumphouse.sinks.influxdb.sink import InfluxDb
from pumphouse.testing.clock import FakeClock

from .line_parser import Parsed, parse

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)

Value = tuple[str, tuple[tuple[str, str], ...], str, int]
"""Measurement, tags, field and time stamp of one value."""


def point(number: int, metric: str | None = None) -> Point:
    return Point(PointKey("ground", "80105", f"400{number:02}"), f"point {number}", metric)


#: four metrics and two points without one
POINTS: Mapping[PointKey, Point] = {
    p.key: p for p in [point(n, f"metric_{n}") for n in range(4)] + [point(4), point(5)]
}


def reading(number: int, minute: int, value: float | str = 1.5) -> Reading:
    text = value if isinstance(value, str) else None
    number_ = None if isinstance(value, str) else value
    return Reading(list(POINTS)[number], NOON + timedelta(minutes=minute), number_, text)


class FakeInflux:
    """Keeps what it takes, and refuses what it is told to in the words of a version.

    A line is refused as a whole, as all versions do, if one of its fields is in `conflicts` or its
    time is before `horizon`.
    """

    def __init__(self) -> None:
        self.version = 1
        self.url = ""
        self.kept: dict[Value, float] = {}
        self.conflicts: Callable[[Parsed, str], bool] = lambda _line, _field: False
        self.horizon = -(10**12)
        self.largest_body = 10**9
        self.requests: list[web.Request] = []
        self.bodies: list[bytes] = []
        self.scripted: list[web.Response] = []
        self.before_answering: Callable[[], Awaitable[object]] | None = None

    async def write(self, request: web.Request) -> web.Response:
        self.requests.append(request)
        body = await request.read()  # aiohttp unpacks it
        self.bodies.append(body)
        if self.before_answering is not None:
            await self.before_answering()
        if self.scripted:
            return self.scripted.pop(0)
        if len(body) > self.largest_body:
            return web.json_response({"error": "Request Entity Too Large"}, status=413)
        return self._apply(parse(body))

    def _apply(self, lines: list[Parsed]) -> web.Response:
        refused: dict[int, str] = {}
        late = 0
        for number, line in enumerate(lines, 1):
            clashing = [name for name, _ in line.fields if self.conflicts(line, name)]
            if clashing:
                refused[number] = self._clash(line, clashing[0])
            elif line.stamp < self.horizon:
                late += 1
            else:
                self.kept |= {
                    (line.measurement, line.tags, name, line.stamp): value
                    for name, value in line.fields
                }
        if refused:
            return self._partial(refused)
        if late:
            return self._partial_text(f"points beyond retention policy dropped={late}")
        return web.Response(status=204)

    def _clash(self, line: Parsed, field: str) -> str:
        if self.version == 3:
            return (
                f"invalid column type for column '{field}', expected "
                "iox::column_type::field::string, got iox::column_type::field::float"
            )
        return (
            f'field type conflict: input field "{field}" on measurement "{line.measurement}" is '
            "type float, already exists as type string"
        )

    def _partial(self, refused: Mapping[int, str]) -> web.Response:
        if self.version != 3:
            return self._partial_text(f"{list(refused.values())[-1]} dropped={len(refused)}")
        data = [
            {"original_line": "…", "line_number": number, "error_message": words}
            for number, words in refused.items()
        ]
        answer = {"error": "partial write of line protocol occurred", "data": data}
        return web.json_response(answer, status=400)

    def _partial_text(self, words: str) -> web.Response:
        if self.version == 2:
            message = f"failure writing points to database: partial write: {words}"
            answer = {"code": "unprocessable entity", "message": message}
            return web.json_response(answer, status=422)
        return web.json_response({"error": f"partial write: {words}"}, status=400)


@asynccontextmanager
async def serving(influx: FakeInflux) -> AsyncIterator[FakeInflux]:
    app = web.Application(client_max_size=10**8)
    app.router.add_route("*", "/{path:.*}", influx.write)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    influx.url = f"http://{host}:{port}"
    yield influx
    await runner.cleanup()


@pytest.fixture
async def influx() -> AsyncIterator[FakeInflux]:
    async with serving(FakeInflux()) as served:
        yield served


@pytest.fixture
def host(tmp_path) -> Host:
    return Host(FileGrantStore(tmp_path), FakeClock(), random.Random(7), "Pumphouse/1 (tests)")


def open_sink(influx: FakeInflux, host: Host, **settings: object) -> InfluxDb:
    """A sink that writes to the server in the way of its version."""
    given: dict[str, object] = {"url": influx.url, "version": influx.version}
    if influx.version == 2:
        given["org"] = "home"
    return InfluxDb("history", InfluxDbSettings.model_validate(given | settings), host)


@pytest.fixture
def opened(influx, host) -> Callable[..., InfluxDb]:
    return lambda **settings: open_sink(influx, host, **settings)


def answer(status: int, body: object = None, **headers: str) -> web.Response:
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(status=status, text=text, headers=named)
