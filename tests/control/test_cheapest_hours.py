"""Which hours are chosen: never dearer than any others, never outside, never without a price."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.control.schedule import Slot, cheapest, slots, window_at
from pumphouse.core.model import Interval, PointKey, Reading

MIDNIGHT = datetime(2026, 1, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = Interval(MIDNIGHT, MIDNIGHT + 24 * HOUR)
STOCKHOLM = ZoneInfo("Europe/Stockholm")


def hourly(*prices: float) -> list[Slot]:
    return [
        Slot(Interval(MIDNIGHT + n * HOUR, MIDNIGHT + (n + 1) * HOUR), price)
        for n, price in enumerate(prices)
    ]


def hours(*bounds: tuple[float, float]) -> list[Interval]:
    return [Interval(MIDNIGHT + start * HOUR, MIDNIGHT + end * HOUR) for start, end in bounds]


def cost(prices: list[Slot], chosen: list[Interval]) -> float:
    """What the chosen time costs, slot by slot."""
    total = 0.0
    for one in chosen:
        for slot in prices:
            start, end = max(one.start, slot.interval.start), min(one.end, slot.interval.end)
            total += slot.price * max(0.0, (end - start) / HOUR)
    return total


@pytest.mark.parametrize(
    ("prices", "wanted", "in_one_piece", "chosen"),
    [
        ((5, 1, 4, 2, 3), 2, False, [(1, 2), (3, 4)]),
        ((5, 1, 2, 4, 3), 2, False, [(1, 3)]),
        ((5, 1, 5, 2, 3), 2, True, [(3, 5)]),
        ((5, 1, 4, 2, 3), 1.5, False, [(1, 2), (3, 3.5)]),
        ((1, 1, 1, 1), 2, False, [(0, 2)]),
        ((1, 1, 1, 1), 2, True, [(0, 2)]),
        ((3, 2, -1, 2, 9), 1.5, True, [(1.5, 3)]),
        ((), 2, False, []),
        ((1,), 2, False, [(0, 1)]),
        ((1,), 2, True, []),
    ],
)
def test_the_cheapest_hours_of_a_day(prices, wanted, in_one_piece, chosen):
    found = cheapest(hourly(*prices), wanted, DAY, in_one_piece=in_one_piece)
    assert list(found) == hours(*chosen)


def test_hours_outside_the_window_are_never_chosen():
    window = Interval(MIDNIGHT + 1.5 * HOUR, MIDNIGHT + 3 * HOUR)
    assert cheapest(hourly(0, 1, 2, 0), 1, window) == hours((1.5, 2.5))


some_prices = st.lists(st.integers(-50, 500).map(float), min_size=1, max_size=30).map(
    lambda prices: hourly(*prices)
)
some_hours = st.integers(1, 40).map(lambda quarters: quarters / 4)


@given(some_prices, some_hours, st.booleans())
def test_the_chosen_time_is_as_long_as_wanted_ordered_and_priced(prices, wanted, in_one_piece):
    chosen = cheapest(prices, wanted, DAY, in_one_piece=in_one_piece)
    length = sum((one.duration for one in chosen), timedelta(0))
    known = min(len(prices), 24) * HOUR
    if in_one_piece:
        assert len(chosen) == (wanted * HOUR <= known)
        assert length == (wanted * HOUR if chosen else timedelta(0))
    else:
        assert length == min(wanted * HOUR, known)
    assert all(DAY.start <= one.start < one.end <= DAY.end for one in chosen)
    assert all(one.end < later.start for one, later in pairwise(chosen))


@given(some_prices, some_hours, st.data())
def test_no_other_piece_of_the_same_length_is_cheaper(prices, wanted, data):
    chosen = list(cheapest(prices, wanted, DAY, in_one_piece=True))
    if not chosen:
        return
    last = min(len(prices), 24) - wanted
    start = data.draw(st.integers(0, int(last * 4))) / 4
    other = hours((start, start + wanted))
    assert cost(prices, chosen) <= cost(prices, other) + 1e-6


@given(some_prices, some_hours)
def test_single_hours_are_never_dearer_than_one_piece(prices, wanted):
    piece = list(cheapest(prices, wanted, DAY, in_one_piece=True))
    if piece:
        single = list(cheapest(prices, wanted, DAY))
        assert cost(prices, single) <= cost(prices, piece) + 1e-6


def test_a_price_holds_until_the_next_one_and_never_for_over_an_hour():
    key = PointKey("tibber", "home", "price")
    minutes, values = (0, 15, 30, 120), (1.0, 2.0, 3.0, 4.0)
    readings = [
        Reading(key, MIDNIGHT + timedelta(minutes=minute), value)
        for minute, value in zip(minutes, values, strict=True)
    ]
    assert [
        (slot.interval.start - MIDNIGHT, slot.interval.duration, slot.price)
        for slot in slots(readings)
    ] == [
        (timedelta(0), timedelta(minutes=15), 1.0),
        (timedelta(minutes=15), timedelta(minutes=15), 2.0),
        (timedelta(minutes=30), HOUR, 3.0),
        (timedelta(minutes=120), HOUR, 4.0),
    ]


@pytest.mark.parametrize(
    ("now", "after", "before", "start", "end"),
    [
        ("2026-01-15T23:00", "22:00", "06:00", "2026-01-15T22:00", "2026-01-16T06:00"),
        ("2026-01-16T03:00", "22:00", "06:00", "2026-01-15T22:00", "2026-01-16T06:00"),
        ("2026-01-16T06:00", "22:00", "06:00", "2026-01-16T22:00", "2026-01-17T06:00"),
        ("2026-01-15T12:00", "00:00", "00:00", "2026-01-15T00:00", "2026-01-16T00:00"),
        ("2026-01-15T12:00", "06:00", "18:00", "2026-01-15T06:00", "2026-01-15T18:00"),
        ("2026-01-15T19:00", "06:00", "18:00", "2026-01-16T06:00", "2026-01-16T18:00"),
        ("2026-03-29T12:00", "00:00", "00:00", "2026-03-29T00:00", "2026-03-30T00:00"),
        # the clock leaps from 2:00 to 3:00
        ("2026-03-29T01:00", "02:45", "03:15", "2026-03-29T03:00", "2026-03-29T03:15"),
        ("2026-03-29T01:00", "02:00", "02:30", "2026-03-29T03:00", "2026-03-29T03:00"),
        ("2026-03-29T01:00", "01:00", "02:30", "2026-03-29T01:00", "2026-03-29T03:00"),
        ("2026-03-29T03:20", "03:00", "02:45", "2026-03-29T03:00", "2026-03-30T02:45"),
        # the hour from 2:00 comes twice; its first one counts
        ("2026-10-25T01:00", "02:30", "03:00", "2026-10-25T02:30", "2026-10-25T03:00"),
    ],
)
def test_the_window_that_is_open_or_comes_next(now, after, before, start, end):
    def local(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM).astimezone(UTC)

    window = window_at(local(now), time.fromisoformat(after), time.fromisoformat(before), STOCKHOLM)
    assert window == Interval(local(start), local(end))
