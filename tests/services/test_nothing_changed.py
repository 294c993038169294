"""With `write = false` nothing that anybody does at any door changes a heat pump.

A house runs as the daemon runs it, with a broker, the web app and the command line; everything is
tried at random, and the clouds tell what they were asked. The same with `write = true` shows that
the question is a real one.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp
import aiomqtt
import pytest
from fastapi.routing import APIRoute
from tests.web.rig import form_token, session

from pumphouse.cli import control as commands
from pumphouse.cli.context import Context
from pumphouse.config.load import Settings, load
from pumphouse.core.errors import PumphouseError
from pumphouse.core.model import Point
from pumphouse.core.ports import SystemClock
from pumphouse.runtime import daemon
from pumphouse.runtime.demo import log_in
from pumphouse.runtime.installation import open_installation
from pumphouse.runtime.plugins import sink_types, source_types
from pumphouse.simulator.server import Simulator, SimulatorOptions
from pumphouse.web.access.tokens import Scope, token_file
from pumphouse.web.app import ROUTERS
from pumphouse.web.serve import web_front

from .mosquitto import Mosquitto

SEED = 7
#: how often each door is tried
MESSAGES, CALLS, ROUNDS, COMMANDS = 300, 100, 8, 40
AT_ONCE = 8
PATIENCE_SECS = 120

CONFIGURATION = """
[site]
timezone = "Europe/Stockholm"
[store]
path = "{folder}/house.db"
[sources.ground]
type = "nibe_uplink"
client_id = "{clouds.client_id}"
client_secret = "{clouds.client_secret}"
base_url = "{clouds.nibe_uplink}"
redirect_uri = "http://localhost:8400/oauth/callback"
write = {write}
[sources.air]
type = "myuplink"
client_id = "{clouds.client_id}"
client_secret = "{clouds.client_secret}"
base_url = "{clouds.myuplink}"
write = {write}
[sinks.broker]
type = "mqtt"
url = "mqtt://127.0.0.1:{broker}"
homie = true
[web]
port = 0
"""


@dataclass
class Doors:
    """A house that runs, and all the ways into it.

    Attributes:
        address: of the web app.
        config: the configuration file, for the command line.
        points: that there are.
        tokens: one that may write, one that may read, and none of ours.
    """

    simulator: Simulator
    address: str
    config: Path
    broker: aiomqtt.Client
    browser: aiohttp.ClientSession
    points: Sequence[Point]
    tokens: Sequence[str]
    chance: random.Random

    def changes(self) -> list[str]:
        """What was asked of the clouds beyond reading and logging in."""
        return [
            f"{one.method} {one.path}"
            for one in self.simulator.requests
            if one.method != "GET" and not one.path.endswith("/oauth/token")
        ]

    def point(self) -> Point:
        """Often one that is a setting, or else any."""
        writable = [point for point in self.points if point.writable]
        return self.chance.choice(writable if self.chance.random() < 0.8 else self.points)

    def value(self, point: Point) -> str:
        """Often one that it takes."""
        labels = [option.label for option in point.options] or ["1", "2", "21", "22.5"]
        return self.chance.choice([*labels, *labels, "ON", "true", "-1", "1e9", "", "\N{SNOWMAN}"])


@pytest.mark.parametrize("write", [False, True])
async def test_no_door_changes_anything_unless_it_is_allowed(tmp_path, write):
    with Mosquitto(tmp_path) as broker:
        async with doors(tmp_path, broker, write=write) as house:
            await asyncio.gather(
                by_messages(house), by_calls(house), by_forms(house), by_commands(house)
            )
            changed = house.changes()
    if write:
        assert any("PUT /nibeuplink" in one for one in changed)
        assert any("PATCH /myuplink" in one for one in changed)
    else:
        assert changed == []


@asynccontextmanager
async def doors(folder: Path, broker: Mosquitto, *, write: bool) -> AsyncIterator[Doors]:
    stop, opened = asyncio.Event(), asyncio.get_running_loop().create_future()
    options = SimulatorOptions(auto_consent=True, limited=False)
    async with Simulator(options) as simulator:
        config, settings = await configured(folder, simulator, broker.port, write=write)
        tokens = token_file(settings.store)
        now = SystemClock().now()
        shown = [tokens.add(scope.value, scope, now) for scope in Scope]
        async with open_installation(settings) as installation:
            front = web_front(installation, opened.set_result)
            life = asyncio.create_task(daemon.run(installation, stop, front=front))
            try:
                address = await asyncio.wait_for(opened, PATIENCE_SECS)
                async with (
                    aiomqtt.Client("127.0.0.1", broker.port) as client,
                    session() as browser,
                ):
                    await announced(client)
                    points = await installation.store.points()
                    yield Doors(
                        simulator,
                        address,
                        config,
                        client,
                        browser,
                        points,
                        (*shown, "pumphouse_nobodys"),
                        random.Random(SEED),
                    )
            finally:
                stop.set()
                await life


async def configured(
    folder: Path, simulator: Simulator, broker: int, *, write: bool
) -> tuple[Path, Settings]:
    path = folder / "pumphouse.toml"
    clouds = simulator.announcement
    text = CONFIGURATION.format(
        folder=folder, clouds=clouds, broker=broker, write="true" if write else "false"
    )
    path.write_text(text, encoding="utf-8")
    settings = load(path, source_types(), sink_types())
    await log_in(settings)
    return path, settings


async def announced(client: aiomqtt.Client) -> None:
    """Wait until both pumps stand on the broker, so that their topics are known there."""
    await client.subscribe("pumphouse/+/state")
    async with asyncio.timeout(PATIENCE_SECS):
        seen: set[str] = set()
        async for message in client.messages:
            seen.add(str(message.topic))
            if len(seen) == 2:
                return


async def by_messages(house: Doors) -> None:
    """Messages below every topic that sets anything, and below some that set nothing."""
    for _ in range(MESSAGES):
        point = house.point()
        device = f"{point.key.source}_{point.key.device}"
        name = house.chance.choice(
            [
                *(point.metric or "x", f"points/{point.key.point}", "boosts/heating_boost"),
                *("boosts/hot_water_boost", "state", "x/y/z"),
            ]
        )
        topic = house.chance.choice([f"pumphouse/{device}/{name}/set", f"homie/5/{name}/set"])
        retain = house.chance.random() < 0.1
        await house.broker.publish(topic, house.value(point), qos=1, retain=retain)


async def by_calls(house: Doors) -> None:
    """Every method, on every form of an address, with any token or none."""

    async def call() -> None:
        point = house.point()
        name = house.chance.choice([point.key.point, point.metric or "x"])
        address = house.chance.choice(["/".join((*point.key[:2], name)), name, "x/y/z", ""])
        method = house.chance.choice(["PUT", "PUT", "POST", "PATCH", "DELETE"])
        more: dict[str, object] = house.chance.choice([{}, {"dry_run": True}, {"x": 1}])
        body = {"value": house.value(point), **more}
        token = house.chance.choice([*house.tokens, house.tokens[1], ""])
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        await asked(house, method, f"/api/points/{address}", json=body, headers=headers)

    await several([call] * CALLS)


async def by_forms(house: Doors) -> None:
    """Every address that takes a form, with the token of our own forms."""
    paths = [
        route.path
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and "POST" in (route.methods or ()) and not _leaves(route)
    ]
    assert len(paths) >= 4
    async with house.browser.get(f"{house.address}/sources") as page:
        token = form_token(await page.text())

    async def send(path: str) -> None:
        point = house.point()
        fields = {
            **dict(zip(("source", "device", "point"), point.key, strict=True)),
            "value": house.value(point),
            "hours": house.chance.choice(["0", "1"]),
            "name": house.chance.choice(["heating_boost", "hot_water_boost", "x"]),
            "write": "1",
            "override": "1",
            "csrf_token": token,
        }
        address = path.replace("{name}", "ground").replace("{id:path}", "47011")
        await asked(house, "POST", address, data=fields, allow_redirects=False)

    await several([partial(send, path) for path in paths * ROUNDS])


def _leaves(route: APIRoute) -> bool:
    """Whether it ends the session or takes the consent back, and the house with it."""
    return route.path.rpartition("/")[2] in {"logout", "disconnect"}


async def asked(house: Doors, method: str, path: str, **how: object) -> None:
    """Ask, and see that whatever it is, it is answered without a failure."""
    async with house.browser.request(method, f"{house.address}{path}", **how) as reply:  # type: ignore[arg-type]  # reason: passes what is asked
        assert reply.status < 500, (method, path, await reply.text())


async def several(calls: Sequence[Callable[[], Awaitable[None]]]) -> None:
    """Do all of them, some at once."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(call: Callable[[], Awaitable[None]]) -> None:
        async with free:
            await call()

    await asyncio.gather(*map(one, calls))


async def by_commands(house: Doors) -> None:
    """Every command that may change something, as the command line calls it."""
    context = Context(house.config, debug=False)
    for _ in range(COMMANDS):
        point, number = house.point(), house.chance.choice([1, 2, 99])
        device, name = point.key.device, house.chance.choice([point.key.point, point.metric or "x"])
        value, as_json = house.value(point), house.chance.random() < 0.5
        calls: dict[Callable[..., Awaitable[int]], dict[str, object]] = {
            commands.set_point: {"device": device, "point": name, "value": value},
            commands.override: {"device": device, "point": name, "value": value, "length": "1h"},
            commands.boost: {"device": device, "name": "heating_boost"},
            commands.undo: {"number": number},
            commands.overrides: {"end": number},
        }
        command, arguments = house.chance.choice([*calls.items()])
        with contextlib.suppress(PumphouseError):  # a sentence for whoever typed it
            await command(**arguments, as_json=as_json, context=context)
