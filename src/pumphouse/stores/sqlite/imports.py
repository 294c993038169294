"""How far imports have come."""

import sqlite3

from pumphouse.core.ports import ImportProgress
from pumphouse.stores.sqlite.instants import instant, milliseconds

__all__ = ["progress", "save"]


def progress(connection: sqlite3.Connection, identity: str) -> ImportProgress | None:
    """What is known of one import; None where it never began."""
    row = connection.execute(
        "SELECT place, position, read, stored, already, rejected, finished, updated"
        " FROM imports WHERE identity = ?",
        (identity,),
    ).fetchone()
    if row is None:
        return None
    place, position, read, stored, already, rejected, finished, updated = row
    return ImportProgress(
        identity,
        place,
        position,
        read=read,
        stored=stored,
        already=already,
        rejected=rejected,
        finished=bool(finished),
        updated=instant(updated),
    )


def save(connection: sqlite3.Connection, one: ImportProgress) -> None:
    """Replace what is known of one import."""
    connection.execute(
        "INSERT OR REPLACE INTO imports (identity, place, position, read, stored, already,"
        " rejected, finished, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            one.identity,
            one.place,
            one.position,
            one.read,
            one.stored,
            one.already,
            one.rejected,
            one.finished,
            milliseconds(one.updated),
        ),
    )
