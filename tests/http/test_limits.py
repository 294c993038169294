import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pumphouse.core.errors import RateLimited
from pumphouse.core.ports import Credential, Limiters
from pumphouse.http.limits import HeaderWindow, TokenBucket


class Clock:
    """Sleepers wake in the order of their instants once everything else has come to rest."""

    def __init__(self):
        self.seconds = 0.0

    def now(self):
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self):
        return self.seconds

    async def sleep(self, seconds):
        assert seconds > 0
        self.seconds += seconds
        await asyncio.sleep(0)


def bucket(clock, **changes):
    return TokenBucket(0.25, 3, clock, rng=random.Random(1), **changes)


def window(clock, **changes):
    return HeaderWindow(25, 60.0, clock, rng=random.Random(1), **changes)


async def instants(limiter, clock, count):
    found = []

    async def one():
        await limiter.acquire()
        found.append(clock.seconds)

    await asyncio.gather(*(one() for _ in range(count)))
    return found


def test_a_credential_has_one_limiter_and_every_other_has_its_own():
    clock, limiters = Clock(), Limiters()
    mine = Credential("https://api.example.com", "me")
    others = (mine._replace(client_id="you"), mine._replace(service="https://elsewhere.example"))
    made = limiters.of(mine, lambda: bucket(clock))
    assert limiters.of(mine, lambda: bucket(clock)) is made
    assert made not in [limiters.of(other, lambda: bucket(clock)) for other in others]


async def test_a_burst_goes_at_once_and_then_one_request_per_four_seconds():
    clock = Clock()
    assert await instants(bucket(clock), clock, 6) == pytest.approx([0, 0, 0, 4, 8, 12])


async def test_tokens_grow_back_up_to_the_burst_only():
    clock = Clock()
    limiter = bucket(clock)
    await instants(limiter, clock, 3)
    clock.seconds += 1000
    assert limiter.budget().remaining == 3


async def test_a_long_wait_is_refused_at_once_and_says_how_long():
    clock = Clock()
    limiter = bucket(clock)
    results = await asyncio.gather(*(limiter.acquire() for _ in range(20)), return_exceptions=True)
    refused = [r for r in results if isinstance(r, RateLimited)]
    assert 10 <= len(results) - len(refused) <= 11  # three at once and those of the next 30 s
    assert refused[0].retry_after == pytest.approx(32)
    assert "go on in" in str(refused[0])


async def test_the_queue_is_first_come_first_served():
    clock = Clock()
    limiter = bucket(clock)
    order = []

    async def one(number):
        await limiter.acquire()
        order.append(number)

    await asyncio.gather(*(one(n) for n in range(8)))
    assert order == list(range(8))


async def test_a_cancelled_waiter_leaves_its_place():
    clock = Clock()
    limiter = bucket(clock)
    await instants(limiter, clock, 3)
    tasks = [asyncio.create_task(limiter.acquire()) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert limiter.budget().requests == 5


@pytest.mark.parametrize("make", [bucket, window])
async def test_after_a_refusal_everybody_waits_at_least_as_long_as_the_vendor_says(make):
    clock = Clock()
    limiter = make(clock)
    await limiter.acquire()
    wait = limiter.refused(10.0)
    assert 10.0 < wait < 15.0
    assert limiter.budget().remaining in (0, None)
    assert limiter.budget().resumes_at is not None
    assert min(await instants(limiter, clock, 3)) >= 10.0


@pytest.mark.parametrize("make", [bucket, window])
async def test_a_long_pause_is_refused_rather_than_waited_out(make):
    clock = Clock()
    limiter = make(clock)
    limiter.refused(3600.0)
    with pytest.raises(RateLimited) as caught:
        await limiter.acquire()
    assert caught.value.retry_after == pytest.approx(3600, abs=20)


def test_without_a_wish_of_the_vendor_the_pause_grows_with_each_refusal_up_to_a_bound():
    clock = Clock()
    limiter = bucket(clock)
    waits = []
    for _ in range(12):
        waits.append(limiter.refused(None))
        clock.seconds += waits[-1] + 1
    assert waits[:8] == sorted(waits[:8])
    assert 4 < waits[0] < 6
    assert waits[-1] < 1000
    limiter.observe(200, {})
    assert limiter.refused(None) < 6


def test_the_refusals_of_one_burst_count_once():
    limiter = bucket(Clock())
    first = limiter.refused(None)
    for _ in range(20):
        limiter.refused(None)
    assert limiter.refused(None) < first + 2


async def test_a_window_lets_a_burst_through_and_waits_for_its_end():
    clock = Clock()
    found = await instants(window(clock), clock, 30)
    assert found == pytest.approx([0.0] * 25 + [60.0] * 5)


async def test_the_vendors_figures_overrule_the_assumption():
    clock = Clock()
    limiter = window(clock)
    await limiter.acquire()
    assert limiter.budget().remaining is None
    limiter.observe(200, {"RateLimit-Remaining": "1", "RateLimit-Reset": "7"})
    assert limiter.budget().remaining == 1
    assert await instants(limiter, clock, 3) == pytest.approx([0, 7, 7])


async def test_a_larger_limit_is_learned():
    clock = Clock()
    limiter = window(clock)
    await limiter.acquire()
    limiter.observe(
        200, {"RateLimit-Limit": "100", "RateLimit-Remaining": "99", "RateLimit-Reset": "60"}
    )
    clock.seconds += 61
    assert limiter.budget().remaining == 100


async def test_replies_that_overtake_each_other_do_not_raise_the_rest():
    clock = Clock()
    limiter = window(clock)
    await instants(limiter, clock, 10)
    for remaining in (15, 24, 18):
        limiter.observe(200, {"RateLimit-Remaining": str(remaining), "RateLimit-Reset": "60"})
    assert limiter.budget().remaining == 15


async def test_a_sliding_window_gives_back_what_it_gives_back():
    clock = Clock()
    limiter = window(clock)
    for _ in range(40):
        await limiter.acquire()
        limiter.observe(200, {"RateLimit-Remaining": "23", "RateLimit-Reset": "60"})
        clock.seconds += 30
    assert clock.seconds == 40 * 30


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 20), min_size=1, max_size=60))
def test_no_rhythm_of_requests_breaks_the_bucket(pauses):
    async def run():
        clock = Clock()
        limiter = bucket(clock)
        sent = []
        for pause in pauses:
            clock.seconds += pause
            await limiter.acquire()
            sent.append(clock.seconds)
        for first in range(len(sent)):
            for last in range(first, len(sent)):
                allowed = 3 + 0.25 * (sent[last] - sent[first])
                assert last - first + 1 <= allowed + 1e-6

    asyncio.run(run())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 20), min_size=1, max_size=120))
def test_no_rhythm_of_requests_breaks_a_fixed_window(pauses):
    async def run():
        clock = Clock()
        limiter = window(clock)
        windows: list[list[float]] = []
        for pause in pauses:
            clock.seconds += pause
            await limiter.acquire()
            if not windows or clock.seconds >= windows[-1][0] + 60.0:
                windows.append([])
            windows[-1].append(clock.seconds)
        assert max(map(len, windows)) <= 25

    asyncio.run(run())
