"""Prices and consumption from Tibber's GraphQL API."""

import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.tibber.graphql.simulated_graphql import (
    AFTERNOON,
    of_point,
    readings_of,
    simulated_graphql,
    values_of,
)

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.errors import (
    CredentialsRefused,
    RateLimited,
    RequestRefused,
    ServerFailure,
    TransientError,
)
from pumphouse.core.model import Device, Interval
from pumphouse.simulator.faults import FaultKind
from pumphouse.simulator.house.prices import Prices
from pumphouse.sources.progress import Progress
from pumphouse.sources.selection import Selection
from pumphouse.sources.tibber.graphql import wire
from pumphouse.sources.tibber.graphql.mapping import HomeMapper
from pumphouse.sources.tibber.graphql.schedule import Schedule

STOCKHOLM = ZoneInfo("Europe/Stockholm")
MORNING = datetime(2026, 1, 15, 7, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)


async def test_prices_of_today_and_tomorrow_come_by_the_quarter(tmp_path):
    async with simulated_graphql(tmp_path) as tibber:
        found = of_point(await tibber.read(), "price.total")

    midnight = datetime(2026, 1, 15, tzinfo=STOCKHOLM)
    assert [one.time for one in found] == [midnight + n * QUARTER for n in range(192)]


async def test_a_price_is_what_the_market_made_and_its_parts_add_up(tmp_path):
    truth = Prices(1, STOCKHOLM)
    async with simulated_graphql(tmp_path) as tibber:
        readings = await tibber.read()

    for point, part in (("price.total", "total"), ("price.energy", "energy"), ("price.tax", "tax")):
        for one in of_point(readings, point)[::7]:
            assert one.value == pytest.approx(getattr(truth.at(one.time), part), abs=1e-4)


async def test_points_have_metrics_and_the_currency_in_their_units(tmp_path):
    async with simulated_graphql(tmp_path) as tibber:
        batches = await tibber.part.read(Progress())

    points = {point.key.point: point for batch in batches for point in batch.points}
    told = {name: (point.metric, point.unit.symbol) for name, point in points.items()}
    assert told == {
        "price.total": ("electricity_price", "SEK/kWh"),
        "price.energy": ("electricity_spot_price", "SEK/kWh"),
        "price.tax": ("electricity_tax", "SEK/kWh"),
        "price.level": ("electricity_price_level", ""),
        "consumption.hour": ("house_energy_hour", "kWh"),
        "cost.hour": ("house_cost_hour", "SEK"),
    }
    assert [name for name, point in points.items() if point.announced] == [
        "price.total",
        "price.energy",
        "price.tax",
    ]
    assert points["price.level"].label(1.0) == "Very cheap"


@pytest.mark.parametrize(
    ("noon", "quarters"),
    [
        (datetime(2026, 3, 29, 10, tzinfo=UTC), 92),
        (datetime(2026, 10, 25, 10, tzinfo=UTC), 100),
    ],
)
async def test_a_day_on_which_the_clocks_change_has_92_or_100_prices(tmp_path, noon, quarters):
    async with simulated_graphql(tmp_path, noon) as tibber:
        found = of_point(await tibber.read(), "price.total")

    assert len(found) == quarters
    assert {later.time - one.time for one, later in pairwise(found)} == {QUARTER}


async def test_a_grid_fee_is_added_to_the_price_and_to_nothing_else(tmp_path):
    async with simulated_graphql(tmp_path) as tibber:
        plain = await tibber.read()
    async with simulated_graphql(tmp_path, grid_fee=0.35) as tibber:
        with_fee = await tibber.read()

    for point, fee in (("price.total", 0.35), ("price.energy", 0.0), ("price.tax", 0.0)):
        added = [value + fee for value in values_of(plain, point)]
        assert values_of(with_fee, point) == pytest.approx(added, abs=1e-6)


async def test_a_level_is_told_when_its_price_comes_into_force(tmp_path):
    async with simulated_graphql(tmp_path) as tibber:
        first = of_point(await tibber.read(), "price.level")
        await tibber.clock.advance(3600)
        later = of_point(await tibber.read(), "price.level")

    assert max(one.time for one in first) == AFTERNOON - timedelta(minutes=5)
    new = [one for one in later if one not in first]
    assert [one.time for one in new] == [first[-1].time + n * QUARTER for n in range(1, 5)]
    assert len(later) - len(new) <= 4


async def test_prices_are_asked_for_once_and_kept(tmp_path):
    async with simulated_graphql(tmp_path, consumption=False) as tibber:
        await tibber.read()
        asked = tibber.asked
        for _ in range(12):
            await tibber.clock.advance(300)
            assert of_point(await tibber.read(), "price.total") == []

    assert asked == 2  # who is there, and the prices
    assert tibber.asked == asked


