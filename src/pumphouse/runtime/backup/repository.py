"""The folder of a backup: a mark of what it is, its key, packs of pieces, and snapshots.

Nothing in it ever changes: files are added whole, and removed when no snapshot needs them. Names
hold the hash of what they name, so a flipped bit anywhere is found without any key.
"""

import contextlib
import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from pumphouse.core.errors import StoreCorrupt, StoreError, UsageError
from pumphouse.runtime.backup.packs import Packs
from pumphouse.runtime.backup.sealing import Encrypted, Plain, Sealing
from pumphouse.runtime.backup.snapshot import Snapshot
from pumphouse.runtime.backup.whole_files import (
    digest_of,
    disk_problems,
    remove_drafts,
    settle_folder,
    write_whole,
)

__all__ = ["Repository", "create", "damaged_files", "open_existing"]

_MARK: Final = "pumphouse-backup.json"
#: by whether it is encrypted; the very bytes, so that damage is seen
_MARKS: Final = {
    False: b'{"format": 1, "encrypted": false}\n',
    True: b'{"format": 1, "encrypted": true}\n',
}
_HASH_SHOWN: Final = 16
#: what `_begin` leaves where it is killed: an identity without a mark, and drafts of the two
_BEGUN: Final = re.compile(
    rf"identity-[0-9a-f]{{{_HASH_SHOWN}}}\.age(\.\d+\.draft)?|{re.escape(_MARK)}\.\d+\.draft"
)
#: of UTC, in the order of time when it is sorted
_STAMP: Final = "%Y-%m-%dT%H%M%S-%fZ"
_MICROSECOND: Final = timedelta(microseconds=1)


class Repository:
    """A folder of backups, locked while it is used.

    Attributes:
        packs: where the pieces are.
    """

    def __init__(self, folder: Path, sealing: Sealing, *, encrypted: bool) -> None:
        self.folder = folder
        self.packs = Packs(folder / "packs", sealing)
        self._snapshots = folder / "snapshots"
        self._sealing = sealing
        self._suffix = ".json.age" if encrypted else ".json"
        self._encrypted = encrypted

    @property
    def names(self) -> list[str]:
        """The snapshots, oldest first."""
        found = self._snapshots.glob(f"*{self._suffix}")
        return sorted(path.name.removesuffix(self._suffix) for path in found)

    def save(self, snapshot: Snapshot) -> str:
        """Write a snapshot, whose pieces are all on the disk; its name.

        Raises:
            OSError: it cannot be written.
        """
        self._snapshots.mkdir(mode=0o700, exist_ok=True)
        remove_drafts(self._snapshots)
        text = snapshot.to_json()
        content = self._sealing.seal(text) if self._encrypted else text
        digest = hashlib.sha256(content).hexdigest()[:_HASH_SHOWN]
        name = f"{self._stamp(snapshot.taken)}-{digest}"
        write_whole(self._path(name), content)
        return name

    def _stamp(self, taken: datetime) -> str:
        """How a name begins: behind all others, even where a clock was put back."""
        last = self.names[-1].rpartition("-")[0] if self.names else ""
        stamp = f"{taken:{_STAMP}}"
        if stamp <= last:
            stamp = f"{datetime.strptime(last, _STAMP) + _MICROSECOND:{_STAMP}}"  # noqa: DTZ007  (as it is)
        return stamp

    def load(self, name: str) -> Snapshot:
        """One snapshot.

        Raises:
            StoreCorrupt: it is damaged.
        """
        path = self._path(name)
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest()[:_HASH_SHOWN] != name.rpartition("-")[2]:
            raise StoreCorrupt(f"the snapshot {path} is damaged: choose another by --snapshot")
        try:
            return Snapshot.from_json(self._sealing.unseal(content) if self._encrypted else content)
        except StoreCorrupt as problem:
            raise StoreCorrupt(f"{path}: {problem}") from None

    def recipes(self, snapshot: Snapshot) -> dict[bytes, list[bytes]]:
        """The pieces of each file of a snapshot, by the file's recipe.

        Raises:
            StoreCorrupt: a part of the backup is damaged.
        """
        wanted = {bytes.fromhex(file.recipe) for file in snapshot.files}
        size = hashlib.sha256().digest_size
        return {
            recipe: [listed[start : start + size] for start in range(0, len(listed), size)]
            for recipe, listed in self.packs.read(wanted)
        }

    def keep_newest(self, count: int) -> tuple[int, int]:
        """Remove all but the newest snapshots and what only they needed.

        Returns:
            how many snapshots went, and how many bytes became free.

        Raises:
            StoreCorrupt: one of those that stay is damaged; nothing was removed.
        """
        names = self.names
        needed: set[bytes] = set()
        for name in names[-count:]:
            for recipe, pieces in self.recipes(self.load(name)).items():
                needed |= {recipe, *pieces}
        for name in names[:-count]:
            self._path(name).unlink()
        if self._snapshots.exists():
            settle_folder(self._snapshots)
        return len(names[:-count]), self.packs.keep_only(needed)

    def _path(self, name: str) -> Path:
        return self._snapshots / f"{name}{self._suffix}"


