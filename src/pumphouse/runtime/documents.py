"""The JSON that users and scripts rely on: the same for the command line and for HTTP.

Times are ISO 8601 in UTC; a value is a number or null; units are canonical symbols, "" for none.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from pumphouse.core.model import Device, Event, Point, Reading
from pumphouse.core.ports import Aggregate, Bucket, Gap, SourceStatus, StoreFigures

__all__ = [
    "LATEST_FIELDS",
    "Document",
    "bucket_documents",
    "device_document",
    "event_document",
    "iso",
    "latest_document",
    "point_document",
    "reading_document",
    "status_document",
]

Document = dict[str, object]

LATEST_FIELDS = (
    "source",
    "device",
    "point",
    "metric",
    "name",
    "value",
    "text",
    "unit",
    "time",
)
"""The keys of `latest --json` and the columns of an export."""


def iso(time: datetime | None) -> str | None:
    """`2026-01-31T12:00:00Z`; milliseconds only where there are any."""
    if time is None:
        return None
    moment = time.astimezone(UTC)
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def device_document(device: Device) -> Document:
    """One entry of `devices --json`."""
    return {
        "source": device.source,
        "device": device.id,
        "name": device.name,
        "manufacturer": device.manufacturer,
        "model": device.model,
        "serial": device.serial,
        "firmware": device.firmware,
        "connected": device.connected,
        "last_seen": iso(device.last_seen),
    }


def point_document(point: Point) -> Document:
    """One entry of `points --json`."""
    return {
        "source": point.key.source,
        "device": point.key.device,
        "point": point.key.point,
        "metric": point.metric,
        "name": point.name,
        "unit": point.unit.symbol,
        "writable": point.writable,
        "min": point.minimum,
        "max": point.maximum,
        "step": point.step,
        "options": [{"value": option.value, "text": option.label} for option in point.options],
    }


def latest_document(point: Point, reading: Reading) -> Document:
    """One entry of `latest --json`."""
    text = reading.text if reading.text is not None else point.label(reading.value)
    values = (*point.key, point.metric, point.name, reading.value, text, point.unit.symbol)
    return dict(zip(LATEST_FIELDS, (*values, iso(reading.time)), strict=True))


def reading_document(point: Point, reading: Reading) -> Document:
    """One entry of a raw series."""
    text = reading.text if reading.text is not None else point.label(reading.value)
    return {"time": iso(reading.time), "value": reading.value, "text": text}


def bucket_documents(buckets: Iterable[Bucket], aggregate: Aggregate) -> list[Document]:
    """The entries of a series summed up in buckets."""
    return [
        {
            "time": iso(bucket.start),
            "value": bucket.value(aggregate),
            "min": bucket.minimum,
            "max": bucket.maximum,
            "count": bucket.count,
        }
        for bucket in buckets
    ]


def event_document(event: Event) -> Document:
    """One entry of the event log."""
    return {
        "id": event.id,
        "time": iso(event.time),
        "ended": iso(event.ended),
        "kind": event.kind.value,
        "severity": event.severity.value,
        "title": event.title,
        "source": event.source,
        "device": event.device,
        "detail": dict(event.detail),
    }


def status_document(
    configured: Iterable[str],
    statuses: Iterable[SourceStatus],
    gaps: Sequence[Gap],
    figures: StoreFigures,
) -> Document:
    """The document of `status --json`; a source that was never polled is `new`."""
    known = {status.source: status for status in statuses}
    return {
        "sources": {name: _source_document(known.get(name)) for name in sorted(configured)},
        "sinks": {},
        "store": {
            "path": figures.path,
            "bytes": figures.bytes,
            "readings": figures.readings,
            "points": figures.points,
        },
        "gaps": [_gap_document(gap) for gap in gaps],
    }


def _source_document(status: SourceStatus | None) -> Document:
    if status is None:
        return {
            "state": "new",
            "last_success": None,
            "last_error": None,
            "requests": 0,
            "rate_remaining": None,
            "resumes_at": None,
        }
    return {
        "state": status.state.value,
        "last_success": iso(status.last_success),
        "last_error": status.last_error,
        "requests": status.requests,
        "rate_remaining": status.rate_remaining,
        "resumes_at": iso(status.resumes_at),
    }


def _gap_document(gap: Gap) -> Document:
    return {
        "source": gap.source,
        "from": iso(gap.start),
        "to": iso(gap.end),
        "cause": gap.cause,
        "filled_by": gap.filled_by,
    }
