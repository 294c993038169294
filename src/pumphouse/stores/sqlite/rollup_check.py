"""Whether hours and days say what the readings say, in files of the archive as well."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isclose
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from pumphouse.core.model import PointKey
from pumphouse.stores.sqlite import archive, queries
from pumphouse.stores.sqlite.archive import StoreConnection
from pumphouse.stores.sqlite.days import Days
from pumphouse.stores.sqlite.instants import HOUR, instant
from pumphouse.stores.sqlite.retention import retained

if TYPE_CHECKING:  # numpy is loaded only where a check needs it
    import numpy as np
    import numpy.typing as npt

__all__ = ["WrongRollups", "repair", "wrong_rollups"]

#: readings of so many days are compared at once
_DAYS_AT_ONCE: Final = 400
#: sums of floating-point numbers depend on the order in which they are added
_ABOUT: Final = 1e-9
#: what a period says: count, minimum, maximum, mean, last
_Said: TypeAlias = tuple[int, float, float, float, float]

_SPAN: Final = """
    SELECT min(first), max(last) FROM (
        SELECT min(time) AS first, max(time) AS last FROM samples WHERE point = :point
        UNION ALL SELECT min(period) * :hour, (max(period) + 1) * :hour - 1
            FROM hours WHERE point = :point
        UNION ALL SELECT :first, :last)"""
_SAMPLES: Final = """
    SELECT time, value FROM samples
    WHERE point = ? AND time >= ? AND time < ? AND value IS NOT NULL ORDER BY time"""
_ROLLUPS: Final = """
    SELECT period, count, minimum, maximum, mean, last FROM {table}
    WHERE point = ? AND period >= ? AND period < ?"""


class _Wrong(NamedTuple):
    """A period that says something else than its readings; `right` is None where it has none."""

    table: str
    period: int
    right: _Said | None


@dataclass(slots=True)
class WrongRollups:
    """The periods of one point that do not fit.

    Attributes:
        number: what the point is called in tables.
    """

    key: PointKey
    number: int
    periods: list[_Wrong] = field(default_factory=list)

    def sentence(self, days: Days) -> str:
        """The same for people."""
        hours = [one.period for one in self.periods if one.table == "hours"]
        dates = [one.period for one in self.periods if one.table == "days"]
        first = min(
            [hour * HOUR for hour in hours[:1]] + [days.start(day) for day in dates[:1]],
        )
        return (
            f"the sums of {self.key.source}/{self.key.device}/{self.key.point} do not fit its"
            f" readings in {len(hours)} hours and {len(dates)} days, first at"
            f" {instant(first):%Y-%m-%dT%H:%MZ}: `pumphouse check --deep --repair` sums up anew"
        )


def wrong_rollups(connection: StoreConnection, days: Days) -> list[WrongRollups]:
    """The points whose roll-ups do not fit; what retention has deleted is not missed.

    Raises:
        StoreCorrupt: a file of the archive is damaged.
    """
    retained = _retained(connection)
    found: list[WrongRollups] = []
    for number, point in list(queries.points(connection, shown=False)):
        wrong = WrongRollups(point.key, number)
        for start, end in _windows(connection, wrong, days, retained.get(number)):
            wrong.periods += _compared(connection, wrong, days, (start, end))
        if wrong.periods:
            found.append(wrong)
    return found


def repair(connection: sqlite3.Connection, wrong: list[WrongRollups]) -> int:
    """Write what the periods must say; how many there were."""
    count = 0
    for one in wrong:
        for table, period, right in one.periods:
            connection.execute(
                f"DELETE FROM {table} WHERE point = ? AND period = ?",  # noqa: S608  (ours)
                (one.number, period),
            )
            if right is not None:
                connection.execute(
                    f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  (ours)
                    (one.number, period, *right),
                )
            count += 1
    return count


def _retained(connection: sqlite3.Connection) -> dict[int, tuple[int, int]]:
    """Between which instants the readings of a point were deleted; older layouts delete none."""
    known = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'retained'").fetchone()
    return retained(connection) if known else {}


def _windows(
    connection: StoreConnection,
    wrong: WrongRollups,
    days: Days,
    deleted: tuple[int, int] | None,
) -> Iterator[tuple[int, int]]:
    """Days, from the first reading or sum of a point to its last, but for what was deleted.

    Yields:
        a day, and the first behind the stretch that begins with it.
    """
    known = archive.all_months(connection) if _has_archive(connection) else []
    months = [one for one in known if one[:2] == wrong.key[:2]]
    first, last = connection.execute(
        _SPAN,
        {
            "point": wrong.number,
            "hour": HOUR,
            "first": months[0].start if months else None,
            "last": months[-1].end - 1 if months else None,
        },
    ).fetchone()
    dates = connection.execute(
        "SELECT min(period), max(period) FROM days WHERE point = ?", (wrong.number,)
    ).fetchone()
    met = [days.at(one) for one in (first, last) if one is not None]
    met += [one for one in dates if one is not None]
    if not met:
        return
    spans = [(min(met), max(met) + 1)]
    if deleted is not None:
        oldest, since = deleted
        spans = [
            (spans[0][0], days.at(oldest)),
            (max(spans[0][0], days.at(since - 1) + 1), spans[0][1]),
        ]
    for start, end in spans:
        for day in range(start, end, _DAYS_AT_ONCE):
            yield day, min(day + _DAYS_AT_ONCE, end)


def _has_archive(connection: sqlite3.Connection) -> bool:
    query = "SELECT 1 FROM sqlite_schema WHERE name = 'archive'"
    return connection.execute(query).fetchone() is not None


def _compared(
    connection: StoreConnection, wrong: WrongRollups, days: Days, window: tuple[int, int]
) -> Iterator[_Wrong]:
    """What is wrong with the hours and days from one day to before another."""
    import numpy as np  # noqa: PLC0415  (only a check needs it)

    start, end = days.start(window[0]), days.start(window[1])
    rows = connection.execute(_SAMPLES, (wrong.number, start, end)).fetchall()
    if _has_archive(connection):
        series = archive.numbers_of(connection, wrong.key, start, end, rows)
        times, values = series.times, series.values
    else:
        times = np.array([row[0] for row in rows], np.int64)
        values = np.array([row[1] for row in rows], np.float64)
    firsts = np.array([days.start(day) for day in range(window[0], window[1] + 1)])
    # Hours of a zone that is half an hour off may lie in two windows: only whole ones are compared.
    hours = (-(-start // HOUR), end // HOUR)
    for table, bounds, periods in (
        ("hours", hours, times // HOUR),
        ("days", window, window[0] + np.searchsorted(firsts, times, side="right") - 1),
    ):
        kept = (periods >= bounds[0]) & (periods < bounds[1])
        right = _summed_up(periods[kept], values[kept])
        query = _ROLLUPS.format(table=table)
        said = {row[0]: row[1:] for row in connection.execute(query, (wrong.number, *bounds))}
        for period in sorted(right.keys() | said.keys()):
            if not _fits(right.get(period), said.get(period)):
                yield _Wrong(table, period, right.get(period))


def _summed_up(
    periods: "npt.NDArray[np.int64]", values: "npt.NDArray[np.float64]"
) -> dict[int, _Said]:
    """What each period must say."""
    import numpy as np  # noqa: PLC0415  (as above)

    if not len(periods):
        return {}
    firsts = np.flatnonzero(np.diff(periods, prepend=periods[0] - 1))
    counts = np.diff(firsts, append=len(periods))
    highs = np.maximum.reduceat(values, firsts)
    with np.errstate(over="ignore", invalid="ignore"):
        means = np.add.reduceat(values, firsts) / counts
    said = zip(
        counts.tolist(),
        np.minimum.reduceat(values, firsts).tolist(),
        highs.tolist(),
        np.where(np.isfinite(means), means, highs).tolist(),
        values[firsts + counts - 1].tolist(),
        strict=True,
    )
    return dict(zip(periods[firsts].tolist(), said, strict=True))


def _fits(right: _Said | None, said: _Said | None) -> bool:
    """Whether a period says what it must."""
    if right is None or said is None:
        return right is said
    scale = _ABOUT * max(abs(right[1]), abs(right[2]))
    return (*right[:3], right[4]) == (*said[:3], said[4]) and isclose(
        right[3], said[3], rel_tol=_ABOUT, abs_tol=scale
    )
