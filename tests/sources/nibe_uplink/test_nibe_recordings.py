"""Every recorded NIBE Uplink system, from its JSON to readings."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Batch
from pumphouse.core.units import parse_unit
from pumphouse.sources.nibe_uplink import wire
from pumphouse.sources.nibe_uplink.mapping import SystemMapper
from pumphouse.sources.nibe_uplink.reader import UnitValues
from pumphouse.sources.selection import Selection

FOLDER = Path(__file__).parents[2] / "recordings" / "nibe_uplink"
FILES = sorted(FOLDER.glob("*.json"))
READ_AT = datetime(2030, 1, 1, tzinfo=UTC)
#: what the README of the recordings corrects in `expected`
RIGHT_DIVISORS = {
    **dict.fromkeys(("41189", "41190", "44700", "44866", "48991"), 10),
    "43084": 100,
    "10069": 1000,
}
#: shown in °C, but differences
DIFFERENCES = {"43146"}


def load(path: Path) -> dict[str, Any]:
    recording: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return recording


def rows(recording: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    """Every parameter of a recording with its unit; settings come last."""
    found = [
        (int(unit), row)
        for unit, categories in recording["categories"].items()
        for category in categories
        for row in category["parameters"]
    ]
    return found + [
        (int(unit), row)
        for unit, parameters in recording.get("parameters", {}).items()
        for row in parameters
    ]


def batch_of(recording: dict[str, Any], mapper: SystemMapper | None = None) -> Batch:
    mapper = mapper or SystemMapper("house", load_catalogue(), Selection())
    (system,) = wire.SYSTEMS.validate_python({"objects": recording["systems"]}).objects
    values = []
    for unit in wire.UNITS.validate_python(recording["units"]):
        raw = [row for number, row in rows(recording) if number == unit.system_unit_id]
        values.append(UnitValues(unit, wire.PARAMETERS.validate_python(raw)))
    return mapper.batch(system, values, READ_AT)


def expected_value(recording: dict[str, Any], unit: int, row: dict[str, Any]) -> float:
    bare = str(row["parameterId"])
    divisor = recording["expected"][str(unit)][bare]["divisor"]
    divisor = RIGHT_DIVISORS.get(bare, divisor) or 1
    if bare == "41427":
        divisor = {"cent": 10, "øre": 1}[row["unit"]]
    return float(row["rawValue"] / divisor)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_present_sensor_has_exactly_one_reading_and_a_missing_one_none(path):
    recording = load(path)
    present: set[str] = set()
    missing: set[str] = set()
    for unit, row in rows(recording):
        prefix = f"{unit}/" if unit else ""
        bare = row["parameterId"] or f"0:{row['title']}"
        (missing if row["displayValue"] == "--" else present).add(f"{prefix}{bare}")

    batch = batch_of(recording)

    ids = [reading.key.point for reading in batch.readings]
    assert len(ids) == len(set(ids))
    assert set(ids) == present
    assert not missing & set(ids)
    points = [point.key.point for point in batch.points]
    assert len(points) == len(set(points))
    assert set(points) == present | missing
    assert [point for point in points if point in present] == ids


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_value_and_unit_is_right(path):
    recording = load(path)
    batch = batch_of(recording)
    readings = {reading.key.point: reading for reading in batch.readings}
    points = {point.key.point: point for point in batch.points}

    for unit, row in rows(recording):
        if row["displayValue"] == "--" or row["parameterId"] == 0:
            continue
        native = f"{unit}/{row['parameterId']}" if unit else str(row["parameterId"])
        shown = parse_unit(row["unit"])
        value = shown.to_canonical(expected_value(recording, unit, row))
        assert readings[native].value == pytest.approx(value, abs=1e-9), native
        if shown.symbol:
            right = "K" if native in DIFFERENCES else shown.canonical.symbol
            assert points[native].unit.symbol == right, native


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_code_is_labelled_and_a_number_is_not(path):
    recording = load(path)
    batch = batch_of(recording)
    readings = {reading.key.point: reading for reading in batch.readings}
    points = {point.key.point: point for point in batch.points}
    prose = {
        "yes",
        "no",
        "on",
        "off",
        "active",
        "not used",
        "alarm output",
        "mini",
        "brine monitor",
    }
    for unit, row in rows(recording):
        if row["displayValue"] in prose:
            native = f"{unit}/{row['parameterId']}" if unit else str(row["parameterId"])
            label = points[native].label(readings[native].value)
            assert label, native
            assert not label.startswith("unknown"), native


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_time_is_the_systems_last_activity(path):
    recording = load(path)
    batch = batch_of(recording)
    time = datetime.fromisoformat(recording["systems"][0]["lastActivityDate"])
    assert {reading.time for reading in batch.readings} == {time}
    assert batch.devices[0].last_seen == time


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_system_with_its_units_is_one_device_with_model_serial_and_firmware(path):
    recording = load(path)
    (system,), units = recording["systems"], recording["units"]
    (device,) = batch_of(recording).devices
    assert device.id == str(system["systemId"])
    assert device.name == system["name"]
    assert device.manufacturer == "NIBE"
    assert device.model == units[0]["product"]
    assert device.serial == system["serialNumber"]
    assert device.firmware == units[0]["softwareVersion"]
    assert device.connected is True


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_metrics_are_unique_within_a_device(path):
    metrics = [point.metric for point in batch_of(load(path)).points if point.metric]
    assert len(metrics) == len(set(metrics))
    assert {"outdoor_temperature", "hot_water_charging_temperature"} <= set(metrics)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_reading_the_same_answer_again_says_the_same(path):
    recording = load(path)
    mapper = SystemMapper("house", load_catalogue(), Selection())
    assert batch_of(recording, mapper) == batch_of(recording, mapper)
