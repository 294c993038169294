"""The log of changes and the overrides: what must be on the disk before anything is sent."""

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from pumphouse.core.model import Event, Interval, PointKey
from pumphouse.core.ports.control import (
    Limits,
    LoggedWrite,
    Outcome,
    Override,
    OverrideState,
    Purpose,
)
from pumphouse.stores.sqlite.instants import first_at, instant, milliseconds
from pumphouse.stores.sqlite.rows import STORE_EVENT, Row, event_row, stored, told

__all__ = ["SqliteWriteLog"]

T = TypeVar("T")

_HOUR: Final = timedelta(hours=1)
_WRITE: Final = (
    "id, source, device, point, requested, before, after, asked_by, asked_at, sender, purpose,"
    " ended_at, outcome, detail, override, until, renewals, renewed_at"
)
_OVERRIDE: Final = (
    "id, source, device, point, value, restore_to, started, until, asked_by, state, detail"
)
_POINT: Final = "source = ? AND device = ? AND point = ?"


class Run(Protocol):
    """Carries out work on a connection in another thread, all or nothing."""

    def __call__(self, work: Callable[[sqlite3.Connection], T], /) -> Awaitable[T]:
        """The result of `work`."""
        ...


class SqliteWriteLog:
    """A `core.ports.WriteLog` in the tables of the store.

    Args:
        read: answers from one state of the file.
        write: changes the file in one transaction, in which nobody else writes.
    """

    def __init__(self, read: Run, write: Run) -> None:
        self._read = read
        self._write = write

    async def begin(
        self, write: LoggedWrite, limits: Limits | None, override: Override | None = None
    ) -> LoggedWrite | str:
        """Note a change that is about to be sent; see `core.ports.WriteLog.begin`."""
        return await self._write(lambda connection: _begin(connection, write, limits, override))

    async def take_over(self, write: LoggedWrite, sender: str) -> LoggedWrite | None:
        """Make `sender` responsible; see `core.ports.WriteLog.take_over`."""

        def work(connection: sqlite3.Connection) -> LoggedWrite | None:
            taken = connection.execute(
                "UPDATE writes SET sender = ? WHERE id = ? AND sender = ? AND outcome IS NULL",
                (sender, write.id, write.sender),
            ).rowcount
            return replace(write, sender=sender) if taken else None

        return await self._write(work)

    async def finish(self, write: LoggedWrite, event: Event) -> bool:
        """Note what became of a change; see `core.ports.WriteLog.finish`."""
        return await self._write(lambda connection: _finish(connection, write, event))

    async def renew(self, write: int, at: datetime) -> None:
        """Note that a change was sent once more."""
        await self._write(
            lambda connection: connection.execute(
                "UPDATE writes SET renewals = renewals + 1, renewed_at = ? WHERE id = ?",
                (milliseconds(at), write),
            )
        )

    async def unfinished(self) -> Sequence[LoggedWrite]:
        """Every change without an outcome, oldest first."""
        return await self._read(lambda c: _writes(c, "outcome IS NULL ORDER BY id"))

    async def write(self, number: int) -> LoggedWrite | None:
        """One change, None where there is none of this number."""
        found = await self._read(lambda c: _writes(c, "id = ?", (number,)))
        return found[0] if found else None

    async def writes(
        self, interval: Interval | None = None, limit: int = 100
    ) -> Sequence[LoggedWrite]:
        """The log, newest first."""
        if interval is None:
            return await self._read(lambda c: _writes(c, "true ORDER BY id DESC LIMIT ?", (limit,)))
        where = "asked_at >= ? AND asked_at < ? ORDER BY id DESC LIMIT ?"
        bounds = (first_at(interval.start), first_at(interval.end), limit)
        return await self._read(lambda c: _writes(c, where, bounds))

    async def last_of_each(self) -> Sequence[LoggedWrite]:
        """The last change of every point that was ever changed."""
        last = "id IN (SELECT max(id) FROM writes GROUP BY source, device, point) ORDER BY id"
        return await self._read(lambda c: _writes(c, last))

    async def overrides(self, *, ended: bool = False) -> Sequence[Override]:
        """The overrides that still have to go back, or those that have ended."""
        where = "state = 'ended' ORDER BY id DESC" if ended else "state <> 'ended' ORDER BY until"
        return await self._read(
            lambda c: [
                _override_from(row)
                for row in c.execute(f"SELECT {_OVERRIDE} FROM overrides WHERE {where}")  # noqa: S608 - texts of this module
            ]
        )

    async def begin_restore(self, override: Override, write: LoggedWrite) -> LoggedWrite | None:
        """Note the change that restores; see `core.ports.WriteLog.begin_restore`."""

        def work(connection: sqlite3.Connection) -> LoggedWrite | None:
            if _under_way(connection, write.key):
                return None
            taken = connection.execute(
                "UPDATE overrides SET state = 'restoring' WHERE id = ? AND state = 'active'",
                (override.id,),
            ).rowcount
            return _insert(connection, replace(write, override=override.id)) if taken else None

        return await self._write(work)

    async def end_override(self, override: int, detail: str, event: Event) -> bool:
        """Note that an override has ended without a change."""

        def work(connection: sqlite3.Connection) -> bool:
            ended = _end_override(connection, override, detail)
            if ended:
                connection.execute(STORE_EVENT, event_row(event))
            return ended

        return await self._write(work)


