"""The house at work for years: sources polled, sinks served, the store kept small."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

import structlog

from pumphouse.config.settings import CursorSinkSettings
from pumphouse.core.ports import Clock, Sink
from pumphouse.runtime import systemd
from pumphouse.runtime.analyst import Analyst
from pumphouse.runtime.daily_results import DailyResults
from pumphouse.runtime.delivery import Delivery
from pumphouse.runtime.ending import end
from pumphouse.runtime.housekeeping import housekeeping
from pumphouse.runtime.installation import Installation
from pumphouse.runtime.poller import Poller

__all__ = ["Front", "run"]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Front:
    """What shows the house to those outside while it runs.

    Attributes:
        sinks: live sinks of its own, so that it always knows how things are.
        serving: entered when the house starts, left when it stops.
    """

    sinks: Sequence[Sink]
    serving: AbstractAsyncContextManager[None]


_NO_FRONT = Front((), nullcontext())


async def run(
    installation: Installation,
    stop: asyncio.Event,
    *,
    front: Front = _NO_FRONT,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Poll every source and serve every sink until `stop` is set; who is down comes later.

    Args:
        front: pages and answers for people and machines; none without it.
        ready: called once, when everything has been started.
    """
    clock, store = installation.host.clock, installation.store
    results = _daily_results(installation)
    sinks = (results, *front.sinks, *installation.sinks.values())
    deliveries = [_delivery(installation, sink) for sink in sinks]

    def announce() -> None:
        for delivery in deliveries:
            delivery.wake()

    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        await stack.enter_async_context(front.serving)
        tasks = [group.create_task(housekeeping(installation, results).run())]
        tasks += [group.create_task(delivery.run()) for delivery in deliveries]
        if interval := systemd.watchdog_interval():
            tasks.append(group.create_task(_show_life(interval, clock)))
        for name, source in installation.sources.items():
            await stack.enter_async_context(source)
            seconds = installation.settings.sources[name].interval_secs
            poller = Poller(
                source,
                store,
                interval=seconds,
                clock=clock,
                polled=announce,
                failed=partial(installation.failures.count, name),
            )
            tasks.append(group.create_task(poller.run()))
        log.info("running", sources=sorted(installation.sources), sinks=sorted(installation.sinks))
        systemd.notify(f"READY=1\nSTATUS=polling {len(installation.sources)} sources")
        ready()
        await stop.wait()
        systemd.notify("STOPPING=1")
        await end(tasks)
    log.info("stopped")


def _daily_results(installation: Installation) -> DailyResults:
    settings = installation.settings
    timezone = settings.site.timezone
    analyst = Analyst(settings.store.path, timezone, settings.hints)
    clock = installation.host.clock
    return DailyResults(installation.store, clock, ZoneInfo(timezone), analyst.days)


def _delivery(installation: Installation, sink: Sink) -> Delivery:
    section = installation.settings.sinks.get(sink.name)
    from_the_beginning = isinstance(section, CursorSinkSettings) and section.backfill
    return Delivery(
        sink,
        installation.store,
        sources=installation.sources.keys(),
        backfill=from_the_beginning or isinstance(sink, DailyResults),
        clock=installation.host.clock,
        rng=installation.host.rng,
    )


async def _show_life(interval: float, clock: Clock) -> None:
    """Tell systemd that this loop still turns."""
    while True:
        systemd.notify("WATCHDOG=1")
        await clock.sleep(interval)
