"""One `run` for each store: two would read every source twice, and evict each other from clouds."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pumphouse.core.errors import StoreError

__all__ = ["alone"]


@contextmanager
def alone(store: Path) -> Iterator[None]:
    """Be the only one who serves the store at this path, until left or killed.

    Where a disk knows no locks, or has no room for the file that is locked, nobody is kept away:
    polling twice is better than not at all.

    Raises:
        StoreError: another process serves it.
    """
    try:
        lock = os.open(f"{store}-run", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError:
        yield
        return
    try:
        with suppress(OSError):
            _take(lock, store)
        yield
    finally:
        os.close(lock)


def _take(lock: int, store: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StoreError(
            f"another `pumphouse run` serves the store {store} already: stop that one first, or"
            " set store.path to another file"
        ) from None
