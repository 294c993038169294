"""Commands about alarms: what lasts, what was, taking note of it, and whether messages arrive."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from cyclopts import App, Parameter

from pumphouse.cli.context import AsJson, InContext
from pumphouse.cli.output import print_json, print_table, say
from pumphouse.core.errors import SourceError
from pumphouse.core.model import Interval
from pumphouse.core.ports import SystemClock
from pumphouse.runtime.alarms import log
from pumphouse.runtime.alarms.trial import try_messages
from pumphouse.runtime.documents import age

__all__ = ["app"]

app = App(
    name="alarms",
    help="Show which alarms last; take note of them, and try whether messages arrive.",
    help_format="plaintext",
)

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)


@app.default
async def show(
    *,
    everything: Annotated[bool, Parameter(name="--all", negative=())] = False,
    as_json: AsJson = False,
    context: InContext,
) -> None:
    """Show which alarms last, the vendors' and our own.

    Parameters
    ----------
    everything:
        Past ones too.
    """
    now = SystemClock().now()
    async with context.store() as (settings, store):
        if everything:
            entries = await log.past(store, Interval(_BEGINNING, now + _AHEAD))
        else:
            entries = await log.lasting(store, settings.sources)
    if as_json:
        print_json([log.entry_document(entry) for entry in entries])
        return
    if not entries:
        say("No alarm lasts." if not everything else "There never was an alarm.")
        return
    print_table(
        ("", "since", "over", "source", "device", "alarm", "noted by", "id"),
        (_row(entry, now) for entry in entries),
    )


def _row(entry: log.Entry, now: datetime) -> tuple[str, ...]:
    event, noted = entry.event, entry.acknowledged
    over = "" if event.ended is None else f"{age(event.ended, now)} ago"
    return (
        event.severity.value,
        f"{age(event.time, now)} ago",
        over,
        event.source or "",
        event.device or "",
        event.title,
        noted.by if noted is not None else "",
        event.id,
    )


@app.command
async def acknowledge(
    *ids: str, every: Annotated[bool, Parameter(negative=())] = False, context: InContext
) -> None:
    """Take note of alarms: they go on, but are marked as known.

    Parameters
    ----------
    ids:
        Their ids, as `pumphouse alarms` prints them.
    every:
        All that last.
    """
    async with context.store() as (settings, store):
        names = list(ids)
        if every:
            names += [one.event.id for one in await log.lasting(store, settings.sources)]
        noted = await log.acknowledge(store, names, "command line", SystemClock())
    for event in noted:
        say(f"noted: {event.title}")
    if not noted:
        say("nothing to take note of; name an id, or --every")


@app.command(name="test")
async def try_(sink: str | None = None, *, as_json: AsJson = False, context: InContext) -> int:
    """Send a message to see whether it arrives.

    Parameters
    ----------
    sink:
        By this sink only.
    """
    async with context.installation() as installation:
        trials = await try_messages(installation, sink)
    if as_json:
        print_json([{"sink": one.sink, "problems": list(one.problems)} for one in trials])
    for one in trials:
        say("\n".join(one.problems) or f"{one.sink}: sent; see whether it has arrived")
    return SourceError.exit_code if any(one.problems for one in trials) else 0
