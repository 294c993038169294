"""Run in Home Assistant's own environment: a recorder's database, made by its own schema.

Arguments: the file to make, and the number of states of each sensor.
"""

import sys
from typing import Any

from homeassistant.components.recorder import db_schema  # type: ignore[import-not-found]  # its own
from sqlalchemy import create_engine  # type: ignore[import-not-found]  # environment, not ours
from sqlalchemy.orm import Session  # type: ignore[import-not-found]

START = 1767225600.0  # 2026-01-01T00:00Z
MINUTE = 60.0
HOUR = 3600.0


def fill(path: str, count: int) -> None:
    engine = create_engine(f"sqlite:///{path}")
    db_schema.Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(rows(count))
        session.commit()
    engine.dispose()


def rows(count: int) -> list[Any]:
    attributes = {
        1: '{"unit_of_measurement":"°C","friendly_name":"Outdoor","state_class":"measurement"}',
        2: '{"unit_of_measurement":"kWh","state_class":"total_increasing"}',
        3: '{"friendly_name":"Priority"}',
    }
    entities = {
        1: ("sensor.hp_outdoor", 1),
        2: ("sensor.hp_energy", 2),
        3: ("sensor.hp_priority", 3),
        4: ("binary_sensor.hp_compressor", 3),
        5: ("light.kitchen", 3),
    }
    made: list[Any] = [
        db_schema.StateAttributes(attributes_id=number, shared_attrs=text)
        for number, text in attributes.items()
    ]
    made += [
        db_schema.StatesMeta(metadata_id=number, entity_id=entity)
        for number, (entity, _) in entities.items()
    ]
    for minute in range(count):
        told = {
            1: "unavailable" if minute == 3 else str(minute / 10),
            2: str(1000 + minute),
            3: "Heating" if minute % 2 else "Off",
            4: "on" if minute % 2 else "off",
            5: "on",
        }
        made += [
            db_schema.States(
                metadata_id=number,
                state=state,
                attributes_id=entities[number][1],
                last_updated_ts=START + minute * MINUTE,
            )
            for number, state in told.items()
        ]
    made += [
        db_schema.StatisticsMeta(
            id=number,
            statistic_id=entities[number][0],
            source="recorder",
            unit_of_measurement=unit,
            has_sum=number == 2,
            mean_type=1 if number == 1 else 0,
        )
        for number, unit in ((1, "°C"), (2, "kWh"))
    ]
    for hour in range(-48, 2):  # the last two lie where states are kept
        start = START + hour * HOUR
        made.append(db_schema.Statistics(metadata_id=1, start_ts=start, mean=hour / 2))
        made.append(db_schema.Statistics(metadata_id=2, start_ts=start, state=900.0 + hour))
    return made


fill(sys.argv[1], int(sys.argv[2]))
