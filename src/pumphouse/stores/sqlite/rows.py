"""Domain values as rows and back."""

import json
from datetime import datetime
from typing import Any, Final, TypeAlias

from pumphouse.core.model import (
    Device,
    Event,
    EventKind,
    Option,
    Point,
    PointKey,
    Reading,
    Severity,
)
from pumphouse.core.ports import Gap, SourceState, SourceStatus
from pumphouse.core.units import parse_unit
from pumphouse.stores.sqlite.instants import instant, milliseconds

__all__ = [
    "SELECT_DEVICES",
    "SELECT_EVENTS",
    "SELECT_GAPS",
    "SELECT_POINTS",
    "SELECT_SOURCES",
    "STORE_DEVICE",
    "STORE_EVENT",
    "STORE_GAP",
    "STORE_POINT",
    "STORE_SOURCE",
    "Row",
    "device_from",
    "device_row",
    "event_from",
    "event_row",
    "gap_from",
    "gap_row",
    "point_from",
    "point_row",
    "readings_from",
    "source_from",
    "source_row",
    "stored",
    "told",
]

#: one row of SQLite; which types it holds, the query says that asked for it
Row: TypeAlias = tuple[Any, ...]

SELECT_SOURCES: Final = """
    SELECT source, state, since, last_success, last_error, requests, rate_remaining, resumes_at,
        interval, polls, failures
    FROM sources ORDER BY source"""
STORE_SOURCE: Final = """
    INSERT OR REPLACE INTO sources (source, state, since, last_success, last_error, requests,
        rate_remaining, resumes_at, interval, polls, failures)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

SELECT_DEVICES: Final = """
    SELECT source, device, name, manufacturer, model, serial, firmware, connected, last_seen,
        system
    FROM {devices} ORDER BY source, device"""
STORE_DEVICE: Final = """
    INSERT OR REPLACE INTO devices
        (source, device, name, manufacturer, model, serial, firmware, connected, last_seen,
        system)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

SELECT_POINTS: Final = """
    SELECT id, source, device, point, name, metric, unit,
        writable, minimum, maximum, step, options, vendor_unit
    FROM {points}
    WHERE (:device IS NULL OR device = :device)
        AND (:name IS NULL OR point = :name OR metric = :name)
    ORDER BY source, device, point"""
STORE_POINT: Final = """
    INSERT INTO points (source, device, point, name, metric, unit,
        writable, minimum, maximum, step, options, vendor_unit)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET name = excluded.name, metric = excluded.metric,
        unit = excluded.unit, writable = excluded.writable, minimum = excluded.minimum,
        maximum = excluded.maximum, step = excluded.step, options = excluded.options,
        vendor_unit = excluded.vendor_unit
    RETURNING id"""

SELECT_EVENTS: Final = """
    SELECT source, id, time, kind, title, device, severity, ended, detail
    FROM events WHERE time >= ? AND time < ? ORDER BY time, source, id"""
#: an event that is told again unchanged is not written again
STORE_EVENT: Final = """
    INSERT INTO events (source, id, time, kind, title, device, severity, ended, detail)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET time = excluded.time, kind = excluded.kind,
        title = excluded.title, device = excluded.device, severity = excluded.severity,
        ended = excluded.ended, detail = excluded.detail
    WHERE (time, kind, title, device, severity, ended, detail) IS NOT (excluded.time,
        excluded.kind, excluded.title, excluded.device, excluded.severity, excluded.ended,
        excluded.detail)"""

SELECT_GAPS: Final = """
    SELECT source, started, ended, cause, filled_by FROM gaps ORDER BY started DESC, source"""
#: while a gap is open, no second one opens; a known one may have ended or been filled since
STORE_GAP: Final = """
    INSERT INTO gaps (source, started, ended, cause, filled_by)
    SELECT :source, :started, :ended, :cause, :filled_by
    WHERE :ended IS NOT NULL
        OR NOT EXISTS (SELECT 1 FROM gaps WHERE source = :source AND ended IS NULL)
    ON CONFLICT (source, started) DO UPDATE SET ended = excluded.ended,
        cause = excluded.cause, filled_by = excluded.filled_by"""


