"""How much room does a reading take?

A month of one pump, polled every five minutes: the closed file, with roll-ups, journal and all.
Once as pumps are, with counters, modes and settings among the temperatures; once as bad as it gets,
where every value is a fraction that SQLite cannot shorten.

Run alone: `python bench/bytes_per_reading.py`.
"""

import asyncio
import random
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pumphouse.core.model import Batch, Site
from pumphouse.core.ports import SystemClock
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.readings import POLLS_PER_DAY, polls

DAYS = 30


@dataclass(frozen=True, slots=True)
class Figures:
    """Bytes per reading.

    Attributes:
        pump: of a pump as it is.
        fractions: of nothing but fractions.
    """

    pump: float
    fractions: float


async def measure(days: int = DAYS) -> Figures:
    """Measure in a temporary folder; a month takes about twenty seconds."""
    return Figures(
        pump=await bytes_per_reading(polls(days * POLLS_PER_DAY)),
        fractions=await bytes_per_reading(_fractions(days)),
    )


async def bytes_per_reading(batches: Iterable[Batch]) -> float:
    """The size of a closed store that holds `batches`, per reading."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        site = Site("bench", "Europe/Stockholm")
        async with open_store(path, site=site, clock=SystemClock()) as store:
            readings = sum([await store.append(batch) for batch in batches])
        return path.stat().st_size / readings


def _fractions(days: int) -> Iterator[Batch]:
    chance = random.Random(1)
    for batch in polls(days * POLLS_PER_DAY):
        readings = (replace(reading, value=chance.random()) for reading in batch.readings)
        yield replace(batch, readings=tuple(readings))


def main() -> None:
    """Print the table."""
    figures = asyncio.run(measure())
    print("room on the disk                   bytes/reading")
    print(f"  a month of one pump              {figures.pump:12.1f}   (at most 30)")
    print(f"  nothing but fractions            {figures.fractions:12.1f}")


if __name__ == "__main__":
    main()
