"""Holding the file of a store still, so that it can be copied or checked while others use it.

What was committed moves from the write-ahead log into the file; then a transaction that reads keeps
everybody from moving more. Others go on reading and writing: what they write waits in the log.
"""

import contextlib
import hashlib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from pumphouse.core.errors import StoreCorrupt, StoreError
from pumphouse.stores.sqlite import file, sums, write_ahead_log
from pumphouse.stores.sqlite.archive import Archive, FiledMonth, StoreConnection, all_months
from pumphouse.stores.sqlite.problems import explained, explained_write

__all__ = ["Frozen", "damage", "damage_as_it_lies", "frozen"]

#: how long others may keep what is committed from moving into the file
_PATIENCE_SECS: Final = 60.0
_PAUSE_SECS: Final = 0.05
_PIECE: Final = 1 << 18
#: damaged pages that are told one by one
_SHOWN: Final = 20
_COPY: Final = "import shutil, sys; shutil.copyfileobj(open(sys.argv[1], 'rb'), sys.stdout.buffer)"


@dataclass(frozen=True, slots=True)
class Frozen:
    """A store that is held still.

    Attributes:
        layout: which version of the tables it has.
        timezone: whose days it holds.
        archive: the months that lie in files.
        connection: sees what is held, for queries.
        pages: which ones `checked_content` has found to be damaged.
        lost: the file of the checksums, where it is damaged itself.
        damage: the same, and what is wrong with the log, a sentence each.
    """

    path: Path
    connection: StoreConnection
    layout: int
    timezone: str
    archive: tuple[FiledMonth, ...]
    pages: list[int] = field(default_factory=list)
    lost: list[Path] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)

    def content(self) -> Iterator[bytes]:
        """The bytes of the file, a quarter of a megabyte at once.

        Raises:
            StoreCorrupt: the disk cannot read it.
        """
        return _content(self.path)

    def checked_content(self, now: datetime | None = None) -> Generator[bytes]:
        """The same, compared with the sums of the pages; pages without a sum are given one.

        Args:
            now: is noted where all is found whole.

        Raises:
            StoreCorrupt: the disk cannot read it.
        """
        changed_at = self.path.stat().st_mtime_ns
        try:
            known = sums.load(self.path)
        except StoreCorrupt as problem:
            self.damage.append(str(problem))
            self.lost.append(sums.sums_path(self.path))
            known = sums.PageSums()
        yield from sums.checked(known, self.content(), self.pages)
        self.damage.extend(self._sentences())
        if not self.damage:
            known.whole_at = int(now.timestamp()) if now is not None else known.whole_at
            with contextlib.suppress(OSError):  # the next time will do
                sums.save(self.path, known)
                sums.mark_untouched(self.path, changed_at)

    def _sentences(self) -> Iterator[str]:
        return _sentences(self.path, self.pages, self.tables_of_pages())

    def tables_of_pages(self) -> dict[int, str]:
        """What lies in the damaged pages, as far as SQLite can say."""
        if not self.pages:
            return {}
        with contextlib.suppress(sqlite3.DatabaseError):  # not every SQLite has this table
            found = self.connection.execute("SELECT pageno, name FROM dbstat")
            return {page: name for page, name in found if page in set(self.pages)}
        return {}


