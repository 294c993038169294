"""What may be set, and to what: the documented settings, and those that the owner has added."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from pumphouse.catalogue.catalogue import Catalogue, NativePoint
from pumphouse.config.settings import SourceSettings
from pumphouse.control.values import on_step, show
from pumphouse.core.model import Point
from pumphouse.core.ports import Source, SupportsWrite

__all__ = ["Rules"]

_ALLOWED: Final = re.compile(
    r"(?P<id>\S+)(?: from (?P<low>\S+) to (?P<high>\S+)(?: step (?P<step>\S+))?)?"
)


class Rules:
    """The rules of one configuration.

    Args:
        sources: by configured name.
        settings: their sections.
        catalogue: knows the documented settings and limits.
    """

    def __init__(
        self,
        sources: Mapping[str, Source],
        settings: Mapping[str, SourceSettings],
        catalogue: Catalogue,
    ) -> None:
        self._sources = sources
        self._settings = settings
        self._catalogue = catalogue
        self._allowed = {name: _allowed(section) for name, section in settings.items()}

    def writer(self, point: Point) -> SupportsWrite | None:
        """The source that sets a point, None where none does."""
        source = self._sources.get(point.key.source)
        return source if isinstance(source, SupportsWrite) else None

    def open(self, source: str) -> bool:
        """Whether the configuration lets anything of a source be set."""
        section = self._settings.get(source)
        return section is not None and section.write and source in self._sources

    def concerns(self, point: Point) -> bool:
        """Whether a point is a setting at all: documented, added by the owner."""
        native = self._native(point)
        if self.writer(point) is None or (native is not None and native.read_only):
            return False
        return self._is_listed(point, native)

    def limited(self, point: Point) -> Point:
        """The point with the limits that hold: the owner's, else the vendor's, else documented."""
        own = self._allowed.get(point.key.source, {}).get(_bare(point))
        if own is not None and own != (None, None, None):
            low, high, step = own
            return replace(point, writable=True, minimum=low, maximum=high, step=step)
        native = self._native(point)
        if native is None or point.minimum is not None or point.maximum is not None:
            return replace(point, writable=True)
        return replace(
            point,
            writable=True,
            minimum=native.minimum,
            maximum=native.maximum,
            step=native.step,
        )

    def group(self, point: Point) -> str:
        """What a point belongs to."""
        metric = self._catalogue.metric(point.metric) if point.metric else None
        return metric.group if metric is not None else "settings"

    def refusal(self, point: Point) -> str | None:
        """Why a point may not be set now, whatever the value; None where it may."""
        return next(self._refusals(point), None)

    def _refusals(self, point: Point) -> Iterator[str]:
        """Everything that stands against it, the more basic first."""
        source, name = point.key.source, point.name
        section = self._settings.get(source)
        if section is None or source not in self._sources:
            yield f'{name}: the source "{source}" is not in the configuration any more.'
            return
        native = self._native(point)
        if self.writer(point) is None:
            yield f"{name}: nothing can be set at {source}, a source of type {section.type}."
        if native is not None and native.read_only:
            yield f"{name} is not to be set: it is a measurement or a counter of the pump."
        if not self._is_listed(point, native):
            yield (
                f"{name} is none of the settings that are documented for {source}. If you know "
                f'better, write allow = ["{_bare(point)}"] in [sources.{source}].'
            )
        if not section.write:
            yield (
                f"{name}: changing settings is switched off. Write write = true in "
                f"[sources.{source}], then type: pumphouse login {source}"
            )
        limited = self.limited(point)
        if not limited.options and (limited.minimum is None or limited.maximum is None):
            yield (
                f"{name} has no known limits. If you know them, write them down in "
                f'[sources.{source}]: allow = ["{_bare(point)} from 0 to 10 step 1"].'
            )

    def refusal_of_value(self, point: Point, value: float) -> str | None:
        """Why a point may not be set to `value`; None where it may."""
        if (sentence := self.refusal(point)) is not None:
            return sentence
        limited = self.limited(point)
        if limited.options:
            if any(option.value == value for option in limited.options):
                return None
            labels = ", ".join(option.label for option in limited.options)
            return f"{value:g} is none of the values of {point.name}: {labels}."
        low, high, step = limited.minimum, limited.maximum, limited.step
        assert low is not None
        assert high is not None
        if not low <= value <= high:
            return (
                f"{show(point, value)} is out of range: {point.name} takes {show(point, low)} to "
                f"{show(point, high)}."
            )
        if step and not on_step(value, step):
            return (
                f"{show(point, value)} is not on a step: {point.name} is set in steps of "
                f"{show(point, step)}."
            )
        return None

    def _is_listed(self, point: Point, native: NativePoint | None) -> bool:
        if native is not None and native.writable:
            return True
        return _bare(point) in self._allowed.get(point.key.source, {})

    def _native(self, point: Point) -> NativePoint | None:
        section = self._settings.get(point.key.source)
        if section is None:
            return None
        vendor = self._catalogue.vendor(section.type)
        return vendor.get(_bare(point), title=point.name, unit=point.vendor_unit or "")


def _bare(point: Point) -> str:
    """The native id without the unit of the installation that it may carry."""
    return point.key.point.rpartition("/")[2]


def _allowed(
    section: SourceSettings,
) -> Mapping[str, tuple[float | None, float | None, float | None]]:
    """What the owner has added, by native id, with limits in canonical units."""
    found: dict[str, tuple[float | None, float | None, float | None]] = {}
    for entry in section.allow:
        parts = _ALLOWED.fullmatch(entry)
        assert parts is not None, "the settings have checked it"
        low, high, step = (
            None if text is None else float(text) for text in parts.group("low", "high", "step")
        )
        found[parts["id"]] = (low, high, step)
    return found
