"""The status icons: what is running now, with its most telling parameters."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from pumphouse.simulator.nibe_uplink.systems import Installation
from pumphouse.simulator.nibe_uplink.wire import Parameter

__all__ = ["status_icons"]

_SIZES: Final = {35: "Tiny", 50: "Small", 100: "Medium", 150: "Large", 256: "Huge"}
_RUNNING: Final = 60
_PRIORITY: Final = 43086


class _Icon(NamedTuple):
    """One component: it is shown while `register` has one of `codes`, or any value above zero."""

    image: str
    title: str
    register: int
    codes: tuple[int, ...]
    shows: tuple[int, ...]


_SYSTEM: Final = (
    _Icon("Heating", "Heating", _PRIORITY, (30,), (43005,)),
    _Icon("HotWater", "Hot Water", _PRIORITY, (20,), (40013,)),
    _Icon("Plug_orange", "Price Of Electricity", 10069, (), (10069,)),
    _Icon("Addition", "Addition", 43084, (), (43084,)),
)
_UNIT: Final = (
    _Icon("Compressor", "Compressor", 43427, (_RUNNING,), (43416, 43420, 43424, 43136)),
    _Icon("Compressor", "Compressor", 44701, (), (44069, 44071, 44073, 44701)),
    _Icon("Brine", "Brine Pump", 43439, (), (40015, 40016, 43439)),
    _Icon("Supply", "Heating Medium Pump", 43437, (), (40008, 40012, 43437)),
)
#: titles differ from those of the category view
_TITLES: Final = {
    43416: "number of starts:",
    43420: "total operating time:",
    43424: "- of which hot water:",
}
#: rows that come without a name
_NAMELESS: Final = (40008, 40012)


def status_icons(
    installation: Installation, unit: int, *, whole: bool
) -> list[Mapping[str, object]]:
    """The icons of one unit.

    Args:
        installation: the system.
        unit: which of its units.
        whole: whether the system's own icons come first.
    """
    icons = (*_SYSTEM, *_UNIT) if whole else _UNIT
    found: list[Mapping[str, object]] = []
    for icon in icons:
        state = installation.find(unit, icon.register)
        if state is None or not _active(icon, state.get("rawValue")):
            continue
        rows = (installation.find(unit, register) for register in icon.shows)
        found.append(_icon(icon, [_retitled(row) for row in rows if row is not None]))
    return found


def _active(icon: _Icon, raw: int | None) -> bool:
    if raw is None:
        return False
    return raw in icon.codes if icon.codes else raw > 0


def _retitled(row: Parameter) -> Parameter:
    number = row.get("parameterId") or 0
    name = None if number in _NAMELESS else row.get("name")
    return {**row, "title": _TITLES.get(number, row.get("title")), "name": name}


def _icon(icon: _Icon, parameters: list[Parameter]) -> Mapping[str, object]:
    sizes = [
        {"width": side, "height": side, "url": f"/Content/Icons/Emmy/{icon.image}_{size}.png"}
        for side, size in _SIZES.items()
    ]
    image = {"name": icon.image, "sizes": sizes}
    return {"image": image, "inlineText": "", "title": icon.title, "parameters": parameters}
