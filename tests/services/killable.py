"""Does as it is told in a child that may be killed at any instant: see `test_backup_killed`.

Everything is imported once, so that a child works from its first millisecond on. It says the
child's number, and how that ended once a line has told that it was killed: until then nobody else
gets its number.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet

from pumphouse.core.model import Site
from pumphouse.core.ports import SystemClock
from pumphouse.runtime.backup.backing_up import Subject, back_up
from pumphouse.runtime.backup.restoring import restore
from pumphouse.stores.parquet import month_file
from pumphouse.stores.sqlite import open_store

#: pyarrow would import pandas with its first table, and be killed there most of the time
LOADED = (np, pd, pyarrow.parquet, month_file)


def back_up_once(store: str, folder: str) -> None:
    """One backup."""
    back_up(Subject(Path(store), None), Path(folder), datetime.now(UTC))


def keep_backing_up(store: str, folder: str) -> None:
    """One backup after the other, of which three are kept."""
    while True:
        back_up(Subject(Path(store), None), Path(folder), datetime.now(UTC), keep=3)


def bring_back(folder: str, to: str) -> None:
    """One restore."""
    restore(Path(folder), Path(to), SystemClock())


def archive(path: str) -> None:
    """Archive everything."""

    async def all_of_it() -> None:
        async with open_store(Path(path), site=Site(), clock=SystemClock()) as store:
            while await store.archive_next(datetime.now(UTC)):
                pass

    asyncio.run(all_of_it())


def main() -> None:
    """Obey each line: a task and its two arguments, between tabs."""
    tasks = {
        "backup once": back_up_once,
        "backup": keep_backing_up,
        "restore": bring_back,
        "archive": archive,
    }
    for line in sys.stdin:
        task, *arguments = line.rstrip("\n").split("\t")
        child = os.fork()
        if child == 0:
            try:
                tasks[task](*arguments)  # type: ignore[operator]  # (each with its own arguments)
            except BaseException as problem:  # noqa: BLE001  (whatever it is, it has to be told)
                os.write(2, f"{problem!r}\n".encode())
                os._exit(1)
            os._exit(0)
        os.write(1, f"{child}\n".encode())
        sys.stdin.readline()
        os.write(1, f"{os.waitpid(child, 0)[1]}\n".encode())


if __name__ == "__main__":
    main()
