import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.documents import LATEST_FIELDS, latest_document
from pumphouse.core.model import Option, Point, PointKey, Reading
from pumphouse.core.units import parse_unit
from pumphouse.importers.destination import Destination
from pumphouse.importers.own_export import csv_file, is_csv, is_json_lines, json_lines_file

from .conftest import everything

words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
texts = st.text(st.sampled_from('ab,;"\n\r \N{SNOWMAN}'), min_size=1, max_size=8)
times = st.integers(0, 130 * 365 * 86_400_000).map(
    lambda milliseconds: datetime(1970, 1, 2, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
)
numbers = st.floats(allow_nan=False, allow_infinity=False)
HEATING = Option(30.0, "Heating")


@st.composite
def rows(draw):
    """A reading of a number, of an enumeration or of a text, with its point."""
    kind = draw(st.sampled_from(["number", "code", "text"]))
    unit = draw(st.sampled_from(["°C", "W", "s", "", "(EB101)"])) if kind == "number" else ""
    key = PointKey(draw(words), draw(words), draw(words) + kind)
    options = (HEATING,) if kind == "code" else ()
    point = Point(key, draw(words), None, parse_unit(unit).canonical, options=options)
    value = {"number": draw(numbers), "code": 30.0, "text": None}[kind]
    return point, Reading(key, draw(times), value, draw(texts) if kind == "text" else None)


@given(exported=st.lists(rows(), min_size=1, max_size=6, unique_by=lambda row: row[0].key))
@settings(deadline=None)
async def test_what_was_exported_comes_back(tmp_path_factory, exported):
    folder = tmp_path_factory.mktemp("export")
    documents = [latest_document(point, reading) for point, reading in exported]
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in documents)
    table = io.StringIO()
    writer = csv.DictWriter(table, LATEST_FIELDS)
    writer.writeheader()
    writer.writerows(documents)
    (folder / "e.jsonl").write_text(lines, encoding="utf-8")
    (folder / "e.csv").write_text(table.getvalue(), encoding="utf-8", newline="")
    for reader in (
        json_lines_file(folder / "e.jsonl", Destination(load_catalogue())),
        csv_file(folder / "e.csv", Destination(load_catalogue())),
    ):
        readings, rejected, found = await everything(reader)
        assert rejected == []
        assert readings == [reading for _, reading in exported]
        points = {one.point.key: one.point for one in found if one.point is not None}
        assert points == {point.key: point for point, _ in exported}


@pytest.mark.parametrize("follow", [3, 300])
async def test_a_stray_quotation_mark_costs_one_line(to, tmp_path, follow):
    header = ",".join(LATEST_FIELDS)
    cells = dict.fromkeys(LATEST_FIELDS, "")
    lines = []
    for n in range(follow + 1):
        moment = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=n)
        row = cells | {
            "source": "house", "device": "pump", "point": "40004", "value": str(n),
            "time": moment.isoformat(),
        }  # fmt: skip
        lines.append(",".join(row.values()))
    lines[0] = lines[0].replace("house", '"house')
    (tmp_path / "e.csv").write_text("\n".join([header, *lines]), encoding="utf-8")
    readings, (rejected,), _ = await everything(csv_file(tmp_path / "e.csv", to()))
    assert rejected.line == 2
    assert [reading.value for reading in readings] == [float(n) for n in range(1, follow + 1)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "it is no JSON"),
        ("[]", "it is no JSON object"),
        ('{"source":"a","device":"b","point":"c","value":1}', "it has no time"),
        ('{"source":"a","device":"b","point":"c","value":1,"time":"2025-01-01T00:00:00"}',
         'the time "2025-01-01T00:00:00" has no zone'),
        ('{"source":"a","device":"b","point":"c","value":"x","time":"2025-01-01T00:00:00Z"}',
         'the value "x" is no number'),
        ('{"source":"a","device":"b","point":"c","time":"2025-01-01T00:00:00Z"}',
         "it has neither a value nor a text"),
        ('{"device":"b","point":"c","value":1,"time":"2025-01-01T00:00:00Z"}', "it has no source"),
        ("[" * 60_000, "it is no JSON"),
        ('{"source":"a","device":"b","point":"c","value":1,"time":"0001-01-01T00:00:00+05:00"}',
         "its time lies in the year 1"),
        ('{"source":"a","device":"b","point":"c","value":1,"time":"9999-12-31T23:00:00-05:00"}',
         "its time lies in the year 9999"),
        ('{"source":"\\ud800","device":"b","point":"c","value":1,"time":"2025-01-01T00:00:00Z"}',
         "its source holds what is no character"),
    ],
)  # fmt: skip
async def test_a_bad_line_is_set_aside(to, tmp_path, line, reason):
    (tmp_path / "e.jsonl").write_text(line + "\n", encoding="utf-8")
    readings, (rejected,), _ = await everything(json_lines_file(tmp_path / "e.jsonl", to()))
    assert readings == []
    assert (rejected.line, rejected.reason) == (1, reason)


async def test_a_cell_of_csv_that_is_too_long_is_set_aside(to, tmp_path):
    rows = [",".join(LATEST_FIELDS), f"a,b,c,,n,1,{'x' * 200_000},,2025-01-01T00:00:00Z"]
    (tmp_path / "e.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    readings, (rejected,), _ = await everything(csv_file(tmp_path / "e.csv", to()))
    assert readings == []
    assert rejected.line == 2
    assert rejected.reason.startswith("it is no line of CSV: ")


def test_each_format_knows_its_own():
    line = '{"source": "a", "device": "b", "point": "c", "time": "x"}\n'
    assert is_json_lines(line)
    assert not is_csv(line)
    assert is_csv(",".join(LATEST_FIELDS) + "\r\n")
    assert not is_json_lines("[1, 2]\n")
    assert not is_json_lines("[" * 60_000)
