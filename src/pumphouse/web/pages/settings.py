"""Settings: what can be set, asked for twice, and what became of it.

A form leads to a page that shows the value before and the one after; only what that page sends
changes anything. None of it needs a script.
"""

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pumphouse.control import (
    Overrides,
    Preset,
    Presets,
    Setting,
    WriteRequest,
)
from pumphouse.core.errors import UsageError
from pumphouse.core.model import Point, PointKey
from pumphouse.core.ports import Outcome
from pumphouse.web.access.gate import visitor_of
from pumphouse.web.changes import Change
from pumphouse.web.context import Context, WebContext
from pumphouse.web.pages.house import devices_now, label_of
from pumphouse.web.pages.rendering import render
from pumphouse.web.pages.settings_view import (
    DeviceSettings,
    Question,
    Told,
    address,
    field_of,
    log_rows,
    running_rows,
    settings_of,
    worded,
)
from pumphouse.web.text import texts

__all__ = ["router"]

router = APIRouter(prefix="/settings")

#: lines of the log on the page; the command line has all
_SHOWN_WRITES: Final = 20
#: for how many hours a setting may be changed at a press; 0 is for good
HOURS: Final = (0, 1, 3, 6, 12, 24, 72)
#: how often a page asks again how far a change is, in seconds
_AGAIN_SECS: Final = 2

Id = Annotated[str, Query(max_length=200)]
FormId = Annotated[str, Form(max_length=200)]
Wanted = Annotated[str, Query(max_length=100)]
FormWanted = Annotated[str, Form(max_length=100)]


@router.get("")
async def settings_page(request: Request, context: Context) -> HTMLResponse:
    """Every setting of every device, what runs for a while, and the log."""
    control, store = context.installation.control, context.installation.store
    points = {point.key: point for point in await store.points()}
    names = {(one.source, one.id): one.name for one in await store.devices()}
    return render(
        request,
        "settings.html",
        devices=await _devices(context),
        running=running_rows(await Overrides(control).running(), points, names, context.catalogue),
        writes=log_rows(
            await control.writes(limit=_SHOWN_WRITES), points, names, context.catalogue
        ),
    )


async def _devices(context: WebContext) -> Sequence[DeviceSettings]:
    installation, now = context.installation, context.installation.host.clock.now()
    settings = await installation.control.settings()
    presets = await Presets(installation.control, installation.settings.sources).all()
    shown = []
    for house in await devices_now(installation.store, context.catalogue, now):
        section = installation.settings.sources.get(house.device.source)
        found = settings_of(
            house,
            settings,
            presets,
            context.catalogue,
            is_open=section is not None and section.write,
        )
        if found.groups:
            shown.append(found)
    return shown


# One setting


@router.get("/change")
async def ask_to_change(
    request: Request, context: Context, source: Id, device: Id, point: Id, value: Wanted = ""
) -> HTMLResponse:
    """The value before and the one after, and the button that makes it so."""
    setting = await _setting(context, PointKey(source, device, point))
    try:
        wanted = context.installation.control.parse(setting.point, value)
    except UsageError as problem:
        return _not_asked(request, context, setting, str(problem))
    key = setting.point.key
    tried = await context.installation.control.write(
        WriteRequest(key, wanted, visitor_of(request).name, dry_run=True)
    )
    if tried.outcome is Outcome.REFUSED:
        return _not_asked(request, context, setting, tried.detail)
    return _asked(
        request,
        Question(
            title=_label(context, setting.point),
            before=_value_now(setting),
            after=worded(setting.point, wanted),
            action="/settings/change",
            fields=address(key) | {"value": value},
            hours=HOURS,
        ),
    )


@router.post("/change")
async def change(
    request: Request,
    context: Context,
    source: FormId,
    device: FormId,
    point: FormId,
    value: FormWanted,
    hours: Annotated[int, Form(ge=0, le=24 * 31)] = 0,
) -> Response:
    """Set it, for good or for some hours."""
    control = context.installation.control
    setting = await _setting(context, PointKey(source, device, point))
    try:
        wanted = WriteRequest(
            setting.point.key, control.parse(setting.point, value), visitor_of(request).name
        )
    except UsageError as problem:
        return _not_asked(request, context, setting, str(problem))
    until = control.clock.now() + timedelta(hours=hours)
    work = Overrides(control).begin(wanted, until) if hours else control.write(wanted)
    return _on_its_way(await context.changes.begin(_label(context, setting.point), work))


# A boost


@router.get("/boost")
async def ask_for_boost(
    request: Request, context: Context, source: Id, device: Id, name: Id
) -> HTMLResponse:
    """What is set for it and for how long, and the button that starts it."""
    preset = await _preset(context, source, device, name)
    if preset.refusal is not None:
        return _refused(request, preset.label, preset.refusal)
    setting = await _setting(context, preset.point.key)
    return _asked(
        request,
        Question(
            title=preset.label,
            before=_value_now(setting),
            after=worded(preset.point, preset.value),
            action="/settings/boost",
            fields={"source": source, "device": device, "name": name},
            hours=[hours for hours in HOURS if hours],
            usual=preset.hours,
        ),
    )