def _begin(
    connection: sqlite3.Connection,
    write: LoggedWrite,
    limits: Limits | None,
    override: Override | None,
) -> LoggedWrite | str:
    if other := _under_way(connection, write.key):
        return (
            f"Another change of this setting is under way (by {other.by}): wait until it has ended."
        )
    if limits is not None and (sentence := _too_many(connection, write, limits)):
        return sentence
    if override is not None:
        number = _known_override(connection, write.key) or _new_override(connection, override)
        write = replace(write, override=number, until=override.until)
    return _insert(connection, write)


def _known_override(connection: sqlite3.Connection, key: PointKey) -> int | None:
    """The override that holds for a point: it is prolonged, and what it restores stays."""
    row = connection.execute(
        f"SELECT id FROM overrides WHERE {_POINT} AND state <> 'ended'",  # noqa: S608 - as above
        key,
    ).fetchone()
    return None if row is None else int(row[0])


def _new_override(connection: sqlite3.Connection, override: Override) -> int | None:
    return connection.execute(
        "INSERT INTO overrides (source, device, point, value, restore_to, started, until,"
        " asked_by, state, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        _override_row(override),
    ).lastrowid


def _under_way(connection: sqlite3.Connection, key: PointKey) -> LoggedWrite | None:
    found = _writes(connection, f"{_POINT} AND outcome IS NULL", key)
    return found[0] if found else None


def _too_many(connection: sqlite3.Connection, write: LoggedWrite, limits: Limits) -> str | None:
    """Why one more would be too many within the last hour, None where it is not."""
    since = milliseconds(write.asked_at - _HOUR)
    counted = "SELECT count(*) FROM writes WHERE purpose = 'change' AND asked_at > ? AND source = ?"
    (of_source,) = connection.execute(counted, (since, write.key.source)).fetchone()
    if of_source >= limits.per_source:
        return (
            f"{of_source} changes were sent by {write.key.source} within the last hour, and "
            f"writes_per_hour allows {limits.per_source}: wait, or allow more."
        )
    (of_point,) = connection.execute(
        counted + " AND device = ? AND point = ?",
        (since, write.key.source, write.key.device, write.key.point),
    ).fetchone()
    if of_point >= limits.per_point:
        return (
            f"This setting was changed {of_point} times within the last hour, and "
            f"writes_per_point allows {limits.per_point}: wait, or allow more."
        )
    return None


def _insert(connection: sqlite3.Connection, write: LoggedWrite) -> LoggedWrite:
    number = connection.execute(
        "INSERT INTO writes (source, device, point, requested, before, after, asked_by, asked_at,"
        " sender, purpose, ended_at, outcome, detail, override, until, renewals, renewed_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        _write_row(write),
    ).lastrowid
    return replace(write, id=number or 0)


