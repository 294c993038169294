"""Sources: where readings come from and go to, how that is going, and what to do if it is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pumphouse.core.errors import PumphouseError
from pumphouse.core.ports import (
    DeadLetter,
    Gap,
    SinkState,
    SinkStatus,
    SourceState,
    SourceStatus,
    StoreFigures,
)
from pumphouse.http.login import SupportsLogin
from pumphouse.runtime.ledger import books_of
from pumphouse.web.context import Context, WebContext
from pumphouse.web.pages.rendering import is_fragment, render
from pumphouse.web.pages.times import length
from pumphouse.web.text import texts

__all__ = ["SinkCard", "SourceCard", "router", "sink_card", "source_card"]

router = APIRouter()

Tone = Literal["good", "warn", "bad", "idle"]

_SOURCE_TONES: Final[dict[SourceState, Tone]] = {
    SourceState.NEW: "idle",
    SourceState.OK: "good",
    SourceState.RETRYING: "warn",
    SourceState.LOGIN_REQUIRED: "bad",
    SourceState.STOPPED: "bad",
}
_SINK_TONES: Final[dict[SinkState, Tone]] = {
    SinkState.NEW: "idle",
    SinkState.OK: "good",
    SinkState.RETRYING: "warn",
    SinkState.STOPPED: "bad",
}
#: what is shown of a longer list; the command line has the rest
_SHOWN_GAPS: Final = 20
_SHOWN_LETTERS: Final = 10
_MEGABYTE: Final = 1e6


@dataclass(frozen=True, slots=True)
class GapRow:
    """One stretch for which a source brought nothing."""

    start: datetime
    length: str
    open: bool
    cause: str
    filled_by: str | None


@dataclass(frozen=True, slots=True)
class SourceCard:
    """One source as it is shown.

    Attributes:
        state: key of a text.
        interval: how often it is asked, in words; "" where that is not known.
        remaining: how many requests the vendor still allows; None where it does not say.
        advice: what to do about `error`.
        connectable: whether a browser can connect its account.
        connected: whether consent was given before.
    """

    name: str
    kind: str
    state: str
    tone: Tone
    last_success: datetime | None
    resumes_at: datetime | None
    interval: str
    remaining: int | None
    polls: int
    failures: int
    error: str | None
    advice: str
    connectable: bool
    connected: bool
    gaps: Sequence[GapRow]


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One reading that a sink has refused for good."""

    time: datetime
    point: str
    reason: str


@dataclass(frozen=True, slots=True)
class SinkCard:
    """One sink as it is shown.

    Attributes:
        state: key of a text.
        live: told the newest readings only, so that nothing waits for it.
        lag: how many readings wait for it.
    """

    name: str
    kind: str
    state: str
    tone: Tone
    live: bool
    lag: int
    delivered: int
    dropped: int
    rejected: int
    last_success: datetime | None
    resumes_at: datetime | None
    error: str | None
    letters: Sequence[LetterRow]


@dataclass(frozen=True, slots=True)
class StoreCard:
    """How big the store is."""

    size: str
    readings: int
    points: int


@router.get("/sources")
async def sources_page(request: Request, context: Context) -> HTMLResponse:
    """Sources, sinks and the store, or only what changes of it where a script asks."""
    store = context.installation.store
    return render(
        request,
        "sources/live.html" if is_fragment(request) else "sources.html",
        outcomes=context.logins.lately(),
        sources=await _sources(context),
        sinks=await _sinks(context),
        store=store_card(await store.figures()),
    )


async def _sources(context: WebContext) -> list[SourceCard]:
    installation = context.installation
    now = installation.host.clock.now()
    statuses = await installation.store.source_statuses()
    gaps = await installation.store.gaps()
    cards = []
    for name, status in books_of(installation.sources, statuses).items():
        source = installation.sources.get(name)  # none of its own for the books of listening
        card = source_card(
            name,
            installation.settings.sources[name.split()[0]].type,
            status or SourceStatus(name, SourceState.NEW, since=now),
            [gap for gap in gaps if gap.source == name],
            now,
            connectable=isinstance(source, SupportsLogin),
            connected=source is not None and await _connected(context, name),
        )
        cards.append(card)
    return cards


async def _connected(context: WebContext, source: str) -> bool:
    """Whether consent was given before; a grant that cannot be used counts as none."""
    try:
        return await context.installation.host.grants.load(source) is not None
    except PumphouseError:
        return False


def source_card(
    name: str,
    kind: str,
    status: SourceStatus,
    gaps: Sequence[Gap],
    now: datetime,
    *,
    connectable: bool,
    connected: bool,
) -> SourceCard:
    """A source as it is shown at `now`."""
    state = status.state.name.lower()
    return SourceCard(
        name=name,
        kind=kind,
        state=state,
        tone=_SOURCE_TONES[status.state],
        last_success=status.last_success,
        resumes_at=status.resumes_at,
        interval=_every(status.interval),
        remaining=status.rate_remaining,
        polls=status.polls,
        failures=status.failures,
        error=status.last_error,
        advice=texts()(f"sources.advice.{state}") if status.last_error else "",
        connectable=connectable,
        connected=connected,
        gaps=[_gap_row(gap, now) for gap in gaps[:_SHOWN_GAPS]],
    )


def _every(seconds: float) -> str:
    return length(timedelta(seconds=seconds)) if seconds else ""


def _gap_row(gap: Gap, now: datetime) -> GapRow:
    end = gap.end or now
    return GapRow(gap.start, length(end - gap.start), gap.end is None, gap.cause, gap.filled_by)


async def _sinks(context: WebContext) -> list[SinkCard]:
    installation = context.installation
    now = installation.host.clock.now()
    statuses = {one.sink: one for one in await installation.store.sink_statuses()}
    cards = []
    for name in installation.sinks:
        status = statuses.get(name) or SinkStatus(name, SinkState.NEW, since=now)
        letters = await installation.store.dead_letters(name) if status.rejected else ()
        cards.append(sink_card(installation.settings.sinks[name].type, status, letters))
    return cards


def sink_card(kind: str, status: SinkStatus, letters: Sequence[DeadLetter]) -> SinkCard:
    """A sink as it is shown."""
    return SinkCard(
        name=status.sink,
        kind=kind,
        state=status.state.name.lower(),
        tone=_SINK_TONES[status.state],
        live=status.live,
        lag=status.lag,
        delivered=status.delivered,
        dropped=status.dropped,
        rejected=status.rejected,
        last_success=status.last_success,
        resumes_at=status.resumes_at,
        error=status.last_error,
        letters=[
            LetterRow(letter.reading.time, letter.reading.key.point, letter.reason)
            for letter in letters[:_SHOWN_LETTERS]
        ],
    )


def store_card(figures: StoreFigures) -> StoreCard:
    """The store as it is shown; its path is nobody's business."""
    size = f"{figures.bytes / _MEGABYTE:,.1f} MB"
    return StoreCard(size, figures.readings, figures.points)
