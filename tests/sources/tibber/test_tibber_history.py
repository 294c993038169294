"""The past that Tibber keeps: pages, windows, retention, summer time, and what becomes of it."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.errors import BadResponse
from pumphouse.core.model import Device, Interval
from pumphouse.http.limits import TokenBucket
from pumphouse.http.session import ApiClient
from pumphouse.sources.selection import Selection
from pumphouse.sources.tibber.api import DataApi
from pumphouse.sources.tibber.history import HistoryMapper, Past, periods
from pumphouse.sources.tibber.problems import explain
from pumphouse.sources.tibber.wire import HISTORY, Page, Period, SupportedHistory

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DEVICE = Device("tibber", "dev/1", "Battery")
PATH = "/v1/homes/h/devices/dev%2F1/history"


def past(resolution="hour", days=None) -> Past:
    retention = None if days is None else timedelta(days=days)
    return Past("h", DEVICE, resolution, retention)


def items(first: datetime, count: int, step=timedelta(hours=1)):
    return [
        {"time": (first + n * step).isoformat(), "data": {"energyFlow": {"gridImport": n}}}
        for n in range(count)
    ]


def page(found, **more):
    return {"query": {}, "items": found, "next": None} | more


@pytest.fixture
async def api(cloud, host):
    client = ApiClient(
        cloud.url,
        host=host,
        registration=None,
        limiter=TokenBucket(1000.0, 1000, host.clock),
        explain=explain,
    )
    async with client:
        yield DataApi(client)


async def read(api, end=START + timedelta(days=1), what=None):
    pages = [found async for found in periods(api, what or past(), Interval(START, end), NOW)]
    return [period.time for found in pages for period in found]


async def test_one_request_asks_for_one_resolution_since_an_instant(api, cloud):
    cloud.answers[PATH] = page(items(START, 3))
    assert len(await read(api)) == 3
    (asked,) = cloud.asked
    assert asked.query == (("resolution", "hour"), ("since", "2026-01-01T00:00:00Z"))


async def test_the_other_direction_is_asked_by_until(api, cloud):
    cloud.answers[PATH] = page(items(START, 3), prev="/v1/x?cursor=1")
    found = await api.history("h", "dev/1", "day", START, direction="until")
    assert cloud.asked[0].query == (("resolution", "day"), ("until", "2026-01-01T00:00:00Z"))
    assert found.prev == "/v1/x?cursor=1"


@pytest.mark.parametrize("absolute", [True, False])
async def test_links_are_followed_letter_for_letter(api, cloud, absolute):
    link = f"{PATH}?cursor=a%2Bb%3D%3D&resolution=hour"
    cloud.answers[PATH] = lambda query: (
        page(items(START + timedelta(hours=2), 2))
        if "cursor" in query
        else page(items(START, 2), next=(cloud.url if absolute else "") + link)
    )
    assert len(await read(api)) == 4
    assert dict(cloud.asked[1].query)["cursor"] == "a+b=="


@pytest.mark.parametrize(
    "link", ["https://elsewhere.example/v1/x", "//elsewhere.example/", "ftp:x"]
)
async def test_a_link_that_leads_elsewhere_is_not_followed(api, cloud, link):
    cloud.answers[PATH] = page(items(START, 2), next=link)
    with pytest.raises(BadResponse, match="another place"):
        await read(api)
    assert len(cloud.asked) == 1


async def test_links_in_circles_end(api, cloud):
    cloud.answers[PATH] = page(items(START, 2), next=f"{PATH}?cursor=same")
    with pytest.raises(BadResponse, match="circles"):
        await read(api)
    assert len(cloud.asked) == 2


async def test_no_page_is_asked_for_behind_the_end(api, cloud):
    cloud.answers[PATH] = page(items(START, 30), next=f"{PATH}?cursor=more")
    assert len(await read(api)) == 24
    assert len(cloud.asked) == 1


async def test_where_the_vendors_window_ends_early_the_rest_is_asked_for(api, cloud):
    def answer(query):
        since = datetime.fromisoformat(query["since"])
        end = min(since + timedelta(days=1), START + timedelta(days=3))
        window = {"effectiveStart": since.isoformat(), "effectiveEnd": end.isoformat()}
        return page(items(since, 24), query=window)

    cloud.answers[PATH] = answer
    found = await read(api, START + timedelta(days=3))
    assert len(set(found)) == len(found) == 72
    assert len(cloud.asked) == 3


async def test_a_day_that_a_window_cuts_in_two_is_not_lost(api, cloud):
    """The vendor's windows of three days end at noon, and hold the days that are whole in them."""

    def answer(query):
        since = datetime.fromisoformat(query["since"])
        end = since + timedelta(days=3)
        days = [START + n * DAY for n in range(14)]
        whole = [day for day in days if since <= day and day + DAY <= end]
        told = [{"time": day.isoformat(), "data": {"a": 1}} for day in whole]
        return page(told, query={"effectiveEnd": end.isoformat()})

    cloud.answers[PATH] = answer
    wanted = Interval(START - HOUR * 12, START + 9 * DAY)
    pages = [found async for found in periods(api, past("day"), wanted, NOW)]
    times = [period.time for found in pages for period in found]
    assert times == [(START + n * DAY).isoformat() for n in range(9)]
    assert len(cloud.asked) <= 6


