"""The file: made private, opened, recognised, and brought to the newest layout."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Final

from pumphouse.core.errors import StoreCorrupt, StoreError, StoreReadOnly, StoreTooNew

__all__ = ["connect", "connect_reader", "create", "size", "snapshot", "transaction", "upgrade"]

#: "Pump": what marks an SQLite file as ours
APPLICATION_ID: Final = 0x50756D70
#: how long one process waits for another's transaction
BUSY_SECS: Final = 10.0
#: bytes of write-ahead log that stay on the disk for the next transactions
_LOG_KEPT: Final = 4 << 20
_OLDEST_SQLITE: Final = (3, 37, 0)


def create(path: Path) -> None:
    """Make the file (0600) and its folder (0700) where they do not exist yet.

    Raises:
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
        raise StoreReadOnly(
            f"the store {path} cannot be made ({problem.strerror}): give this user write "
            "permission to the folder, or set store.path to another place"
        ) from None


def connect(path: Path) -> sqlite3.Connection:
    """A connection that writes; `upgrade` makes it ready."""
    return _connect(path, "rw")


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that only reads."""
    return _connect(path, "ro")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECS,
        isolation_level=None,
        check_same_thread=False,  # each is used by one thread at a time, and closed by another
    )


def size(path: Path) -> int:
    """How many bytes the file takes, its write-ahead log included."""
    total = 0
    for suffix in ("", "-wal"):
        with contextlib.suppress(FileNotFoundError):
            total += Path(f"{path}{suffix}").stat().st_size
    return total


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
    """
    check(connection, path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {_LOG_KEPT}")
    with transaction(connection):
        known = check(connection, path)
        for script in _migrations()[known:]:
            for statement in _statements(script):
                connection.execute(statement)
        if known == len(_migrations()):
            return
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(_migrations())}")
        connection.execute(
            "INSERT INTO state (id, written_by, timezone, folded_until, samples)"
            " VALUES (1, :by, :timezone, 0, 0) ON CONFLICT DO UPDATE SET written_by = :by",
            {"by": version("pumphouse"), "timezone": timezone},
        )


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
