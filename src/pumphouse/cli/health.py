"""Commands that tell how the house is doing."""

from datetime import UTC, datetime

from pumphouse.cli.context import AsJson, InContext
from pumphouse.cli.output import print_json, print_table
from pumphouse.core.ports import SinkStatus, SourceStatus
from pumphouse.runtime.diagnosis import diagnose
from pumphouse.runtime.documents import age, status_document
from pumphouse.runtime.ledger import books_of

__all__ = ["doctor", "status"]


async def status(*, as_json: AsJson = False, context: InContext) -> None:
    """Show sources, sinks, gaps and the store: state, last success, lag, last error."""
    async with context.store() as (settings, store):
        sources = books_of(sorted(settings.sources), await store.source_statuses())
        served = {one.sink: one for one in await store.sink_statuses()}
        gaps, figures = await store.gaps(), await store.figures()
    sinks = {name: served.get(name) for name in sorted(settings.sinks)}
    if as_json:
        print_json(status_document(sources, sinks, gaps, figures))
        return
    now = datetime.now(UTC)
    print_table(
        ("source", "state", "last success>", "requests left>", "goes on", "last error"),
        (_source_row(*item, now) for item in sources.items()),
    )
    if sinks:
        print_table(
            (
                "sink",
                "state",
                "last success>",
                "behind>",
                "taken>",
                "refused>",
                "goes on",
                "last error",
            ),
            (_sink_row(*item, now) for item in sinks.items()),
        )
    open_gaps = sum(gap.end is None for gap in gaps)
    print_table(
        ("store", "size>", "readings>", "points>", "gaps>", "open>"),
        [
            (
                figures.path,
                f"{figures.bytes / 1e6:.1f} MB",
                str(figures.readings),
                str(figures.points),
                str(len(gaps)),
                str(open_gaps),
            )
        ],
    )


def _source_row(name: str, status: SourceStatus | None, now: datetime) -> tuple[str, ...]:
    if status is None:
        return (name, "new", "never", "", "", "")
    remaining = "" if status.rate_remaining is None else str(status.rate_remaining)
    waits, last = _waits(status.resumes_at, now), age(status.last_success, now)
    return (name, status.state.value, last, remaining, waits, status.last_error or "")


def _sink_row(name: str, status: SinkStatus | None, now: datetime) -> tuple[str, ...]:
    if status is None:
        return (name, "new", "never", "", "", "", "", "")
    counts = (str(status.lag), str(status.delivered), str(status.dropped))
    waits, last = _waits(status.resumes_at, now), age(status.last_success, now)
    return (name, status.state.value, last, *counts, waits, status.last_error or "")


def _waits(until: datetime | None, now: datetime) -> str:
    if until is None or until <= now:
        return ""
    return f"in {(until - now).total_seconds():.0f} s"


async def doctor(*, as_json: AsJson = False, context: InContext) -> int:
    """Examine everything: configured, reachable, stale, slow. Safe to paste in public."""
    findings = await diagnose(context.settings())
    if as_json:
        print_json([finding.document() for finding in findings])
    else:
        print_table(("", "what", "finding"), (finding.row() for finding in findings))
    return 0
