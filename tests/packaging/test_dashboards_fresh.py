"""The dashboards that are checked in are those that the catalogue makes."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

GRAFANA = Path(__file__).parents[2] / "packaging/grafana"
FILES = sorted((GRAFANA / "dashboards").glob("*/*.json"))


def test_they_are_up_to_date():
    if find_spec("grafana_foundation_sdk") is None:
        message = "grafana-foundation-sdk is missing: uv sync --group test"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    done = subprocess.run(
        [sys.executable, GRAFANA / "generate.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_there_are_five_for_each_kind_of_database():
    names = {"overview", "heating", "hot-water", "cold-side", "data-quality"}
    assert {path.parent.name for path in FILES} == {"influxdb", "prometheus"}
    for kind in ("influxdb", "prometheus"):
        assert {path.stem for path in FILES if path.parent.name == kind} == names


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
class TestEachDashboard:
    def test_it_is_found_under_the_same_address_for_ever(self, path):
        board = json.loads(path.read_text(encoding="utf-8"))
        assert board["uid"] == f"pumphouse-{path.parent.name}-{path.stem}"
        assert len(board["uid"]) <= 40  # Grafana's limit

    def test_it_asks_only_the_data_source_that_is_chosen(self, path):
        board = json.loads(path.read_text(encoding="utf-8"))
        assert [v["name"] for v in board["templating"]["list"]] == ["ds", "device"]
        chosen = {"type": path.parent.name, "uid": "${ds}"}
        for panel in board["panels"]:
            for asking in (panel, *panel.get("targets", ())):
                assert asking.get("datasource", chosen) in (chosen, {"uid": "${ds}"})

    def test_its_panels_do_not_overlap(self, path):
        board = json.loads(path.read_text(encoding="utf-8"))
        taken: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            at = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(at["x"], at["x"] + at["w"])
                for y in range(at["y"], at["y"] + at["h"])
            }
            assert not cells & taken, panel["title"]
            assert at["x"] + at["w"] <= 24, panel["title"]
            taken |= cells
