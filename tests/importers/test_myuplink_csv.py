from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pumphouse.core.model import Device, Point, PointKey
from pumphouse.core.units import parse_unit
from pumphouse.importers.myuplink_csv import is_myuplink_csv, myuplink_csv_file

from .conftest import RECORDINGS, everything

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("name", "lines", "metric", "first", "last"),
    [
        (
            "2025-11-09_to_2025-11-21_Return_line_(BT3).csv",
            1090,
            "return_temperature",
            (datetime(2025, 11, 9, 23, 28, 42, tzinfo=UTC), 29.5),
            (datetime(2025, 11, 21, 7, 49, 37, tzinfo=UTC), 23.5),
        ),
        (
            "2025-11-09_to_2025-11-21_Oper._time.csv",
            194,
            "compressor_run_time",
            (datetime(2025, 11, 9, 23, 47, 49, tzinfo=UTC), 11697 * 3600.0),
            (datetime(2025, 11, 21, 7, 49, 25, tzinfo=UTC), 11887 * 3600.0),
        ),
    ],
)
async def test_a_recorded_export_is_read_to_its_last_line(to, name, lines, metric, first, last):
    readings, rejected, found = await everything(myuplink_csv_file(RECORDINGS / name, to(), LONDON))
    assert rejected == []
    assert len(readings) == lines
    assert (readings[0].time, readings[0].value) == first
    assert (readings[-1].time, readings[-1].value) == last
    (series,) = found
    assert series.point is not None
    assert series.point.metric == metric
    assert series.point.key == PointKey("imported", "imported", series.point.key.point)


def _file(tmp_path, text, name="2025-03-01_to_2025-03-31_x.csv"):
    path = tmp_path / name
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    return path


async def test_a_title_may_hold_brackets_soft_hyphens_and_another_language(to, tmp_path):
    text = "Zeit;[Vor\u00adlauf [BT2] aussen][°C][40008];\n2025-03-01T00:00:00Z;35,5;\n"
    (reading,), _, (series,) = await everything(
        myuplink_csv_file(_file(tmp_path, text), to(), LONDON)
    )
    assert reading.value == 35.5
    assert series.point is not None
    assert series.name == "Vorlauf [BT2] aussen (40008)"
    assert series.point.metric == "supply_temperature"


@pytest.mark.parametrize(
    "written",
    [
        "2025-03-04T05:06:07+00:00",
        "2025-03-04T05:06:07Z",
        "2025-03-04 05:06:07",
        "04.03.2025 05:06:07",
        "04/03/2025, 05:06:07",
        "4. 3. 2025 5:06:07",
        "2025. 03. 04. 5:06:07",
        "4.3.2025 05.06.07",
        "4.3.2025 klo 5.06.07",
        "3/4/2025, 5:06:07\u202fAM",
        "Tue Mar 04 2025 06:06:07 GMT+0100 (Mitteleuropäische Normalzeit)",
        "1741064767",
        "1741064767000",
    ],
)
async def test_every_style_of_a_date_is_the_same_instant(to, tmp_path, written):
    # the second line tells day and month apart, and so does the name of the file
    text = f"timestamp;[a][°C][40004];\n{written};1.5;\n"
    (reading,), rejected, _ = await everything(
        myuplink_csv_file(_file(tmp_path, text), to(), LONDON)
    )
    assert rejected == []
    assert reading.time == datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)


async def test_bad_lines_are_set_aside_with_number_and_reason(to, tmp_path):
    text = (
        "timestamp;[a][°C][40004];\n2025-03-01T00:00:00Z;1.5;\nsoon;2;\n"
        "2025-03-01T01:00:00Z;warm;\n2025-03-01T02:00:00Z;;\n2025-03-01T03:00:00Z;3;\n"
    )
    readings, rejected, _ = await everything(myuplink_csv_file(_file(tmp_path, text), to(), LONDON))
    assert [reading.value for reading in readings] == [1.5, 3]
    assert [(row.line, row.reason) for row in rejected] == [
        (3, '"soon" is no time'),
        (4, '"warm" is no number'),
        (5, "it has no value"),
    ]


async def test_a_known_device_gets_its_own_points(to, tmp_path):
    device = Device("house", "emmy-r-1", "F730")
    known = Point(PointKey("house", "emmy-r-1", "40004"), "Outdoor", None, parse_unit("°C"))
    text = "timestamp;[a][°C][40004];\n2025-03-01T00:00:00Z;1.5;\n"
    for name in ("emmy-r-1", "f730"):
        destination = to((device,), (known,), chosen=name)
        (reading,), _, (series,) = await everything(
            myuplink_csv_file(_file(tmp_path, text), destination, LONDON)
        )
        assert reading.key == known.key
        assert (series.device, series.point) == (device, known)


async def test_reading_goes_on_behind_a_position(to, tmp_path):
    rows = "".join(f"2025-03-01T{n // 60:02}:{n % 60:02}:00Z;{n};\n" for n in range(1440)) * 8
    path = _file(tmp_path, f"timestamp;[a][°C][40004];\n{rows}")
    positions = [p.position async for p in myuplink_csv_file(path, to(), LONDON).pieces()]
    whole, _, _ = await everything(myuplink_csv_file(path, to(), LONDON))
    assert len(positions) > 2
    for position in positions:
        rest, rejected, _ = await everything(myuplink_csv_file(path, to(), LONDON), position)
        assert rejected == []
        assert rest == whole[len(whole) - len(rest) :]


async def test_an_export_without_data_is_no_mistake(to, tmp_path):
    path = _file(tmp_path, "\n")
    assert is_myuplink_csv("\n")
    assert await everything(myuplink_csv_file(path, to(), LONDON)) == ([], [], [])


@pytest.mark.parametrize(
    "head", ["", "timestamp;value\n", "source,device,point\n", "heatpump,a=b c=1 1\n", "\x00\x01"]
)
def test_other_files_are_not_taken_for_an_export(head):
    assert not is_myuplink_csv(head)


@pytest.mark.parametrize(
    "columns", ["[Tur; retur][°C][40012]", "[Tur; a][°C][40012];[B][°C][40014]"]
)
async def test_a_title_may_hold_what_separates_columns(to, tmp_path, columns):
    head = f"timestamp;{columns};\n"
    assert is_myuplink_csv(head)
    path = _file(tmp_path, head + "2025-03-02T00:00:00+00:00;29.5;30;\n")
    readings, rejected, _ = await everything(myuplink_csv_file(path, to(), LONDON))
    assert rejected == []
    assert [reading.value for reading in readings] == [29.5, 30.0][: columns.count("][°C]")]


async def test_an_underscore_is_part_of_no_number(to, tmp_path):
    path = _file(tmp_path, "timestamp;[A][°C][40012];\n2025-03-02T00:00:00+00:00;1_0;\n")
    _, rejected, _ = await everything(myuplink_csv_file(path, to(), LONDON))
    assert [one.reason for one in rejected] == ['"1_0" is no number']
