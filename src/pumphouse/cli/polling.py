"""Commands that read the sources: once, for ever, or for a bug report."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from pumphouse.cli import service
from pumphouse.cli.context import AsJson, Context, InContext
from pumphouse.cli.output import print_json, say, stderr
from pumphouse.core.errors import StoreError, UsageError
from pumphouse.core.ports import Source, SupportsHistory, SupportsRecording
from pumphouse.runtime.alarms.tasks import alarm_tasks
from pumphouse.runtime.backfill import GapFiller
from pumphouse.runtime.documents import Document
from pumphouse.runtime.housekeeping import housekeeping
from pumphouse.runtime.installation import Installation
from pumphouse.runtime.poller import Poller, PollOutcome
from pumphouse.runtime.sensors.intake import Intake
from pumphouse.runtime.times import parse_length

__all__ = ["poll", "poll_once", "record", "run"]

#: how long a source that does not answer is tried, in seconds
POLL_PATIENCE = 60.0


async def poll(
    *names: str, patience: str = "60s", as_json: AsJson = False, context: InContext
) -> int:
    """Read the sources once and store what they say (for cron).

    Nothing is delivered to sinks: the next `run` does that, from where the last one was.

    Parameters
    ----------
    names:
        The sources to read; all without it.
    patience:
        How long a source that does not answer is tried again: 10s, 5min …
    """
    seconds = parse_length(patience)
    async with context.installation() as installation:
        chosen = installation.chosen(names)
        with stderr().status("reading …"):
            outcomes = await poll_once(installation, chosen, patience=seconds, catch_up=True)
        with suppress(StoreError):  # the outcomes say so already
            await housekeeping(installation).round()
    if as_json:
        print_json({outcome.source: _document(outcome) for outcome in outcomes})
    for outcome in outcomes:
        say(_sentence(outcome))
    return max((outcome.error.exit_code for outcome in outcomes if outcome.error), default=0)


async def poll_once(
    installation: Installation,
    sources: Mapping[str, Source],
    *,
    patience: float = POLL_PATIENCE,
    catch_up: bool = False,
) -> list[PollOutcome]:
    """Poll every one of `sources` once, at the same time; try for `patience` seconds.

    Args:
        catch_up: whether to fill the gap that a poll has ended from the source's own history.
    """
    intake = Intake(installation.store, installation.settings.sensors.checks)
    alarms = alarm_tasks(installation)

    async def one(name: str, source: Source) -> PollOutcome:
        async with source:
            interval = installation.settings.sources[name].interval_secs
            clock = installation.host.clock
            began = clock.now()
            poller = Poller(
                source, installation.store, interval=interval, clock=clock, checked=intake
            )
            outcome = await poller.poll(patience=patience)
            if outcome.error is None:
                await alarms.ask_vendor(name)
                if catch_up and isinstance(source, SupportsHistory):
                    await GapFiller(source, installation.store, clock=clock).fill(since=began)
            return outcome

    outcomes = list(await asyncio.gather(*(one(*item) for item in sources.items())))
    with suppress(StoreError):  # the outcomes say so already
        await alarms.watch.look()
    return outcomes


def _document(outcome: PollOutcome) -> Document:
    batch = outcome.batch
    return {
        "devices": len(batch.devices) if batch else 0,
        "readings": len(batch.readings) if batch else 0,
        "stored": outcome.stored,
        "problems": list(batch.problems) if batch else [],
        "error": str(outcome.error) if outcome.error else None,
    }


def _sentence(outcome: PollOutcome) -> str:
    if outcome.error:
        return f"{outcome.source}: {outcome.error}"
    assert outcome.batch is not None
    readings, devices = len(outcome.batch.readings), len(outcome.batch.devices)
    came = f"{readings} readings of {devices} device(s), {outcome.stored} new"
    return "\n".join(f"{outcome.source}: {line}" for line in (came, *outcome.batch.problems))


def run(*, context: InContext) -> None:
    """Poll all sources, serve all sinks and the web app until stopped (Ctrl-C or SIGTERM)."""
    serving = service.command(context.config, debug=context.debug)
    sys.stdout.flush()
    os.execve(serving[0], serving, service.environment())  # noqa: S606  (this process goes on so)


async def record(
    source: str,
    *,
    out: Path | None = None,
    as_json: AsJson = False,  # noqa: ARG001  (a dump is JSON anyway)
    context: InContext,
) -> None:
    """Write a redacted dump of what a source's vendor answers, for tests and bug reports.

    Parameters
    ----------
    out:
        File to write; stdout without it.
    """
    dump = await _dump(context, source)
    if out is None:
        print_json(dump)
        return
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as problem:
        raise UsageError(f"{out} cannot be written: {problem.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(dump, file, ensure_ascii=False, indent=1)
        file.write("\n")
    say(f"{out} is written; names, addresses and serial numbers are replaced")


async def _dump(context: Context, name: str) -> Mapping[str, object]:
    async with AsyncExitStack() as stack:
        installation = await stack.enter_async_context(context.installation())
        source = installation.chosen([name])[name]
        if not isinstance(source, SupportsRecording):
            raise UsageError(f"{name} is of a kind that cannot be recorded")
        await stack.enter_async_context(source)
        return await source.record()
