"""Parameters that stand in no category and are asked for by id: settings and a few states."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

__all__ = ["asked_by_id"]

#: read by id from real pumps, in no category of theirs; those that most of them answer first
_SEEN: Final = (
    "48132", "43427", "43115", "43064", "47260", "47011", "48739", "47374", "47131",
    "47265", "47264", "47263", "47262", "47261",
    "48857", "48856", "48855", "48854", "48853",
)  # fmt: skip
#: settings and states of the main unit that clients of this API read: hot-water comfort, operating
#: mode, priority, alarm number, heating curve, lowest and highest supply, compressor input power
_OF_MAIN_UNIT: Final = (
    "47041", "47137", "43086", "45001", "47007", "47015", "47016", "43141", "43375",
)  # fmt: skip
#: the vendor's list of settings per climate system: heating offset, room set point for heating,
#: cooling offset, room set point for cooling; the highest id of a block is the lowest system
_OF_CLIMATE_SYSTEM: Final[Mapping[int, tuple[str, ...]]] = {
    1: ("47011", "47398", "48739", "48785"),
    2: ("47010", "47397", "48738", "48784"),
    3: ("47009", "47396", "48737", "48783"),
    4: ("47008", "47395", "48736", "48782"),
    5: ("48494", "48683", "48735", "48781"),
    6: ("48493", "48682", "48734", "48780"),
    7: ("48492", "48681", "48733", "48779"),
    8: ("48491", "48680", "48732", "48778"),
}


def asked_by_id(
    categories: Iterable[str], present: Iterable[str], further: Iterable[str] = ()
) -> Sequence[str]:
    """The ids worth asking a system for, beyond what its categories hold.

    Args:
        categories: ids of the main unit's categories; `SYSTEM_2` says that there is a second
            climate system.
        present: native ids that the categories have brought already.
        further: ids that the owner wants too.
    """
    names = set(categories)
    ids = [*_SEEN, *_OF_MAIN_UNIT]
    for number, settings in _OF_CLIMATE_SYSTEM.items():
        if number == 1 or f"SYSTEM_{number}" in names:
            ids += settings
    ids += further
    have = set(present)
    return tuple(name for name in dict.fromkeys(ids) if name not in have)
