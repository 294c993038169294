"""One reading as users and scripts see it: the same in JSON, in an export and in a file.

Times are ISO 8601 in UTC; a value is a number or null; units are canonical symbols, "" for none.
"""

from datetime import UTC, datetime

from pumphouse.core.model import Point, Reading

__all__ = ["LATEST_FIELDS", "Document", "iso", "latest_document"]

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
    moment = time if time.tzinfo is UTC else time.astimezone(UTC)
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def latest_document(point: Point, reading: Reading) -> Document:
    """One entry of `latest --json`."""
    text = reading.text if reading.text is not None else point.label(reading.value)
    values = (*point.key, point.metric, point.name, reading.value, text, point.unit.symbol)
    return dict(zip(LATEST_FIELDS, (*values, iso(reading.time)), strict=True))
