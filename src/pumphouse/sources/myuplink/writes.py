"""Changing one point of myUplink, and which points have to go through a zone."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from pumphouse.catalogue.catalogue import NativePoint, VendorCatalogue
from pumphouse.core.errors import (
    BadResponse,
    RequestRefused,
    ServerFailure,
    TransientError,
    Unreachable,
)
from pumphouse.core.model import Point
from pumphouse.core.units import DIMENSIONLESS, Unit, parse_unit
from pumphouse.http.problems import printable
from pumphouse.sources.myuplink.api import MyUplinkApi
from pumphouse.sources.myuplink.wire import System, Zone

__all__ = ["MODES", "MODE_POINT", "mode_code", "send", "system_of"]

#: the smart-home mode stands among the points under this id, which no point has
MODE_POINT: Final = "smart_home_mode"
#: the vendor's words by code
MODES: Final = ("Default", "Normal", "Away", "Vacation", "Home")
_MODIFIED: Final = "modified"
_HEAT: Final = "room_setpoint_heating"
_COOL: Final = "room_setpoint_cooling"
_FAHRENHEIT: Final = parse_unit("°F")


def mode_code(word: str) -> float | None:
    """The code of a mode, None where the vendor has a new one."""
    return float(MODES.index(word)) if word in MODES else None


def system_of(systems: Sequence[System], device: str) -> str:
    """The system that a device belongs to.

    Raises:
        RequestRefused: it is not on this account any more.
    """
    for system in systems:
        if any(one.id == device for one in system.devices or ()):
            return system.system_id
    raise RequestRefused("myUplink does not know this device, or it is not on this account.")


async def send(api: MyUplinkApi, catalogue: VendorCatalogue, point: Point, value: float) -> str:
    """Ask for a change once.

    Room set points go through the zones of the device: as points some devices drop them silently
    and answer "modified" all the same. Where a device has no zones, they are points like others.

    Returns:
        what the vendor says to it.

    Raises:
        SourceError: as `core.ports.SupportsWrite.write`.
    """
    device, identifier = point.key.device, point.key.point
    if identifier == MODE_POINT:
        return await _send_mode(api, device, MODES[int(value)])
    native = catalogue.get(identifier, title=point.name, unit=point.vendor_unit or "")
    if native is not None and native.metric in (_HEAT, _COOL):
        with _looking_up():
            zone = _zone_of(await api.zones(device), native.instance)
        if zone is not None:
            return await _send_to_zone(api, device, zone, native.metric, value)
    number = _wire_unit(native, point).from_canonical(value)
    answers = await api.set_points(device, {identifier: f"{number:.12g}"})
    return _said(answers, identifier)


@contextmanager
def _looking_up() -> Iterator[None]:
    """What fails before anything was sent leaves no doubt whether it has arrived.

    Raises:
        TransientError: instead of failures after which nobody knows.
    """
    try:
        yield
    except (Unreachable, ServerFailure, BadResponse) as problem:
        raise TransientError(str(problem)) from problem


async def _send_mode(api: MyUplinkApi, device: str, mode: str) -> str:
    """The mode of the system that a device belongs to."""
    with _looking_up():
        system = system_of(await api.systems(), device)
    try:
        await api.set_smart_home_mode(system, mode)
    except RequestRefused as problem:
        raise RequestRefused(
            f"myUplink does not take the mode {mode} for this system; some systems know only a few "
            "of the modes.",
            code=problem.code,
        ) from problem
    return "myUplink has taken the mode."


async def _send_to_zone(
    api: MyUplinkApi, device: str, zone: Zone, metric: str, value: float
) -> str:
    """A set point in the unit of its zone."""
    wanted = value if zone.is_celsius is not False else _FAHRENHEIT.from_canonical(value)
    if metric == _HEAT:
        answers = await api.set_zone(device, zone.zone_id, setpoint_heat=wanted)
        return _said(answers, "setpointHeat")
    answers = await api.set_zone(device, zone.zone_id, setpoint_cool=wanted)
    return _said(answers, "setpointCool")


def _zone_of(zones: Sequence[Zone], number: int) -> Zone | None:
    """The zone of a climate system: the one of this id, else in the order of the ids."""
    for zone in zones:
        if zone.zone_id == str(number):
            return zone
    ordered = sorted(zones, key=lambda zone: (len(zone.zone_id), zone.zone_id))
    return ordered[number - 1] if number <= len(ordered) else None


def _said(answers: Mapping[str, object], identifier: str) -> str:
    """The vendor's word on one id.

    Raises:
        RequestRefused: it is another than "modified"; so it says in a 200 and a 207 alike.
    """
    word = printable(str(answers.get(identifier, ""))).strip()
    if word.casefold() not in ("", _MODIFIED):
        raise RequestRefused(f'myUplink refuses it: "{word}".')
    return f'myUplink says "{word}".' if word else "myUplink has taken it without a word."


def _wire_unit(native: NativePoint | None, point: Point) -> Unit:
    """What the vendor wants the number in: the unit that people read."""
    if point.options:
        return DIMENSIONLESS
    if native is not None and native.unit is not None:
        return native.unit
    return parse_unit(point.vendor_unit or "")
