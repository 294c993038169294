"""What does delivering cost, apart from the sink?

A cursor sink that takes everything and does nothing with it is told the past of a pump by backfill,
then the same readings from the journal, in batches of 5000 and poll by poll; then a file sink is.
The CPU time is that of the whole process: store, runner and all.

Run alone: `python bench/delivery.py`.
"""

import asyncio
import logging
import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import structlog

from pumphouse.core.model import Batch, Point, PointKey, Reading, Site
from pumphouse.core.ports import Host, Rejection, Store, SystemClock
from pumphouse.http.grants import FileGrantStore
from pumphouse.runtime.delivery import Delivery
from pumphouse.sinks.file import PLUGIN
from pumphouse.sinks.file.sink import FileSink
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.readings import POINTS, POLLS_PER_DAY, polls

DAYS = 10
LIVE_POLLS = 500


@dataclass(frozen=True, slots=True)
class Figures:
    """How fast readings went, and what 1000 of them cost.

    Attributes:
        rate: readings per second.
        cpu_ms: milliseconds of CPU time per 1000 readings.
    """

    rate: float
    cpu_ms: float


class NullSink:
    """Takes everything, and says when it was so many."""

    batch_size = 5000

    def __init__(self, name: str) -> None:
        self.name = name
        self._missing = 0
        self._all = asyncio.Event()

    def expect(self, count: int) -> asyncio.Event:
        """What is set when `count` further readings were taken."""
        self._missing, self._all = count, asyncio.Event()
        return self._all

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def deliver(
        self, readings: Sequence[Reading], _points: Mapping[PointKey, Point]
    ) -> Sequence[Rejection]:
        """Count."""
        self._missing -= len(readings)
        if self._missing <= 0:
            self._all.set()
        return ()


class Lines(NullSink):
    """Takes everything into files."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(name)
        host = Host(FileGrantStore(folder), SystemClock(), random.Random(1), "bench")
        settings = PLUGIN.settings.model_validate({"type": "file", "folder": str(folder)})
        self._files = FileSink(name, settings, host)

    async def deliver(
        self, readings: Sequence[Reading], points: Mapping[PointKey, Point]
    ) -> Sequence[Rejection]:
        """Write."""
        await self._files.deliver(readings, points)
        return await super().deliver(readings, points)


async def measure() -> Mapping[str, Figures]:
    """Measure in a temporary folder; takes a quarter of a minute."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found: dict[str, Figures] = {}
        async with open_store(folder / "p.db", site=Site(), clock=SystemClock()) as store:
            await store.enrol_sink("journal", backfill=False)
            for day in range(DAYS):
                batches = polls(POLLS_PER_DAY, day * POLLS_PER_DAY)
                readings = tuple(reading for batch in batches for reading in batch.readings)
                await store.append(Batch("house", points=POINTS, readings=readings))
            found["backfill, nothing done"] = await _caught_up(NullSink("null"), store)
            found["backfill, JSON lines"] = await _caught_up(Lines("lines", folder), store)
            found["journal, nothing done"] = await _caught_up(NullSink("journal"), store)
            found["poll by poll, without a sink"] = await _polled(store, None, DAYS)
            found["poll by poll, nothing done"] = await _polled(store, NullSink("live"), DAYS + 2)
        return found


async def _caught_up(sink: NullSink, store: Store) -> Figures:
    count = DAYS * POLLS_PER_DAY * len(POINTS)
    done = sink.expect(count)
    began, cpu = time.perf_counter(), time.process_time()
    run = Delivery(sink, store, backfill=True, clock=SystemClock(), rng=random.Random(1))
    task = asyncio.create_task(run.run())
    await done.wait()
    figures = _figures(count, began, cpu)
    await _ended(task)
    return figures


async def _polled(store: Store, sink: NullSink | None, day: int) -> Figures:
    batches = [next(polls(1, day * POLLS_PER_DAY + number)) for number in range(LIVE_POLLS)]
    began, cpu = time.perf_counter(), time.process_time()
    if sink is None:
        for batch in batches:
            await store.append(batch)
        return _figures(LIVE_POLLS * len(POINTS), began, cpu)
    run = Delivery(sink, store, clock=SystemClock(), rng=random.Random(1))
    await store.enrol_sink(sink.name, backfill=False)
    task = asyncio.create_task(run.run())
    for batch in batches:
        done = sink.expect(len(batch.readings))
        await store.append(batch)
        run.wake()
        await done.wait()
    figures = _figures(LIVE_POLLS * len(POINTS), began, cpu)
    await _ended(task)
    return figures


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _figures(readings: int, began: float, cpu: float) -> Figures:
    wall, used = time.perf_counter() - began, time.process_time() - cpu
    return Figures(readings / wall, used / readings * 1e6)


def main() -> None:
    """Print the table."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    found = asyncio.run(measure())
    print("deliveries                       readings/s     CPU ms per 1000")
    for what, figures in found.items():
        print(f"  {what:<30} {figures.rate:10,.0f} {figures.cpu_ms:15.2f}")


if __name__ == "__main__":
    main()
