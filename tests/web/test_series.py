"""A series written row by row says what the documents say, in one piece or in many."""

import asyncio
import json
from array import array
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.core.model import Batch, Interval, Reading
from pumphouse.core.ports import Aggregate, Bucket, Columns
from pumphouse.runtime.documents import bucket_documents, reading_document
from pumphouse.web.api.series import _numbers, _rows, _Turns

from .rig import OUTDOOR, PRIORITY

pytestmark = pytest.mark.asyncio(loop_scope="module")

START = datetime(2024, 1, 1, tzinfo=UTC)
#: within a piece, at its very end, and years apart
MINUTES = (0, 5, 7 * 24 * 60 - 1, 7 * 24 * 60, 20_000, 700_000, 700_001)
AROUND = Interval(datetime(2023, 6, 2, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC))
BEFORE_AND_AFTER = "from=2023-06-01&to=2026-01-01"

numbers = st.floats(allow_nan=False, allow_infinity=False)
instants = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  (hypothesis adds the zone)


@pytest_asyncio.fixture(loop_scope="module")
async def house(open_app):
    store = open_app.context.installation.store
    for point, values in ((OUTDOOR, (1.5, -3.0)), (PRIORITY, (10.0, 20.0))):
        readings = tuple(
            Reading(point.key, START + timedelta(minutes=minute), values[number % 2])
            for number, minute in enumerate(MINUTES)
        )
        await store.append(Batch("house", points=(point,), readings=readings))
    text = Reading(OUTDOOR.key, START + timedelta(minutes=30_000), None, 'broken "wire"')
    await store.append(Batch("house", readings=(text,)))
    async with open_app.stranger() as browser:
        yield browser


@pytest.mark.parametrize("point", [OUTDOOR, PRIORITY])
async def test_years_of_readings_come_in_pieces_that_make_one_document(house, point):
    seen = await house.get(f"/api/series?point={point.key.point}&{BEFORE_AND_AFTER}")
    found = json.loads(seen.text)["readings"]
    assert [one["time"] for one in found] == sorted({one["time"] for one in found})
    assert len(found) >= len(MINUTES)
    assert seen.headers["Content-Type"] == "application/json"
    expected = [
        reading_document(point, reading)
        for reading in await house.context.installation.store.readings(point.key, AROUND)
    ]
    assert found == expected


async def test_years_without_a_reading_are_an_empty_list(house):
    seen = await house.get("/api/series?point=40004&from=2019-01-01&to=2023-01-01")
    assert json.loads(seen.text)["readings"] == []


async def test_a_short_series_is_kept_by_the_browser(house):
    path = "/api/series?point=40004&from=2024-01-01&to=2024-01-07"
    tag = (await house.get(path)).headers["ETag"]
    again = await house.get(path, headers={"If-None-Match": tag})
    assert (again.status, again.text) == (304, "")


async def test_the_oldest_question_is_next_and_one_that_is_given_up_is_passed_over():
    turns, served, go = _Turns(1), [], asyncio.Event()
    questions = [turns.question() for _ in range(5)]

    async def ask(question):
        async with turns.turn(question):
            await go.wait()
            served.append(question)

    asking = {number: asyncio.create_task(ask(questions[number])) for number in (0, 3, 1, 4, 2)}
    await asyncio.sleep(0)
    asking[1].cancel()
    asking[0].cancel()
    go.set()
    await asyncio.gather(*asking.values(), return_exceptions=True)
    assert served == [2, 3, 4]
    async with asyncio.timeout(60), turns.turn(turns.question()):
        pass


async def test_a_turn_that_is_called_and_given_up_at_the_same_time_is_passed_on():
    turns = _Turns(1)
    first, second = turns.turn(turns.question()), turns.turn(turns.question())
    await first.__aenter__()
    waiting = asyncio.create_task(second.__aenter__())
    await asyncio.sleep(0)
    await first.__aexit__(None, None, None)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with asyncio.timeout(60), turns.turn(turns.question()):
        pass


@given(
    st.lists(st.builds(Bucket, instants, st.integers(1, 10**6), *[numbers] * 4), max_size=3),
    st.sampled_from(Aggregate),
)
async def test_the_quick_way_to_write_buckets_writes_the_same(buckets, aggregate):
    written = json.loads(b"[%b]" % _rows(buckets, aggregate))
    assert written == json.loads(json.dumps(bucket_documents(buckets, aggregate)))


@given(st.lists(st.tuples(instants, numbers), max_size=3))
async def test_the_quick_way_to_write_numbers_writes_the_same(pairs):
    pairs = [(time.replace(microsecond=time.microsecond // 1000 * 1000), n) for time, n in pairs]
    columns = Columns(
        array("d", [time.timestamp() for time, _ in pairs]), array("d", [n for _, n in pairs])
    )
    for point in (OUTDOOR, PRIORITY):
        written = json.loads(b"[%b]" % _numbers(point, columns))
        expected = [reading_document(point, Reading(point.key, time, n)) for time, n in pairs]
        assert written == expected
