"""History: pages, clamps, holes, days of other lengths."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.simulator.tibber.periods import beginning, following, periods, preceding

STOCKHOLM = ZoneInfo("Europe/Stockholm")
BATTERY = "Home battery"
PUMP = "Test pump"


@pytest.fixture
async def asks(tibber):
    """Asks for the history of a device of a name; tokens do not outlive the moves of the clock."""
    await tibber.log_in()
    home = (await tibber.homes())[0]
    devices = await tibber.devices(home)

    async def ask(name: str, query: str):
        await tibber.log_in()
        return await tibber.get(f"/v1/homes/{home}/devices/{devices[name]}/history?{query}")

    return ask


async def read_all(tibber, asks, name, query, link):
    """Every page, following links as they are."""
    reply = (await asks(name, query)).json
    pages = [reply["items"]]
    while reply[link]:
        reply = (await tibber.get(reply[link])).json
        pages.append(reply["items"])
    return pages


class TestPages:
    async def test_since_goes_forward_by_next(self, tibber, asks, clock):
        clock.move(days=3)
        pages = await read_all(
            tibber, asks, PUMP, "resolution=quarterHour&since=2000-01-01T00:00:00Z", "next"
        )
        assert [len(page) for page in pages[:-1]] == [150] * (len(pages) - 1)
        times = [item["time"] for page in pages for item in page]
        assert times == sorted(set(times))
        assert len(pages) > 2

    async def test_until_goes_backward_by_prev(self, tibber, asks, clock):
        clock.move(days=3)
        query = "resolution=quarterHour&{}=2026-04-02T00:00:00Z"
        back = await read_all(tibber, asks, PUMP, query.format("until"), "prev")
        forth = await read_all(
            tibber, asks, PUMP, "resolution=quarterHour&since=2000-01-01T00:00:00Z", "next"
        )
        before = [
            item["time"]
            for page in forth
            for item in page
            if datetime.fromisoformat(item["time"]) < datetime(2026, 4, 2, tzinfo=UTC)
        ]
        assert [item["time"] for page in reversed(back) for item in page] == before

    async def test_a_page_says_how_large_it_may_be(self, asks):
        for name, size in ((PUMP, 150), (BATTERY, 200)):
            told = (await asks(name, "resolution=hour&until=2026-03-31T00:00:00Z")).json
            assert told["query"]["pageSize"] == size


class TestWindow:
    async def test_it_is_clamped_to_what_there_is(self, asks):
        told = (await asks(BATTERY, "resolution=hour&since=2000-01-01T00:00:00Z")).json
        assert told["query"]["effectiveStart"] == "2026-03-30T12:00:30+02:00"
        assert told["query"]["effectiveEnd"] == "2026-03-31T12:00:00+02:00"

    async def test_retention_moves_on(self, tibber, asks, clock):
        clock.move(days=100)
        told = (await asks(PUMP, "resolution=day&since=2000-01-01T00:00:00Z")).json
        assert told["query"]["effectiveStart"].startswith("2026-04-10")

    async def test_minutes_are_cut(self, asks, clock):
        clock.move(hours=5)
        told = (await asks(BATTERY, "resolution=quarterHour&since=2026-03-31T10:59:59Z")).json
        assert told["query"]["effectiveStart"] == "2026-03-31T12:00:00+02:00"

    async def test_only_closed_periods_are_told(self, asks, clock):
        clock.move(minutes=44)
        told = (await asks(BATTERY, "resolution=quarterHour&until=2030-01-01T00:00:00Z")).json
        assert told["items"][-1]["time"] == "2026-03-31T12:15:00+02:00"

    async def test_the_future_is_empty(self, asks):
        told = (await asks(BATTERY, "resolution=hour&since=2030-01-01T00:00:00Z")).json
        assert told["items"] == []
        assert told["next"] is None


class TestPoints:
    async def test_they_carry_the_offset_of_the_home(self, asks):
        told = (await asks(BATTERY, "resolution=hour&until=2026-03-31T09:00:00Z")).json
        assert {item["time"][-6:] for item in told["items"]} == {"+02:00"}

    async def test_those_of_a_thermostat_are_not_aligned(self, asks):
        told = (await asks(PUMP, "resolution=hour&until=2026-03-31T09:00:00Z")).json
        assert all(item["time"][14:19] == "00:17" for item in told["items"])

    async def test_a_day_of_a_thermostat_is_an_average_temperature(self, asks, clock):
        clock.move(days=2)
        told = (await asks(PUMP, "resolution=day&since=2026-03-30T00:00:00Z")).json
        assert [item["data"] for item in told["items"]] == [{"temp": {"average": 21.0}}] * 2

    async def test_storage_is_only_in_short_periods(self, asks, clock):
        clock.move(days=2)
        shapes = {}
        for resolution in ("quarterHour", "hour", "day"):
            query = f"resolution={resolution}&since=2026-03-30T00:00:00Z"
            shapes[resolution] = set((await asks(BATTERY, query)).json["items"][0]["data"])
        assert shapes["quarterHour"] == shapes["hour"] == {"energyFlow", "storage"}
        assert shapes["day"] == {"energyFlow"}

    async def test_hours_add_up_to_their_day(self, tibber, asks, clock):
        clock.move(days=3)

        async def imported(resolution):
            query = f"resolution={resolution}&since=2026-03-31T22:00:00Z"
            pages = await read_all(tibber, asks, BATTERY, query, "next")
            return {
                item["time"]: item["data"]["energyFlow"]["gridImport"]
                for page in pages
                for item in page
            }

        day = await imported("day")
        hours = await imported("hour")
        quarters = await imported("quarterHour")
        the_day = {time: value for time, value in hours.items() if time.startswith("2026-04-01")}
        assert len(the_day) == 24, "no hole in this seed's day"
        assert sum(the_day.values()) == pytest.approx(day["2026-04-01T00:00:00+02:00"], abs=2)
        ten = [value for time, value in quarters.items() if time.startswith("2026-04-01T10")]
        assert sum(ten) == pytest.approx(hours["2026-04-01T10:00:00+02:00"], abs=0.5)

    async def test_there_are_holes_that_stay(self, tibber, asks, clock):
        clock.move(days=60)
        pages = await read_all(
            tibber, asks, BATTERY, "resolution=hour&since=2026-04-01T00:00:00Z", "next"
        )
        times = [datetime.fromisoformat(item["time"]) for page in pages for item in page]
        steps = {b - a for a, b in itertools.pairwise(times)}
        assert timedelta(hours=1) in steps
        assert max(steps) > timedelta(hours=1)


class TestRefusals:
    @pytest.mark.parametrize(
        "query",
        [
            "since=2026-01-01T00:00:00Z",
            "resolution=minute&since=2026-01-01T00:00:00Z",
            "resolution=month&since=2026-01-01T00:00:00Z",
            "resolution=hour&since=yesterday",
            "resolution=hour&since=2026-01-01T00:00:00Z&until=2026-02-01T00:00:00Z",
            "resolution=hour&cursor=nonsense",
        ],
    )
    async def test_a_query_without_sense_is_a_bad_request(self, asks, query):
        reply = await asks(PUMP, query)
        assert (reply.status, reply.json["status"]) == (400, 400)

    async def test_a_device_without_history_refuses(self, asks):
        assert (await asks("ID.7", "resolution=hour")).status == 400


class TestPeriods:
    @pytest.mark.parametrize(
        ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)]
    )
    def test_a_day_has_as_many_hours_as_it_has(self, day, hours):
        midnight = datetime.fromisoformat(f"{day}T00:00:00").replace(tzinfo=STOCKHOLM)
        start = midnight.astimezone(UTC)
        end = following("day", start, STOCKHOLM)
        assert end - start == timedelta(hours=hours)
        assert len(list(periods("quarterHour", start, end, STOCKHOLM))) == 4 * hours

    @given(
        st.sampled_from(["quarterHour", "hour", "day", "week", "month", "year"]),
        st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    )
    def test_periods_follow_each_other_without_a_gap(self, resolution, instant):
        start = beginning(resolution, instant, STOCKHOLM)
        end = following(resolution, start, STOCKHOLM)
        assert start <= instant < end
        assert beginning(resolution, end, STOCKHOLM) == end
        assert preceding(resolution, end, STOCKHOLM) == start
