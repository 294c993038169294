"""What is new in the event log: beginnings once, and ends once, however old."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pumphouse.core.model import Batch, Event, EventKind
from pumphouse.runtime.new_events import NewEvents

DAY = timedelta(days=1)


@pytest.fixture
def event(clock):
    return Event("a", clock.now(), EventKind.ALARM, "Low brine", "pump", "d1")


@pytest.fixture
async def news(store, clock):
    news = NewEvents(store, sources={"pump"}, clock=clock)
    await news.take()
    return news


async def stored(store, *events):
    await store.append(Batch("pump", events=events))


async def test_an_event_is_told_once_and_its_end_once(store, news, event, clock):
    await stored(store, event)
    assert await news.take() == [event]
    assert await news.take() == []
    over = replace(event, ended=clock.now())
    await stored(store, over)
    assert await news.take() == [over]
    assert await news.take() == []


async def test_what_is_there_at_the_start_is_not_told_but_its_end_is(store, event, clock):
    await stored(store, event)
    news = NewEvents(store, sources={"pump"}, clock=clock)
    assert await news.take() == ()
    over = replace(event, ended=clock.now())
    await stored(store, over)
    assert await news.take() == [over]


async def test_the_end_of_what_began_long_ago_is_told(store, news, event, clock):
    old = replace(event, time=event.time - 100 * DAY)
    await stored(store, old)
    assert await news.take() == []
    over = replace(old, ended=clock.now())
    await stored(store, over)
    assert await news.take() == [over]


async def test_what_was_over_long_ago_is_no_news(store, news, event):
    await stored(store, replace(event, time=event.time - 100 * DAY, ended=event.time - 50 * DAY))
    assert await news.take() == []


async def test_what_begins_again_is_told_again(store, news, event, clock):
    await stored(store, replace(event, ended=clock.now()))
    assert len(await news.take()) == 1
    await stored(store, event)
    assert await news.take() == [event]


async def test_events_of_other_sources_are_left_out(store, news, event):
    await stored(store, replace(event, source="gone"), replace(event, source=None))
    assert [one.source for one in await news.take()] == [None]
