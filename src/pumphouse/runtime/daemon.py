"""The house at work for years: sources polled, sinks served, the store kept small."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

import structlog

from pumphouse.config.settings import CursorSinkSettings
from pumphouse.core.ports import Clock, Sink
from pumphouse.runtime import systemd
from pumphouse.runtime.delivery import Delivery
from pumphouse.runtime.housekeeping import housekeeping
from pumphouse.runtime.installation import Installation
from pumphouse.runtime.metrics_page import metrics_page
from pumphouse.runtime.poller import Poller
from pumphouse.sinks.prometheus import PrometheusExposition

__all__ = ["run"]

log = structlog.get_logger()


async def run(
    installation: Installation, stop: asyncio.Event, *, ready: Callable[[], None] = lambda: None
) -> None:
    """Poll every source and serve every sink until `stop` is set; who is down comes later.

    Args:
        ready: called once, when everything has been started.
    """
    clock, store = installation.host.clock, installation.store
    exposition = PrometheusExposition(clock)
    deliveries = [
        _delivery(installation, sink) for sink in (exposition, *installation.sinks.values())
    ]

    def announce() -> None:
        for delivery in deliveries:
            delivery.wake()

    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        await stack.enter_async_context(metrics_page(installation, exposition))
        tasks = [group.create_task(housekeeping(installation).run())]
        tasks += [group.create_task(delivery.run()) for delivery in deliveries]
        if interval := systemd.watchdog_interval():
            tasks.append(group.create_task(_show_life(interval, clock)))
        for name, source in installation.sources.items():
            await stack.enter_async_context(source)
            seconds = installation.settings.sources[name].interval_secs
            poller = Poller(source, store, interval=seconds, clock=clock, polled=announce)
            tasks.append(group.create_task(poller.run()))
        log.info("running", sources=sorted(installation.sources), sinks=sorted(installation.sinks))
        systemd.notify(f"READY=1\nSTATUS=polling {len(installation.sources)} sources")
        ready()
        await stop.wait()
        systemd.notify("STOPPING=1")
        for task in tasks:
            task.cancel()
    log.info("stopped")


def _delivery(installation: Installation, sink: Sink) -> Delivery:
    section = installation.settings.sinks.get(sink.name)
    return Delivery(
        sink,
        installation.store,
        sources=installation.sources.keys(),
        backfill=isinstance(section, CursorSinkSettings) and section.backfill,
        clock=installation.host.clock,
        rng=installation.host.rng,
    )


async def _show_life(interval: float, clock: Clock) -> None:
    """Tell systemd that this loop still turns."""
    while True:
        systemd.notify("WATCHDOG=1")
        await clock.sleep(interval)
