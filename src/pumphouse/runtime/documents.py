"""The JSON that users and scripts rely on: the same for the command line and for HTTP.

Times are ISO 8601 in UTC; a value is a number or null; units are canonical symbols, "" for none.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pumphouse.core.documents import LATEST_FIELDS, Document, iso, latest_document
from pumphouse.core.model import Device, Event, Point, Reading
from pumphouse.core.ports import Aggregate, Bucket, Gap, SinkStatus, SourceStatus, StoreFigures

__all__ = [
    "LATEST_FIELDS",
    "Document",
    "age",
    "bucket_documents",
    "device_document",
    "event_document",
    "iso",
    "latest_document",
    "point_document",
    "reading_document",
    "status_document",
]


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
    sources: Mapping[str, SourceStatus | None],
    sinks: Mapping[str, SinkStatus | None],
    gaps: Sequence[Gap],
    figures: StoreFigures,
) -> Document:
    """The document of `status --json`.

    Args:
        sources, sinks: the configured ones by name; None where one was never at work.
    """
    return {
        "sources": {name: _source_document(one) for name, one in sorted(sources.items())},
        "sinks": {name: _sink_document(one) for name, one in sorted(sinks.items())},
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


def _sink_document(status: SinkStatus | None) -> Document:
    if status is None:
        return {
            "state": "new",
            "lag": 0,
            "cursor": None,
            "delivered": 0,
            "dropped": 0,
            "rejected": 0,
            "last_success": None,
            "last_error": None,
            "resumes_at": None,
        }
    return {
        "state": status.state.value,
        "lag": status.lag,
        "cursor": status.cursor,
        "delivered": status.delivered,
        "dropped": status.dropped,
        "rejected": status.rejected,
        "last_success": iso(status.last_success),
        "last_error": status.last_error,
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


def age(time: datetime | None, now: datetime) -> str:
    """How long ago `time` was, in one unit: `4 min`, `3 d`."""
    if time is None:
        return "never"
    seconds = (now - time).total_seconds()
    for unit, length in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"
