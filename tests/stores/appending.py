"""A process that polls as fast as it can and says what is stored: see `test_store_processes`."""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pumphouse.core.model import Batch, PointKey, Reading, Site
from pumphouse.core.ports import SystemClock
from pumphouse.stores.sqlite import open_store

POINTS = 20
START = datetime(2025, 1, 1, tzinfo=UTC)


def poll(source: str, number: int) -> Batch:
    """The poll with this number: every value says which one it was."""
    time = START + number * timedelta(minutes=5)
    keys = (PointKey(source, "pump", str(point)) for point in range(POINTS))
    return Batch(source, readings=tuple(Reading(key, time, float(number)) for key in keys))


async def main(path: str, source: str, first: int, count: int) -> None:
    """Append `count` polls, beginning with number `first`; print each number once it is stored."""
    async with open_store(Path(path), site=Site(), clock=SystemClock()) as store:
        os.write(1, b"open\n")
        for number in range(first, first + count):
            await store.append(poll(source, number))
            os.write(1, f"{number}\n".encode())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
