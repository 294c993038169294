"""Files that are on the disk wholly or not at all, and whose names tell what they must hold."""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pumphouse.core.disk import FORBIDDEN, NO_ROOM
from pumphouse.core.errors import StoreError, StoreFull, StoreReadOnly

__all__ = ["digest_of", "disk_problems", "remove_drafts", "settle_folder", "write_whole"]

_DRAFT: Final = ".draft"
_PIECE: Final = 1 << 20


def write_whole(path: Path, content: bytes) -> None:
    """Write a private file and wait until the disk has it, name included; replace what was there.

    Raises:
        OSError: it cannot be written; nothing is left of it.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}{_DRAFT}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        settle_folder(path.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def remove_drafts(folder: Path) -> None:
    """Remove what a process has left that was killed while it wrote."""
    for draft in folder.glob(f"*{_DRAFT}"):
        draft.unlink(missing_ok=True)


def settle_folder(folder: Path) -> None:
    """Wait until the disk has the names in a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def disk_problems(folder: Path) -> Iterator[None]:
    """Turn what a disk complains about into errors of our tree.

    Raises:
        StoreFull: there is no room left.
        StoreReadOnly: the folder cannot be written.
        StoreError: anything else.
    """
    try:
        yield
    except OSError as problem:
        if problem.errno in NO_ROOM:
            raise StoreFull(
                f"no room is left for {folder}: free some space; what was complete there still is"
            ) from problem
        if problem.errno in FORBIDDEN:
            raise StoreReadOnly(
                f"{folder} cannot be written or read: give this user permission, or choose another"
                " folder"
            ) from problem
        raise StoreError(f"{folder} cannot be used: {problem.strerror or problem}") from problem
