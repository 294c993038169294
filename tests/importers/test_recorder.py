"""A recorder's database with the columns that are read, made here."""

import json
import sqlite3
from contextlib import closing
from zoneinfo import ZoneInfo

from pumphouse.importers.recognise import Manner, open_file

from .conftest import everything

HOUR = 3600.0
NOON = 1768478400.0
TABLES = """
    CREATE TABLE states_meta (metadata_id INTEGER PRIMARY KEY, entity_id);
    CREATE TABLE state_attributes (attributes_id INTEGER PRIMARY KEY, shared_attrs);
    CREATE TABLE states (state_id INTEGER PRIMARY KEY, metadata_id, state, last_updated_ts,
        attributes_id);
    CREATE TABLE statistics_meta (id INTEGER PRIMARY KEY, statistic_id, unit_of_measurement);
    CREATE TABLE statistics (id INTEGER PRIMARY KEY, metadata_id, start_ts, mean, state);
    INSERT INTO states_meta VALUES (1, 'sensor.power');
    INSERT INTO statistics_meta VALUES (1, 'sensor.power', 'kW');
"""


async def test_every_value_has_the_unit_of_its_own_row(tmp_path, to):
    path = tmp_path / "Home Assistant #1, 50%?.db"
    units = ("W", "kW")
    with closing(sqlite3.connect(path)) as recorder:
        recorder.executescript(TABLES)
        recorder.executemany(
            "INSERT INTO state_attributes VALUES (?, ?)",
            [(n, json.dumps({"unit_of_measurement": unit})) for n, unit in enumerate(units)],
        )
        recorder.executemany(
            "INSERT INTO states (metadata_id, state, last_updated_ts, attributes_id)"
            " VALUES (1, ?, ?, ?)",
            [("1500", NOON, 0), ("1.6", NOON + 60, 1), ("1.7", NOON + 120, None)],
        )
        recorder.execute(
            "INSERT INTO statistics (metadata_id, start_ts, mean) VALUES (1, ?, 1.4)",
            (NOON - 2 * HOUR,),
        )
        recorder.commit()
    readings, rejected, (found,) = await everything(open_file(path, Manner(to(), ZoneInfo("UTC"))))
    assert rejected == []
    assert found.point is not None
    assert found.point.unit.symbol == "W"
    assert [reading.value for reading in readings] == [1500.0, 1600.0, 1700.0, 1400.0]
