"""NIBE Uplink's systems, parameters and notifications as devices, samples and events."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from pumphouse.catalogue.catalogue import Catalogue, NativePoint, VendorCatalogue
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
from pumphouse.sources.nibe_uplink.reader import UnitValues
from pumphouse.sources.nibe_uplink.values import (
    MISSING_RAW,
    derived_divisor,
    display_text,
    displayed_number,
    is_measured,
    is_missing,
    usual_divisor,
)
from pumphouse.sources.nibe_uplink.wire import Notification, Parameter, System, SystemUnit
from pumphouse.sources.nibe_uplink.writes import MODE_POINT, mode_code
from pumphouse.sources.selection import Selection
from pumphouse.sources.vendor_time import instant
from pumphouse.sources.wording import readable

__all__ = ["Meanings", "SystemMapper", "device_of", "event_of", "native_id"]

_CONNECTED = {"ONLINE": True, "PENDING": True, "OFFLINE": False}
#: more than a vendor's file has lines: ranks behind every rank of the units before
_RANKS_OF_A_UNIT: Final = 1_000_000


def native_id(unit: int, parameter: Parameter) -> str:
    """The id of a point within its system.

    Unit 0 has plain ids, a slave's carry the unit: `1/44055`. The rows of id 0 are told apart by
    their titles: `0:version`.
    """
    bare = str(parameter.parameter_id)
    if parameter.parameter_id == 0:
        bare = f"0:{(parameter.title or parameter.name or '').strip()}"
    return bare if unit == 0 else f"{unit}/{bare}"


class Meanings:
    """What parameters mean, as far as it is known from the catalogue or learnt from the wire.

    Learnt are the divisors of ids that the catalogue does not scale, and the labels of codes.
    Both are kept per native id: the next answer may show 0, which tells no divisor.
    """

    def __init__(self, catalogue: VendorCatalogue) -> None:
        self._catalogue = catalogue
        self._divisors: dict[tuple[str, str], int] = {}
        self._labels: dict[str, dict[float, str]] = {}

    def samples(
        self, system: str, unit: int, parameters: Iterable[Parameter], time: datetime
    ) -> Iterator[Sample]:
        """One sample for each different id: of equal ids the first that has a value counts."""
        chosen: dict[str, Parameter] = {}
        for parameter in parameters:
            point = native_id(unit, parameter)
            known = chosen.get(point)
            if known is None or (is_missing(known) and not is_missing(parameter)):
                chosen[point] = parameter
        for point, parameter in chosen.items():
            native = _of_unit(unit, self._native(parameter))
            yield self._sample(f"{system}/{point}", point, parameter, native, time)

    def _native(self, parameter: Parameter) -> NativePoint | None:
        return self._catalogue.get(
            str(parameter.parameter_id),
            designation=parameter.designation or "",
            title=parameter.title or "",
            unit=(parameter.unit or "").strip(),
        )

    def _sample(
        self,
        key: str,
        point: str,
        parameter: Parameter,
        native: NativePoint | None,
        time: datetime,
    ) -> Sample:
        value = None if is_missing(parameter) else self._value(key, parameter, native)
        text = None if value is not None or is_missing(parameter) else display_text(parameter)
        missing = value is None and not text
        if missing:
            coded = key in self._labels or _is_known_code(native)
        else:
            coded = value is not None and _is_coded(parameter, native)
        unit = parse_unit(parameter.unit or "")
        if native is not None and native.unit is not None:
            unit = native.unit
        return Sample(
            id=point,
            native=native,
            name=_name(parameter, native),
            time=time,
            value=value,
            text=text or None,
            unit=DIMENSIONLESS if coded else unit,
            writable=native is not None and native.writable,
            minimum=native.minimum if native else None,
            maximum=native.maximum if native else None,
            step=native.step if native else None,
            options=self._options(key, parameter, native, value) if coded else (),
            vendor_unit=(parameter.unit or "").strip(),
            missing=missing,
        )

    def _value(self, key: str, parameter: Parameter, native: NativePoint | None) -> float | None:
        """The number, None where the parameter is a text."""
        raw = parameter.raw_value
        kind = native.kind if native else "number"
        if parameter.parameter_id == 0 or kind == "text" or raw == MISSING_RAW:
            return None
        if raw is None:
            return displayed_number(parameter)
        if _is_coded(parameter, native):
            return raw
        if native is not None and native.divisor is not None:
            return raw / native.divisor
        learnt = (key, parameter.unit or "")
        divisor = self._divisors.get(learnt) or derived_divisor(parameter)
        if divisor is None:
            shown = displayed_number(parameter)
            usual = usual_divisor(parameter)
            return raw / usual if shown is None and usual is not None else shown
        self._divisors[learnt] = divisor
        return raw / divisor

    def _options(
        self, key: str, parameter: Parameter, native: NativePoint | None, value: float | None
    ) -> tuple[Option, ...]:
        """The catalogue's options, and the labels the vendor itself showed for other codes."""
        known = native.options if native else ()
        labels = self._labels.setdefault(key, {})
        shown = readable(display_text(parameter))
        if value is not None and shown and displayed_number(parameter) is None:
            labels[value] = shown
        codes = {option.value for option in known}
        learnt = (Option(value, label) for value, label in sorted(labels.items()))
        return (*known, *(option for option in learnt if option.value not in codes))


