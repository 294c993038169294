"""Threads and connections of an opened store: one thread that writes, a few that read."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Final, TypeVar

from pumphouse.core.errors import StoreCorrupt
from pumphouse.core.ports import Clock
from pumphouse.stores.sqlite import file, sums, write_ahead_log
from pumphouse.stores.sqlite.archive import Archive, StoreConnection
from pumphouse.stores.sqlite.frozen import damage
from pumphouse.stores.sqlite.problems import explained
from pumphouse.stores.sqlite.writer import Writer

__all__ = ["Connections"]

T = TypeVar("T")

_READERS: Final = 2


class Connections:
    """Threads and connections between entering and leaving a store."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._writing = ThreadPoolExecutor(1, "store-writer")
        self._reading = ThreadPoolExecutor(_READERS, "store-reader")
        self._idle: SimpleQueue[StoreConnection] = SimpleQueue()
        self._connections: list[StoreConnection] = []
        self._archive = Archive(path.parent / "archive")
        self._tried_at = 0
        self._refused = False
        self._is_ours = False
        self._log_damage: list[str] = []

    def start(self, timezone: str) -> None:
        """Open the file; runs in the writing thread."""
        file.create(self._path)
        # SQLite forgets what it does not believe of a log as soon as it opens it.
        self._log_damage = write_ahead_log.damage(self._path)
        connection = file.connect(self._path, self._archive)
        self._connections.append(connection)
        guard = file.connect(self._path, self._archive)
        self._connections.append(guard)
        guard.execute("PRAGMA busy_timeout = 0")
        file.upgrade(connection, self._path, timezone)
        self._is_ours = True
        self.writer = Writer(connection, self._path, self._clock)
        self.writer.adopt_zone(timezone)
        for _ in range(_READERS):
            reader = file.connect_reader(self._path, self._archive)
            self._connections.append(reader)
            self._idle.put(reader)

    async def write(self, change: Callable[[], T]) -> T:
        """Carry out `change` in the writing thread, one after the other.

        Behind one that failed it has to be shown first that writing is possible: not every change
        needs room, but whoever asks for one wants to know whether there is some.
        """

        def change_and_move() -> T:
            done = self._watched(change)
            size = file.log_size(self._path)
            if size > max(file.LOG_KEPT, 2 * self._tried_at):
                self._tried_at = 0 if self._move() else size
            return done

        return await self._run(self._writing, change_and_move)

    def _watched(self, change: Callable[[], T]) -> T:
        """Carry out a change, and remember whether it failed."""
        if self._refused:
            self.writer.make_sure()
            self._refused = False
        try:
            return change()
        except sqlite3.Error:
            self._refused = True
            raise

    def _move(self) -> bool:
        """Move what is committed from the log into the file; whether all of it could be.

        What is committed is safe in the log too: where it cannot be moved, it is tried again.
        """
        writer, guard, *_ = self._connections
        try:
            return file.settle(writer, guard, self._path)
        except (sqlite3.Error, OSError):
            return False

    async def read(self, query: Callable[[StoreConnection], T]) -> T:
        """Answer `query` in a reading thread, from one state of the file."""

        def answer() -> T:
            connection = self._idle.get()
            try:
                with file.snapshot(connection):
                    return query(connection)
            finally:
                self._idle.put(connection)

        return await self._run(self._reading, answer)

    async def damage(self, known_for: timedelta | None) -> Sequence[str]:
        """See `core.ports.Store.damage`."""
        now, stop = self._clock.now(), threading.Event()

        def look() -> list[str]:
            if known_for is not None and not self._log_damage:
                since = now - known_for
                if sums.is_known_whole(self._path, since.timestamp(), now.timestamp()):
                    return []
            found = damage(self._path, now, stop.is_set)
            return list(dict.fromkeys(self._log_damage + found))

        try:
            return await asyncio.to_thread(look)
        finally:
            stop.set()  # whoever is cancelled does not wait for the disk

    async def _run(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, work)
        except sqlite3.Error as problem:
            raise explained(problem, self._path) from problem
        except (ArithmeticError, LookupError, TypeError, ValueError) as strange:
            if found := await self.damage(None):  # then it is no wonder
                raise StoreCorrupt(f"{found[0]}; see `pumphouse check --deep`") from strange
            raise

    def close(self) -> None:
        """Let the writer finish, interrupt the readers, close the file."""
        self._writing.shutdown()
        writers, readers = self._connections[:2], self._connections[2:]
        for reader in readers:
            reader.interrupt()
        self._reading.shutdown()
        for reader in readers:
            reader.close()
        # The last to close empties the log into the file, which only a writer can.
        if self._is_ours:
            file.close(self._path, *writers)
        else:
            for writer in writers:
                writer.close()
