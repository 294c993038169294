"""Boosts: what can be had for a while at one press, and having it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from pumphouse.catalogue.presets import PresetChoice, VendorPreset, load_presets
from pumphouse.config.settings import SourceSettings
from pumphouse.control.control import Control
from pumphouse.control.model import Preset, WriteRequest, WriteResult
from pumphouse.control.overrides import Overrides
from pumphouse.core.errors import UsageError
from pumphouse.core.model import Point, PointKey, Reading

__all__ = ["Presets"]


class Presets:
    """The presets of the devices of a house.

    Args:
        control: changes settings.
        settings: of the sources, by configured name.
    """

    def __init__(self, control: Control, settings: Mapping[str, SourceSettings]) -> None:
        self._control = control
        self._settings = settings

    async def all(self, device: str | None = None) -> Sequence[Preset]:
        """What one device or all offer, in the order of their points' devices."""
        store = self._control.store
        latest = {point.key: reading for point, reading in await store.latest(device)}
        points: dict[tuple[str, str], dict[str, Point]] = {}
        for point in await store.points(device):
            points.setdefault(point.key[:2], {})[point.key.point] = point
        return [
            made
            for (source, _), known in points.items()
            for preset in self._offered(source)
            if (made := self._preset(preset, known, latest, preset.hours)) is not None
        ]

    async def begin(
        self, source: str, device: str, name: str, by: str, *, hours: float | None = None
    ) -> WriteResult:
        """Have a preset of a device for a while.

        Raises:
            UsageError: the device has no such preset, or the hours make no sense.
            StoreError: the store cannot be used; nothing was sent.
        """
        store = self._control.store
        latest = {point.key: reading for point, reading in await store.latest(device)}
        known = {
            point.key.point: point
            for point in await store.points(device)
            if point.key.source == source
        }
        for preset in self._offered(source):
            if preset.name == name:
                made = self._preset(preset, known, latest, hours or preset.hours)
                if made is not None:
                    until = self._control.clock.now() + timedelta(hours=hours or made.hours)
                    request = WriteRequest(made.point.key, made.value, by)
                    return await Overrides(self._control).begin(request, until)
        raise UsageError(f'device {device} has no "{name}"; `pumphouse boost` lists what there is')

    def _offered(self, source: str) -> Sequence[VendorPreset]:
        """What the vendor of a source offers."""
        section = self._settings.get(source)
        return () if section is None else load_presets().get(section.type, ())

    def _preset(
        self,
        preset: VendorPreset,
        known: Mapping[str, Point],
        latest: Mapping[PointKey, Reading],
        hours: float,
    ) -> Preset | None:
        """The preset by the first point that a device has; None where it has none."""
        for choice in preset.choices:
            for native_id in choice.points:
                point = known.get(native_id)
                if point is None or not self._control.rules.concerns(point):
                    continue
                value = self._value(choice, point, latest.get(point.key), hours)
                if value is not None:
                    limited = self._control.rules.limited(point)
                    refusal = self._control.rules.refusal(point)
                    return Preset(preset.name, preset.label, limited, value, preset.hours, refusal)
        return None

    def _value(
        self, choice: PresetChoice, point: Point, reading: Reading | None, hours: float
    ) -> float | None:
        value = choice.wanted(hours, None if reading is None else reading.value)
        highest = self._control.rules.limited(point).maximum
        if value is None or highest is None or choice.add is None:
            return value
        return min(value, highest)
