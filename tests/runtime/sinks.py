"""Sinks that do as they are told, and ways to wait for what they were given."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Self

from pumphouse.core.model import Point, PointKey, Reading
from pumphouse.core.ports import News, Rejection, SinkStatus, Store


class ScriptedSink:
    """Answers each delivery with the next thing of its script, and takes all once that is over.

    An exception is raised, a text is the reason for which the whole delivery is refused, and an
    event is waited for before the delivery is taken.
    """

    def __init__(self, *script: Exception | str | asyncio.Event, name: str = "history") -> None:
        self.name = name
        self.batch_size = 100
        self.script = list(script)
        self.given: list[tuple[Reading, ...]] = []
        self.taken: list[Reading] = []
        self.entered = 0
        self.left = 0

    async def __aenter__(self) -> Self:
        self.entered += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self.left += 1

    async def deliver(
        self, readings: Sequence[Reading], points: Mapping[PointKey, Point]
    ) -> Sequence[Rejection]:
        assert {reading.key for reading in readings} <= points.keys()
        self.given.append(tuple(readings))
        step = self.script.pop(0) if self.script else None
        if isinstance(step, Exception):
            raise step
        if isinstance(step, str):
            return [Rejection(one.key, one.time, step) for one in readings]
        if isinstance(step, asyncio.Event):
            await step.wait()
        self.taken += readings
        return ()


class ScriptedLiveSink:
    """Notes what it is told; fails as its script says; asks for everything when `ask` is set."""

    def __init__(self, *script: Exception | None, name: str = "broker") -> None:
        self.name = name
        self.script = list(script)
        self.told: list[News] = []
        self.entered = 0
        self.ask = asyncio.Event()
        self.lost: Exception | None = None

    async def __aenter__(self) -> Self:
        self.entered += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def publish(self, news: News) -> None:
        step = self.script.pop(0) if self.script else None
        if step is not None:
            raise step
        self.told.append(news)

    async def asked_again(self) -> None:
        await self.ask.wait()
        self.ask.clear()
        if self.lost is not None:
            error, self.lost = self.lost, None
            raise error


async def until(check: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait, really, until something is so; fail if it never is."""
    async with asyncio.timeout(120):
        while True:
            found = check()
            if found is True or (not isinstance(found, bool) and await found):
                return
            await asyncio.sleep(0)


async def status_of(store: Store, sink: str = "history") -> SinkStatus:
    """The status of a sink, as every process sees it."""
    (status,) = [one for one in await store.sink_statuses() if one.sink == sink]
    return status
