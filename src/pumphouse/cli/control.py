"""Commands that change settings, and show what was changed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from cyclopts import Parameter, validators

from pumphouse.cli.context import AsJson, Context, InContext
from pumphouse.cli.output import print_json, print_table, say
from pumphouse.control import Overrides, Presets, WriteRequest, WriteResult
from pumphouse.control.values import SWITCH, parse, show
from pumphouse.core.errors import (
    CredentialsRefused,
    LoginRequired,
    PumphouseError,
    TransientError,
    UsageError,
)
from pumphouse.core.model import Device, Point
from pumphouse.core.ports import LoggedWrite, Outcome
from pumphouse.runtime.control import plan
from pumphouse.runtime.control_documents import (
    logged_document,
    override_document,
    plan_document,
    preset_document,
    result_document,
)
from pumphouse.runtime.installation import Installation
from pumphouse.runtime.times import parse_length

__all__ = ["boost", "override", "overrides", "schedule", "set_point", "undo", "writes"]

_BY = "command line"
#: no log holds as many, and a database knows no numbers without end
_MOST = 2**53

Value = Annotated[
    str,
    Parameter(allow_leading_hyphen=True, help="A number in the unit shown, a label, ON or OFF."),
]
OfDevice = Annotated[str, Parameter(help="Its id or its name.")]
OfPoint = Annotated[
    str, Parameter(help="A native id or a metric, as `pumphouse points` lists them.")
]
Number = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=_MOST))]
DryRun = Annotated[bool, Parameter(negative=(), help="Only say what would be done.")]


async def set_point(
    device: OfDevice,
    point: OfPoint,
    value: Value,
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    context: InContext,
) -> int:
    """Change a setting, and see whether the device has taken it."""
    async with _wish(context, device, point, value) as (installation, target, number):
        request = WriteRequest(target.key, number, _BY, dry_run)
        result = await installation.control.write(request)
    return _tell(result, target, as_json=as_json)


async def undo(number: Number, *, as_json: AsJson = False, context: InContext) -> int:
    """Set a point back to what it was before a change in the log.

    Parameters
    ----------
    number:
        Its number in `pumphouse writes`.
    """
    async with context.installation() as installation:
        logged = await installation.store.write_log.write(number)
        sources = () if logged is None else [logged.key.source]
        async with installation.entered(sources):
            result = await installation.control.undo(number, _BY)
            target = await installation.control.point(result.key)
    return _tell(result, target, as_json=as_json)


async def override(
    device: OfDevice,
    point: OfPoint,
    value: Value,
    *,
    length: Annotated[str, Parameter(name="--for", help="How long: 90min, 4h, 2d …")],
    as_json: AsJson = False,
    context: InContext,
) -> int:
    """Change a setting for a while; `pumphouse run` sets it back."""
    async with _wish(context, device, point, value) as (installation, target, number):
        until = installation.host.clock.now() + timedelta(seconds=parse_length(length))
        request = WriteRequest(target.key, number, _BY)
        result = await Overrides(installation.control).begin(request, until)
    return _tell(result, target, as_json=as_json, timed=True)


async def overrides(
    *,
    end: Annotated[Number | None, Parameter(help="End the one of this number now.")] = None,
    as_json: AsJson = False,
    context: InContext,
) -> int:
    """List what is changed for a while, or end it."""
    async with context.installation() as installation:
        timed = Overrides(installation.control)
        running = await timed.running()
        if end is not None:
            async with installation.entered([one.key.source for one in running]):
                result = await timed.end(end, _BY)
            if result is None:
                say("nothing had to be sent: the setting was back, or changed meanwhile")
                return 0
            return _tell(result, await installation.control.point(result.key), as_json=as_json)
        points = {one.id: await installation.control.point(one.key) for one in running}
    if as_json:
        print_json([override_document(one) for one in running])
        return 0
    zone = ZoneInfo(installation.settings.site.timezone)
    print_table(
        ("number>", "device", "point", "is", "goes back to", "at", "by"),
        (
            (
                str(one.id),
                one.key.device,
                points[one.id].name,
                show(points[one.id], one.value),
                show(points[one.id], one.restore_to),
                _clock(one.until, zone),
                one.by,
            )
            for one in running
        ),
    )
    return 0


async def boost(
    device: str | None = None,
    name: str | None = None,
    *,
    length: Annotated[str | None, Parameter(name="--for", help="How long: 90min, 4h …")] = None,
    as_json: AsJson = False,
    context: InContext,
) -> int:
    """Have more hot water, ventilation or warmth for a while; without arguments: list them.

    Parameters
    ----------
    device:
        Its id or its name.
    name:
        Which: hot_water_boost, ventilation_boost, heating_boost.
    """
    async with context.installation() as installation:
        presets = Presets(installation.control, installation.settings.sources)
        chosen = None if device is None else await _device(installation, device)
        if chosen is None or name is None:
            found = await presets.all(None if chosen is None else chosen.id)
            if as_json:
                print_json([preset_document(one) for one in found])
            else:
                print_table(
                    ("device", "boost", "what", "sets", "for"),
                    (
                        (
                            one.point.key.device,
                            one.name,
                            one.label,
                            f"{one.point.name} = {show(one.point, one.value)}",
                            f"{one.hours:g} h",
                        )
                        for one in found
                    ),
                )
            return 0
        hours = None if length is None else parse_length(length) / 3600
        async with installation.entered([chosen.source]):
            result = await presets.begin(chosen.source, chosen.id, name, _BY, hours=hours)
            target = await installation.control.point(result.key)
    return _tell(result, target, as_json=as_json, timed=True)


async def writes(
    *,
    limit: Annotated[
        int,
        Parameter(
            validator=validators.Number(gte=1, lte=_MOST), help="How many, the newest first."
        ),
    ] = 20,
    as_json: AsJson = False,
    context: InContext,
) -> None:
    """Show the log of changes: who set what, and what became of it."""
    async with context.store() as (settings, store):
        found = await store.write_log.writes(limit=limit)
        known = {point.key: point for point in await store.points()}
    if as_json:
        print_json([logged_document(one) for one in found])
        return
    zone = ZoneInfo(settings.site.timezone)
    print_table(
        ("number>", "time", "device", "point", "before", "wanted", "after", "outcome", "by"),
        (_log_row(one, known.get(one.key), zone) for one in found),
    )


async def schedule(
    *names: str,
    preview: Annotated[
        bool, Parameter(negative=(), help="What they do next; they do it while `run` runs.")
    ] = True,
    as_json: AsJson = False,
    context: InContext,
) -> None:
    """Preview the schedules by price: which hours they have chosen, and why."""
    del preview  # there is nothing else to be done by hand
    async with context.installation() as installation:
        wanted = names or tuple(installation.settings.schedules)
        plans = [await plan(installation, name) for name in wanted]
        currency = installation.settings.site.currency
    if as_json:
        print_json([plan_document(one) for one in plans])
        return
    if not plans:
        say("the configuration has no [schedules.…] yet")
    zone = ZoneInfo(installation.settings.site.timezone)
    for one in plans:
        print_table(
            ("from", "to", "price>", "chosen"),
            (
                (
                    _clock(slot.interval.start, zone),
                    _clock(slot.interval.end, zone),
                    f"{slot.price:.4g}",
                    "*"
                    if any(
                        c.start < slot.interval.end and slot.interval.start < c.end
                        for c in one.chosen
                    )
                    else "",
                )
                for slot in one.prices
            ),
            title=f"{one.name}, {currency}/kWh",
        )


@asynccontextmanager
async def _wish(
    context: Context, device: str, name: str, text: str
) -> AsyncIterator[tuple[Installation, Point, float]]:
    """An installation whose source of a point is entered, the point, and what `text` means."""
    async with context.installation() as installation:
        chosen = await _device(installation, device)
        target, value = await _meant(installation, chosen, name, text)
        async with installation.entered([chosen.source]):
            yield installation, target, value


async def _meant(
    installation: Installation, device: Device, name: str, text: str
) -> tuple[Point, float]:
    """The point of a native id or metric, or the one behind a boost, and the value for it.

    Raises:
        UsageError: the device has nothing of this name, or it does not take `text`.
    """
    control = installation.control
    for point in await installation.store.find_points(name, device.id):
        if point.key.source == device.source:
            target = await control.point(point.key)
            return target, control.parse(target, text)
    for preset in await Presets(control, installation.settings.sources).all(device.id):
        if preset.name == name and preset.point.key.source == device.source:
            return preset.point, preset.value if parse(SWITCH, text) else 0.0
    raise UsageError(
        f'{device.name} has no point "{name}"; `pumphouse points --device {device.id}` lists what'
        " it has"
    )


async def _device(installation: Installation, name: str) -> Device:
    """The device of an id or a name.

    Raises:
        UsageError: there is none, or several.
    """
    known = await installation.store.devices()
    found = [one for one in known if one.id == name] or [
        one for one in known if one.name.casefold() == name.casefold()
    ]
    if not found:
        raise UsageError(
            f'there is no device "{name}"; `pumphouse devices` lists all, `pumphouse poll` reads'
            " new ones"
        )
    if len(found) > 1:
        ids = ", ".join(sorted(f"{one.id} of {one.source}" for one in found))
        raise UsageError(f'"{name}" is not one device but several: {ids}')
    return found[0]


def _tell(result: WriteResult, point: Point, *, as_json: bool, timed: bool = False) -> int:
    """Print what became of a change; the exit code."""
    if as_json:
        print_json(result_document(result))
    else:
        say(f"{result.outcome.value}: {result.detail}")
    if timed and result.outcome in (Outcome.CONFIRMED, Outcome.ACCEPTED):
        before = show(point, result.before)
        say(f"override {result.override} goes back to {before} while `pumphouse run` runs")
    return _exit_code(result)


def _exit_code(result: WriteResult) -> int:
    """0 where it was carried out or would be, else what its cause ends a command with."""
    if result.outcome in (Outcome.CONFIRMED, Outcome.ACCEPTED, Outcome.DRY_RUN):
        return 0
    if isinstance(result.cause, LoginRequired | CredentialsRefused | TransientError):
        return result.cause.exit_code
    return PumphouseError.exit_code


def _log_row(write: LoggedWrite, point: Point | None, zone: ZoneInfo) -> Sequence[str]:
    def shown(value: float | None) -> str:
        return "" if value is None else f"{value:g}" if point is None else show(point, value)

    return (
        str(write.id),
        _clock(write.asked_at, zone),
        write.key.device,
        write.key.point if point is None else point.name,
        shown(write.before),
        shown(write.requested),
        shown(write.after),
        "under way" if write.outcome is None else write.outcome.value,
        write.by + (f", renewed {write.renewals} times" if write.renewals else ""),
    )


def _clock(time: datetime, zone: ZoneInfo) -> str:
    return f"{time.astimezone(zone):%Y-%m-%d %H:%M}"
