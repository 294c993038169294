"""Who is responsible for a change: a process that lives, which the operating system knows."""

import contextlib
import fcntl
import os
import re
import secrets
from pathlib import Path
from typing import Final

from pumphouse.core.disk import NO_ROOM
from pumphouse.core.errors import StoreFull, StoreReadOnly

__all__ = ["Sender"]

_NAME: Final = re.compile(r"[0-9a-f]{16}")


class Sender:
    """This process's name in the log of changes, and whether others still live.

    A sender holds a lock on a file of its name. The lock ends with the process, however that ends,
    and is seen from every process that sees the folder.

    Args:
        folder: beside the store; made when something is sent for the first time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: int | None = None
        self.name: Final = secrets.token_hex(8)

    def claim(self) -> None:
        """Begin to be known as living.

        Raises:
            StoreFull: there is no room for its file.
            StoreReadOnly: the folder cannot be written.
        """
        if self._lock is not None:
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self._path(self.name), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            if problem.errno in NO_ROOM:
                raise StoreFull(
                    f"no room is left for {self._folder}: free some space; nothing is sent before"
                ) from None
            raise StoreReadOnly(
                f"the folder {self._folder} cannot be written ({problem.strerror}): give this "
                "user write permission; nothing is sent without it"
            ) from None
        self._lock = lock

    def lives(self, name: str) -> bool:
        """Whether the sender called `name` still runs."""
        if name == self.name:
            return True
        if not _NAME.fullmatch(name):
            return False
        try:
            lock = os.open(self._path(name), os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        else:
            self._path(name).unlink(missing_ok=True)
            return False
        finally:
            os.close(lock)

    def release(self) -> None:
        """End being known as living."""
        if self._lock is not None:
            with contextlib.suppress(OSError):
                self._path(self.name).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def _path(self, name: str) -> Path:
        return self._folder / name