@contextlib.contextmanager
def create(folder: Path, passphrase: str | None) -> Iterator[Repository]:
    """The backup in `folder`, to add to; a new one where there is none.

    Raises:
        UsageError: the folder holds something else, or the passphrase is missing or wrong.
        StoreError: it cannot be written, or somebody writes to it just now.
    """
    with disk_problems(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (folder / _MARK).exists():
            _begin(folder, passphrase)
        with _locked(folder, fcntl.LOCK_EX):
            repository = _opened(folder, passphrase)
            repository.packs.heal()
            repository.packs.open()
            yield repository


@contextlib.contextmanager
def open_existing(folder: Path, passphrase: str | None) -> Iterator[Repository]:
    """The backup in `folder`, to read; raises as `create`."""
    if not (folder / _MARK).exists():
        raise UsageError(f"{folder} holds no backup: name the folder that `pumphouse backup` made")
    with disk_problems(folder), _locked(folder, fcntl.LOCK_SH):
        repository = _opened(folder, passphrase)
        repository.packs.open()
        yield repository


def damaged_files(folder: Path) -> Iterator[Path]:
    """The packs and snapshots whose content is not what their names say; no key is needed."""
    for path in sorted((folder / "packs").glob("*.pack")):
        if digest_of(path) != path.stem:
            yield path
    for path in sorted((folder / "snapshots").glob("*.json*")):
        digest = path.name.partition(".")[0].rpartition("-")[2]
        if path.suffix != ".draft" and not digest_of(path).startswith(digest):
            yield path


def _begin(folder: Path, passphrase: str | None) -> None:
    """Make an empty backup; its mark comes last.

    What a beginning that was killed has left goes; whatever else is there is somebody else's.
    """
    found = [one for one in folder.iterdir() if not one.name.startswith(".")]
    leftovers = [one for one in found if _BEGUN.fullmatch(one.name)]
    if len(leftovers) < len(found):
        raise UsageError(f"{folder} holds other files already: name a new or empty folder")
    for leftover in leftovers:
        leftover.unlink()
    if passphrase is not None:
        _, wrapped = Encrypted.new(passphrase)
        name = f"identity-{hashlib.sha256(wrapped).hexdigest()[:_HASH_SHOWN]}.age"
        write_whole(folder / name, wrapped)
    write_whole(folder / _MARK, _MARKS[passphrase is not None])


def _opened(folder: Path, passphrase: str | None) -> Repository:
    mark = (folder / _MARK).read_bytes()
    if mark not in _MARKS.values():
        raise StoreCorrupt(
            f"{folder / _MARK} is damaged or of a newer Pumphouse; it should read"
            f" {_MARKS[False].decode().strip()}, or true where there is a passphrase"
        )
    if mark == _MARKS[False]:
        if passphrase is not None:
            raise UsageError(f"{folder} was begun without a passphrase: name another folder")
        return Repository(folder, Plain(), encrypted=False)
    if passphrase is None:
        raise UsageError(f"{folder} is encrypted: give its passphrase by --passphrase-file")
    return Repository(folder, _unlocked(folder, passphrase), encrypted=True)


def _unlocked(folder: Path, passphrase: str) -> Encrypted:
    wrapped = list(folder.glob("identity-*.age"))
    if len(wrapped) != 1:
        raise StoreCorrupt(f"{folder} should hold one file identity-….age but holds {len(wrapped)}")
    if digest_of(wrapped[0])[:_HASH_SHOWN] != wrapped[0].stem.rpartition("-")[2]:
        raise StoreCorrupt(f"{wrapped[0]} is damaged: put it back from a copy of this folder")
    return Encrypted.opened(wrapped[0].read_bytes(), passphrase)


@contextlib.contextmanager
def _locked(folder: Path, kind: int) -> Iterator[None]:
    """One process writes at a time; the lock of a process that dies is gone."""
    descriptor = os.open(folder / _MARK, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(
                f"another backup or restore uses {folder} just now: try again when it is done"
            ) from None
        yield
    finally:
        os.close(descriptor)
