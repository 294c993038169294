"""Whoever stores what a source says lets it be checked first, once."""

from collections.abc import AsyncIterator
from typing import Self

import pytest

from pumphouse.core.model import Batch, Interval
from pumphouse.runtime.inbox import Inbox
from pumphouse.runtime.poller import Poller
from pumphouse.runtime.sensors.intake import Intake
from pumphouse.testing.clock import FakeClock

from .radio import OLD, at, says

DAY = Interval(at(-60), at(1440))


class Radio:
    """A source that says one thing after the other."""

    name = "radio"

    def __init__(self, *batches: Batch) -> None:
        self._batches = list(batches)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def read(self) -> Batch:
        return self._batches.pop(0)

    async def live(self) -> AsyncIterator[Batch]:
        for batch in self._batches:
            yield batch


BATCHES = (says(OLD, 0), says(OLD, 1, celsius=-99.0), says(OLD, 2))


async def check(store):
    (point,) = await store.find_points("sensor_temperature")
    assert [one.value for one in await store.readings(point.key, DAY)] == [21.5, 21.5]
    assert [one.value for one in await store.suspects(DAY)] == [-99.0]


async def test_a_poller_lets_each_batch_be_checked(store):
    poller = Poller(
        Radio(*BATCHES), store, interval=60, clock=FakeClock(), checked=Intake(store, {})
    )
    for _ in BATCHES:
        outcome = await poller.poll(patience=1)
        assert outcome.error is None
    await check(store)


@pytest.mark.parametrize("together", [True, False])
async def test_an_inbox_lets_each_batch_be_checked(store, together):
    inbox = Inbox("radio", store, FakeClock(), checked=Intake(store, {}))
    for batch in BATCHES:
        await inbox.put(batch)
        if not together:
            await inbox.flush()
    await inbox.flush()
    await check(store)
