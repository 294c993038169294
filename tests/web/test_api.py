"""The API beyond its document: the command line's JSON, kept where nothing has changed."""

import json
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.core.model import Reading
from pumphouse.runtime.documents import reading_document
from pumphouse.web.api.series import _bare, _labelled

from .rig import OUTDOOR, PRIORITY

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def house(open_app):
    async with open_app.stranger() as browser:
        yield browser


@given(
    st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  (hypothesis adds the zone)
)
async def test_the_quick_way_to_write_a_reading_writes_the_same(value, time):
    number, text = (value, None) if isinstance(value, float) else (None, value)
    reading = Reading(OUTDOOR.key, time, number, text)
    assert json.loads(_bare(reading)) == reading_document(OUTDOOR, reading)
    assert json.loads(_labelled(PRIORITY, reading)) == reading_document(PRIORITY, reading)


async def test_a_raw_series(house):
    found = json.loads((await house.get("/api/series?point=outdoor_temperature&from=25h")).text)
    assert found["point"]["unit"] == "°C"
    assert [one["value"] for one in found["readings"]] == [0.5 * n for n in range(24)]
    labelled = json.loads((await house.get("/api/series?point=priority&from=25h")).text)
    assert [one["text"] for one in labelled["readings"]] == ["hot water"]


async def test_a_series_in_buckets(house):
    path = "/api/series?point=40004&device=d1&from=25h&step=12h&aggregate=max"
    found = json.loads((await house.get(path)).text)
    assert sum(one["count"] for one in found["readings"]) == 24
    assert all(one["value"] == one["max"] for one in found["readings"])


async def test_events_are_in_their_time_and_of_their_device(house):
    assert len(json.loads((await house.get("/api/events")).text)) == 1
    assert json.loads((await house.get("/api/events?from=1min")).text) == []
    assert json.loads((await house.get("/api/events?device=other")).text) == []


async def test_what_has_not_changed_is_not_sent_again(house):
    first = await house.get("/api/points")
    assert first.headers["Cache-Control"] == "private, no-cache"
    for tag in (first.headers["ETag"], f'"other", {first.headers["ETag"]}', "*"):
        again = await house.get("/api/points", headers={"If-None-Match": tag})
        assert (again.status, again.text) == (304, "")
    other = await house.get("/api/points", headers={"If-None-Match": '"other"'})
    assert other.status == 200


async def test_long_answers_are_compressed(house):
    seen = await house.get("/api/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert seen.headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("", 422, "`point` is missing"),
        ("point=x", 404, "/api/points lists all"),
        ("point=40004&from=soon", 422, "write 2026-01-31"),
        ("point=40004&step=often", 422, "write 15min, 1h, 1d"),
        ("point=40004&from=today&to=yesterday", 404, "lies before the start"),
        ("point=40004&from=2026-02-31", 404, "is no time"),
        ("point=40004&aggregate=most", 422, "mean"),
    ],
)
async def test_a_problem_says_what_to_write(house, query, status, says):
    seen = await house.get(f"/api/series?{query}")
    problem = json.loads(seen.text)
    assert (seen.status, problem["status"]) == (status, status)
    assert says in problem["detail"]
