"""How often reading failed, by kind: counted in the daemon, told on `/metrics`."""

import asyncio
import random
import socket
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pumphouse.config.load import parse
from pumphouse.core import errors
from pumphouse.core.errors import PermanentError, ServerFailure, TransientError
from pumphouse.core.ports import Host
from pumphouse.http.grants import FileGrantStore
from pumphouse.runtime import daemon
from pumphouse.runtime.failures import KINDS, Failures
from pumphouse.runtime.house_figures import house_figures
from pumphouse.runtime.installation import Installation, build_sources
from pumphouse.runtime.plugins import source_types
from pumphouse.simulator.server import Simulator, SimulatorOptions
from pumphouse.web.serve import web_front

from .sinks import until

CONFIGURATION = """
[web]
port = {port}
[sources.house]
type = "myuplink"
client_id = "{client_id}"
client_secret = "{client_secret}"
base_url = "{myuplink}"
[sources.cabin]
type = "myuplink"
client_id = "{client_id}"
client_secret = "wrong"
base_url = "{myuplink}"
"""


@pytest.fixture
async def clouds(clock):
    async with Simulator(SimulatorOptions(start=clock.now()), clock=clock) as simulator:
        yield simulator


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@pytest.fixture
def house(store, clock, clouds, tmp_path, port):
    told = clouds.announcement
    text = CONFIGURATION.format(
        port=port,
        client_id=told.client_id,
        client_secret=told.client_secret,
        myuplink=told.myuplink,
    )
    settings = parse(text, source_types(), {})
    host = Host(FileGrantStore(tmp_path / "grants"), clock, random.Random(7), "tests")
    sources = build_sources(settings, host)
    return Installation(settings, store, host, sources, {}, Failures(sources))


def counted(page):
    """Source and kind -> how often, of what is told on the page."""
    return {
        (sample.labels["source"], sample.labels["error"]): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == "pumphouse_source_errors_total"
    }


async def test_a_running_daemon_tells_how_often_each_source_failed_and_of_what(
    house, clouds, clock, port
):
    clouds.faults.add("myuplink", "server_error", path="*/systems/me", count=2)
    clouds.faults.add("myuplink", "malformed_json", path="*/systems/me")
    stop = asyncio.Event()
    running = asyncio.create_task(daemon.run(house, stop, front=web_front(house)))

    async def polled():
        await clock.advance(30)
        statuses = {one.source: one for one in await house.store.source_statuses()}
        return "house" in statuses and statuses["house"].last_success is not None

    await until(polled)
    page = await asyncio.to_thread(lambda: urlopen(f"http://127.0.0.1:{port}/metrics").read())
    stop.set()
    await running
    told = counted(page.decode())
    assert {key: count for key, count in told.items() if key[0] == "house" and count} == {
        ("house", "ServerFailure"): 2.0,
        ("house", "BadResponse"): 1.0,
    }
    assert told["cabin", "CredentialsRefused"] >= 1
    assert (await house_figures(house)).failures["house"]["ServerFailure"] == 2


def test_every_source_has_a_counter_of_every_kind_from_the_beginning():
    assert Failures(["house"]).by_source() == {"house": dict.fromkeys(KINDS, 0)}


def test_every_error_below_transient_and_permanent_is_a_kind():
    named = (getattr(errors, name) for name in errors.__all__)
    leaves = {one.__name__ for one in named if issubclass(one, TransientError | PermanentError)}
    assert set(KINDS) == leaves - {"TransientError", "PermanentError"}


def test_an_error_of_a_strangers_plugin_counts_as_the_nearest_of_ours():
    class Overheated(ServerFailure):
        pass

    failures = Failures()
    failures.count("house", Overheated("hot"))
    assert failures.by_source() == {"house": {"ServerFailure": 1}}