def _finish(connection: sqlite3.Connection, write: LoggedWrite, event: Event) -> bool:
    assert write.outcome is not None
    open_still = connection.execute(
        "UPDATE writes SET after = ?, ended_at = ?, outcome = ?, detail = ?"
        " WHERE id = ? AND outcome IS NULL AND sender = ?",
        (
            write.after,
            stored(write.ended_at),
            write.outcome.value,
            write.detail,
            write.id,
            write.sender,
        ),
    ).rowcount
    if not open_still:
        return False
    connection.execute(STORE_EVENT, event_row(event))
    if write.purpose is Purpose.RESTORE:
        _end_restore(connection, write, write.override)
    elif write.purpose is Purpose.CHANGE:
        _touch_overrides(connection, write)
    return True


def _touch_overrides(connection: sqlite3.Connection, write: LoggedWrite) -> None:
    """What an ended change means for the overrides of its point."""
    carried_out = write.outcome in (Outcome.CONFIRMED, Outcome.ACCEPTED)
    if write.override is None:
        if carried_out:
            connection.execute(
                "UPDATE overrides SET state = 'ended', detail = ?"  # noqa: S608 - as above
                f" WHERE {_POINT} AND state = 'active'",
                (f"It was set by {write.by} and stays so.", *write.key),
            )
    elif carried_out:
        connection.execute(
            "UPDATE overrides SET value = ?, until = ?, asked_by = ? WHERE id = ?",
            (write.requested, stored(write.until), write.by, write.override),
        )
    elif write.outcome is Outcome.REFUSED:
        first = "SELECT min(id) FROM writes WHERE override = ?"
        if connection.execute(first, (write.override,)).fetchone() == (write.id,):
            _end_override(connection, write.override, write.detail)


def _end_restore(connection: sqlite3.Connection, write: LoggedWrite, override: int | None) -> None:
    """Restored, or under way: it has ended. Refused or ignored: it is tried again later."""
    if override is None:
        return
    if write.outcome in (Outcome.CONFIRMED, Outcome.ACCEPTED):
        _end_override(connection, override, write.detail)
        return
    connection.execute(
        "UPDATE overrides SET state = 'active', detail = ? WHERE id = ? AND state = 'restoring'",
        (write.detail, override),
    )


def _end_override(connection: sqlite3.Connection, override: int, detail: str) -> bool:
    return bool(
        connection.execute(
            "UPDATE overrides SET state = 'ended', detail = ? WHERE id = ? AND state <> 'ended'",
            (detail, override),
        ).rowcount
    )


def _writes(
    connection: sqlite3.Connection, where: str, values: Sequence[object] = ()
) -> list[LoggedWrite]:
    query = f"SELECT {_WRITE} FROM writes WHERE {where}"  # noqa: S608 - as above
    return [_write_from(row) for row in connection.execute(query, values)]


def _write_row(write: LoggedWrite) -> Row:
    return (
        *write.key,
        write.requested,
        write.before,
        write.after,
        write.by,
        milliseconds(write.asked_at),
        write.sender,
        write.purpose.value,
        stored(write.ended_at),
        write.outcome and write.outcome.value,
        write.detail,
        write.override,
        stored(write.until),
        write.renewals,
        stored(write.renewed_at),
    )


def _write_from(row: Row) -> LoggedWrite:
    number, source, device, point, requested, before, after, by, asked_at, sender, *rest = row
    purpose, ended_at, outcome, detail, override, until, renewals, renewed_at = rest
    return LoggedWrite(
        key=PointKey(source, device, point),
        requested=requested,
        by=by,
        asked_at=instant(asked_at),
        sender=sender,
        before=before,
        after=after,
        purpose=Purpose(purpose),
        ended_at=told(ended_at),
        outcome=None if outcome is None else Outcome(outcome),
        detail=detail,
        override=override,
        until=told(until),
        renewals=renewals,
        renewed_at=told(renewed_at),
        id=number,
    )


def _override_row(override: Override) -> Row:
    return (
        *override.key,
        override.value,
        override.restore_to,
        milliseconds(override.started),
        milliseconds(override.until),
        override.by,
        override.state.value,
        override.detail,
    )


def _override_from(row: Row) -> Override:
    number, source, device, point, value, restore_to, started, until, by, state, detail = row
    return Override(
        key=PointKey(source, device, point),
        value=value,
        restore_to=restore_to,
        started=instant(started),
        until=instant(until),
        by=by,
        state=OverrideState(state),
        detail=detail,
        id=number,
    )
