"""One point's readings summed up in equal steps, from roll-ups wherever these are exact.

An interval falls into three stretches: whole periods (hours or days) that are folded are taken from
the roll-ups; the pieces before and behind them are summed up from single readings. Where a bucket
begins within an hour, that hour is shared between two and summed up from its single readings too.
So the answer is always exact, for any interval and at any time between two folds.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import Final

from pumphouse.core.errors import UsageError
from pumphouse.core.model import Interval, PointKey
from pumphouse.core.ports import Bucket
from pumphouse.stores.sqlite import archive
from pumphouse.stores.sqlite.archive import StoreConnection
from pumphouse.stores.sqlite.days import Days, days_of
from pumphouse.stores.sqlite.instants import DAY, HOUR, first_at, instant, milliseconds
from pumphouse.stores.sqlite.queries import number_of, state
from pumphouse.stores.sqlite.retention import deleted
from pumphouse.stores.sqlite.rows import Row

__all__ = ["buckets"]

_FIRST: Final = milliseconds(datetime.min.replace(tzinfo=UTC))
#: a step that no stretch of readings exceeds
_WIDE: Final = 1 << 50

#: from how wide a bucket on most of its hours are whole
_MOSTLY_HOURS: Final = 2 * HOUR

#: The inner query sums up; the outer fetches the newest value, for SQLite has no such aggregate.
#: The sum of values beyond 1e300 may overflow to "no number": then the largest stands for the mean.
_FROM_READINGS: Final = """
    SELECT :origin + number * :step, readings, low, high, coalesce(total / readings, high), (
        SELECT value FROM readings WHERE point = :point AND time = newest)
    FROM (
        SELECT (time - :origin) / :step AS number, count(*) AS readings,
            min(value) AS low, max(value) AS high, total(value) AS total, max(time) AS newest
        FROM readings
        WHERE point = :point AND time >= :start AND time < :end AND value IS NOT NULL
        GROUP BY number)
    ORDER BY number"""
#: The same from `hours` that lie in one bucket, and from the `samples` of those that do not.
_FROM_HOURS: Final = """
    WITH pieces (number, count, low, high, total) AS (
        SELECT (period * :hour - :origin) / :step, count, minimum, maximum, mean * count
        FROM hours
        WHERE point = :point AND period >= :start / :hour AND period < :end / :hour
            AND (period * :hour - :origin) % :step <= :step - :hour
        UNION ALL
        SELECT (time - :origin) / :step, 1, value, value, value
        FROM hours CROSS JOIN samples  -- CROSS: in this order
        WHERE hours.point = :point AND period >= :start / :hour AND period < :end / :hour
            AND (period * :hour - :origin) % :step > :step - :hour
            AND samples.point = :point AND value IS NOT NULL
            AND time >= period * :hour AND time < (period + 1) * :hour)
    SELECT :origin + number * :step, sum(count), min(low), max(high),
        coalesce(sum(total) / sum(count), max(high)), (
            SELECT value FROM samples
            WHERE point = :point AND value IS NOT NULL
                AND time < min(:origin + (number + 1) * :step, :end)
            ORDER BY time DESC LIMIT 1)
    FROM pieces GROUP BY number ORDER BY number"""
#: From `hours` whose single readings were deleted: each counts where it begins.
_FROM_HOURS_ALONE: Final = """
    SELECT :origin + number * :step, readings, low, high, coalesce(total / readings, high), (
        SELECT last FROM hours WHERE point = :point AND period = newest)
    FROM (
        SELECT (period * :hour - :origin) / :step AS number, sum(count) AS readings,
            min(minimum) AS low, max(maximum) AS high, sum(mean * count) AS total,
            max(period) AS newest
        FROM hours WHERE point = :point AND period >= :start / :hour AND period < :end / :hour
        GROUP BY number)
    ORDER BY number"""
_FROM_DAYS: Final = """
    SELECT period, count, minimum, maximum, mean, last FROM days
    WHERE point = ? AND period >= ? AND period < ? ORDER BY period"""


def buckets(
    connection: StoreConnection, key: PointKey, interval: Interval, step: float
) -> list[Bucket]:
    """Sum up as `core.ports.Store.buckets` says.

    Raises:
        UsageError: the step is shorter than a millisecond.
    """
    step_ms = round(step * 1000)
    if step_ms < 1:
        raise UsageError(f"a step of {step} seconds is too short: it must be at least 0.001")
    point = number_of(connection, key)
    start, end = _filled(connection, point, interval)
    if start >= end:
        return []
    known = state(connection)
    if step_ms % DAY == 0:
        days = days_of(known.timezone)
        width = step_ms // DAY
        folded = min(end, known.folded_until)
        daily = _daily(connection, key, point, (start, end), folded, days)
        rows: Iterable[Row] = ((row[0] // width, *row[1:]) for row in daily)
        return [
            Bucket(_beginning(days.start(number * width)), *figures)
            for number, *figures in _joined(rows)
        ]
    source = _Stretches(connection, key, point, start, step_ms)
    head = tail = start
    if step_ms >= _MOSTLY_HOURS or step_ms == HOUR:
        head = min(_next(start, HOUR), end)
        tail = max(head, min(end, known.folded_until) // HOUR * HOUR)
    rows = chain(source.readings(start, head), source.hours(head, tail), source.readings(tail, end))
    return [
        Bucket(_beginning(begins), count, minimum, maximum, mean, last)
        for begins, count, minimum, maximum, mean, last in _joined(rows)
    ]


def _filled(connection: sqlite3.Connection, point: int, interval: Interval) -> tuple[int, int]:
    """The part of `interval` that may hold readings, so that "for ever" costs nothing."""
    bounds = []
    for bound in ("min(time)", "max(time)"):
        for table in ("samples", "recent"):
            query = f"SELECT {bound} FROM {table} WHERE point = ?"  # noqa: S608  (ours)
            bounds += [time for (time,) in connection.execute(query, (point,)) if time is not None]
    bounds += deleted(connection, point)
    if not bounds:
        return 0, 0
    return (
        max(first_at(interval.start), min(bounds)),
        min(first_at(interval.end), max(bounds) + 1),
    )


class _Stretches:
    """Rows (start, count, minimum, maximum, mean, last) of one point's buckets, in time order."""

    def __init__(
        self, connection: StoreConnection, key: PointKey, point: int, start: int, step: int
    ) -> None:
        self._connection = connection
        self._key = key
        self._point = point
        self._origin = start // step * step
        self._step = step
        self._deleted = deleted(connection, point) or (0, 0)

    def readings(self, start: int, end: int) -> Iterator[Row]:
        """From single readings."""
        return self._rows(_FROM_READINGS, start, end)

    def hours(self, start: int, end: int) -> Iterator[Row]:
        """From roll-ups where these are exact; both bounds are whole hours, and all is folded."""
        return self._rows(_FROM_HOURS, start, end)

    def _rows(self, query: str, start: int, end: int) -> Iterator[Row]:
        """As `query` says, but from hours alone where single readings were deleted."""
        first, behind = max(start, self._deleted[0]), min(end, self._deleted[1])
        if first < behind and self._step >= HOUR:
            yield from self._of_readings_kept(query, start, first)
            first, start = _next(first, HOUR), behind
            yield from self._of_database(_FROM_HOURS_ALONE, first, behind // HOUR * HOUR)
        yield from self._of_readings_kept(query, start, end)

    def _of_readings_kept(self, query: str, start: int, end: int) -> Iterator[Row]:
        """From the database, and of months that are archived from their files."""
        key = self._key
        for month in archive.months(self._connection, key.source, key.device, start, end):
            yield from self._of_database(query, start, month.start)
            start, behind = max(start, month.start), min(month.end, end)
            yield from self._of_files(start, behind)
            start = behind
        yield from self._of_database(query, start, end)

    def _of_files(self, start: int, end: int) -> Iterator[Row]:
        """From single readings; one or two of an archived month are in the database still."""
        rows = self._connection.execute(
            "SELECT time, value FROM readings"
            " WHERE point = ? AND time >= ? AND time < ? AND value IS NOT NULL",
            (self._point, start, end),
        ).fetchall()
        found = archive.numbers_of(self._connection, self._key, start, end, rows)
        return found.summed_up(self._origin, self._step)

    def _of_database(self, query: str, start: int, end: int) -> Iterator[Row]:
        if start >= end:
            return iter(())
        parameters = {
            "point": self._point,
            "start": start,
            "end": end,
            "origin": self._origin,
            "step": self._step,
            "hour": HOUR,
        }
        return self._connection.execute(query, parameters)


def _daily(
    connection: StoreConnection,
    key: PointKey,
    point: int,
    bounds: tuple[int, int],
    folded: int,
    days: Days,
) -> Iterator[Row]:
    """Rows (day, count, minimum, maximum, mean, last) of the days in `bounds`, in time order."""
    start, end = bounds
    first = days.at(start)
    if days.start(first) < start:
        first += 1
    behind = max(first, days.at(folded))
    yield from _day_by_day(connection, key, point, (start, min(days.start(first), end)), days)
    yield from connection.execute(_FROM_DAYS, (point, first, behind))
    yield from _day_by_day(connection, key, point, (days.start(behind), end), days)


def _day_by_day(
    connection: StoreConnection, key: PointKey, point: int, bounds: tuple[int, int], days: Days
) -> Iterator[Row]:
    """Rows as `_daily`, from single readings."""
    start, end = bounds
    while start < end:
        day = days.at(start)
        behind = min(days.start(day + 1), end)
        for row in _Stretches(connection, key, point, start, _WIDE).readings(start, behind):
            yield (day, *row[1:])
        start = behind


def _joined(rows: Iterable[Row]) -> list[Row]:
    """Join neighbours that belong to one bucket: the stretches meet within it."""
    joined: list[Row] = []
    for row in rows:
        if joined and joined[-1][0] == row[0]:
            joined[-1] = _sum(joined[-1], row)
        else:
            joined.append(row)
    return joined


def _sum(older: Row, newer: Row) -> Row:
    start, count, minimum, maximum, mean, _ = older
    _, more, low, high, other, last = newer
    total = count + more
    mean = (mean * count + other * more) / total
    return (start, total, min(minimum, low), max(maximum, high), mean, last)


def _next(stored: int, unit: int) -> int:
    return -(-stored // unit) * unit


def _beginning(stored: int) -> datetime:
    """When a bucket begins; the first of all would begin before there are dates."""
    return instant(max(stored, _FIRST))
