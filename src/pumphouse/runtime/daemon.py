"""The house at work for years: every source polled, the store kept small, systemd kept informed."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

import structlog

from pumphouse.core.errors import StoreError
from pumphouse.core.ports import Clock, Store
from pumphouse.runtime import systemd
from pumphouse.runtime.installation import Installation
from pumphouse.runtime.poller import Poller

__all__ = ["run"]

log = structlog.get_logger()

#: seconds between two rounds of housekeeping
HOUSEKEEPING_INTERVAL = 3600.0


async def run(
    installation: Installation, stop: asyncio.Event, *, ready: Callable[[], None] = lambda: None
) -> None:
    """Poll every source until `stop` is set; a source that is down at the start comes later.

    Args:
        ready: called once, when everything has been started.
    """
    clock = installation.host.clock
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        tasks = [group.create_task(_keep_house(installation.store, clock))]
        if interval := systemd.watchdog_interval():
            tasks.append(group.create_task(_show_life(interval, clock)))
        for name, source in installation.sources.items():
            await stack.enter_async_context(source)
            seconds = installation.settings.sources[name].interval_secs
            poller = Poller(source, installation.store, interval=seconds, clock=clock)
            tasks.append(group.create_task(poller.run()))
        log.info("running", sources=sorted(installation.sources))
        systemd.notify(f"READY=1\nSTATUS=polling {len(installation.sources)} sources")
        ready()
        await stop.wait()
        systemd.notify("STOPPING=1")
        for task in tasks:
            task.cancel()
    log.info("stopped")


async def _keep_house(store: Store, clock: Clock) -> None:
    """Prune the journal now and then; a failure is for the log, the next round may do better."""
    while True:
        try:
            await store.prune()
        except StoreError as error:
            log.error("housekeeping fails", error=str(error))
        await clock.sleep(HOUSEKEEPING_INTERVAL)


async def _show_life(interval: float, clock: Clock) -> None:
    """Tell systemd that this loop still turns."""
    while True:
        systemd.notify("WATCHDOG=1")
        await clock.sleep(interval)
