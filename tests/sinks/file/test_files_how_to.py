"""The page about files says what is so: its configuration is one, and its program reads them."""

import json
import os
import random
import re
import runpy
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pumphouse.config.load import parse
from pumphouse.core.documents import LATEST_FIELDS
from pumphouse.core.model import Point, PointKey, Reading
from pumphouse.core.ports import Host
from pumphouse.core.units import parse_unit
from pumphouse.http.grants import FileGrantStore
from pumphouse.sinks.file import PLUGIN
from pumphouse.sinks.file.settings import FileSettings
from pumphouse.sinks.file.sink import FileSink
from pumphouse.testing.clock import FakeClock

PAGE = (Path(__file__).parents[3] / "docs/how-to/files.md").read_text(encoding="utf-8")
OUTDOOR = Point(PointKey("house", "36563", "40004"), "BT1", "outdoor_temperature", parse_unit("°C"))
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
async def written(tmp_path, monkeypatch):
    """The folder of the page, with one reading that was corrected later."""
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = parse(blocks("toml")[0], {}, {"file": PLUGIN.settings}).sinks["lines"]
    host = Host(FileGrantStore(tmp_path), FakeClock(), random.Random(7), "tests")
    assert isinstance(settings, FileSettings)
    async with FileSink("lines", settings, host) as sink:
        for value in (-3.2, -3.4):
            await sink.deliver([Reading(OUTDOOR.key, NOON, value)], {OUTDOOR.key: OUTDOOR})
    return tmp_path / "pumphouse-readings"


def test_the_line_shown_has_the_keys_of_a_line():
    assert tuple(json.loads(blocks("json")[0])) == LATEST_FIELDS


async def test_the_program_reads_the_files_and_takes_the_last_word(written, tmp_path):
    (tmp_path / "program.py").write_text(blocks("python")[0])
    found = runpy.run_path(str(tmp_path / "program.py"))
    assert found["outdoor"] == [("2026-01-31T12:00:00Z", -3.4)]


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not here: apt-get install jq")
def test_the_command_reads_a_file(written):
    command = next(block for block in blocks("sh") if block.startswith("jq"))
    done = subprocess.run(
        command, shell=True, cwd=written, capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.split("\n")[0].split("\t") == ["2026-01-31T12:00:00Z", "-3.2"]
