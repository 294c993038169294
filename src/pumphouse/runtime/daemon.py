"""The house at work for years: sources polled, sinks served, the store kept small."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

import structlog

from pumphouse.config.alarms import MessageSinkSettings
from pumphouse.config.settings import CursorSinkSettings
from pumphouse.control import Presets
from pumphouse.core.ports import Clock, Sink, SupportsHistory, SupportsLive
from pumphouse.runtime import systemd
from pumphouse.runtime.alarms.tasks import alarm_tasks
from pumphouse.runtime.analyst import Analyst
from pumphouse.runtime.backfill import GapFiller
from pumphouse.runtime.commands import Commands
from pumphouse.runtime.control import control_runner
from pumphouse.runtime.daily_results import DailyResults
from pumphouse.runtime.delivery import Delivery
from pumphouse.runtime.ending import end
from pumphouse.runtime.housekeeping import housekeeping
from pumphouse.runtime.installation import Installation
from pumphouse.runtime.listener import Listener
from pumphouse.runtime.message_feed import Telling
from pumphouse.runtime.poller import Poller
from pumphouse.runtime.sensors.intake import Intake

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
    """Read every source and serve every sink until `stop` is set; who is down comes later.

    Args:
        front: pages and answers for people and machines; none without it.
        ready: called once, when everything has been started.
    """
    clock, store = installation.host.clock, installation.store
    intake = Intake(store, installation.settings.sensors.checks)
    results = _daily_results(installation)
    sinks = (results, *front.sinks, *installation.sinks.values())
    deliveries: list[Delivery] = []
    alarms = alarm_tasks(installation)

    def announce() -> None:
        alarms.watch.wake()
        for delivery in deliveries:
            delivery.wake()

    deliveries += [_delivery(installation, sink, announce) for sink in sinks]
    async with (
        installation.entered(installation.sources),
        front.serving,
        asyncio.TaskGroup() as group,
    ):
        keeping = housekeeping(installation, results)
        tasks = [group.create_task(keeping.run()), group.create_task(keeping.watch())]
        tasks += [group.create_task(delivery.run()) for delivery in deliveries]
        tasks += [group.create_task(run) for run in alarms.runs()]
        if interval := systemd.watchdog_interval():
            tasks.append(group.create_task(_show_life(interval, clock)))
        for name, source in installation.sources.items():
            seconds = installation.settings.sources[name].interval_secs
            failed = partial(installation.failures.count, name)
            if isinstance(source, SupportsLive):
                listener = Listener(
                    source,
                    store,
                    interval=seconds,
                    clock=clock,
                    rng=installation.host.rng,
                    stored=announce,
                    failed=failed,
                    checked=intake,
                )
                tasks.append(group.create_task(listener.run()))
            if not isinstance(source, SupportsLive) or source.polled:
                poller = Poller(
                    source,
                    store,
                    interval=seconds,
                    clock=clock,
                    polled=announce,
                    failed=failed,
                    checked=intake,
                )
                installation.connected[name] = poller.wake
                tasks.append(group.create_task(poller.run()))
            if isinstance(source, SupportsHistory):
                filler = GapFiller(source, store, clock=clock, stored=announce)
                tasks.append(group.create_task(filler.run()))
        installation.control.changed = announce
        if (control := control_runner(installation)) is not None:
            tasks.append(group.create_task(control.run()))
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


def _delivery(installation: Installation, sink: Sink, changed: Callable[[], None]) -> Delivery:
    settings, control = installation.settings, installation.control
    section = settings.sinks.get(sink.name)
    by = f"{section.type} {sink.name}" if section is not None else sink.name
    from_the_beginning = isinstance(section, CursorSinkSettings) and section.backfill
    return Delivery(
        sink,
        installation.store,
        sources=installation.sources.keys(),
        backfill=from_the_beginning or isinstance(sink, DailyResults),
        telling=Telling(section, installation.host.site)
        if isinstance(section, MessageSinkSettings)
        else None,
        clock=installation.host.clock,
        rng=installation.host.rng,
        commands=Commands(control, Presets(control, settings.sources), by=by, changed=changed),
    )


async def _show_life(interval: float, clock: Clock) -> None:
    """Tell systemd that this loop still turns."""
    while True:
        systemd.notify("WATCHDOG=1")
        await clock.sleep(interval)
