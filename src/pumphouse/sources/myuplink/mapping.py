"""myUplink's devices, points and notifications as devices, samples and events."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from pumphouse.catalogue.catalogue import Catalogue, NativePoint
from pumphouse.core.model import (
    Batch,
    Device,
    Event,
    EventKind,
    Option,
    PointKey,
    Reading,
    Severity,
)
from pumphouse.core.units import DIMENSIONLESS, parse_unit
from pumphouse.sources.assembly import Assembler, Sample, setting_of
from pumphouse.sources.myuplink.values import is_missing, labels, limits, number
from pumphouse.sources.myuplink.wire import Notification, Point, SystemDevice
from pumphouse.sources.myuplink.writes import MODE_POINT, mode_code
from pumphouse.sources.selection import Selection
from pumphouse.sources.vendor_time import instant
from pumphouse.sources.wording import readable

__all__ = ["DeviceMapper", "device_of", "event_of"]

#: the first word of a product's name, where it is a brand; all share this cloud
_BRANDS: Final = ("NIBE", "CTC", "Jäspi", "Cetetherm", "Contura", "Høiax", "Alpha", "Bosch")
_NIBE_MODEL: Final = re.compile(r"(NIBE[FS]? )?(F|S|SMO|VVM|MT-?)\s?S?\d{2,4}\b")
#: tags of points that take values although the cloud says they are not writable
_WRITABLE_TAGS: Final = frozenset(
    {"sh-indoorTempOverride", "sh-indoorSpHeatOverride", "sh-indoorSpCoolOverride"}
)


class DeviceMapper:
    """Turns what was read of a device into points and readings."""

    def __init__(self, source: str, catalogue: Catalogue, selection: Selection) -> None:
        self._source = source
        self._vendor = catalogue.vendor("myuplink")
        self._assembler = Assembler(source, catalogue, selection)

    def batch(
        self, device: Device, points: Sequence[Point], read_at: datetime, mode: str | None = None
    ) -> Batch:
        """The batch of one device.

        Args:
            device: as `device_of` made it.
            points: as v2 gives them. Each reading has its point's own time, the last change at the
                device.
            read_at: the time of readings whose point has none. What is later than it does not tell
                when the device was last heard of.
            mode: the smart-home mode of its system, None where it was not asked for.
        """
        samples = [self._sample(point, read_at) for point in _without_repeats(points)]
        if mode is not None:
            samples.append(self._mode(mode, _last_seen(points, read_at) or read_at))
        made, readings = self._assembler.assemble(device.id, samples)
        heard = replace(device, last_seen=_last_seen(points, read_at))
        return Batch(self._source, (heard,), tuple(made), tuple(readings))

    def reading(self, key: PointKey, points: Sequence[Point], read_at: datetime) -> Reading | None:
        """What the point of `key` says, asked for by itself; None where it says nothing."""
        for point in _without_repeats(points):
            if point.parameter_id == key.point:
                return self._sample(point, read_at).reading(key)
        return None

    def mode_reading(self, key: PointKey, mode: str, read_at: datetime) -> Reading | None:
        """The smart-home mode, asked for by itself; None where it is a new one."""
        return self._mode(mode, read_at).reading(key)

    def _mode(self, mode: str, time: datetime) -> Sample:
        return setting_of(MODE_POINT, self._vendor.get(MODE_POINT), mode_code(mode), time)

    def _sample(self, point: Point, read_at: datetime) -> Sample:
        name = readable(point.parameter_name)
        spelt = (point.parameter_unit or "").strip()
        native = self._vendor.get(point.parameter_id, title=name, unit=spelt)
        missing = is_missing(point)
        is_text = native is not None and native.kind == "text"
        value = None if missing or is_text else number(point.value, point.parameter_unit)
        coded = (missing or value is not None) and _is_coded(point, native)
        unit = parse_unit(spelt)
        if native is not None and native.unit is not None:
            unit = native.unit
        low, high, step = limits(point)
        if (low, high) == (None, None) and native is not None:
            low, high, step = native.minimum, native.maximum, native.step
        return Sample(
            id=point.parameter_id,
            native=native,
            name=(native and native.name) or name or point.parameter_id,
            time=instant(point.timestamp) or read_at,
            value=value,
            text=None if missing or value is not None else readable(str(point.value)),
            unit=DIMENSIONLESS if coded else unit,
            writable=_is_writable(point, native),
            minimum=None if coded else low,
            maximum=None if coded else high,
            step=None if coded else step,
            options=_options(point, native, value) if coded else (),
            vendor_unit=spelt,
            missing=missing,
        )


def _without_repeats(points: Iterable[Point]) -> Iterable[Point]:
    """One point for each id.

    Ids repeat under other names and in other categories, with values that differ in the last digit:
    one with a value counts, then the one with a unit, then the one with limits, then the newest.
    """
    best: dict[str, Point] = {}
    for point in points:
        other = best.get(point.parameter_id)
        if other is None or _merit(point) > _merit(other):
            best[point.parameter_id] = point
    return best.values()


def _merit(point: Point) -> tuple[bool, bool, bool, datetime]:
    return (
        not is_missing(point),
        bool((point.parameter_unit or "").strip()),
        limits(point) != (None, None, None),
        instant(point.timestamp) or datetime.min.replace(tzinfo=UTC),
    )


def _is_coded(point: Point, native: NativePoint | None) -> bool:
    """Whether the value is a code: the catalogue knows, else a list of texts and no unit say so.

    Measured values carry lists of texts too, that have nothing to do with them; those have a unit.
    """
    if native is not None:
        return native.kind in ("enum", "bool")
    return bool(point.enum_values) and not (point.parameter_unit or "").strip()


def _last_seen(points: Iterable[Point], now: datetime) -> datetime | None:
    """The newest time of any point that is not ahead of `now`."""
    times = (instant(point.timestamp) for point in points)
    return max((time for time in times if time is not None and time <= now), default=None)


def _options(point: Point, native: NativePoint | None, value: float | None) -> tuple[Option, ...]:
    """The catalogue's labels, and the vendor's for codes that the catalogue does not name.

    A code that neither names is labelled by the text that the vendor shows for the value.
    """
    known = {option.value: option for option in (native.options if native else ())}
    for option in labels(point.enum_values):
        known.setdefault(option.value, option)
    shown = readable(point.str_val).removesuffix((point.parameter_unit or "").strip()).strip()
    if value is not None and shown and number(shown) is None:
        known.setdefault(value, Option(value, shown))
    return tuple(known[code] for code in sorted(known))


def _is_writable(point: Point, native: NativePoint | None) -> bool:
    """`writable` of the wire is wrong both ways; what is known better is said here."""
    if native is not None and (native.read_only or native.writable):
        return not native.read_only
    return bool(point.writable) or bool(
        _WRITABLE_TAGS.intersection(point.smart_home_categories or ())
    )


def device_of(source: str, device: SystemDevice, system: str | None = None) -> Device:
    """A device of the list of systems, and the id of its system.

    It is called by its product's name: a system's name is the user's, and some put their address
    into it.
    """
    product = readable(device.product.name if device.product else None)
    return Device(
        source=source,
        id=device.id,
        name=product or device.id,
        manufacturer=_manufacturer(product),
        model=product or None,
        serial=(device.product.serial_number or None) if device.product else None,
        firmware=device.current_fw_version or None,
        connected=_is_connected(device.connection_state),
        system=system,
    )


def _manufacturer(product: str) -> str | None:
    if _NIBE_MODEL.match(product):
        return "NIBE"
    return next((brand for brand in _BRANDS if product.startswith(brand)), None)


def _is_connected(state: str | int | None) -> bool | None:
    """In 2021 the state was a number, 1 for connected."""
    if isinstance(state, int):
        return state == 1
    return {"connected": True, "disconnected": False, "1": True, "0": False}.get(
        (state or "").lower()
    )


def event_of(source: str, notification: Notification) -> Event | None:
    """A notification as an event; None where it has no time.

    One that was dismissed or reset ended when its status last changed; where the vendor keeps no
    history of that, only its beginning is known, and is given for its end.
    """
    time = instant(notification.created_datetime)
    if time is None:
        return None
    status = str(notification.status or "Unknown")
    is_over = status.startswith(("Dismissed", "Reset"))
    number_of = notification.alarm_number
    facts = {
        "alarm_number": number_of,
        "severity": notification.severity,
        "status": status,
        "description": readable(notification.description) or None,
        "part": notification.equip_name,
    }
    return Event(
        id=f"notification {notification.id}",
        time=time,
        kind=EventKind.ALARM,
        title=readable(notification.header) or f"Alarm {number_of or notification.id}",
        source=source,
        device=notification.device_id,
        severity=Severity.ERROR if notification.severity == 1 else Severity.WARNING,
        ended=max(time, _last_change(notification) or time) if is_over else None,
        detail={name: str(fact) for name, fact in facts.items() if fact is not None},
    )


def _last_change(notification: Notification) -> datetime | None:
    changes = [
        change.datetime
        for change in notification.status_history or ()
        if change.datetime is not None
    ]
    try:
        return datetime.fromtimestamp(max(changes), UTC) if changes else None
    except (OverflowError, ValueError, OSError):
        return None
