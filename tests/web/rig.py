"""A whole web app on a real socket, with a store of its own and a clock that stands still."""

import random
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import aiohttp
from argon2 import PasswordHasher

from pumphouse.config.load import Settings, parse
from pumphouse.core.model import (
    Batch,
    Device,
    Event,
    EventKind,
    Option,
    Point,
    PointKey,
    Reading,
)
from pumphouse.core.ports import Clock, Host, News
from pumphouse.core.units import parse_unit
from pumphouse.http.grants import FileGrantStore
from pumphouse.runtime.installation import Installation, build_sources
from pumphouse.runtime.plugins import source_types
from pumphouse.stores.sqlite import open_store
from pumphouse.web.app import create_app
from pumphouse.web.context import WebContext
from pumphouse.web.serve import build_context, listen, serving

#: a source that nobody polls here
SOURCE = """
[sources.house]
type = "myuplink"
client_id = "id-of-the-client"
client_secret = "secret-of-the-client"
grant = "authorization_code"
"""
PASSWORD = "correct horse"
#: as `pumphouse password` makes it, but quick
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
LOCKED = f"password_hash = '{HASH}'"
MARKUP = "<script>alert(1)</script>"

OUTDOOR = Point(
    PointKey("house", "d1", "40004"), "outdoor temp.", "outdoor_temperature", parse_unit("°C")
)
PRIORITY = Point(
    PointKey("house", "d1", "43086"),
    "priority",
    "priority",
    options=(Option(10, "off"), Option(20, "hot water")),
)
NASTY = Point(PointKey("house", "d1", MARKUP), f"name {MARKUP} & \"'")
POINTS = (OUTDOOR, PRIORITY, NASTY)
DEVICE = Device("house", "d1", f"Pump {MARKUP}", manufacturer="NIBE", model="F1255")


def batch(start: datetime, hours: int = 24) -> Batch:
    """A day of readings, hourly, and an alarm."""
    times = [start + timedelta(hours=hour) for hour in range(hours)]
    readings = [Reading(OUTDOOR.key, time, 0.5 * n) for n, time in enumerate(times)]
    readings += [Reading(PRIORITY.key, times[-1], 20.0), Reading(NASTY.key, times[-1], 1.0)]
    alarm = Event("a1", times[-1], EventKind.ALARM, f"Alarm {MARKUP}", "house", "d1")
    return Batch("house", (DEVICE,), POINTS, tuple(readings), (alarm,))


@dataclass
class Running:
    """An app that answers, and a browser that keeps its cookies."""

    context: WebContext
    address: str
    browser: aiohttp.ClientSession = field(repr=False)

    async def get(self, path: str, **kwargs: object) -> "Seen":
        return await self.ask("GET", path, **kwargs)

    async def post(self, path: str, **kwargs: object) -> "Seen":
        return await self.ask("POST", path, **kwargs)

    async def ask(self, method: str, path: str, **kwargs: object) -> "Seen":
        options: dict[str, object] = {"allow_redirects": False, **kwargs}
        async with self.browser.request(method, f"{self.address}{path}", **options) as reply:  # type: ignore[arg-type]  # reason: passes what a test asks for
            return Seen(reply.status, reply.headers, await reply.text())

    async def form_token(self, page: str = "/login") -> str:
        """The token in the first form of a page."""
        return form_token((await self.get(page)).text)

    async def log_in(self, password: str = PASSWORD, **fields: str) -> "Seen":
        token = await self.form_token()
        data = {"csrf_token": token, "password": password, **fields}
        return await self.post("/login", data=data)

    def cookie(self) -> str | None:
        """The name that the house has given to this browser."""
        found = [one.value for one in self.browser.cookie_jar if one.key.endswith("pumphouse")]
        return found[0] if found else None

    @asynccontextmanager
    async def stranger(self) -> AsyncIterator["Running"]:
        """Another browser."""
        async with session() as browser:
            yield Running(self.context, self.address, browser)


@dataclass(frozen=True)
class Seen:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    text: str


def form_token(html: str) -> str:
    match = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert match, html
    return match[1]


def session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))


def settings(folder: Path, web: str = "", sources: str = SOURCE) -> Settings:
    text = f"""
[site]
name = "Home"
timezone = "Europe/Stockholm"
[store]
path = "{folder / "house.db"}"
[web]
port = 0
{web}
{sources}"""
    return parse(text, source_types(), {})


@asynccontextmanager
async def running(
    folder: Path, clock: Clock, web: str = "", sources: str = SOURCE
) -> AsyncIterator[Running]:
    """The app of a house with these settings."""
    configured = settings(folder, web, sources)
    grants = FileGrantStore(configured.store.grants)
    host = Host(grants, clock, random.Random(7), "tests", configured.site.site())
    async with open_store(configured.store.path, site=host.site, clock=clock) as store:
        await store.append(batch(clock.now() - timedelta(hours=24)))
        built = build_sources(configured, host)
        context = build_context(Installation(configured, store, host, built, {}))
        listener = listen("127.0.0.1", 0)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with (
            serving(create_app(context), listener, stopping=context.live.close),
            session() as browser,
        ):
            yield Running(context, address, browser)


class Silent:
    """A source that is there, needs no login and is never read."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def read(self) -> Batch:
        return Batch(self.name)


async def news(context: WebContext, *changed: Point, answering: bool = True) -> News:
    """The news of how the store is now."""
    rows = await context.installation.store.latest()
    latest = {point.key: reading for point, reading in rows}
    return News(
        devices=await context.installation.store.devices(),
        points={point.key: point for point, _ in rows},
        latest=latest,
        changed=frozenset(point.key for point in changed) or frozenset(latest),
        answering={"house": answering},
    )
