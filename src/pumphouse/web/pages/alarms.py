"""Alarms: what lasts, what it usually means, who has taken note of it, and what there was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pumphouse.core.model import Event, EventKind, Interval, Severity
from pumphouse.runtime.alarms import log
from pumphouse.runtime.alarms.trial import Trial, message_sinks, try_messages
from pumphouse.web.access.gate import visitor_of
from pumphouse.web.context import Context, WebContext
from pumphouse.web.pages.rendering import is_fragment, render
from pumphouse.web.pages.times import length

__all__ = ["AlarmRow", "Filter", "alarm_row", "chosen", "router"]

router = APIRouter()

#: how far back can be looked, in days
_PERIODS: Final = (7, 30, 365, 3650)
#: rows of the history; the command line has the rest
_MOST_ROWS: Final = 200
_AHEAD: Final = timedelta(days=1)
_LONGEST_ID: Final = 400


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One alarm as it is shown.

    Attributes:
        tone: names its colour: bad, warn or idle.
        where: the device's name, else the source's; "" for Pumphouse itself.
        lasted: for how long, in words; "" where it lasts or only happened.
        words: what the vendor says beside the title; "" for nothing.
    """

    entry: log.Entry
    tone: str
    where: str
    lasted: str
    words: str


@dataclass(frozen=True, slots=True)
class Filter:
    """What of the past is shown.

    Attributes:
        severity: this one only; "" for all.
        device: this one only; "" for all.
        everything: also what only happens and does not last, such as changes of state.
    """

    days: int = 30
    severity: str = ""
    device: str = ""
    everything: bool = False

    @property
    def kinds(self) -> frozenset[EventKind]:
        """The kinds of events that are looked for."""
        return frozenset(EventKind) if self.everything else log.LASTING_KINDS


@router.get("/alarms")
async def alarms_page(
    request: Request,
    context: Context,
    days: Annotated[int, Query(ge=1, le=_PERIODS[-1])] = 30,
    severity: Annotated[str, Query(max_length=10)] = "",
    device: Annotated[str, Query(max_length=200)] = "",
    everything: Annotated[bool, Query()] = False,
) -> HTMLResponse:
    """What lasts and what there was, or only what changes of it where a script asks."""
    chosen_ones = Filter(days, severity, device, everything)
    return await _page(request, context, chosen_ones)


@router.post("/alarms/acknowledge")
async def acknowledge(
    request: Request,
    context: Context,
    name: Annotated[str, Form(alias="id", min_length=1, max_length=_LONGEST_ID)],
    source: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Mark an alarm as known."""
    installation = context.installation
    by = visitor_of(request).name
    clock = installation.host.clock
    await log.acknowledge(installation.store, [name], by, clock, source=source)
    return RedirectResponse("/alarms", HTTPStatus.SEE_OTHER)


@router.post("/alarms/test")
async def test(request: Request, context: Context) -> HTMLResponse:
    """Send a message by every sink that carries some, and say what came of it."""
    trials = await try_messages(context.installation)
    return await _page(request, context, Filter(), trials)


async def _page(
    request: Request, context: WebContext, wanted: Filter, trials: Sequence[Trial] = ()
) -> HTMLResponse:
    installation = context.installation
    store, now = installation.store, installation.host.clock.now()
    devices = await store.devices()
    names = {(one.source, one.id): one.name for one in devices}
    interval = Interval(now - timedelta(days=wanted.days), now + _AHEAD)
    lasting = await log.lasting(store, installation.settings.sources)
    found = chosen(await log.past(store, interval, wanted.kinds), wanted)
    return render(
        request,
        "alarms/live.html" if is_fragment(request) else "alarms.html",
        lasting=[alarm_row(one, names) for one in lasting],
        past=[alarm_row(one, names) for one in found[:_MOST_ROWS]],
        more=max(len(found) - _MOST_ROWS, 0),
        filter=wanted,
        query=request.url.query,
        periods=_PERIODS,
        severities=[one.value for one in reversed(Severity)],
        devices=[one for one in devices if one.source in installation.settings.sources],
        sinks=message_sinks(installation),
        trials=trials,
    )


def chosen(entries: Sequence[log.Entry], wanted: Filter) -> list[log.Entry]:
    """What of `entries` is to be shown."""
    return [
        one
        for one in entries
        if (not wanted.severity or one.event.severity.value == wanted.severity)
        and (not wanted.device or one.event.device == wanted.device)
    ]


def alarm_row(entry: log.Entry, names: dict[tuple[str, str], str]) -> AlarmRow:
    """An alarm as it is shown.

    Args:
        names: what devices are called, by source and id.
    """
    event = entry.event
    where = names.get((event.source or "", event.device or ""), event.source or "")
    return AlarmRow(
        entry,
        tone={Severity.ERROR: "bad", Severity.WARNING: "warn"}.get(event.severity, "idle"),
        where=where,
        lasted=length(event.ended - event.time) if event.ended is not None else "",
        words=_words(event),
    )


def _words(event: Event) -> str:
    return event.detail.get("description") or event.detail.get("advice") or ""
