"""Changing one setting of NIBE Uplink, and asking what it is now."""

from typing import Final

from pumphouse.catalogue.catalogue import VendorCatalogue
from pumphouse.core.errors import RequestRefused, ServerFailure
from pumphouse.core.model import Point
from pumphouse.core.units import DIMENSIONLESS, Unit, parse_unit
from pumphouse.sources.nibe_uplink.api import NibeUplinkApi

__all__ = ["MODES", "MODE_POINT", "mode_code", "send", "split"]

#: the smart-home mode stands among the points under this id, which no parameter has
MODE_POINT: Final = "smart_home_mode"
#: the vendor's words by code
MODES: Final = ("DEFAULT_OPERATION", "AWAY_FROM_HOME", "VACATION")
#: a missing subscription has been told as a bare 404
_UNEXPLAINED: Final = (
    "Most often the system has no Premium Manage subscription, which changing settings needs, or "
    "it does not take this setting from outside."
)


def mode_code(word: str) -> float | None:
    """The code of a mode, None where the vendor has a new one."""
    return float(MODES.index(word)) if word in MODES else None


def split(point: Point) -> tuple[int, int, str]:
    """System, unit and parameter that a point stands for."""
    unit, _, parameter = point.key.point.rpartition("/")
    return int(point.key.device), int(unit or 0), parameter


async def send(api: NibeUplinkApi, catalogue: VendorCatalogue, point: Point, value: float) -> str:
    """Ask for a change once.

    Returns:
        what the vendor says to it.

    Raises:
        SourceError: as `core.ports.SupportsWrite.write`.
    """
    system, unit, parameter = split(point)
    if parameter == MODE_POINT:
        await api.set_mode(system, MODES[int(value)])
        return "NIBE Uplink has taken the mode."
    number = _wire_unit(catalogue, point, parameter).from_canonical(value)
    try:
        queued = await api.set_parameters(system, {parameter: f"{number:.12g}"}, unit=unit or None)
    except RequestRefused as problem:
        if problem.code is not None:
            raise
        raise RequestRefused(f"{problem} {_UNEXPLAINED}") from problem
    states = {one.status for one in queued}
    if "TIMEOUT" in states:
        # The change may have arrived all the same: only reading it back can tell.
        raise ServerFailure("NIBE Uplink heard nothing of the pump in time (TIMEOUT).")
    said = ", ".join(sorted(states)) or "nothing"
    return f"NIBE Uplink says {said}."


def _wire_unit(catalogue: VendorCatalogue, point: Point, parameter: str) -> Unit:
    """What the vendor wants the number in: the unit that people read."""
    if point.options:
        return DIMENSIONLESS
    spelt = point.vendor_unit or ""
    native = catalogue.get(parameter, title=point.name, unit=spelt)
    if native is not None and native.unit is not None:
        return native.unit
    return parse_unit(spelt)
