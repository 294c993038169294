"""Alarms: which last, who has taken note of them, and what was told about them."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pumphouse.core.model import Event, Interval
from pumphouse.core.ports import Acknowledgement, Told
from pumphouse.stores.sqlite.instants import first_at, instant, milliseconds
from pumphouse.stores.sqlite.rows import event_from, stored, told

__all__ = [
    "acknowledge",
    "acknowledgements",
    "ended",
    "enrol_teller",
    "found",
    "lasting",
    "save_told",
    "told_by",
]

_EVENT: Final = "SELECT source, id, time, kind, title, device, severity, ended, detail FROM events"
_LASTING: Final = f"""
    {_EVENT} WHERE ended IS NULL AND kind IN ('alarm', 'sensor') ORDER BY time, source, id"""
_ENDED: Final = f"""
    {_EVENT} WHERE ended IS NOT NULL AND ended >= ? AND ended < ? ORDER BY ended, source, id"""
_FOUND: Final = f"{_EVENT} WHERE id = ? ORDER BY time DESC, source"


def lasting(connection: sqlite3.Connection) -> list[Event]:
    """See `core.ports.AlarmLog.lasting_events`."""
    return [event_from(row) for row in connection.execute(_LASTING)]


def ended(connection: sqlite3.Connection, interval: Interval) -> list[Event]:
    """See `core.ports.AlarmLog.ended_events`."""
    bounds = first_at(interval.start), first_at(interval.end)
    return [event_from(row) for row in connection.execute(_ENDED, bounds)]


def found(connection: sqlite3.Connection, name: str) -> list[Event]:
    """See `core.ports.AlarmLog.find_events`."""
    return [event_from(row) for row in connection.execute(_FOUND, (name,))]


def acknowledge(connection: sqlite3.Connection, given: Sequence[Acknowledgement]) -> None:
    """See `core.ports.AlarmLog.acknowledge`."""
    connection.executemany(
        "INSERT OR IGNORE INTO acknowledgements (source, id, time, by) VALUES (?, ?, ?, ?)",
        [(one.source or "", one.id, milliseconds(one.time), one.by) for one in given],
    )


def acknowledgements(connection: sqlite3.Connection) -> list[Acknowledgement]:
    """See `core.ports.AlarmLog.acknowledgements`."""
    rows = connection.execute(
        "SELECT source, id, time, by FROM acknowledgements ORDER BY time, source, id"
    )
    return [Acknowledgement(source or None, key, instant(at), by) for source, key, at, by in rows]


def enrol_teller(connection: sqlite3.Connection, sink: str, now: datetime) -> datetime:
    """See `core.ports.AlarmLog.enrol_teller`."""
    connection.execute(
        "INSERT OR IGNORE INTO tellers (sink, since) VALUES (?, ?)", (sink, milliseconds(now))
    )
    ((since,),) = connection.execute("SELECT since FROM tellers WHERE sink = ?", (sink,))
    return instant(since)


def told_by(connection: sqlite3.Connection, sink: str) -> list[Told]:
    """See `core.ports.AlarmLog.told`."""
    rows = connection.execute(
        "SELECT alarm, lasting, began, ended FROM told WHERE sink = ? ORDER BY alarm", (sink,)
    )
    return [Told(alarm, bool(last), told(began), told(over)) for alarm, last, began, over in rows]


def save_told(connection: sqlite3.Connection, sink: str, given: Sequence[Told]) -> None:
    """See `core.ports.AlarmLog.save_told`."""
    connection.executemany(
        """INSERT OR REPLACE INTO told (sink, alarm, lasting, began, ended)
        VALUES (?, ?, ?, ?, ?)""",
        [(sink, one.alarm, one.lasting, stored(one.began), stored(one.ended)) for one in given],
    )
