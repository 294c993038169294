"""What every recorded heat pump would be told to a live sink."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Batch
from pumphouse.core.ports import News
from pumphouse.sources.assembly import merged
from pumphouse.sources.myuplink import mapping as myuplink
from pumphouse.sources.myuplink import wire as myuplink_wire
from pumphouse.sources.nibe_uplink import mapping as nibe_uplink
from pumphouse.sources.nibe_uplink import wire as nibe_uplink_wire
from pumphouse.sources.nibe_uplink.reader import UnitValues
from pumphouse.sources.selection import Selection

FOLDER = Path(__file__).parents[2] / "recordings"
NOW = datetime(2030, 1, 1, tzinfo=UTC)
RECORDINGS = sorted(
    path.relative_to(FOLDER).as_posix()
    for vendor in ("nibe_uplink", "myuplink")
    for path in (FOLDER / vendor).glob("*.json")
)


def recording(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found


def batch_of(name: str) -> Batch:
    """The readings of one recording, as if all of them had been taken at `NOW`."""
    is_nibe = name.startswith("nibe_uplink/")
    batch = _nibe_uplink(recording(name)) if is_nibe else _myuplink(recording(name))
    return replace(
        batch,
        devices=tuple(replace(device, connected=True) for device in batch.devices),
        readings=tuple(replace(reading, time=NOW) for reading in batch.readings),
    )


def news_of(*names: str) -> News:
    """Everything that these recordings hold, all of it new."""
    return news(*(batch_of(name) for name in names))


def news(*batches: Batch, changed: bool = True, answering: bool = True) -> News:
    latest = {reading.key: reading for batch in batches for reading in batch.readings}
    return News(
        devices=[device for batch in batches for device in batch.devices],
        points={point.key: point for batch in batches for point in batch.points},
        latest=latest,
        changed=frozenset(latest) if changed else frozenset(),
        answering={batch.source: answering for batch in batches},
    )


def _nibe_uplink(recorded: dict[str, Any]) -> Batch:
    mapper = nibe_uplink.SystemMapper("house", load_catalogue(), Selection())
    (system,) = nibe_uplink_wire.SYSTEMS.validate_python({"objects": recorded["systems"]}).objects
    values: list[UnitValues] = []
    for unit in nibe_uplink_wire.UNITS.validate_python(recorded["units"]):
        number = str(unit.system_unit_id)
        rows: Sequence[object] = [
            *(row for part in recorded["categories"].get(number, ()) for row in part["parameters"]),
            *recorded.get("parameters", {}).get(number, ()),
        ]
        values.append(UnitValues(unit, nibe_uplink_wire.PARAMETERS.validate_python(rows)))
    return mapper.batch(system, values, NOW)


def _myuplink(recorded: dict[str, Any]) -> Batch:
    mapper = myuplink.DeviceMapper("cloud", load_catalogue(), Selection())
    (system,) = recorded["systems"]["systems"]
    parts = []
    for found in system["devices"]:
        device = myuplink.device_of(
            "cloud", myuplink_wire.SystemDevice.model_validate(found), system["systemId"]
        )
        points = myuplink_wire.POINTS.validate_python(recorded["points"][device.id])
        parts.append(mapper.batch(device, points, NOW))
    return merged("cloud", parts, ())
