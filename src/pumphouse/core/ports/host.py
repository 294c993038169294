"""Time, and what the house lends to a plugin."""

import asyncio
import random
import time as _time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from pumphouse.core.grant import GrantStore
from pumphouse.core.model import Site
from pumphouse.core.ports.limits import Limiters

__all__ = [
    "Clock",
    "Host",
    "SystemClock",
]


class Clock(Protocol):
    """Time, injected everywhere so that tests never wait."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump, from an arbitrary zero."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never jump, from an arbitrary zero."""
        return _time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait without blocking the loop."""
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Host:
    """What the house lends to a plugin: it opens nothing else by itself.

    Attributes:
        grants: where the user's consent is kept.
        clock: time.
        rng: chance for jitter; never for secrets.
        user_agent: names the program to vendors, some of which refuse a library's default.
        site: where the house stands; its zone decides what a day is.
        limiters: shared by everything that uses the same credential.
    """

    grants: GrantStore
    clock: Clock
    rng: random.Random
    user_agent: str
    site: Site = field(default_factory=Site)
    limiters: Limiters = field(default_factory=Limiters)
