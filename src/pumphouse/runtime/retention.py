"""Retention: single readings that are older than their owner wants them, shown and deleted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from pumphouse.config.retention import RetentionSettings
from pumphouse.core.model import Batch, Event, EventKind, Point, Severity
from pumphouse.core.ports import Store

__all__ = ["Expired", "delete_expired", "expired", "unmatched"]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Expired:
    """The readings of one point that are older than they are to be kept.

    Attributes:
        before: they are older than this.
        readings: how many there are.
    """

    point: Point
    before: datetime
    readings: int


async def expired(store: Store, settings: RetentionSettings, now: datetime) -> Sequence[Expired]:
    """What would be deleted, by point; points of which nothing is too old are left out.

    Raises:
        StoreError: the store's.
    """
    found: list[Expired] = []
    for point in await store.points():
        period = settings.period(_names(point))
        if period is not None:
            before = max(now - period, datetime.min.replace(tzinfo=UTC))
            count = await store.deletable(point.key, before)
            if count:
                found.append(Expired(point, before, count))
    return found


async def unmatched(store: Store, settings: RetentionSettings) -> Sequence[str]:
    """The patterns of [retention] that match no point of the store."""
    return settings.unmatched(map(_names, await store.points()))


def _names(point: Point) -> tuple[str, ...]:
    named = (point.key.point, f"{point.key.device}/{point.key.point}")
    return named if point.metric is None else (point.metric, *named)


async def delete_expired(
    store: Store, settings: RetentionSettings, now: datetime
) -> Sequence[Expired]:
    """Delete what is too old, in small transactions.

    An event says so before anything goes, so that it is known whatever happens meanwhile; it ends
    when all is gone.

    Raises:
        StoreError: the store's; what was deleted until then stays deleted.
    """
    wanted = await expired(store, settings, now)
    if not wanted:
        return []
    begun = _event(wanted, now)
    await store.append(Batch("pumphouse", events=(begun,)))
    done = [
        Expired(one.point, one.before, await store.delete_older(one.point.key, one.before))
        for one in wanted
    ]
    ended = replace(begun, title=_title(done, "were deleted"), ended=now, detail=_counts(done))
    await store.append(Batch("pumphouse", events=(ended,)))
    log.info("retention", what=ended.title)
    await store.tidy_archive()
    return done


def _event(wanted: Sequence[Expired], now: datetime) -> Event:
    return Event(
        id=f"retention-{now.timestamp():.3f}",
        time=now,
        kind=EventKind.STORE,
        title=_title(wanted, "are being deleted"),
        severity=Severity.INFO,
        detail=_counts(wanted),
    )


def _title(readings: Sequence[Expired], what_happens: str) -> str:
    count = sum(one.readings for one in readings)
    return (
        f"{count} old readings of {len(readings)} points {what_happens}, as [retention] says;"
        " their sums by hours and days stay"
    )


def _counts(readings: Sequence[Expired]) -> dict[str, str]:
    """How many of each point."""
    return {
        f"{one.point.key.source}/{one.point.key.device}/{one.point.key.point}": str(one.readings)
        for one in readings
    }
