"""Answers are kept for a quarter of an hour, computed one at a time, and bounded in number."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from pumphouse.core.errors import StoreError
from pumphouse.core.model import Device, Interval
from pumphouse.runtime.analyst import Period
from pumphouse.testing.clock import FakeClock
from pumphouse.web.figures import Figures, rounded

DEVICE = Device("house", "d1", "Pump")
START = datetime(2026, 1, 1, 0, 7, 30, tzinfo=UTC)


class Counting:
    """An analyst that counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[Period] = []
        self.busy = 0
        self.most = 0

    async def __call__(self, what, period):
        self.asked.append(period)
        self.busy += 1
        self.most = max(self.most, self.busy)
        await asyncio.sleep(0)
        self.busy -= 1
        return {"what": what, "n": len(self.asked)}


def period(hours: int = 1, device: Device = DEVICE) -> Period:
    return Period(device, Interval(START, START + timedelta(hours=hours)))


def test_ends_are_rounded_down_to_quarters_of_an_hour():
    interval = rounded(period().interval)
    assert (interval.start.minute, interval.end.minute) == (0, 0)
    assert interval.end - interval.start == timedelta(hours=1)


async def test_the_same_question_is_computed_once():
    ask = Counting()
    figures = Figures(ask, FakeClock())
    answers = await asyncio.gather(*(figures.about("season", period()) for _ in range(5)))
    assert answers == [answers[0]] * 5
    assert len(ask.asked) == 1
    assert ask.asked[0].interval == rounded(period().interval)
    assert figures.known("season", period()) == answers[0]
    assert figures.known("curve", period()) is None


async def test_one_question_is_computed_at_a_time():
    ask = Counting()
    figures = Figures(ask, FakeClock())
    await asyncio.gather(*(figures.about("season", period(hours)) for hours in range(1, 9)))
    assert (len(ask.asked), ask.most) == (8, 1)


async def test_in_the_next_quarter_of_an_hour_it_is_computed_again():
    ask, clock = Counting(), FakeClock()
    figures = Figures(ask, clock)
    await figures.about("season", period())
    await clock.advance(900)
    assert figures.known("season", period()) is None
    await figures.about("season", period())
    assert len(ask.asked) == 2


async def test_the_oldest_answers_are_forgotten():
    ask = Counting()
    figures = Figures(ask, FakeClock())
    for hours in range(1, 50):
        await figures.about("season", period(hours))
    kept = [hours for hours in range(1, 50) if figures.known("season", period(hours))]
    assert kept == [*range(18, 50)]


async def test_too_many_who_wait_are_sent_away():
    figures = Figures(Counting(), FakeClock())
    waiting = [figures.about("season", period(hours)) for hours in range(1, 25)]
    results = await asyncio.gather(*waiting, return_exceptions=True)
    refused = [one for one in results if isinstance(one, StoreError)]
    assert len(refused) == 8
    with pytest.raises(StoreError, match="ask again"):
        raise refused[0]


async def test_a_failure_is_not_kept():
    async def broken(_what, _period):
        raise StoreError("no")

    figures = Figures(broken, FakeClock())
    for _ in range(20):
        with pytest.raises(StoreError, match="no"):
            await figures.about("season", period())