async def test_a_window_that_does_not_move_on_ends_the_asking(api, cloud):
    window = {"effectiveStart": START.isoformat(), "effectiveEnd": START.isoformat()}
    cloud.answers[PATH] = page([], query=window)
    assert await read(api) == []
    assert len(cloud.asked) == 1


async def test_nothing_is_asked_for_behind_the_retention(api, cloud):
    cloud.answers[PATH] = page([])
    await read(api, NOW, past(days=2))
    assert dict(cloud.asked[0].query)["since"] == "2026-01-13T12:00:00Z"
    await read(api, START + timedelta(days=1), past(days=2))
    assert len(cloud.asked) == 1


class Keeper:
    """Has kept an hour for every whole hour, and tells it in pages and windows of its own."""

    def __init__(self, page_size: int, window_hours: int | None, kept: int) -> None:
        self.page_size = page_size
        self.window = None if window_hours is None else timedelta(hours=window_hours)
        self.kept_until = START + timedelta(hours=kept)
        self.asked = 0

    async def history(self, _home: str, _device: str, _resolution: str, start: datetime) -> Page:
        start = start.replace(minute=0, second=0)  # minutes are cut off
        end = self.kept_until if self.window is None else start + self.window
        return self._page(start, min(end, self.kept_until))

    async def follow(self, link: str) -> Page:
        start, end = (datetime.fromisoformat(text) for text in link.split("|"))
        return self._page(start, end)

    def _page(self, start: datetime, end: datetime) -> Page:
        self.asked += 1
        times = [start + n * HOUR for n in range(self.page_size) if start + n * HOUR < end]
        rest = start + self.page_size * HOUR
        return HISTORY.validate_python(
            {
                "query": {"effectiveStart": start.isoformat(), "effectiveEnd": end.isoformat()},
                "items": [{"time": time.isoformat(), "data": {"a": 1}} for time in times],
                "next": f"{rest.isoformat()}|{end.isoformat()}" if rest < end else None,
            }
        )


@given(
    page_size=st.integers(1, 30),
    window=st.none() | st.integers(2, 40),
    kept=st.integers(0, 60),
    begin=st.integers(0, 3600 * 30),
    length=st.integers(0, 3600 * 40),
)
async def test_however_it_is_cut_every_period_comes_once(page_size, window, kept, begin, length):
    keeper = Keeper(page_size, window, kept)
    wanted = Interval(START + timedelta(seconds=begin), START + timedelta(seconds=begin + length))
    pages = periods(cast("DataApi", keeper), past(), wanted, NOW)
    found = [datetime.fromisoformat(one.time) async for page in pages for one in page]
    hours = (START + n * HOUR for n in range(kept))
    assert sorted(set(found)) == [hour for hour in hours if wanted.start <= hour < wanted.end]
    assert len(found) == len(set(found))
    assert keeper.asked <= 80


