"""The file of one day: appended to, on the disk before it is said to be, and no line twice."""

import os
from collections.abc import Iterable
from pathlib import Path

from pumphouse.core.documents import Document
from pumphouse.sinks.file.formats import Format, Row

__all__ = ["DayFile"]


class DayFile:
    """Lines of one day.

    A line that a crash has cut is taken away. What the file says last about each reading is known,
    as two hashes, so that a reading that is given again is not written again.

    Raises:
        OSError: by every method.
    """

    def __init__(self, path: Path, form: Format) -> None:
        self._path = path
        self._form = form
        self._said: dict[int, int] = {}
        self._size = 0

    def append(self, documents: Iterable[Document]) -> None:
        """Write what the file does not say yet; it is on the disk afterwards, or nothing is."""
        if self._path.exists() and self._path.stat().st_size != self._size:
            self._read()
        said: dict[int, int] = {}
        lines: list[bytes] = []
        for document in documents:
            line = self._form.line(document)
            place, content = _hashes(self._form.row(line))
            if said.get(place, self._said.get(place)) != content:
                said[place] = content
                lines.append(line)
        if lines:
            self._write(b"".join(lines))
            self._said |= said

    def _read(self) -> None:
        """Learn what the file says, at first and when somebody else has changed it."""
        self._size = 0
        with self._path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._size += len(line)
                try:
                    place, content = _hashes(self._form.row(line))
                except ValueError:
                    continue  # the head, or what somebody else wrote
                self._said[place] = content

    def _write(self, lines: bytes) -> None:
        new = not self._path.exists()
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        with open(descriptor, "wb", buffering=0) as file:  # noqa: PTH123  (a descriptor)
            if new:
                self._size = 0
            if self._size == 0:
                lines = self._form.head() + lines
            file.truncate(self._size)
            file.seek(self._size)
            try:
                rest = memoryview(lines)
                while rest:
                    rest = rest[file.write(rest) :]
                os.fsync(file.fileno())
            except OSError:
                file.truncate(self._size)
                raise
        self._size += len(lines)
        if new:
            _sync_folder(self._path.parent)


def _hashes(row: Row) -> tuple[int, int]:
    return hash(row.place), hash(row.content)


def _sync_folder(folder: Path) -> None:
    """Without it, a power cut may take a new file's name away, and the file with it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