def source_row(status: SourceStatus) -> Row:
    """What `STORE_SOURCE` takes."""
    return (
        status.source,
        status.state.value,
        milliseconds(status.since),
        stored(status.last_success),
        status.last_error,
        status.requests,
        status.rate_remaining,
        stored(status.resumes_at),
        status.interval,
        status.polls,
        status.failures,
    )


def source_from(row: Row) -> SourceStatus:
    """A status of a row of `SELECT_SOURCES`."""
    source, state, since, success, error, requests, remaining, resumes_at, *counts = row
    return SourceStatus(
        source,
        SourceState(state),
        instant(since),
        told(success),
        error,
        requests,
        remaining,
        told(resumes_at),
        *counts,
    )


def device_row(device: Device) -> Row:
    """What `STORE_DEVICE` takes."""
    return (
        device.source,
        device.id,
        device.name,
        device.manufacturer,
        device.model,
        device.serial,
        device.firmware,
        device.connected,
        stored(device.last_seen),
        device.system,
    )


def device_from(row: Row) -> Device:
    """A device of a row of `SELECT_DEVICES`."""
    source, device, name, manufacturer, model, serial, firmware, connected, last_seen, system = row
    return Device(
        source=source,
        id=device,
        name=name,
        manufacturer=manufacturer,
        model=model,
        serial=serial,
        firmware=firmware,
        connected=None if connected is None else bool(connected),
        last_seen=told(last_seen),
        system=system,
    )


def point_row(point: Point) -> Row:
    """What `STORE_POINT` takes."""
    return (
        *point.key,
        point.name,
        point.metric,
        point.unit.symbol,
        point.writable,
        point.minimum,
        point.maximum,
        point.step,
        json.dumps([[option.value, option.label] for option in point.options], ensure_ascii=False)
        if point.options
        else "[]",
        point.vendor_unit,
    )


def point_from(row: Row) -> Point:
    """A point of a row of `SELECT_POINTS`, its number apart."""
    source, device, point, name, metric, unit, *setting, options, vendor_unit = row
    writable, minimum, maximum, step = setting
    return Point(
        key=PointKey(source, device, point),
        name=name,
        metric=metric,
        unit=parse_unit(unit),
        writable=bool(writable),
        minimum=minimum,
        maximum=maximum,
        step=step,
        options=()
        if options == "[]"
        else tuple(Option(value, label) for value, label in json.loads(options)),
        vendor_unit=vendor_unit,
    )


def readings_from(key: PointKey, rows: list[Row]) -> list[Reading]:
    """Readings of one point from rows of (time, value, text)."""
    return [Reading(key, instant(time), value, text) for time, value, text in rows]


def event_row(event: Event) -> Row:
    """What `STORE_EVENT` takes."""
    return (
        event.source or "",
        event.id,
        milliseconds(event.time),
        event.kind.value,
        event.title,
        event.device,
        event.severity.value,
        stored(event.ended),
        json.dumps(dict(event.detail), ensure_ascii=False),
    )


def event_from(row: Row) -> Event:
    """An event of a row of `SELECT_EVENTS`."""
    source, key, time, kind, title, device, severity, ended, detail = row
    return Event(
        id=key,
        time=instant(time),
        kind=EventKind(kind),
        title=title,
        source=source or None,
        device=device,
        severity=Severity(severity),
        ended=told(ended),
        detail=json.loads(detail),
    )


def gap_row(gap: Gap) -> dict[str, str | int | None]:
    """What `STORE_GAP` takes."""
    return {
        "source": gap.source,
        "started": milliseconds(gap.start),
        "ended": stored(gap.end),
        "cause": gap.cause,
        "filled_by": gap.filled_by,
    }


def gap_from(row: Row) -> Gap:
    """A gap of a row of `SELECT_GAPS`."""
    source, started, ended, cause, filled_by = row
    return Gap(source, instant(started), told(ended), cause, filled_by)


def stored(time: datetime | None) -> int | None:
    """An instant as the store keeps it, or nothing."""
    return None if time is None else milliseconds(time)


def told(stored: int | None) -> datetime | None:
    """A stored instant as a time, or nothing."""
    return None if stored is None else instant(stored)
