"""Tibber's devices as devices, points and readings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pumphouse.catalogue.catalogue import Catalogue, NativePoint
from pumphouse.core.model import Batch, Device
from pumphouse.core.units import DIMENSIONLESS
from pumphouse.sources.assembly import Assembler, Sample
from pumphouse.sources.selection import Selection
from pumphouse.sources.tibber import wire
from pumphouse.sources.tibber.values import (
    are_ratios,
    code_of,
    is_placeholder,
    is_share,
    labels,
    number,
    unit_of,
)
from pumphouse.sources.vendor_time import instant
from pumphouse.sources.wording import readable

__all__ = ["DeviceMapper", "device_of"]

_PERCENT: Final = 100.0
_SERIALS: Final = ("serialNumber", "vinNumber")
_WORDS_OF_TRUTH: Final = {"true": True, "false": False}


class DeviceMapper:
    """Turns what was read of a device into points and readings."""

    def __init__(self, source: str, catalogue: Catalogue, selection: Selection) -> None:
        self._source = source
        self._vendor = catalogue.vendor("tibber")
        self._assembler = Assembler(source, catalogue, selection)

    def batch(self, found: wire.Device, home: str, read_at: datetime) -> Batch:
        """The batch of one device.

        Args:
            found: as the Data API gives it.
            home: the id of the home it was found in.
            read_at: the time of the readings where Tibber does not say when it heard of the
                device; all values have one time.
        """
        device = device_of(self._source, found, home)
        time = device.last_seen or read_at
        kind = _kind(found.capabilities)
        scale = _PERCENT if are_ratios(found.capabilities) else 1.0
        samples = {
            one.id: self._measured(one, found.capabilities, kind, scale, time)
            for one in found.capabilities
        }
        for attribute in found.attributes:
            samples.setdefault(attribute.id, self._attribute(attribute, time))
        points, readings = self._assembler.assemble(device.id, list(samples.values()))
        return Batch(self._source, (device,), tuple(points), tuple(readings))

    def _measured(
        self,
        one: wire.Capability,
        all_of_them: Sequence[wire.Capability],
        kind: str,
        scale: float,
        time: datetime,
    ) -> Sample:
        unit = unit_of(one.unit)
        native = self._vendor.get(one.id, designation=kind, unit=unit.symbol)
        name = _name(native, one.description, one.id)
        if one.available_values or isinstance(one.value, bool) or _is_coded(native):
            return _coded(one.id, native, name, time, one.value, one.available_values or ())
        value = number(one.value)
        if value is not None and is_share(one.id):
            value *= scale
        text = readable(one.value) if value is None and isinstance(one.value, str) else ""
        return Sample(
            id=one.id,
            native=native,
            name=name,
            time=time,
            value=value,
            text=text or None,
            unit=native.unit if native is not None and native.unit is not None else unit,
            vendor_unit=one.unit,
            missing=(value is None and not text) or is_placeholder(one, all_of_them),
        )

    def _attribute(self, one: wire.Attribute, time: datetime) -> Sample:
        """An attribute is a text, but for what is true or false, and for numbers that are known."""
        native = self._vendor.get(one.id)
        name = _name(native, None, one.id)
        value = one.status if one.value is None else one.value
        if isinstance(value, bool) or _is_coded(native):
            return _coded(one.id, native, name, time, value, ())
        figure = number(value)
        if figure is not None and native is not None and native.unit not in (None, DIMENSIONLESS):
            return Sample(one.id, native, name, time, value=figure, unit=native.unit)
        if not isinstance(value, str):
            value = None if figure is None else f"{figure:.15g}"
        text = readable(value)
        return Sample(one.id, native, name, time, text=text or None, missing=not text)


def device_of(source: str, found: wire.ListedDevice, home: str) -> Device:
    """A device as the list of a home has it, or with its details.

    The list has no details; then it is not known whether the device is connected.
    """
    details = found if isinstance(found, wire.Device) else None
    facts = {one.id: one.value for one in details.attributes} if details else {}
    serial = next((facts[name] for name in _SERIALS if facts.get(name)), found.external_id)
    info = found.info
    return Device(
        source=source,
        id=found.id,
        name=readable(info.name) or readable(info.model) or "Tibber device",
        manufacturer=readable(info.brand) or None,
        model=readable(info.model) or None,
        serial=_text(serial),
        firmware=_text(facts.get("firmwareVersion")),
        connected=_truth(facts.get("isOnline")),
        last_seen=instant(details.status.last_seen) if details else None,
        system=home,
    )


def _kind(capabilities: Sequence[wire.Capability]) -> str:
    """What kind of device it is, which only its capabilities tell."""
    ids = [one.id for one in capabilities]
    if "range.remaining" in ids:
        return "vehicle"
    if any(one.startswith("charging.current.") for one in ids):
        return "charger"
    return "battery" if any(one.startswith("storage.") for one in ids) else ""


def _is_coded(native: NativePoint | None) -> bool:
    return native is not None and native.kind in ("enum", "bool")


def _coded(
    point: str,
    native: NativePoint | None,
    name: str,
    time: datetime,
    value: bool | float | str | None,
    available: Sequence[str],
) -> Sample:
    options = labels(native.options if native is not None else (), available, value)
    code = code_of(value, options)
    return Sample(
        id=point,
        native=native,
        name=name,
        time=time,
        value=code,
        unit=DIMENSIONLESS,
        options=options,
        missing=code is None,
    )


def _name(native: NativePoint | None, description: str | None, point: str) -> str:
    words = (native and native.name) or readable(description) or point
    return words if words == point else words[:1].upper() + words[1:]


def _text(value: bool | float | str | None) -> str | None:
    return readable(str(value)) or None if value is not None else None


def _truth(value: bool | float | str | None) -> bool | None:
    if isinstance(value, str):
        return _WORDS_OF_TRUTH.get(value.strip().casefold())
    return None if value is None else bool(value)
