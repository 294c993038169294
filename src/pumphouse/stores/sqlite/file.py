"""The file: made private, opened, recognised, and brought to the newest layout."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Final

from pumphouse.core.disk import NO_ROOM
from pumphouse.core.errors import StoreCorrupt, StoreError, StoreReadOnly, StoreTooNew
from pumphouse.stores.sqlite import sums
from pumphouse.stores.sqlite.archive import Archive, StoreConnection
from pumphouse.stores.sqlite.problems import explained_write

__all__ = [
    "LOG_KEPT",
    "close",
    "connect",
    "connect_reader",
    "create",
    "log_size",
    "move",
    "settle",
    "size",
    "snapshot",
    "transaction",
    "upgrade",
]

#: "Pump": what marks an SQLite file as ours
APPLICATION_ID: Final = 0x50756D70
#: how long one process waits for another's transaction
BUSY_SECS: Final = 10.0
#: bytes of write-ahead log that stay on the disk for the next transactions
LOG_KEPT: Final = 4 << 20
#: a file is written anew where so many pages, and such a share of all, are empty
_UNUSED_PAGES: Final = 2000
_UNUSED_SHARE: Final = 0.25
_OLDEST_SQLITE: Final = (3, 37, 0)


def create(path: Path) -> None:
    """Make the file (0600) and its folder (0700) where they do not exist yet.

    Raises:
        StoreFull: there is no room for them.
        StoreReadOnly: they cannot be made.
        StoreError: something else is in the way, or SQLite is too old.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise StoreError(
            f"this Python brings SQLite {sqlite3.sqlite_version}, but the store needs 3.37 or newer"
        )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # An existing file is never opened and closed here: that would drop SQLite's locks on it.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        if path.is_dir() or not path.parent.is_dir():
            raise StoreError(
                f"store.path: {path} is no place for a file; name a file in a folder"
            ) from None
    except OSError as problem:
        if problem.errno in NO_ROOM:
            raise explained_write(problem, path) from None
        raise StoreReadOnly(
            f"the store {path} cannot be made ({problem.strerror}): give this user write "
            "permission to the folder, or set store.path to another place"
        ) from None


def connect(path: Path, archive: Archive) -> StoreConnection:
    """A connection that writes; `upgrade` makes it ready."""
    return _connect(path, "rw", archive)


def connect_reader(path: Path, archive: Archive) -> StoreConnection:
    """A connection that only reads."""
    return _connect(path, "ro", archive)


def _connect(path: Path, mode: str, archive: Archive) -> StoreConnection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECS,
        isolation_level=None,
        check_same_thread=False,  # each is used by one thread at a time, and closed by another
        factory=StoreConnection,
    )
    connection.archive = archive
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    return connection


def settle(connection: sqlite3.Connection, guard: sqlite3.Connection, path: Path) -> bool:
    """Move what is committed from the log into the file, sums first; whether all of it was moved.

    Nothing else ever moves it: `connect` has told SQLite so.

    Args:
        connection: which moves it.
        guard: another one, which keeps everybody from writing meanwhile.

    Raises:
        OSError: the sums cannot be written; nothing was moved.
    """
    guard.execute("BEGIN IMMEDIATE")
    try:
        return move(connection, path)
    finally:
        guard.execute("ROLLBACK")


def move(connection: sqlite3.Connection, path: Path) -> bool:
    """See `settle`; the caller keeps everybody from writing."""
    with sums.keeping_mark(path):
        sums.seal(path)
        _, logged, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return bool(logged == moved)


def size(path: Path) -> int:
    """How many bytes the file takes, its write-ahead log included."""
    total = 0
    for suffix in ("", "-wal"):
        with contextlib.suppress(FileNotFoundError):
            total += Path(f"{path}{suffix}").stat().st_size
    return total


