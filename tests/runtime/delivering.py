"""A process that polls and serves a file sink until it is killed: see `test_delivery_processes`."""

import asyncio
import itertools
import random
import sys
from pathlib import Path

from pumphouse.core.model import Site
from pumphouse.core.ports import Host, Store, SystemClock
from pumphouse.http.grants import FileGrantStore
from pumphouse.runtime.delivery import Delivery
from pumphouse.sinks.file import PLUGIN
from pumphouse.stores.sqlite import SqliteStore, open_store
from pumphouse.testing.readings import polls

#: how often the process polls, in seconds
PACE = 0.01


def opened(folder: Path) -> SqliteStore:
    """The store that all processes share."""
    return open_store(folder / "p.db", site=Site(), clock=SystemClock())


def delivery(folder: Path, store: Store) -> Delivery:
    """The delivery to files, from the beginning."""
    clock, rng = SystemClock(), random.Random()
    host = Host(FileGrantStore(folder / "grants"), clock, rng, "tests")
    settings = PLUGIN.settings.model_validate({"type": "file", "folder": str(folder / "lines")})
    return Delivery(PLUGIN.open("log", settings, host), store, backfill=True, clock=clock, rng=rng)


async def main(folder: Path, first: int) -> None:
    """Store polls from number `first` on, print a dot for each, and deliver what there is."""
    async with opened(folder) as store:
        run = delivery(folder, store)
        task = asyncio.create_task(run.run())
        for number in itertools.count(first):
            (batch,) = polls(1, number)  # the same values, should it be stored again
            await store.append(batch)
            sys.stdout.write(".")
            sys.stdout.flush()
            run.wake()
            await asyncio.sleep(PACE)
        await task  # never: it is killed


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