async def test_tomorrows_prices_are_asked_for_some_time_after_they_are_out(tmp_path):
    """Two days of reading every 5 minutes: three questions for prices, one a day who is there."""
    first_seen: dict[date, datetime] = {}
    async with simulated_graphql(tmp_path, MORNING, consumption=False) as tibber:
        for _ in range(2 * 288):
            for one in of_point(await tibber.read(), "price.total"):
                day = one.time.astimezone(STOCKHOLM).date()
                first_seen.setdefault(day, tibber.clock.now().astimezone(STOCKHOLM))
            await tibber.clock.advance(300)

    asked_at = [first_seen[date(2026, 1, day)] for day in (16, 17)]
    assert [(one.day, 13 <= one.hour <= 15) for one in asked_at] == [(15, True), (16, True)]
    assert asked_at[0].time() != asked_at[1].time()
    assert tibber.asked <= 6


async def test_consumption_leaves_out_what_is_not_known_yet(tmp_path):
    async with simulated_graphql(tmp_path, prices=False) as tibber:
        readings = await tibber.read()
    found = of_point(readings, "consumption.hour")

    assert found
    assert min(values_of(readings, "consumption.hour")) > 0
    assert max(one.time for one in found) < AFTERNOON - 3 * HOUR
    assert {later.time - one.time for one, later in pairwise(found)} == {HOUR}


async def test_the_last_two_days_of_consumption_are_read_again_now_and_then(tmp_path):
    async with simulated_graphql(tmp_path, prices=False) as tibber:
        await tibber.clock.advance(3 * 86400)
        first = of_point(await tibber.read(), "consumption.hour")
        await tibber.clock.advance(300)
        at_once = of_point(await tibber.read(), "consumption.hour")
        await tibber.clock.advance(2 * 3600)
        again = of_point(await tibber.read(), "consumption.hour")

    assert at_once == []
    assert len(first) >= 48 - 22
    assert {one.time for one in first} & {one.time for one in again}
    assert {one.time for one in again} - {one.time for one in first}


async def test_consumption_that_became_known_during_an_outage_leaves_no_hole(tmp_path):
    """Before the outage the last hours were not known yet."""
    async with simulated_graphql(tmp_path, prices=False) as tibber:
        await tibber.clock.advance(3 * 86400)
        before, stopped = await tibber.read(), tibber.clock.now()
        await tibber.clock.advance(7 * 86400)
        outage = Interval(stopped - HOUR, tibber.clock.now())
        after = readings_of([batch async for batch in tibber.part.history(outage)])

    hours = {one.time for one in of_point(before, "consumption.hour")}
    assert stopped - max(hours) > 2 * HOUR
    hours |= {one.time for one in of_point(after, "consumption.hour")}
    assert {later - one for one, later in pairwise(sorted(hours))} == {HOUR}


async def test_past_prices_come_page_by_page_without_a_hole(tmp_path):
    """Twenty days are 1920 quarters: three pages."""
    async with simulated_graphql(tmp_path, AFTERNOON, consumption=False) as tibber:
        await tibber.clock.advance(25 * 86400)
        now = tibber.clock.now()
        wanted = Interval(now - timedelta(days=21, minutes=3), now - timedelta(days=1))
        batches = [batch async for batch in tibber.part.history(wanted)]

    found = of_point(readings_of(batches), "price.total")
    assert {later.time - one.time for one, later in pairwise(found)} == {QUARTER}
    assert found[0].time <= wanted.start < found[0].time + QUARTER
    assert found[-1].time < wanted.end <= found[-1].time + QUARTER


async def test_history_asked_for_twice_is_the_same(tmp_path):
    async with simulated_graphql(tmp_path) as tibber:
        wanted = Interval(AFTERNOON - timedelta(days=3), AFTERNOON - timedelta(days=1))
        first, again = [
            readings_of([batch async for batch in tibber.part.history(wanted)]) for _ in range(2)
        ]

    assert first == again


async def test_what_is_not_wanted_is_not_asked_for(tmp_path):
    async with simulated_graphql(tmp_path, prices=False, consumption=False) as tibber:
        assert await tibber.read() == []
        wanted = Interval(AFTERNOON - timedelta(days=3), AFTERNOON)
        assert [batch async for batch in tibber.part.history(wanted)] == []

    assert tibber.asked == 1


async def test_excluded_metrics_are_left_out(tmp_path):
    async with simulated_graphql(tmp_path, exclude=("electricity_price", "cost.*")) as tibber:
        readings = await tibber.read()
        assert not tibber.part.tells_prices

    names = {one.key.point for one in readings}
    assert names == {"price.energy", "price.tax", "price.level", "consumption.hour"}