def close(path: Path, connection: sqlite3.Connection, guard: sqlite3.Connection) -> None:
    """Settle and close both: where they are the last ones, SQLite moves what is left by itself.

    What must not be moved, because its sums find no room, stays in the log: it does where somebody
    who only reads closes last.
    """
    with contextlib.ExitStack() as last:
        try:
            if log_size(path):
                settle(connection, guard, path)
        except OSError:
            reader = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
            last.callback(reader.close)
            with contextlib.suppress(sqlite3.Error):
                reader.execute("SELECT 1 FROM sqlite_schema").fetchone()
        except sqlite3.Error:  # somebody else writes just now, so these are not the last ones
            pass
        finally:
            guard.close()
            connection.close()


def log_size(path: Path) -> int:
    """How many bytes the write-ahead log takes."""
    try:
        return Path(f"{path}-wal").stat().st_size
    except FileNotFoundError:
        return 0


def shrink(connection: sqlite3.Connection) -> None:
    """Write the file anew where much of it is empty; a disk without room for that is left alone."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (unused,) = connection.execute("PRAGMA freelist_count").fetchone()
    if unused > _UNUSED_PAGES and unused > pages * _UNUSED_SHARE:
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute("VACUUM")


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, and nobody else writes meanwhile."""
    yield from _between(connection, "BEGIN IMMEDIATE")


@contextlib.contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Several queries see the same state."""
    yield from _between(connection, "BEGIN")


def _between(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@cache
def _migrations() -> tuple[str, ...]:
    """The numbered scripts; the n-th makes version n of version n - 1."""
    folder = files("pumphouse.stores.sqlite") / "schema"
    scripts = sorted((script for script in folder.iterdir()), key=lambda script: script.name)
    return tuple(script.read_text("utf-8") for script in scripts if script.name.endswith(".sql"))


def upgrade(connection: sqlite3.Connection, path: Path, timezone: str) -> None:
    """Recognise the file and bring it to the newest layout, in one transaction.

    When a migration fails, the file is as it was before. From now on every commit waits for the
    disk: a poll can afford it, and a power cut then loses nothing.

    Raises:
        StoreTooNew: a newer version has written it.
        StoreCorrupt: it is another program's database.
        StoreError: what is in it does not go with the newest layout.
    """
    with snapshot(connection):  # another process may be making it just now
        check(connection, path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {LOG_KEPT}")
    with transaction(connection):
        known = check(connection, path)
        _migrate(connection, path, known)
        if known == len(_migrations()):
            return
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(_migrations())}")
        connection.execute(
            "INSERT INTO state (id, written_by, timezone, folded_until, samples)"
            " VALUES (1, :by, :timezone, 0, 0) ON CONFLICT DO UPDATE SET written_by = :by",
            {"by": version("pumphouse"), "timezone": timezone},
        )


def _migrate(connection: sqlite3.Connection, path: Path, known: int) -> None:
    """Carry out what is newer than a layout.

    Raises:
        StoreError: a statement does not go with what is in the file.
    """
    scripts = _migrations()[known:]
    try:
        for statement in chain.from_iterable(map(_statements, scripts)):
            connection.execute(statement)
    except sqlite3.Error as problem:
        if problem.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT}:
            raise  # the disk is full, or fails: that has its own words
        raise StoreError(
            f"the store {path} could not be brought from layout {known} to {known + len(scripts)}"
            f" ({problem}): it is as it was and goes on with the earlier version of Pumphouse;"
            " please report this"
        ) from problem


def check(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the store in the file, 0 where it is empty; raises as `upgrade` does."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (layout,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application != APPLICATION_ID and (application or layout or tables):
        raise StoreCorrupt(
            f"{path} is a database of another program: set store.path to another file; "
            "this one was left alone"
        )
    newest = len(_migrations())
    if layout > newest:
        raise StoreTooNew(
            f"the store {path} has layout {layout}, written by Pumphouse {_writer(connection)}; "
            f"this is Pumphouse {version('pumphouse')}, which knows layouts up to {newest}: "
            "install a newer Pumphouse, or choose another file as store.path"
        )
    return int(layout)


def _writer(connection: sqlite3.Connection) -> str:
    try:
        (by,) = connection.execute("SELECT written_by FROM state").fetchone()
    except sqlite3.DatabaseError:
        return "of a newer kind"
    return str(by)


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one: `executescript` would commit between them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
