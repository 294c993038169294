"""`pumphouse alarms`: what lasts, what was, taking note, and whether messages arrive."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pumphouse.core.model import Batch, Event, EventKind, Severity, Site
from pumphouse.core.ports import SystemClock
from pumphouse.stores.sqlite import open_store

SOURCES = """
[sources.house]
type = "myuplink"
client_id = "x"
client_secret = "y"
grant = "client_credentials"
"""
SECRET = "nobody-may-read-this"


@pytest.fixture
def house(pumphouse):
    """A house with an alarm that lasts and one that is over."""
    began = datetime.now(UTC) - timedelta(hours=3)
    lasting = Event(
        "notification 1", began, EventKind.ALARM, "Low brine", "house", "d1", Severity.ERROR
    )
    past = replace(lasting, id="notification 2", title="Fan", ended=began + timedelta(hours=1))
    path = Path(pumphouse.home) / "p.db"

    async def fill():
        async with open_store(path, site=Site(), clock=SystemClock()) as store:
            await store.append(Batch("house", events=(lasting, past)))

    asyncio.run(fill())
    sink = f'[sinks.phone]\ntype = "apprise"\nurls = ["ntfy://{SECRET}@127.0.0.1:9/x"]'
    pumphouse.config.write_text(f'[store]\npath = "{path}"\n{SOURCES}\n{sink}\n')
    return pumphouse


def test_what_lasts_is_listed_and_with_all_also_what_was(house):
    (lasting,) = house("alarms", "--json").json()
    assert (lasting["id"], lasting["ended"], lasting["acknowledged"]) == (
        "notification 1",
        None,
        None,
    )
    everything = house("alarms", "--all", "--json").json()
    assert {one["id"] for one in everything} == {"notification 1", "notification 2"}
    assert "Low brine" in house("alarms").out


def test_taking_note_is_remembered(house):
    assert "--all" in house("alarms", "acknowledge", "nothing", expect=2).err
    assert "Low brine" in house("alarms", "acknowledge", "notification 1").err
    (lasting,) = house("alarms", "--json").json()
    assert lasting["acknowledged"]["by"] == "command line"


def test_a_message_that_does_not_arrive_is_told_without_its_address(house):
    done = house("alarms", "test", expect=6)
    assert "urls[0] (ntfy)" in done.err
    assert SECRET not in done.everything
    assert house("alarms", "test", "nothing", expect=2).err.startswith("there is no sink")
