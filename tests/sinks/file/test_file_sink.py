"""Files: by day, on the disk, nobody else's business, and no line twice."""

import errno
import json
import os
import random
import stat
from datetime import UTC, datetime, timedelta

import pytest

from pumphouse.core.errors import AccessDenied, ServerFailure
from pumphouse.core.model import Option, Point, PointKey, Reading, Site
from pumphouse.core.ports import Host
from pumphouse.core.units import parse_unit
from pumphouse.http.grants import FileGrantStore
from pumphouse.sinks.file import PLUGIN
from pumphouse.testing.clock import FakeClock

OUTDOOR = Point(PointKey("house", "d1", "40004"), "Ute", "outdoor_temperature", parse_unit("°C"))
MODE = Point(PointKey("house", "d1", "47137"), "mode", options=(Option(1.0, "manual"),))
POINTS = {point.key: point for point in (OUTDOOR, MODE)}
EVENING = datetime(2026, 1, 31, 22, 59, tzinfo=UTC)  # a minute before midnight in Stockholm


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "lines"


@pytest.fixture
def opened(folder, tmp_path):
    def sink(form="jsonl"):
        grants = FileGrantStore(tmp_path / "grants")
        site = Site("Home", "Europe/Stockholm")
        host = Host(grants, FakeClock(), random.Random(7), "tests", site)
        settings = PLUGIN.settings.model_validate(
            {"type": "file", "folder": str(folder), "format": form}
        )
        return PLUGIN.open("log", settings, host)

    return sink


def readings(count, start=EVENING):
    return [
        Reading(OUTDOOR.key, start + number * timedelta(minutes=1), float(number))
        for number in range(count)
    ]


async def deliver(sink, batch):
    async with sink:
        assert list(await sink.deliver(batch, POINTS)) == []


def lines(folder):
    return {path.name: path.read_text().splitlines() for path in sorted(folder.iterdir())}


async def test_a_day_of_the_site_has_a_file_of_its_own(opened, folder):
    await deliver(opened(), readings(3))
    found = lines(folder)
    assert {name: len(one) for name, one in found.items()} == {
        "log-2026-01-31.jsonl": 1,
        "log-2026-02-01.jsonl": 2,
    }
    assert json.loads(found["log-2026-01-31.jsonl"][0]) == {
        "source": "house",
        "device": "d1",
        "point": "40004",
        "metric": "outdoor_temperature",
        "name": "Ute",
        "value": 0.0,
        "text": None,
        "unit": "°C",
        "time": "2026-01-31T22:59:00Z",
    }


async def test_csv_has_a_head_and_one_line_for_each_reading(opened, folder):
    text = Reading(OUTDOOR.key, EVENING, None, 'two\nlines, "quoted"')
    await deliver(opened("csv"), [text, Reading(MODE.key, EVENING, 1.0)])
    await deliver(opened("csv"), readings(1, EVENING - timedelta(hours=1)))
    assert lines(folder)["log-2026-01-31.csv"] == [
        "source,device,point,metric,name,value,text,unit,time",
        'house,d1,40004,outdoor_temperature,Ute,,"two lines, ""quoted""",°C,2026-01-31T22:59:00Z',
        "house,d1,47137,,mode,1.0,manual,,2026-01-31T22:59:00Z",
        "house,d1,40004,outdoor_temperature,Ute,0.0,,°C,2026-01-31T21:59:00Z",
    ]


async def test_nobody_else_may_read_them(opened, folder):
    await deliver(opened(), readings(1))
    (path,) = folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("form", ["jsonl", "csv"])
@pytest.mark.parametrize("cut", [1, 20, 60])
async def test_a_line_that_a_crash_has_cut_is_written_anew(opened, folder, form, cut):
    await deliver(opened(form), readings(1) + readings(20, EVENING - timedelta(hours=1)))
    (whole,) = lines(folder).values()
    (path,) = folder.iterdir()
    os.truncate(path, path.stat().st_size - cut)
    await deliver(opened(form), readings(20, EVENING - timedelta(hours=1)))
    (again,) = lines(folder).values()
    assert sorted(again) == sorted(whole)


async def test_an_empty_file_gets_its_head_too(opened, folder):
    folder.mkdir()
    (folder / "log-2026-01-31.csv").touch()
    await deliver(opened("csv"), readings(1))
    assert len(lines(folder)["log-2026-01-31.csv"]) == 2


async def test_a_corrected_value_is_a_further_line(opened, folder):
    sink = opened()
    first, other = readings(1)[0], Reading(OUTDOOR.key, EVENING, 9.0)
    for batch in ([first], [other], [other, first], [first]):
        await deliver(sink, batch)
    (found,) = lines(folder).values()
    assert [json.loads(line)["value"] for line in found] == [0.0, 9.0, 0.0]


async def test_many_days_at_once_and_again(opened, folder):
    batch = [
        Reading(OUTDOOR.key, EVENING + number * timedelta(days=1), 1.0) for number in range(40)
    ]
    sink = opened()
    for _ in range(2):
        await deliver(sink, batch)
    assert [len(one) for one in lines(folder).values()] == [1] * 40


async def test_lines_of_somebody_else_stay(opened, folder):
    sink = opened()
    async with sink:
        await sink.deliver(readings(1), POINTS)
        (path,) = folder.iterdir()
        with path.open("a") as file:
            file.write("a remark\n")
        await sink.deliver(readings(1, EVENING - timedelta(hours=1)), POINTS)
    assert path.read_text().splitlines()[1] == "a remark"
    assert len(path.read_text().splitlines()) == 3


async def test_a_folder_that_cannot_be_made_needs_a_person(opened, folder):
    folder.write_text("in the way")
    with pytest.raises((AccessDenied, ServerFailure), match="cannot be written"):
        await deliver(opened(), readings(1))


@pytest.mark.parametrize(
    ("number", "error"), [(errno.ENOSPC, ServerFailure), (errno.EROFS, AccessDenied)]
)
async def test_after_a_failing_disk_the_file_is_as_before(
    opened, folder, monkeypatch, number, error
):
    sink = opened()
    await deliver(sink, readings(1))
    before = lines(folder)

    def fails(_descriptor):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fails)
        with pytest.raises(error, match=os.strerror(number)):
            await deliver(sink, readings(1, EVENING - timedelta(hours=1)))
    assert lines(folder) == before
    await deliver(sink, readings(1, EVENING - timedelta(hours=1)))
    assert len(lines(folder)["log-2026-01-31.jsonl"]) == 2
