"""What SQLite complains about, in words for people: one table."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pumphouse.core.disk import FORBIDDEN, NO_ROOM
from pumphouse.core.errors import (
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreReadOnly,
)

__all__ = ["explained", "explained_write", "explaining"]

_READ_ONLY: Final = (
    "the store {path} cannot be written: give this user write permission to the file and its "
    "folder, or set store.path to another place"
)
_FULL: Final = (
    "no room is left for the store {path}: free some space; what was stored before is safe"
)
_DAMAGED: Final = (
    "the store {path} is damaged ({reason}): stop the program, keep a copy of the file, and put "
    "back a backup or set store.path to a new file"
)
_FOREIGN: Final = (
    "{path} is not a Pumphouse store: set store.path to another file; this one was left alone"
)
_LOCKED: Final = "another program keeps the store {path} locked: try again when it is done"
_OTHER: Final = "the store {path} cannot be used: {reason}"

#: by SQLite's extended result code where it is listed, else by its primary code
_TABLE: Final[dict[int, tuple[type[StoreError], str]]] = {
    sqlite3.SQLITE_NOTADB: (StoreCorrupt, _FOREIGN),
    sqlite3.SQLITE_CORRUPT: (StoreCorrupt, _DAMAGED),
    sqlite3.SQLITE_FULL: (StoreFull, _FULL),
    # A quota or a file size limit ends so; a full disk too, where the -shm file cannot grow.
    sqlite3.SQLITE_IOERR_WRITE: (StoreFull, _FULL),
    sqlite3.SQLITE_IOERR_SHMSIZE: (StoreFull, _FULL),
    sqlite3.SQLITE_READONLY: (StoreReadOnly, _READ_ONLY),
    sqlite3.SQLITE_CANTOPEN: (StoreReadOnly, _READ_ONLY),
    sqlite3.SQLITE_PERM: (StoreReadOnly, _READ_ONLY),
    sqlite3.SQLITE_BUSY: (StoreError, _LOCKED),
    sqlite3.SQLITE_INTERRUPT: (StoreError, "the store {path} was closed meanwhile"),
}


def explained(problem: sqlite3.Error, path: Path) -> StoreError:
    """The error of our tree that says what `problem` means and what to do about it."""
    code: int = getattr(problem, "sqlite_errorcode", 0)
    kind, sentence = _TABLE.get(code) or _TABLE.get(code & 0xFF) or (StoreError, _OTHER)
    return kind(sentence.format(path=path, reason=problem))


#: pyarrow tells the number in its words only
_ERRNO: Final = re.compile(r"\[[Ee]rrno (\d+)\]")


@contextmanager
def explaining(place: Path) -> Iterator[None]:
    """Turn what a disk complains about files beside the database into errors of our tree.

    Raises:
        StoreFull: there is no room left.
        StoreReadOnly: the place cannot be written.
        StoreError: anything else.
    """
    try:
        yield
    except OSError as problem:
        raise explained_write(problem, place) from problem


def explained_write(problem: OSError, folder: Path) -> StoreError:
    """The error of our tree for a file beside the database that cannot be written."""
    told = _ERRNO.search(str(problem))
    number = problem.errno or (int(told[1]) if told else 0)
    if number in NO_ROOM:
        return StoreFull(_FULL.format(path=folder))
    if number in FORBIDDEN:
        return StoreReadOnly(_READ_ONLY.format(path=folder))
    return StoreError(_OTHER.format(path=folder, reason=problem.strerror or type(problem).__name__))
