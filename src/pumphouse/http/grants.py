"""Grants on disk: one small file per source, atomic, private, locked across processes."""

import asyncio
import contextlib
import errno
import fcntl
import json
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from pumphouse.core.disk import NO_ROOM
from pumphouse.core.errors import LoginRequired, PermanentError, TransientError
from pumphouse.core.grant import Grant
from pumphouse.core.ports import Clock, SystemClock
from pumphouse.http.problems import login_hint

__all__ = ["FileGrantStore"]

_ROOM_BYTES = 16 * 1024  # more than any grant needs
_FIRST_POLL_SECS, _LONGEST_POLL_SECS = 0.005, 0.1
_LOCK_PATIENCE_SECS = 120.0  # a refresh that hangs ends by its own time-out before that

T = TypeVar("T")
_Stamp = tuple[int, int, int]


class FileGrantStore:
    """A `core.grant.GrantStore` in a folder that only its owner can read.

    A grant is written to a second file, forced to disk and renamed over the first, so that every
    instant leaves a whole file. Writers hold a lock (`flock`) that the kernel takes away from a
    process that dies. A crash between writing and renaming leaves the newer grant in the second
    file; the next writer puts it in place, because with a vendor that rotates refresh tokens the
    first file's may be dead already.

    All methods raise `LoginRequired` for a damaged file, `TransientError` for a full disk and
    `PermanentError` for a folder that cannot be used.
    """

    def __init__(self, folder: Path, *, clock: Clock | None = None) -> None:
        self._folder = folder
        self._clock = clock or SystemClock()
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._known: dict[str, tuple[_Stamp, Grant]] = {}

    async def load(self, source: str) -> Grant | None:
        """See `GrantStore.load`. Reads the file only when it has changed."""
        return self._read(source)

    async def save(self, source: str, grant: Grant) -> Grant:
        """See `GrantStore.save`. A damaged file is replaced."""
        async with self._exclusive(source):
            try:
                saved = self._read(source)
            except LoginRequired:
                saved = None
            with self._reserve(source):
                return await self._commit(source, grant, saved)

    async def forget(self, source: str) -> bool:
        """See `GrantStore.forget`."""
        async with self._exclusive(source):
            self._known.pop(source, None)
            with self._sentences():
                self._next(source).unlink(missing_ok=True)
                existed = self._path(source).exists()
                self._path(source).unlink(missing_ok=True)
                self._sync_folder()
            return existed

    async def replace(
        self,
        source: str,
        seen: int,
        renew: Callable[[Grant | None], Awaitable[Grant]],
    ) -> Grant:
        """See `GrantStore.replace`."""
        async with self._exclusive(source):
            saved = self._read(source)
            if saved is not None and saved.generation != seen:
                return saved
            with self._reserve(source):
                return await self._commit(source, await renew(saved), saved)

    # Locking

    @contextlib.asynccontextmanager
    async def _exclusive(self, source: str) -> AsyncIterator[None]:
        """Hold the source's lock against other tasks and other processes."""
        async with self._locks[source]:
            with self._sentences():
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                lock = os.open(self._file(source, "lock"), os.O_RDWR | os.O_CREAT, 0o600)
            try:
                await self._flock(source, lock)
                self._recover(source)
                yield
            finally:
                os.close(lock)  # closing unlocks

    async def _flock(self, source: str, lock: int) -> None:
        """Take the file lock without blocking the event loop."""
        patience = self._clock.monotonic() + _LOCK_PATIENCE_SECS
        pause = _FIRST_POLL_SECS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if self._clock.monotonic() > patience:
                    raise TransientError(
                        f"Another Pumphouse process has been renewing the login of '{source}' for "
                        f"{_LOCK_PATIENCE_SECS:.0f} s; it seems to be stuck."
                    ) from None
                await self._clock.sleep(pause)
                pause = min(2 * pause, _LONGEST_POLL_SECS)
            else:
                return

    # Reading

    def _read(self, source: str) -> Grant | None:
        path = self._path(source)
        with self._sentences():
            try:
                stat = path.stat()
                stamp = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
                known = self._known.get(source)
                if known is not None and known[0] == stamp:
                    return known[1]
                text = path.read_bytes()
            except FileNotFoundError:
                self._known.pop(source, None)
                return None
        grant = _decode(text)
        if grant is None:
            raise LoginRequired(
                f"The saved login of '{source}' is damaged ({path}). {login_hint(source)}"
            )
        self._known[source] = (stamp, grant)
        return grant

    def _recover(self, source: str) -> None:
        """Finish or remove what a crashed writer left behind."""
        left = self._next(source)
        with self._sentences():
            try:
                successor = _decode(left.read_bytes())
            except FileNotFoundError:
                return
            try:
                saved = self._read(source)
            except LoginRequired:
                saved = None
            expected = 1 if saved is None else saved.generation + 1
            if successor is not None and successor.generation == expected:
                self._publish(source)
            else:
                left.unlink(missing_ok=True)

    # Writing

    @contextlib.contextmanager
    def _reserve(self, source: str) -> Iterator[None]:
        """Make sure there is room on disk before the vendor is asked for a new grant.

        The vendor may void the old refresh token as it answers: too late to find the disk full.
        """
        left = self._next(source)
        with self._sentences():
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            file = os.open(left, flags, 0o600)
            with os.fdopen(file, "wb") as reserve:
                os.fchmod(file, 0o600)
                reserve.write(bytes(_ROOM_BYTES))
        try:
            yield
        finally:
            left.unlink(missing_ok=True)  # renamed away after success

    async def _commit(self, source: str, grant: Grant, saved: Grant | None) -> Grant:
        """Write and rename off the event loop; once begun it is finished, cancelled or not."""
        numbered = replace(grant, generation=1 if saved is None else saved.generation + 1)
        task = asyncio.ensure_future(asyncio.to_thread(self._write, source, _encode(numbered)))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task})
            task.exception()  # has been looked at: the cancellation is what the caller learns
            raise
        return numbered

    def _write(self, source: str, text: bytes) -> None:
        with self._sentences():
            file = os.open(self._next(source), os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                os.pwrite(file, text, 0)
                os.ftruncate(file, len(text))
                os.fsync(file)
            finally:
                os.close(file)
            self._publish(source)

    def _publish(self, source: str) -> None:
        """Put the second file in the place of the first."""
        self._next(source).replace(self._path(source))
        self._sync_folder()

    def _sync_folder(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    # Names and sentences

    def _file(self, source: str, suffix: str) -> Path:
        return self._folder / f"{quote(source, safe='')}.{suffix}"

    def _path(self, source: str) -> Path:
        return self._file(source, "json")

    def _next(self, source: str) -> Path:
        return self._file(source, "next")

    @contextlib.contextmanager
    def _sentences(self) -> Iterator[None]:
        """Turn what the operating system refuses into a sentence."""
        try:
            yield
        except OSError as error:
            if error.errno in NO_ROOM:
                raise TransientError(
                    f"No room is left for logins in {self._folder}: free some space; the vendor is"
                    " not asked for a new one before, and the saved one stays."
                ) from None
            why = os.strerror(error.errno or errno.EIO)
            place = error.filename or self._folder
            raise PermanentError(
                f"Logins cannot be kept in {self._folder}: {why} ({place}). "
                "The user that runs Pumphouse must own this folder, and its disk needs room."
            ) from None


def _encode(grant: Grant) -> bytes:
    fields = {
        "access_token": grant.access_token,
        "refresh_token": grant.refresh_token,
        "kind": grant.kind,
        "scope": sorted(grant.scope),
        "expires_at": grant.expires_at.isoformat(),
        "generation": grant.generation,
    }
    return json.dumps(fields, indent=1).encode()


def _decode(text: bytes) -> Grant | None:
    """The grant in a file's text; None where it is not whole."""
    try:
        fields = json.loads(text)
        scope = frozenset(_typed(entry, str) for entry in _typed(fields["scope"], list))
        expires_at = datetime.fromisoformat(_typed(fields["expires_at"], str))
        grant = Grant(
            access_token=_typed(fields["access_token"], str),
            kind=_typed(fields["kind"], str),
            scope=scope,
            expires_at=expires_at,
            refresh_token=fields["refresh_token"] and _typed(fields["refresh_token"], str),
            generation=_typed(fields["generation"], int),
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return grant if expires_at.tzinfo is not None else None


def _typed(value: object, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise TypeError(kind.__name__)
    return value
