"""The chart over HTTP: its data, its file, its page."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from pumphouse.core.model import (
    Batch,
    Device,
    Event,
    EventKind,
    Option,
    Point,
    PointKey,
    Reading,
)
from pumphouse.core.units import parse_unit

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
DEVICE = "chart"
SUPPLY = Point(PointKey("house", DEVICE, "40008"), "supply", "supply_temperature", parse_unit("°C"))
MODE = Point(
    PointKey("house", DEVICE, "43427"),
    "status",
    "compressor_status",
    options=(Option(20, "Off"), Option(60, "Running")),
)
SETTING = Point(PointKey("house", DEVICE, "47011"), "offset", "heating_offset")
FORMULA = Point(PointKey("house", DEVICE, "1"), "=HYPERLINK(1)", None, parse_unit("W"))
POINTS = (SUPPLY, MODE, SETTING, FORMULA)
SILENCE = range(100, 130)  # polls that brought nothing
POLLS = 288


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def charted(open_app):
    """A day of polls every five minutes with two and a half hours of silence in it."""
    readings = [Reading(SETTING.key, NOW - timedelta(days=90), 2.0)]
    for poll in range(POLLS):
        if poll in SILENCE:
            continue
        time = NOW - timedelta(days=1) + poll * timedelta(minutes=5)
        readings += [
            Reading(SUPPLY.key, time, 30.0 + poll % 7 / 10),
            Reading(MODE.key, time, 60.0 if poll % 12 < 6 else 20.0),
            Reading(FORMULA.key, time, 1500.0),
        ]
    await open_app.context.installation.store.append(
        Batch("house", (Device("house", DEVICE, "A </script> pump"),), POINTS, tuple(readings))
    )
    async with open_app.stranger() as browser:
        yield browser


async def ask(house, query):
    seen = await house.get(f"/api/chart?device={DEVICE}&{query}")
    assert seen.status == 200, seen.text
    return json.loads(seen.text)


async def test_series_share_one_axis_and_break_where_the_device_was_silent(charted):
    found = await ask(charted, "point=supply_temperature&point=1&last=24h")
    assert found["step"] is None
    for series in found["series"]:
        assert len(series["values"]) == len(found["times"])
        assert series["values"].count(None) == 1
    silent = found["times"][found["series"][0]["values"].index(None)]
    start = (NOW - timedelta(days=1)).timestamp()
    assert start + 99 * 300 < silent < start + 130 * 300


async def test_a_setting_that_was_told_months_ago_holds(charted):
    found = await ask(charted, "point=heating_offset&last=24h")
    assert {value for value in found["series"][0]["values"] if value is not None} == {2.0}


async def test_a_long_view_has_means_with_their_least_and_greatest(charted):
    found = await ask(
        charted, "point=supply_temperature&point=compressor_status&last=365d&width=800"
    )
    supply, mode = found["series"]
    assert found["step"] == 43200
    assert supply["min"][0] <= supply["values"][0] <= supply["max"][0]
    assert set(mode["values"]) <= {20.0, 60.0, None}
    assert found["shading"] is None


async def test_the_compressor_is_shaded_but_not_in_the_silence(charted):
    found = await ask(charted, "last=24h")
    stretches = found["shading"]["compressor"]
    start = (NOW - timedelta(days=1)).timestamp()
    assert all(end - begin <= 1800 for begin, end in stretches)
    assert not any(
        begin < start + 129 * 300 and end > start + 101 * 300 for begin, end in stretches
    )


async def test_without_names_the_telling_points_come(charted):
    found = await ask(charted, "")
    assert [one["name"] for one in found["series"]] == ["supply_temperature", "compressor_status"]


async def test_a_point_of_another_device_is_named_with_it(charted):
    found = await ask(charted, f"point=supply_temperature@{DEVICE}&point=nothing@nowhere")
    assert [one["point"] for one in found["series"]] == ["40008"]
    assert found["unknown"] == ["nothing@nowhere"]


async def test_who_asks_again_gets_nothing_again(charted):
    path = f"/api/chart?device={DEVICE}&from=2026-01-10&to=2026-01-13"
    first = await charted.get(path)
    again = await charted.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.text) == (304, "")


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("from=2026-01-10&to=2026-01-13", "private, max-age=300"),
        ("from=2026-01-10&to=2026-01-15", "private, no-cache"),
        ("last=7d", "private, no-cache"),
    ],
)
async def test_only_the_settled_past_is_kept_without_asking(charted, query, kept):
    seen = await charted.get(f"/api/chart?device={DEVICE}&{query}")
    assert seen.headers["Cache-Control"] == kept


@pytest.mark.parametrize(
    "query",
    [
        "from=tomorrow",
        "last=0h",
        "last=forever",
        "width=1",
        "width=1000000",
        "&".join(f"point={n}" for n in range(25)),
    ],
)
@pytest.mark.parametrize("path", ["/api/chart", "/history.csv"])
async def test_what_makes_no_sense_is_refused(charted, path, query):
    assert (await charted.get(f"{path}?{query}")).status == 422


@pytest.mark.parametrize("path", ["/api/chart", "/history.csv", "/history"])
async def test_a_stretch_that_ends_before_it_begins_is_not_there(charted, path):
    seen = await charted.get(f"{path}?from=2026-02-01&to=2026-01-01")
    assert seen.status == 404
    assert "before it begins" in seen.text


async def test_the_file_has_the_chart_s_times_and_values(charted):
    query = "point=supply_temperature&point=compressor_status&last=24h"
    chart = await ask(charted, query)
    seen = await charted.get(f"/history.csv?device={DEVICE}&{query}")
    rows = list(csv.reader(io.StringIO(seen.text, newline="")))
    assert rows[0] == ["time", "Supply temperature [°C]", "Compressor"]
    assert [float(row[1]) if row[1] else None for row in rows[1:]] == chart["series"][0]["values"]
    assert {row[2] for row in rows[1:]} == {"Off", "Running", ""}
    assert datetime.fromisoformat(rows[1][0]).timestamp() == chart["times"][0]
    assert seen.text.count("\r\n") == len(rows) == seen.text.count("\n")


async def test_the_file_of_a_long_view_has_least_and_greatest(charted):
    seen = await charted.get(f"/history.csv?device={DEVICE}&point=supply_temperature&last=365d")
    assert seen.text.splitlines()[0].split(",")[1:] == [
        "Supply temperature [°C]",
        "Supply temperature min [°C]",
        "Supply temperature max [°C]",
    ]


async def test_no_cell_of_the_file_begins_a_formula(charted):
    seen = await charted.get(f"/history.csv?device={DEVICE}&point=1&last=24h")
    assert seen.text.splitlines()[0] == "time,'=HYPERLINK(1) [W]"


async def test_the_file_s_name_is_plain(charted):
    seen = await charted.get(f"/history.csv?device={DEVICE}&from=2026-01-14&to=2026-01-15")
    assert seen.headers["Content-Disposition"].startswith('attachment; filename="pumphouse-')
    assert seen.headers["Content-Disposition"].endswith('Z.csv"')
    assert seen.headers["Content-Type"] == "text/csv; charset=utf-8"


async def test_the_page_holds_the_figures_and_the_first_chart(charted):
    page = (await charted.get(f"/history?device={DEVICE}&last=24h")).text
    assert "30.6" in page
    data = page.partition('id="history-chart">')[2].partition("</script>")[0]
    assert json.loads(data)["device"] == DEVICE


async def test_what_a_vendor_writes_cannot_end_the_page_s_data(charted):
    page = (await charted.get("/history?device=d1&point=%3Cscript%3Ealert(1)%3C/script%3E")).text
    assert "<script>alert" not in page


async def test_alarms_of_the_devices_in_the_view_come_along(charted):
    alarm = Event("chart-1", NOW - timedelta(hours=3), EventKind.ALARM, "Hot!", "house", DEVICE)
    other = Event("chart-2", NOW - timedelta(hours=3), EventKind.MODE, "Mode", "house", DEVICE)
    store = charted.context.installation.store
    await store.append(Batch("house", events=(alarm, other)))
    found = await ask(charted, "last=24h")
    assert [(one["title"], one["time"]) for one in found["alarms"]] == [
        ("Hot!", alarm.time.timestamp())
    ]
    assert "Hot!" in (await charted.get(f"/history?device={DEVICE}")).text.partition("<script")[2]


async def test_an_unknown_device_has_an_empty_chart_and_a_page(charted):
    found = json.loads((await charted.get("/api/chart?device=nobody")).text)
    assert (found["series"], found["times"]) == ([], [])
    assert (await charted.get("/history?device=nobody")).status == 200
