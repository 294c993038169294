"""Events and observations as tests need them."""

from datetime import UTC, datetime, timedelta

from pumphouse.core.model import Event, EventKind, Interval, Severity

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
EVER = Interval(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))


def alarm(name="n1", time=NOON, *, ended=None, severity=Severity.ERROR, **detail) -> Event:
    """A vendor's alarm of the device d1 of the source pump."""
    return Event(
        name,
        time,
        EventKind.ALARM,
        "High condenser in",
        source="pump",
        device="d1",
        severity=severity,
        ended=ended,
        detail=detail or {"alarm_number": "163"},
    )