@pytest.mark.parametrize(
    ("supported", "resolutions"),
    [
        ({"resolutions": []}, []),
        ({}, []),
        ({"resolutions": ["day", "quarterHour", "hour", "month", "day"]},
         ["quarterHour", "hour", "day", "month"]),
        ({"resolutions": ["week"], "maxRetentionDays": 7}, ["week"]),
    ],
)  # fmt: skip
def test_only_what_a_device_supports_is_asked_for(supported, resolutions):
    found = Past.of("h", DEVICE, SupportedHistory.model_validate(supported))
    assert [one.resolution for one in found] == resolutions
    days = supported.get("maxRetentionDays")
    assert {one.retention for one in found} <= {days and timedelta(days=days)}


def mapped(found: list[Period], resolution="hour", selection=None):
    mapper = HistoryMapper("tibber", load_catalogue(), selection or Selection())
    return mapper.batch(past(resolution), found)


def period(time: str, **data: object) -> Period:
    return Period(time=time, data=data)


def test_nested_data_are_flattened_and_bear_their_resolution():
    found = period(
        "2026-01-01T00:00:00Z",
        energyFlow={"gridImport": 123, "solar": {"produced": 4.5}},
        storage={"stateOfCharge": 50}, other={"figure": 7},
        note=None, list=[1], flag=True,
    )  # fmt: skip
    batch = mapped([found], "quarterHour")
    values = {one.key.point: one.value for one in batch.readings}
    assert values == {
        "history.quarterHour.energyFlow.gridImport": 0.123,
        "history.quarterHour.energyFlow.solar.produced": 0.0045,
        "history.quarterHour.other.figure": 7,
        "history.quarterHour.storage.stateOfCharge": 50,
    }
    units = {point.key.point: point.unit.symbol for point in batch.points}
    assert units["history.quarterHour.storage.stateOfCharge"] == "%"
    assert units["history.quarterHour.energyFlow.gridImport"] == "kWh"
    assert units["history.quarterHour.other.figure"] == ""
    assert {point.metric for point in batch.points} == {None}


def test_what_is_there_twice_counts_once():
    one = period("2026-01-01T01:00:00+01:00", a=1)
    same = period("2026-01-01T00:00:00Z", a=1)
    assert len(mapped([one, same]).readings) == 1


def test_the_hour_that_summer_time_repeats_is_two_hours():
    found = [
        period(f"2026-10-25T{hour:02}:00:00+{offset:02}:00", a=hour)
        for hour, offset in [(1, 2), (2, 2), (2, 1), (3, 1)]
    ]
    times = [reading.time for reading in mapped(found).readings]
    assert len(set(times)) == 4
    assert {b - a for a, b in itertools.pairwise(times)} == {timedelta(hours=1)}


def test_days_of_23_and_25_hours_are_days():
    found = [
        period("2026-03-28T00:00:00+01:00", a=1),
        period("2026-03-29T00:00:00+01:00", a=2),
        period("2026-03-30T00:00:00+02:00", a=3),
    ]
    times = [reading.time for reading in mapped(found, "day").readings]
    assert [b - a for a, b in itertools.pairwise(times)] == [
        timedelta(hours=24),
        timedelta(hours=23),
    ]


def test_points_that_are_not_wanted_are_left_out():
    found = period("2026-01-01T00:00:00Z", a=1, b=2)
    batch = mapped([found], selection=Selection(("*",), ("history.*.b",)))
    assert [point.key.point for point in batch.points] == ["history.hour.a"]


def test_a_period_without_a_time_is_left_out():
    assert mapped([period("some day", a=1)]).readings == ()
    found = HISTORY.validate_python(page([{"data": {"a": 1}}, *items(START, 1)]))
    assert len(found.items) == 1