async def test_a_token_that_is_not_accepted_says_where_to_get_another(tmp_path):
    async with simulated_graphql(tmp_path, token="wrong") as tibber:
        with pytest.raises(CredentialsRefused, match=r"developer\.tibber\.com.*access_token"):
            await tibber.part.read(Progress())


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (FaultKind.RATE_LIMIT, RateLimited),
        (FaultKind.SERVER_ERROR, ServerFailure),
        (FaultKind.HTML_ERROR, TransientError),
        (FaultKind.MALFORMED_JSON, TransientError),
        (FaultKind.DISCONNECT, TransientError),
        (FaultKind.MAINTENANCE, TransientError),
    ],
)
async def test_what_goes_wrong_there_passes_and_is_asked_again(tmp_path, kind, error):
    async with simulated_graphql(tmp_path) as tibber:
        tibber.simulator.faults.add("tibber", kind)
        with pytest.raises(error):
            await tibber.part.read(Progress())
        await tibber.clock.advance(3600)

        assert await tibber.read()


async def test_a_failed_question_for_prices_is_not_repeated_at_once(tmp_path):
    async with simulated_graphql(tmp_path, consumption=False) as tibber:
        await tibber.part.read(Progress())
        await tibber.clock.advance(86000)
        await tibber.part.read(Progress())
        tibber.simulator.faults.add("tibber", FaultKind.SERVER_ERROR, count=50)
        await tibber.clock.advance(3600)
        before = tibber.asked
        for _ in range(12):
            await tibber.clock.advance(300)
            await tibber.part.read(Progress())

    assert tibber.asked - before <= 3


chance = st.integers(0, 1000).map(random.Random)
moments = st.integers(0, 360 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(rng=chance, start=moments)
def test_whatever_the_hour_tomorrow_is_known_by_the_evening_and_seldom_asked_for(rng, start):
    schedule, now, asked = Schedule(STOCKHOLM, rng), start, 0
    end = start + timedelta(days=3)
    while now < end:
        local = now.astimezone(STOCKHOLM)
        if schedule.prices_due(now):
            asked += 1
            published = local.hour >= 13
            schedule.prices_asked(now, local.date() + timedelta(days=published))
        assert schedule.known is not None
        assert schedule.known >= local.date()
        assert local.hour < 16 or schedule.known > local.date()
        now += timedelta(minutes=5)

    assert asked <= 12


@given(rng=chance, start=moments)
def test_who_gets_no_prices_asks_no_more_than_three_times_an_hour(rng, start):
    schedule, asked = Schedule(STOCKHOLM, rng), 0
    for minute in range(0, 24 * 60, 5):
        now = start + timedelta(minutes=minute)
        if schedule.prices_due(now):
            asked += 1
            schedule.prices_asked(now, None)

    assert 24 <= asked <= 72


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (
            200,
            {"errors": [{"message": "x", "extensions": {"code": "HOME_NOT_FOUND"}}]},
            RequestRefused,
        ),
        (200, {"errors": [{"message": "x"}], "data": None}, ServerFailure),
        (200, {"errors": [{"extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}, ServerFailure),
        (
            200,
            {"errors": [{"message": '"exp" claim timestamp check failed'}]},
            CredentialsRefused,
        ),
        (400, "your user agent is blocked", RequestRefused),
        (428, None, RateLimited),
        (502, "<html>Bad gateway</html>", ServerFailure),
        (200, "<html>Maintenance</html>", TransientError),
        (200, [], TransientError),
        (200, {"data": {"viewer": None}}, TransientError),
    ],
)
async def test_every_refusal_says_who_has_to_act(cloud, part_for, status, body, error):
    cloud.answers["/v1-beta/gql"] = (status, body)

    with pytest.raises(error):
        await part_for(cloud).read(Progress())


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_what_is_no_number_is_no_price_and_no_consumption(value):
    mapper = HomeMapper("tibber", load_catalogue(), Selection(("*",), ()))
    home = Device("tibber", "h", "Home")
    begin = "2026-01-15T12:00:00+01:00"
    price = wire.Price.model_validate(
        {"startsAt": begin, "total": value, "energy": value, "tax": 0.2}
    )
    hour = wire.ConsumptionNode.model_validate({"from": begin, "consumption": value, "cost": value})
    assert [one.key.point for one in mapper.prices(home, [price]).readings] == ["price.tax"]
    assert mapper.consumption(home, [hour]).readings == ()


async def test_an_account_without_a_contract_has_no_prices(cloud, part_for):
    home = {"id": "h", "appNickname": "Cabin", "currentSubscription": None}
    cloud.answers["/v1-beta/gql"] = {"data": {"viewer": {"homes": [home]}}}

    assert await part_for(cloud).read(Progress()) == []
