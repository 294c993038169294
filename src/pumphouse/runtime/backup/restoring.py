"""Bringing a snapshot back: into a folder of its own, checked before it gets its name."""

import asyncio
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pumphouse.core.errors import StoreCorrupt, UsageError
from pumphouse.core.model import Site
from pumphouse.core.ports import Clock
from pumphouse.runtime.backup.repository import Repository, open_existing
from pumphouse.runtime.backup.snapshot import Snapshot
from pumphouse.runtime.backup.whole_files import digest_of, disk_problems, settle_folder
from pumphouse.stores.sqlite import open_store

__all__ = ["Restored", "restore", "snapshots"]

_PIECE: Final = 4 * 4096


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore came to.

    Attributes:
        snapshot: the name of the one that was restored.
        store: the database that can be used now.
        files, readings: what came back.
        problems: what is wrong with it, as it was when it was backed up.
    """

    snapshot: str
    store: Path
    files: int
    readings: int
    problems: tuple[str, ...]


def snapshots(folder: Path, *, passphrase: str | None = None) -> Mapping[str, Snapshot | None]:
    """The snapshots of a backup by name, oldest first; None where one is damaged.

    Raises:
        UsageError: there is no backup, or the passphrase is missing or wrong.
    """
    with open_existing(folder, passphrase) as repository:
        return {name: _loaded(repository, name) for name in repository.names}


def _loaded(repository: Repository, name: str) -> Snapshot | None:
    try:
        return repository.load(name)
    except StoreCorrupt:
        return None


def restore(
    folder: Path,
    to: Path,
    clock: Clock,
    *,
    passphrase: str | None = None,
    name: str | None = None,
) -> Restored:
    """Build what a snapshot holds in the new folder `to`, and check it.

    Nothing appears there before every hash is right and the store's own check is content. Called
    in a thread without an event loop.

    Args:
        to: must not exist yet, or be empty.
        name: of the snapshot, or how it begins; the newest where it is None.

    Raises:
        UsageError: no such snapshot or folder, or `to` holds something.
        StoreCorrupt: the backup is damaged; it says where.
        StoreError: the folder cannot be written.
    """
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UsageError(f"{to} holds something already: name a new folder, nothing was changed")
    with (
        disk_problems(to.parent),
        open_existing(folder, passphrase) as repository,
        _draft(to) as draft,
    ):
        chosen = _chosen(repository, name)
        snapshot = repository.load(chosen)
        _build(repository, snapshot, draft)
        readings, problems = asyncio.run(_examined(draft / snapshot.store, snapshot, clock))
        if problems and not snapshot.damage:
            raise StoreCorrupt(f"the snapshot {chosen} is not whole: {problems[0]}")
        _settle(draft)
        draft.replace(to)
        settle_folder(to.parent)
    return Restored(chosen, to / snapshot.store, len(snapshot.files), readings, tuple(problems))


@contextmanager
def _draft(to: Path) -> Iterator[Path]:
    """A private folder beside `to`, gone at the end where it was not renamed."""
    draft = to.with_name(f".{to.name}.restoring")
    shutil.rmtree(draft, ignore_errors=True)  # a restore that was killed has left it
    draft.mkdir(mode=0o700, parents=True)
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _chosen(repository: Repository, name: str | None) -> str:
    names = repository.names
    if not names:
        raise UsageError(f"{repository.folder} holds no snapshot yet")
    if name is None:
        return names[-1]
    found = [one for one in names if one.startswith(name)]
    if len(found) != 1:
        listed = ", ".join(found or names)
        raise UsageError(f'"{name}" is no snapshot or more than one; there are: {listed}')
    return found[0]


def _build(repository: Repository, snapshot: Snapshot, folder: Path) -> None:
    """Write the files of a snapshot pack by pack, and compare their hashes."""
    recipes = repository.recipes(snapshot)
    places: dict[bytes, list[tuple[Path, int]]] = {}
    for file in snapshot.files:
        path = folder / file.name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        for number, piece in enumerate(recipes[bytes.fromhex(file.recipe)]):
            places.setdefault(piece, []).append((path, number * _PIECE))
    for piece, content in repository.packs.read(places.keys()):
        _put(places[piece], content)
    for file in snapshot.files:
        if digest_of(folder / file.name) != file.sha256:
            raise StoreCorrupt(f"{file.name} did not come back as it was: choose another snapshot")


def _put(places: Sequence[tuple[Path, int]], content: bytes) -> None:
    for path, start in places:
        with path.open("r+b") as file:
            file.seek(start)
            file.write(content)


async def _examined(path: Path, snapshot: Snapshot, clock: Clock) -> tuple[int, list[str]]:
    """How many readings a restored store holds, and what is wrong with it."""
    site = Site(timezone=snapshot.timezone)
    async with open_store(path, site=site, clock=clock) as store:
        return (await store.figures()).readings, list(await store.check())


def _settle(folder: Path) -> None:
    """Wait until the disk has everything below a folder."""
    for path in folder.rglob("*"):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    settle_folder(folder)
