"""The control of a house that is only ever killed: a program for tests.

It has everything imported, and for each line on stdin it forks a child that does what the line
says, so that a life begins within milliseconds. It tells the child's number and goes on.

    python controlled_house.py FOLDER
"""

import asyncio
import gc
import json
import os
import signal
import sys
from contextlib import redirect_stdout
from datetime import timedelta
from pathlib import Path
from typing import TypedDict

from pumphouse.config.load import load
from pumphouse.control import Overrides, WriteRequest
from pumphouse.core.model import PointKey
from pumphouse.runtime.control import ControlRunner
from pumphouse.runtime.installation import Installation, open_installation
from pumphouse.runtime.plugins import sink_types, source_types

#: seconds between two looks at what is due
TICK = 0.01


class Task(TypedDict):
    """What a life is for; `secs` None: the value is to stay."""

    key: tuple[str, str, str] | None
    value: float
    secs: float | None


async def warm_up(folder: Path) -> None:
    """Read and build once what every life needs, so that it is there when one begins."""
    settings = load(folder / "pumphouse.toml", source_types(), sink_types())
    async with (
        open_installation(settings) as installation,
        installation.entered(installation.sources),
    ):
        for source in installation.sources.values():
            await installation.store.append(await source.read())


async def live(folder: Path, task: Task) -> None:
    """Do the task, and what is due, until killed or nothing is left to be done."""
    settings = load(folder / "pumphouse.toml", source_types(), sink_types())
    async with (
        open_installation(settings) as installation,
        installation.entered(installation.sources),
    ):
        doing = asyncio.ensure_future(do(installation, task))
        runner = ControlRunner(installation)
        while True:
            await runner.round()
            if doing.done() and await is_quiet(installation):
                doing.result()
                return
            await asyncio.sleep(TICK)


async def do(installation: Installation, task: Task) -> None:
    if task["key"] is None:
        return
    request = WriteRequest(PointKey(*task["key"]), task["value"], "test")
    if task["secs"] is None:
        await installation.control.write(request)
        return
    until = installation.host.clock.now() + timedelta(seconds=task["secs"])
    await Overrides(installation.control).begin(request, until)


async def is_quiet(installation: Installation) -> bool:
    log = installation.store.write_log
    return not await log.unfinished() and not await log.overrides()


def main(folder: Path) -> None:
    """Fork a child for every line on stdin."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with (folder / "log").open("a") as log, redirect_stdout(log):
        asyncio.run(warm_up(folder))
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            noted = os.open(folder / "log", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
            os.dup2(noted, 1)
            os.dup2(noted, 2)
            asyncio.run(live(folder, json.loads(line)))
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
