"""Taking a snapshot: the store as it is at one instant, its archive, the configuration."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from pumphouse.core.errors import StoreCorrupt
from pumphouse.runtime.backup.packs import Packs
from pumphouse.runtime.backup.repository import Repository, create
from pumphouse.runtime.backup.snapshot import BackedFile, Snapshot
from pumphouse.stores.sqlite.frozen import Frozen, frozen

__all__ = ["Backed", "Subject", "back_up"]

#: a day's readings lie in a page here and a page there: four pages at once change together
_PIECE: Final = 4 * 4096
_READ_AT_ONCE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Subject:
    """What is backed up.

    Attributes:
        store: the database; the folder `archive` beside it comes with it.
        configuration: the file, None where there is none.
        grants: the folder of the logins, None where they are left out.
    """

    store: Path
    configuration: Path | None
    grants: Path | None = None


@dataclass(frozen=True, slots=True)
class Backed:
    """What a backup came to.

    Attributes:
        snapshot: its name.
        files, bytes: what was backed up.
        written: bytes that were new and had to be written, compressed.
        removed: how many snapshots made room.
        damage: what is wrong with the store, its archive or older parts of the backup.
    """

    snapshot: str
    files: int
    bytes: int
    written: int
    removed: int
    damage: tuple[str, ...]


def back_up(
    subject: Subject,
    folder: Path,
    now: datetime,
    *,
    passphrase: str | None = None,
    keep: int | None = None,
    damaged: bool = False,
) -> Backed:
    """Add a snapshot to the backup in `folder`, while others may use the store.

    Args:
        folder: of this or earlier backups; a new one is made.
        passphrase: encrypts everything; the same one every time.
        keep: how many snapshots stay; all of them where it is None.
        damaged: take it even where something is known to be wrong.

    Raises:
        UsageError: the folder holds something else, or the passphrase is missing or wrong.
        StoreCorrupt: something is damaged and `damaged` is not given.
        StoreError: the store cannot be read, or the folder cannot be written.
    """
    with create(folder, passphrase) as repository:
        snapshot = _taken(subject, repository, now)
        if snapshot.damage and not damaged:
            raise StoreCorrupt(
                f"{snapshot.damage[0]}; nothing was backed up, and earlier backups stay as they"
                " are: see `pumphouse check --deep`, or add --damaged"
            )
        repository.packs.flush()
        name = repository.save(snapshot)
        removed, obstacle = _make_room(repository, keep)
        aside = tuple(
            f"{path} was damaged and set aside as {path.stem}.damaged; snapshots that need it are"
            " no longer whole, but for what this one has stored anew"
            for path in repository.packs.damaged
        )
        return Backed(
            name,
            len(snapshot.files),
            sum(file.bytes for file in snapshot.files),
            repository.packs.written,
            removed,
            snapshot.damage + aside + obstacle,
        )


def _make_room(repository: Repository, keep: int | None) -> tuple[int, tuple[str, ...]]:
    """Remove old snapshots: how many, and what kept them; the new one is complete all the same."""
    if keep is None:
        return 0, ()
    try:
        return repository.keep_newest(keep)[0], ()
    except StoreCorrupt as problem:
        return 0, (f"the new snapshot is complete, but no older one was removed: {problem}",)


def _taken(subject: Subject, repository: Repository, now: datetime) -> Snapshot:
    """Bring every file's pieces into the packs."""
    packs = repository.packs
    with frozen(subject.store) as still:
        files = [_add(packs, subject.store.name, still.checked_content())]
        archived, damage = _add_archive(packs, subject, still)
    files += archived
    damage = still.damage + damage
    if subject.configuration is not None and subject.configuration.is_file():
        files.append(_add(packs, "pumphouse.toml", _content(subject.configuration)))
    if subject.grants is not None and subject.grants.is_dir():
        files += [
            _add(packs, f"grants/{path.name}", _content(path))
            for path in sorted(subject.grants.iterdir())
            if path.is_file()
        ]
    return Snapshot(
        now,
        version("pumphouse"),
        still.layout,
        subject.store.name,
        still.timezone,
        tuple(damage),
        tuple(files),
    )


def _add_archive(
    packs: Packs, subject: Subject, still: Frozen
) -> tuple[list[BackedFile], list[str]]:
    """The files of the archive, and what is wrong with them."""
    files: list[BackedFile] = []
    damage: list[str] = []
    folder = subject.store.parent / "archive"
    for month in still.archive:
        path = folder / month.file
        if not path.is_file():
            damage.append(f"the archive file {path} is missing")
            continue
        files.append(_add(packs, f"archive/{month.file}", _content(path)))
        if files[-1].sha256 != month.sha256:
            damage.append(f"the archive file {path} has changed since it was written")
    return files, damage


def _add(packs: Packs, name: str, content: Iterable[bytes]) -> BackedFile:
    """Cut a file into pieces and keep these."""
    whole = hashlib.sha256()
    size = 0
    pieces: list[bytes] = []
    for part in _regular(content):
        whole.update(part)
        size += len(part)
        pieces += [packs.add(part[start : start + _PIECE]) for start in range(0, len(part), _PIECE)]
    recipe = packs.add(b"".join(pieces))
    return BackedFile(name, size, whole.hexdigest(), recipe.hex())


def _regular(content: Iterable[bytes]) -> Iterator[bytes]:
    """The same in parts whose size is a multiple of a piece, but for the last."""
    rest = b""
    for part in content:
        rest += part
        whole = len(rest) - len(rest) % _PIECE
        if whole:
            yield rest[:whole]
            rest = rest[whole:]
    if rest:
        yield rest


def _content(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(_READ_AT_ONCE):
            yield part