@router.post("/boost")
async def boost(
    request: Request,
    context: Context,
    source: FormId,
    device: FormId,
    name: FormId,
    hours: Annotated[float, Form(gt=0, le=24 * 31)],
) -> Response:
    """Start it."""
    preset = await _preset(context, source, device, name)
    presets = Presets(context.installation.control, context.installation.settings.sources)
    work = presets.begin(source, device, name, visitor_of(request).name, hours=hours)
    return _on_its_way(await context.changes.begin(preset.label, work))


# Back


@router.get("/undo")
async def ask_to_undo(
    request: Request, context: Context, write: Annotated[int, Query(ge=1, le=2**53)]
) -> HTMLResponse:
    """What it goes back to, and the button that does it."""
    logged = await context.installation.store.write_log.write(write)
    if logged is None or logged.before is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such change to be undone.")
    setting = await _setting(context, logged.key)
    after = await context.installation.control.undone(logged, logged.before)
    return _asked(
        request,
        Question(
            title=_label(context, setting.point),
            before=_value_now(setting),
            after=worded(setting.point, after),
            action="/settings/undo",
            fields={"write": str(write)},
        ),
    )


@router.post("/undo")
async def undo(
    request: Request, context: Context, write: Annotated[int, Form(ge=1, le=2**53)]
) -> Response:
    """Set a point back to what it was before a change."""
    work = context.installation.control.undo(write, visitor_of(request).name)
    return _on_its_way(await context.changes.begin(texts()("settings.undoing", n=write), work))


@router.post("/end")
async def end_now(
    request: Request, context: Context, override: Annotated[int, Form(ge=1, le=2**53)]
) -> Response:
    """End what would have ended by itself."""
    overrides = Overrides(context.installation.control)
    for one in await overrides.running():
        if one.id == override:
            title = _label(context, await context.installation.control.point(one.key))
            work = overrides.end(override, visitor_of(request).name)
            return _on_its_way(await context.changes.begin(title, work))
    raise HTTPException(HTTPStatus.NOT_FOUND, "It has ended already.")


# What became of it


@router.get("/changes/{name}")
async def outcome(request: Request, context: Context, name: str) -> HTMLResponse:
    """How far a change is, or what became of it."""
    change = context.changes.find(name)
    if change is None:
        raise HTTPException(
            HTTPStatus.NOT_FOUND,
            "This change is long past; the log on the page of settings has it.",
        )
    page = render(request, "settings/outcome.html", told=await _told(context, change))
    if change.pending:
        page.headers["Refresh"] = str(_AGAIN_SECS)
    return page


async def _told(context: WebContext, change: Change) -> Told:
    result = change.result
    if result is None:
        return Told(change.title, _state(change), change.problem or "")
    point = await context.installation.control.point(result.key)
    return Told(
        change.title,
        _state(change),
        result.detail,
        worded(point, result.before),
        worded(point, result.requested),
    )


def _state(change: Change) -> str:
    """Key of a text."""
    if change.pending:
        return "sending"
    if change.problem is not None:
        return Outcome.REFUSED.name.lower()
    return change.result.outcome.name.lower() if change.result else "unneeded"


def _on_its_way(name: str) -> Response:
    return RedirectResponse(f"/settings/changes/{quote(name)}", HTTPStatus.SEE_OTHER)


# What they share


async def _setting(context: WebContext, key: PointKey) -> Setting:
    for setting in await context.installation.control.settings(key.device):
        if setting.point.key == key:
            return setting
    raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such setting.")


async def _preset(context: WebContext, source: str, device: str, name: str) -> Preset:
    installation = context.installation
    for preset in await Presets(installation.control, installation.settings.sources).all(device):
        if (preset.point.key.source, preset.name) == (source, name):
            return preset
    raise HTTPException(HTTPStatus.NOT_FOUND, "The device has nothing of this name.")


def _label(context: WebContext, point: Point) -> str:
    return label_of(point, context.catalogue)


def _value_now(setting: Setting) -> str:
    return worded(setting.point, setting.reading.value if setting.reading else None)


def _asked(request: Request, question: Question) -> HTMLResponse:
    """The page that asks whether it shall be so."""
    return render(request, "settings/confirm.html", asked=question)


def _refused(request: Request, title: str, why: str) -> HTMLResponse:
    return render(
        request,
        "settings/refused.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        title=title,
        why=why,
        field=None,
        key={},
    )


def _not_asked(request: Request, context: WebContext, setting: Setting, why: str) -> HTMLResponse:
    """Why it cannot be so, and the form once more."""
    value = setting.reading.value if setting.reading else None
    return render(
        request,
        "settings/refused.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        title=_label(context, setting.point),
        why=why,
        field=field_of(setting.point, value) if setting.refusal is None else None,
        key=address(setting.point.key),
    )
