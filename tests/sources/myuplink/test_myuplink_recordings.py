"""Every recorded myUplink account, from its JSON to readings."""

import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Batch
from pumphouse.core.units import parse_unit
from pumphouse.sources.myuplink import wire
from pumphouse.sources.myuplink.mapping import DeviceMapper, device_of
from pumphouse.sources.selection import Selection

FOLDER = Path(__file__).parents[2] / "recordings" / "myuplink"
FILES = sorted(FOLDER.glob("*.json"))
READ_AT = datetime(2030, 1, 1, tzinfo=UTC)
CASES = [(path, number) for path in FILES for number in range(2 if "two" in path.name else 1)]


def load(path: Path, number: int = 0) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    recording = json.loads(path.read_text(encoding="utf-8"))
    (system,) = recording["systems"]["systems"]
    device = system["devices"][number]
    return device, recording["points"][device["id"]]


def batch_of(
    device: dict[str, Any], points: list[dict[str, Any]], mapper: DeviceMapper | None = None
) -> Batch:
    mapper = mapper or DeviceMapper("cloud", load_catalogue(), Selection())
    listed = wire.SystemDevice.model_validate(device)
    return mapper.batch(device_of("cloud", listed), wire.POINTS.validate_python(points), READ_AT)


@pytest.mark.parametrize(("path", "number"), CASES, ids=lambda part: getattr(part, "stem", part))
def test_each_present_sensor_has_exactly_one_reading_and_a_missing_one_none(path, number):
    device, points = load(path, number)
    present = {point["parameterId"] for point in points if point["value"] != -32768}
    ids = [reading.key.point for reading in batch_of(device, points).readings]
    assert len(ids) == len(set(ids))
    assert set(ids) == present


@pytest.mark.parametrize(("path", "number"), CASES, ids=lambda part: getattr(part, "stem", part))
def test_every_id_is_one_point_also_where_its_sensor_is_missing(path, number):
    device, points = load(path, number)
    ids = [point.key.point for point in batch_of(device, points).points]
    assert len(ids) == len(set(ids))
    assert set(ids) == {point["parameterId"] for point in points}


@pytest.mark.parametrize(("path", "number"), CASES, ids=lambda part: getattr(part, "stem", part))
def test_each_value_unit_and_time_is_that_of_one_row_of_its_id(path, number):
    device, points = load(path, number)
    by_id = defaultdict(list)
    for row in points:
        by_id[row["parameterId"]].append(row)
    batch = batch_of(device, points)

    made = {point.key: point for point in batch.points}
    for reading in batch.readings:
        point, native = made[reading.key], reading.key.point
        vendor = load_catalogue().vendor("myuplink")
        for row in by_id[native]:
            native_point = vendor.get(native, unit=row["parameterUnit"])
            shown = parse_unit(row["parameterUnit"])
            if native_point is not None and native_point.unit is not None:
                shown = native_point.unit
            if point.options:
                shown = parse_unit("")
            if (
                reading.value == pytest.approx(shown.to_canonical(row["value"]))
                and point.unit == shown.canonical
                and reading.time == datetime.fromisoformat(row["timestamp"])
            ):
                break
        else:
            pytest.fail(f"{native}: {reading} is none of its rows")


@pytest.mark.parametrize(("path", "number"), CASES, ids=lambda part: getattr(part, "stem", part))
def test_names_and_labels_have_no_soft_hyphens_and_no_line_breaks(path, number):
    for point in batch_of(*load(path, number)).points:
        for text in (point.name, *(option.label for option in point.options)):
            assert text
            assert "\u00ad" not in text
            assert text == " ".join(text.split())


@pytest.mark.parametrize(("path", "number"), CASES, ids=lambda part: getattr(part, "stem", part))
def test_metrics_are_unique_within_a_device(path, number):
    metrics = [point.metric for point in batch_of(*load(path, number)).points if point.metric]
    assert len(metrics) == len(set(metrics))
    assert "outdoor_temperature" in metrics


@pytest.mark.parametrize(("path", "number"), CASES, ids=lambda part: getattr(part, "stem", part))
def test_the_device_has_model_serial_and_firmware_but_not_the_systems_name(path, number):
    device, points = load(path, number)
    (made,) = batch_of(device, points).devices
    assert made.id == device["id"]
    assert made.name == made.model == device["product"]["name"]
    assert made.serial == device["product"]["serialNumber"]
    assert made.firmware == device["currentFwVersion"]
    assert made.manufacturer == "NIBE"
    assert made.connected is True


def point_of(name: str, native: str):
    batch = batch_of(*load(FOLDER / f"{name}.json"))
    return next(point for point in batch.points if point.key.point == native)


def reading_of(name: str, native: str):
    batch = batch_of(*load(FOLDER / f"{name}.json"))
    return next(reading for reading in batch.readings if reading.key.point == native)


def test_limits_of_v2_are_raw():
    point = point_of("SMO-20", "47043")
    assert (point.minimum, point.maximum) == (5.0, 70.0)


@pytest.mark.parametrize("native", ["48891", "49580", "49756"])
def test_a_minimum_above_the_maximum_means_no_limits(native):
    point = point_of("SMO-20", native)
    assert (point.minimum, point.maximum, point.step) == (None, None, None)


def test_a_repeated_id_keeps_the_row_with_a_unit():
    assert point_of("SMO-20", "40940").unit.symbol == "DM"
    assert point_of("SMO-20", "44071").unit.symbol == "s"


def test_a_code_without_a_text_is_labelled_unknown():
    point, reading = point_of("SMO-20", "47728"), reading_of("SMO-20", "47728")
    assert reading.value == 0
    assert point.label(reading.value) == "unknown (0)"


def test_a_code_with_several_texts_is_labelled_by_the_text_shown():
    point, reading = point_of("SMO-20", "48758"), reading_of("SMO-20", "48758")
    assert point.label(reading.value) == "Always on"


def test_a_measured_value_is_no_code_whatever_list_of_texts_it_carries():
    assert point_of("SMO-20", "50114").options == ()