def _content(path: Path) -> Iterator[bytes]:
    """The bytes of a file, read by another process.

    A process that closes a file drops all of its locks on it, SQLite's own included.
    """
    command = [sys.executable, "-I", "-S", "-c", _COPY, str(path)]
    with subprocess.Popen(  # noqa: S603  (our own interpreter and code)
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        while piece := process.stdout.read(_PIECE):
            yield piece
    if process.returncode:
        raise StoreCorrupt(f"the store {path} cannot be read to its end by the disk")


def _sentences(path: Path, pages: Sequence[int], tables: Mapping[int, str]) -> Iterator[str]:
    for page in pages[:_SHOWN]:
        table = f" ({tables[page]})" if page in tables else ""
        yield (
            f"page {page}{table} of the store {path} has changed since it was written: the disk"
            " fails, or another program wrote there"
        )
    if len(pages) > _SHOWN:
        yield f"and so have {len(pages) - _SHOWN} more pages of it"


def damage_as_it_lies(path: Path) -> list[str]:
    """The damaged pages of a store that cannot be opened, a sentence each."""
    pages: list[int] = []
    with contextlib.suppress(StoreCorrupt):
        for _ in sums.checked(sums.load(path), _content(path), pages):
            pass
    return list(_sentences(path, pages, {}))


def damage(path: Path, now: datetime, stopped: Callable[[], bool]) -> list[str]:
    """What the disk has changed of a store and its archive, a sentence each; reads all bytes.

    Args:
        now: is noted where all is found whole.
        stopped: asked now and then whether nobody wants to know any more.

    Raises:
        StoreError: it cannot be looked at just now.
    """
    with frozen(path) as still, contextlib.closing(still.checked_content(now)) as content:
        try:
            for _ in content:
                if stopped():
                    return []
        except StoreCorrupt as problem:
            return [*still.damage, str(problem)]
        found = still.damage
        for sentence in _damaged_files(path.parent / "archive", still.archive):
            found += sentence
            if stopped():
                break
    return found


def _damaged_files(folder: Path, months: Sequence[FiledMonth]) -> Iterator[list[str]]:
    """What is wrong with each file, if anything is."""
    for month in months:
        path = folder / month.file
        try:
            with path.open("rb") as content:
                found = hashlib.file_digest(content, "sha256").hexdigest()
        except OSError as problem:
            yield [f"the archive file {path} cannot be read: {problem.strerror}"]
        else:
            is_whole = found == month.sha256
            yield [] if is_whole else [f"the archive file {path} has changed since it was written"]


@contextlib.contextmanager
def frozen(path: Path) -> Iterator[Frozen]:
    """Hold the file at `path` still, with everything in it that was committed until now.

    Raises:
        StoreError: it cannot be read, is no store, or others are never done with it.
    """
    if not path.is_file():
        raise StoreError(f"there is no store at {path} yet")
    archive = Archive(path.parent / "archive")
    log_damage = write_ahead_log.damage(path)
    try:
        holder, guard = file.connect(path, archive), file.connect(path, archive)
        try:
            with file.snapshot(holder):
                layout = file.check(holder, path)
            _hold(holder, guard, path)
            yield Frozen(
                path, holder, layout, _timezone(holder), _archived(holder), damage=log_damage
            )
        finally:
            if holder.in_transaction:
                holder.execute("ROLLBACK")
            file.close(path, holder, guard)
    except sqlite3.Error as problem:
        raise explained(problem, path) from problem


def _hold(holder: StoreConnection, guard: StoreConnection, path: Path) -> None:
    """Begin a transaction of `holder` at an instant when all that is committed is in the file."""
    until = time.monotonic() + _PATIENCE_SECS
    while True:
        guard.execute("BEGIN IMMEDIATE")
        try:
            if _move(holder, path):
                holder.execute("BEGIN")
                holder.execute("SELECT count(*) FROM sqlite_schema").fetchone()
                return
        finally:
            guard.execute("ROLLBACK")
        if time.monotonic() > until:
            raise StoreError(
                f"the store {path} was read without a pause for a minute: try again later"
            )
        time.sleep(_PAUSE_SECS)


def _move(holder: StoreConnection, path: Path) -> bool:
    try:
        return file.move(holder, path)
    except OSError as problem:
        raise explained_write(problem, path) from problem


def _timezone(connection: sqlite3.Connection) -> str:
    (timezone,) = connection.execute("SELECT timezone FROM state").fetchone()
    return str(timezone)


def _archived(connection: StoreConnection) -> tuple[FiledMonth, ...]:
    """The months in files; none in a layout that had no archive."""
    known = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'archive'").fetchone()
    return tuple(all_months(connection)) if known else ()
