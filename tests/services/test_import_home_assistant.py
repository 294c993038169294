"""A recorder's database, made by Home Assistant's own package."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Interval, PointKey, Site
from pumphouse.core.ports import SystemClock
from pumphouse.importers.destination import Destination
from pumphouse.importers.mapping import Rule
from pumphouse.importers.recognise import Manner, open_file
from pumphouse.runtime.importing import bring
from pumphouse.stores.sqlite import open_store

from .home_assistant import home_assistant_python

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES = 4000
WHOLE = Interval(START - timedelta(days=9), START + timedelta(days=9))


@pytest.fixture(scope="module")
def recorder(tmp_path_factory) -> Path:
    path: Path = tmp_path_factory.mktemp("ha") / "home-assistant_v2.db"
    script = Path(__file__).with_name("recorder_database.py")
    subprocess.run([home_assistant_python(), script, path, str(MINUTES)], check=True, timeout=300)
    return path


@pytest.fixture
async def store(tmp_path):
    async with open_store(tmp_path / "p.db", site=Site(), clock=SystemClock()) as opened:
        yield opened


async def _bring(recorder, store, *rules):
    to = Destination(load_catalogue(), await store.devices(), await store.points())
    reader = open_file(recorder, Manner(to, ZoneInfo("UTC"), rules))
    return await bring(reader, store, SystemClock())


async def test_every_state_and_every_older_hour_is_found_again(recorder, store):
    report = await _bring(recorder, store)
    assert report.rejected == 0
    assert {device.id for device in await store.devices()} == {"home_assistant"}

    async def of(entity):
        key = PointKey("imported", "home_assistant", entity)
        return await store.readings(key, WHOLE)

    outdoor = await of("sensor.hp_outdoor")
    hours = [(START + timedelta(hours=h, minutes=30), h / 2) for h in range(-48, 0)]
    minutes = [(START + timedelta(minutes=m), m / 10) for m in range(MINUTES) if m != 3]
    assert [(r.time, r.value) for r in outdoor] == hours + minutes
    energy = await of("sensor.hp_energy")
    ends = [(START + timedelta(hours=h + 1), 900.0 + h) for h in range(-48, -1)]
    counted = [(START + timedelta(minutes=m), 1000.0 + m) for m in range(MINUTES)]
    assert [(r.time, r.value) for r in energy] == ends + counted
    words = await of("sensor.hp_priority")
    assert [r.text for r in words] == ["Heating" if m % 2 else "Off" for m in range(MINUTES)]
    switch = await of("binary_sensor.hp_compressor")
    assert [r.value for r in switch] == [m % 2 for m in range(MINUTES)]
    assert await of("light.kitchen") == []

    again = await _bring(recorder, store)
    assert (again.stored, again.read) == (0, report.read)


async def test_a_rule_gives_an_entity_a_device_and_a_meaning(recorder, store):
    await _bring(
        recorder,
        store,
        Rule(
            tags={"entity_id": "sensor.hp_outdoor"},
            device="pump",
            point="40004",
            metric="outdoor_temperature",
        ),
        Rule(tags={"entity_id": "{any}"}, skip=True),
    )
    (point,) = await store.points()
    assert point.key == PointKey("imported", "pump", "40004")
    assert (point.metric, point.unit.symbol) == ("outdoor_temperature", "°C")
