"""Commands that tell how the house is doing."""

from datetime import UTC, datetime

from pumphouse.cli.context import AsJson, InContext
from pumphouse.cli.output import age, print_json, print_table
from pumphouse.core.ports import SourceStatus
from pumphouse.runtime.diagnosis import diagnose
from pumphouse.runtime.documents import status_document

__all__ = ["doctor", "status"]


async def status(*, as_json: AsJson = False, context: InContext) -> None:
    """Show sources, gaps and the store: state, last success, last error."""
    async with context.store() as (settings, store):
        statuses = await store.source_statuses()
        gaps, figures = await store.gaps(), await store.figures()
    if as_json:
        print_json(status_document(settings.sources, statuses, gaps, figures))
        return
    now = datetime.now(UTC)
    known = {one.source: one for one in statuses}
    print_table(
        ("source", "state", "last success>", "requests left>", "goes on", "last error"),
        (_status_row(name, known.get(name), now) for name in sorted(settings.sources)),
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


def _status_row(name: str, status: SourceStatus | None, now: datetime) -> tuple[str, ...]:
    if status is None:
        return (name, "new", "never", "", "", "")
    remaining = "" if status.rate_remaining is None else str(status.rate_remaining)
    waits = ""
    if status.resumes_at is not None and status.resumes_at > now:
        waits = f"in {(status.resumes_at - now).total_seconds():.0f} s"
    last = age(status.last_success, now)
    return (name, status.state.value, last, remaining, waits, status.last_error or "")


async def doctor(*, as_json: AsJson = False, context: InContext) -> int:
    """Examine everything: configured, reachable, stale, slow. Safe to paste in public."""
    findings = await diagnose(context.settings())
    if as_json:
        print_json([finding.document() for finding in findings])
    else:
        print_table(("", "what", "finding"), (finding.row() for finding in findings))
    return 0
