"""A source that does as it is told, a clock that stands still, and a real store."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Self

import pytest
import stamina

from pumphouse.core.model import Batch, Device, Point, PointKey, Reading, Site
from pumphouse.core.ports import RateBudget, Store
from pumphouse.runtime import ending
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.clock import FakeClock

KEY = PointKey("pump", "d1", "40004")


class ScriptedSource:
    """Answers each read with the next thing of its script; the last one for ever."""

    def __init__(self, clock: FakeClock, *script: Exception | float) -> None:
        self.name = "pump"
        self.script = list(script)
        self.reads = 0
        self._clock = clock

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def read(self) -> Batch:
        self.reads += 1
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, Exception):
            raise step
        return Batch(
            "pump",
            devices=(Device("pump", "d1", "Heat pump"),),
            points=(Point(KEY, "outdoor temp."),),
            readings=(Reading(KEY, self._clock.now(), step),),
        )

    def rate_budget(self) -> RateBudget:
        return RateBudget(requests=self.reads, remaining=7)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "p.db", site=Site(), clock=clock) as opened:
        yield opened


@pytest.fixture
def scripted(clock: FakeClock) -> Callable[..., ScriptedSource]:
    return lambda *script: ScriptedSource(clock, *script)


@pytest.fixture(autouse=True)
def _long_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is half done at the end is finished, however busy the machine is."""
    monkeypatch.setattr(ending, "GRACE_SECS", 60.0)


@pytest.fixture(autouse=True)
def _one_attempt() -> object:
    """No retries, unless a test says otherwise, and never a real wait between them."""
    stamina.set_testing(True, attempts=1)
    yield
    stamina.set_testing(False)
