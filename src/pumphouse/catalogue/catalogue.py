"""What things mean: looks up metrics and native ids in the catalogue's data files.

The data are TOML files beside this module: ``metrics.toml`` (what can be meant), one file per
vendor (which native id means it) and ``enumerations.toml``. They are read once and never change.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final

from pumphouse.catalogue.meaning import Kind, Metric, NativePoint, StateClass
from pumphouse.catalogue.tables import (
    Choice,
    VendorTable,
    read_enumerations,
    read_metrics,
    read_vendor,
)
from pumphouse.core.units import parse_unit

__all__ = [
    "Catalogue",
    "Kind",
    "Metric",
    "NativePoint",
    "StateClass",
    "VendorCatalogue",
    "load_catalogue",
    "public_name",
]

#: every file but these is a vendor's
_COMMON_FILES: Final = frozenset(
    {"alarms.toml", "metrics.toml", "enumerations.toml", "presets.toml"}
)
_SUFFIX: Final = ".toml"
#: instance 1 has no suffix; no metric's own name ends like one
_INSTANCE: Final = re.compile(r"(?P<metric>.+)_(?:[2-9]|[1-9]\d+)")
_SOFT_HYPHEN: Final = "\u00ad"


def public_name(metric: str, instance: int = 1) -> str:
    """The name users see: ``supply_temperature``, and ``supply_temperature_2`` for instance 2."""
    return metric if instance == 1 else f"{metric}_{instance}"


class VendorCatalogue:
    """What one vendor's native ids mean.

    Attributes:
        name: the vendor's source type, for example ``myuplink``.
        aliases: names that the vendor takes instead of an id, and the ids they stand for.
    """

    def __init__(self, name: str, table: VendorTable) -> None:
        self.name = name
        self.aliases: Mapping[str, str] = MappingProxyType(table.aliases)
        self._choices = table.points

    def __len__(self) -> int:
        return len(self._choices)

    def points(self) -> Iterable[NativePoint]:
        """Every meaning of every known id, alternatives included."""
        return (choice.point for choices in self._choices.values() for choice in choices)

    def get(
        self, native_id: str, *, designation: str = "", title: str = "", unit: str = ""
    ) -> NativePoint | None:
        """What `native_id` (or an alias) means; None where it is unknown.

        Args:
            native_id: as the vendor writes it.
            designation: the component, where the vendor names it apart, for example ``EB100-BE1``.
            title: the vendor's name of the point.
            unit: the vendor's unit, as on the wire. It is trusted (the result's `unit` is None)
                where it measures what the point's documented unit measures; otherwise it is
                missing or wrong and the result carries the documented one.
        """
        choices = self._choices.get(self.aliases.get(native_id, native_id))
        if choices is None:
            return None
        wire = parse_unit(unit)
        for choice in choices:
            if _fits(choice, f"{designation} {title}", wire.symbol):
                documented = choice.point.unit
                if documented is not None and documented.quantity is wire.quantity:
                    return choice.trusting
                return choice.point
        return None


def _fits(choice: Choice, words: str, unit: str) -> bool:
    if choice.unit is not None and choice.unit != unit:
        return False
    return choice.named is None or bool(choice.named.search(words.replace(_SOFT_HYPHEN, "")))


class Catalogue:
    """All metrics and all vendors.

    Attributes:
        metrics: name to metric, in the order of the file.
    """

    def __init__(
        self, metrics: Mapping[str, Metric], vendors: Mapping[str, VendorCatalogue]
    ) -> None:
        self.metrics = MappingProxyType(dict(metrics))
        self._vendors = dict(vendors)

    @classmethod
    def read(cls, folder: Traversable) -> "Catalogue":
        """Read the data files of `folder`.

        Raises:
            ConfigurationError: a file is missing or wrong; the message names file and entry.
        """
        enumerations = read_enumerations(folder)
        metrics = read_metrics(folder, enumerations)
        names = sorted(
            entry.name.removesuffix(_SUFFIX)
            for entry in folder.iterdir()
            if entry.name.endswith(_SUFFIX) and entry.name not in _COMMON_FILES
        )
        return cls(
            metrics,
            {
                name: VendorCatalogue(
                    name, read_vendor(folder, name + _SUFFIX, metrics, enumerations)
                )
                for name in names
            },
        )

    def vendor(self, name: str) -> VendorCatalogue:
        """The ids of one vendor, ``nibe_uplink`` or ``myuplink``; an unknown vendor has none."""
        return self._vendors.get(name) or VendorCatalogue(name, VendorTable())

    def metric(self, public_name: str) -> Metric | None:
        """The metric of a name that users see, with or without the suffix of an instance."""
        numbered = _INSTANCE.fullmatch(public_name)
        return self.metrics.get(numbered["metric"] if numbered else public_name)

    def assign(self, natives: Sequence[NativePoint]) -> Mapping[str, str]:
        """Native id to public metric name, unique within the one device they all belong to.

        Where several ids claim one name, the one that the vendor's file lists first gets it (among
        equals the first of `natives`) and the others get none: they go by their native id.
        """
        winners: dict[str, str] = {}
        for native in sorted(natives, key=lambda native: native.rank):
            if native.metric is not None:
                winners.setdefault(public_name(native.metric, native.instance), native.id)
        return {native_id: name for name, native_id in winners.items()}


@cache
def load_catalogue() -> Catalogue:
    """The catalogue that comes with the program; the files are read once."""
    return Catalogue.read(files("pumphouse.catalogue"))
