"""Every query of every dashboard returns data from the real server that it is written for."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[3] / "packaging/grafana/dashboards"


def panels(kind: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every target with a name for it."""
    for path in sorted((FOLDER / kind).glob("*.json")):
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            for target in panel.get("targets", ()):
                yield f"{path.stem}: {panel['title']} {target['refId']}", target


def queries(kind: str, key: str) -> list[object]:
    return [pytest.param(target[key], id=name) for name, target in panels(kind)]


def variables(kind: str) -> set[str]:
    boards = (json.loads(path.read_text()) for path in (FOLDER / kind).glob("*.json"))
    return {
        variable["query"]
        for board in boards
        for variable in board["templating"]["list"]
        if variable["type"] == "query"
    }


class TestInfluxQL:
    def ask(self, influxdb, past, device: str, query: str) -> list[Any]:
        """As Grafana asks: with its own words replaced."""
        start, end = past.interval.start.timestamp(), past.interval.end.timestamp()
        words = {
            "$timeFilter": f"time >= {start * 1000:.0f}ms and time <= {end * 1000:.0f}ms",
            "$__interval": "5m",
            "${device:regex}": re.escape(device).replace("\\-", "-").replace("/", "\\/"),
        }
        for word, meaning in words.items():
            query = query.replace(word, meaning)
        assert "$" not in query.replace("$/", "")
        answer = influxdb.get("/query", db="pumphouse", q=query, epoch="ms")
        [result] = answer["results"]
        assert "error" not in result, query
        return [row for series in result.get("series", ()) for row in series["values"]]

    @pytest.mark.parametrize("query", queries("influxdb", "query"))
    def test_a_query_returns_data(self, influxdb, past, query):
        rows = [row for d in past.devices for row in self.ask(influxdb, past, d.id, query)]
        assert any(value is not None for row in rows for value in row[1:])

    def test_the_devices_are_found(self, influxdb, past):
        [query] = variables("influxdb")
        rows = self.ask(influxdb, past, "", query)
        shown = {r.key.device for r in past.readings if past.points[r.key].metric}
        assert {value for _, value in rows} == shown

    def test_energy_of_a_day_is_the_growth_of_the_counter(self, influxdb, past):
        query = dict(panels("influxdb"))["overview: Energy A"]["query"]
        [air] = [device.id for device in past.devices if device.source == "air"]
        days = [value for _, value in self.ask(influxdb, past, air, query)]
        grown = [
            reading.value
            for reading in past.readings
            if past.points[reading.key].metric == "electricity_used"
        ]
        assert 0 < sum(days) <= grown[-1] - grown[0] + 1e-6


class TestPromQL:
    def ask(self, prometheus, past, device: str, query: str) -> Any:
        """As Grafana asks: over a day, every five minutes."""
        query = query.replace("$device", device)
        assert "$" not in query
        end = past.interval.end.timestamp()
        answer = prometheus.get(
            "/api/v1/query_range",
            query=query,
            start=str(end - 86400),
            end=str(end),
            step="300",
        )
        return answer["data"]["result"]

    @pytest.mark.parametrize("query", queries("prometheus", "expr"))
    def test_a_query_returns_data(self, prometheus, past, query):
        assert any(self.ask(prometheus, past, device.id, query) for device in past.devices)

    def test_the_devices_are_found(self, prometheus, past):
        [query] = variables("prometheus")
        asked = re.fullmatch(r"label_values\((\w+), (\w+)\)", query)
        assert asked is not None
        answer = prometheus.get(f"/api/v1/label/{asked[2]}/values", **{"match[]": asked[1]})
        assert set(answer["data"]) == {device.id for device in past.devices}

    def test_the_unit_is_the_one_that_people_read(self, prometheus, past):
        shown = dict(panels("prometheus"))["cold-side: Pressures A"]["expr"]
        [air] = [device.id for device in past.devices if device.source == "air"]
        [series] = self.ask(prometheus, past, air, shown)
        stored = {
            round(reading.value, 6)
            for reading in past.readings
            if past.points[reading.key].metric == "low_pressure"
        }
        assert {round(float(value), 6) for _, value in series["values"]} <= stored