def _of_unit(unit: int, native: NativePoint | None) -> NativePoint | None:
    """What an id means on a unit: the second slave's `x` is `x_2`, the third's `x_3`.

    The first slave shares the plain names with the main unit. Further slaves never take a name
    from the units before them: `supply_temperature_2` is the second climate system's.
    """
    if native is None or unit <= 1:
        return native
    rank = native.rank + unit * _RANKS_OF_A_UNIT
    return replace(native, instance=native.instance + unit - 1, rank=rank)


def _is_known_code(native: NativePoint | None) -> bool:
    return native is not None and native.kind in ("enum", "bool")


def _is_coded(parameter: Parameter, native: NativePoint | None) -> bool:
    """Whether the raw value is a code: the catalogue says so, or prose is shown without a unit."""
    if native is not None and native.kind != "number":
        return _is_known_code(native)
    return displayed_number(parameter) is None and not is_measured(parameter)


def _name(parameter: Parameter, native: NativePoint | None) -> str:
    if native is not None and native.name:
        return native.name
    title = readable(parameter.title) or str(parameter.parameter_id)
    designation = readable(parameter.designation)
    return f"{title} ({designation})" if designation else title


class SystemMapper:
    """Turns what was read of a system into one device with its points and readings."""

    def __init__(self, source: str, catalogue: Catalogue, selection: Selection) -> None:
        self._source = source
        self._vendor = catalogue.vendor("nibe_uplink")
        self._meanings = Meanings(self._vendor)
        self._assembler = Assembler(source, catalogue, selection)

    def batch(
        self,
        system: System,
        values: Sequence[UnitValues],
        read_at: datetime,
        mode: str | None = None,
    ) -> Batch:
        """The batch of one system.

        Args:
            system: from the list of systems. The readings' time is its `lastActivityDate`, the last
                contact of the pump with the cloud: values have no time of their own.
            values: of each unit that was read.
            read_at: the readings' time where the system has no such date.
            mode: the smart-home mode, None where it was not asked for.
        """
        device = str(system.system_id)
        time = instant(system.last_activity_date) or read_at
        samples: list[Sample] = []
        for part in values:
            number = part.unit.system_unit_id
            samples += self._meanings.samples(device, number, part.parameters, time)
        if mode is not None:
            samples.append(self._mode(mode, time))
        texts = {sample.id: sample.text for sample in samples if sample.text is not None}
        points, readings = self._assembler.assemble(device, samples)
        units = [part.unit for part in values]
        return Batch(
            source=self._source,
            devices=(device_of(self._source, system, units, texts),),
            points=tuple(points),
            readings=tuple(readings),
        )

    def reading(
        self, key: PointKey, system: System, unit: int, parameter: Parameter, read_at: datetime
    ) -> Reading | None:
        """What one parameter says, asked for by itself; None where it says nothing."""
        time = instant(system.last_activity_date) or read_at
        (sample,) = self._meanings.samples(key.device, unit, [parameter], time)
        return sample.reading(key)

    def mode_reading(
        self, key: PointKey, system: System, mode: str, read_at: datetime
    ) -> Reading | None:
        """The smart-home mode, asked for by itself; None where it is a new one."""
        return self._mode(mode, instant(system.last_activity_date) or read_at).reading(key)

    def _mode(self, mode: str, time: datetime) -> Sample:
        return setting_of(MODE_POINT, self._vendor.get(MODE_POINT), mode_code(mode), time)


def device_of(
    source: str,
    system: System,
    units: Sequence[SystemUnit] = (),
    texts: Mapping[str, str] | None = None,
) -> Device:
    """A system with all its units as one device.

    Args:
        source: the configured name of the source.
        system: from the list of systems.
        units: its units; the main one (0) tells the software.
        texts: values of the rows of id 0 by native id; they know the exact model.
    """
    texts = texts or {}
    main = next((unit for unit in units if unit.system_unit_id == 0), None)
    of_main = main.product if main else None
    model = readable(texts.get("0:product") or of_main or system.product_name) or None
    return Device(
        source=source,
        id=str(system.system_id),
        name=readable(system.name) or model or str(system.system_id),
        manufacturer="NIBE",
        model=model,
        serial=texts.get("0:serial number") or system.serial_number,
        firmware=texts.get("0:version") or (main.software_version if main else None),
        connected=_CONNECTED.get((system.connection_status or "").upper()),
        last_seen=instant(system.last_activity_date),
        system=str(system.system_id),
    )


def event_of(source: str, system: System, notification: Notification) -> Event | None:
    """A notification as an event; None where it has no time. What people commented stays there."""
    time = instant(notification.occured_at)
    if time is None:
        return None
    info = notification.info
    facts = {
        "alarm_number": info and info.alarm_number,
        "type": info and info.type,
        "description": info and info.description,
        "unit": notification.system_unit_id,
        "module": notification.module_name,
    }
    is_alarm = info is None or info.type in (None, "ALARM")
    return Event(
        id=f"notification {system.system_id}/{notification.notification_id}",
        time=time,
        kind=EventKind.ALARM,
        title=(info and info.title) or f"Notification {notification.notification_id}",
        source=source,
        device=str(system.system_id),
        severity=Severity.ERROR if is_alarm else Severity.INFO,
        ended=instant(notification.stopped_at),
        detail={name: str(fact) for name, fact in facts.items() if fact is not None},
    )
