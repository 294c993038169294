"""Folding: what was polled moves to where it stays, and hours and days are summed up.

Three promises hold between transactions: `samples` is older than the boundary `folded_until` and
`recent` is not, so that together they hold each (point, time) once; `hours` and `days` say exactly
what `samples` holds. Whatever changes `samples`, a fold or a late reading, ends in `summarise`.

Moving waits until `FOLD_AFTER` has passed: each point's rows live on pages of their own, so moving
every poll would write a page per point and poll, which wears out memory cards.
"""

import sqlite3
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from pumphouse.stores.sqlite.days import Days
from pumphouse.stores.sqlite.instants import HOUR

__all__ = ["FOLD_AFTER", "days_with", "fold", "is_cut", "rebuild_days", "summarise"]

#: how much time `recent` may hold before it is folded
FOLD_AFTER: Final = 6 * HOUR

_CACHED_HOURS: Final = 1024

_FORGET: Final = "DELETE FROM {table} WHERE point = :point AND period = :period"
_HOUR: Final = """
    INSERT INTO hours (point, period, count, minimum, maximum, mean, last)
    SELECT point, :period, count(*), min(value), max(value), avg(value), (
        SELECT value FROM samples
        WHERE point = :point AND time >= :start AND time < :end AND value IS NOT NULL
        ORDER BY time DESC LIMIT 1)
    FROM samples
    WHERE point = :point AND time >= :start AND time < :end AND value IS NOT NULL
    GROUP BY point"""
_DAY: Final = _HOUR.replace("INTO hours", "INTO days")
_DAY_OF_HOURS: Final = """
    INSERT INTO days (point, period, count, minimum, maximum, mean, last)
    SELECT point, :period, sum(count), min(minimum), max(maximum),
        coalesce(sum(mean * count) / sum(count), max(maximum)), (
        SELECT last FROM hours
        WHERE point = :point AND period >= :first AND period < :behind
        ORDER BY period DESC LIMIT 1)
    FROM hours
    WHERE point = :point AND period >= :first AND period < :behind
    GROUP BY point"""


def fold(connection: sqlite3.Connection, until: int) -> set[tuple[int, int]]:
    """Move what is older than `until`, a whole hour, from `recent` to `samples`.

    Returns:
        the (point, hour) pairs to summarise.
    """
    touched: set[tuple[int, int]] = set(
        connection.execute(
            f"SELECT DISTINCT point, time / {HOUR} FROM recent WHERE time < ?",  # noqa: S608  (ours)
            (until,),
        )
    )
    moved = connection.execute(
        "INSERT INTO samples (point, time, value)"
        " SELECT point, time, value FROM recent WHERE time < ? ORDER BY point, time",
        (until,),
    ).rowcount
    connection.execute("DELETE FROM recent WHERE time < ?", (until,))
    connection.execute("UPDATE state SET folded_until = ?, samples = samples + ?", (until, moved))
    return touched


def summarise(connection: sqlite3.Connection, hours: Iterable[tuple[int, int]], days: Days) -> None:
    """Sum up anew the touched (point, hour) pairs and the days in which they lie."""
    touched = sorted(hours)
    parameters = [
        _parameters(point, hour, hour * HOUR, hour * HOUR + HOUR) for point, hour in touched
    ]
    connection.executemany(_FORGET.format(table="hours"), parameters)
    connection.executemany(_HOUR, parameters)
    _sum_up_days(connection, touched, days)


def rebuild_days(connection: sqlite3.Connection, days: Days) -> bool:
    """Sum up all days anew, in another zone than before, each of the hours that begin in it.

    Returns:
        whether some days begin within an hour: for these that is not exact.
    """
    connection.execute("DELETE FROM days")
    any_cut = False
    for (point,) in connection.execute("SELECT DISTINCT point FROM hours").fetchall():
        hours = connection.execute("SELECT period FROM hours WHERE point = ?", (point,))
        wanted = sorted({days.at(hour * HOUR) for (hour,) in hours})
        bounds = [_parameters(point, day, days.start(day), days.start(day + 1)) for day in wanted]
        any_cut = any_cut or any(is_cut(day, days) for day in wanted)
        connection.executemany(_DAY_OF_HOURS, bounds)
    return any_cut


def days_with(hours: Iterable[tuple[int, int]], days: Days) -> set[tuple[int, int]]:
    """The (point, day) pairs in which (point, hour) pairs lie, wholly or in part."""
    of_hour = lru_cache(_CACHED_HOURS)(
        lambda hour: {days.at(hour * HOUR), days.at(hour * HOUR + HOUR - 1)}
    )
    return {(point, day) for point, hour in hours for day in of_hour(hour)}


def is_cut(day: int, days: Days) -> bool:
    """Whether a day begins or ends within an hour: its sums are then of its samples."""
    return bool(days.start(day) % HOUR or days.start(day + 1) % HOUR)


def _sum_up_days(
    connection: sqlite3.Connection, hours: Iterable[tuple[int, int]], days: Days
) -> None:
    """Sum up anew the days in which (point, hour) pairs lie.

    A day is summed up from its hours, or in zones half an hour off, where an hour may belong to
    two days, from its samples.
    """
    whole: list[dict[str, int]] = []
    cut: list[dict[str, int]] = []
    for point, day in sorted(days_with(hours, days)):
        parameters = _parameters(point, day, days.start(day), days.start(day + 1))
        (cut if is_cut(day, days) else whole).append(parameters)
    connection.executemany(_FORGET.format(table="days"), whole + cut)
    connection.executemany(_DAY_OF_HOURS, whole)
    connection.executemany(_DAY, cut)


def _parameters(point: int, period: int, start: int, end: int) -> dict[str, int]:
    """What the statements above are given; `first` to `behind` are the hours that begin in it."""
    first, behind = -(-start // HOUR), -(-end // HOUR)
    return {
        "point": point,
        "period": period,
        "start": start,
        "end": end,
        "first": first,
        "behind": behind,
    }
