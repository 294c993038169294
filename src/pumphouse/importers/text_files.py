"""Text files, line by line, from any line on: the frame of every format that is one."""

import hashlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from pumphouse.core.errors import PumphouseError, UsageError
from pumphouse.core.model import Reading
from pumphouse.importers.pieces import Found, Piece, Rejected

__all__ = ["LineParser", "NotUnderstood", "TextFile", "beginning"]

#: how many lines are stored in one transaction
LINES_AT_ONCE: Final = 5000
_HEAD_BYTES: Final = 65536
_SHOWN: Final = 120
_YEARS: Final = range(1970, 2200)
#: a row that has not ended after so many lines has a quotation mark too many
_LONGEST_ROW: Final = 100


class NotUnderstood(PumphouseError):
    """A line is not what its format promises; the message says why."""


class LineParser(Protocol):
    """Understands the lines of one file."""

    def readings(self, line: str) -> Sequence[Reading]:
        """The readings of one line; none where it holds none, such as a comment.

        Raises:
            NotUnderstood: the line is set aside, with this reason.
        """
        ...

    def found(self) -> Sequence[Found]:
        """The series that were met since the last call."""
        ...


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a line begins: its offset in bytes and its number."""

    offset: int
    line: int

    @classmethod
    def of(cls, position: str | None) -> "_Place":
        offset, _, line = (position or "0:1").partition(":")
        return cls(int(offset), int(line))

    def __str__(self) -> str:
        return f"{self.offset}:{self.line}"


class TextFile:
    """A file in a format of lines; see `pieces.Reader`.

    Args:
        what: what it is, for people.
        how: whatever makes the same file mean something else, such as the chosen device.
        head_lines: how many lines at its beginning hold no reading.
        goes_on: whether what was read of a row goes on in the next line; a line is a row without.
    """

    def __init__(
        self,
        path: Path,
        parser: LineParser,
        *,
        what: str,
        how: str = "",
        head_lines: int = 0,
        goes_on: Callable[[bytes], bool] = lambda _: False,
    ) -> None:
        self._path = path
        self._parser = parser
        self._how = how
        self._head_lines = head_lines
        self._goes_on = goes_on
        self.what = what

    @property
    def identity(self) -> str:
        """Of the file's beginning, its length and how it is read."""
        size = self._path.stat().st_size
        content = f"{self.what}\0{self._how}\0{size}\0".encode() + beginning(self._path)
        return hashlib.sha256(content).hexdigest()

    async def pieces(self, after: str | None = None) -> AsyncIterator[Piece]:
        """The file in pieces of some thousand lines."""
        size = max(self._path.stat().st_size, 1)
        place = _Place.of(after)
        for rows in self._rows(place):
            piece = self._piece(place, rows)
            lines = sum(map(_line_count, rows))
            place = _Place(place.offset + sum(map(len, rows)), place.line + lines)
            yield Piece(
                piece.read,
                piece.readings,
                str(place),
                piece.found,
                piece.rejected,
                done=place.offset / size,
            )

    def _piece(self, place: _Place, rows: Sequence[bytes]) -> Piece:
        readings: list[Reading] = []
        rejected: list[Rejected] = []
        following = place.line
        for raw in rows:
            number, following = following, following + _line_count(raw)
            if number <= self._head_lines or not raw.strip():
                continue
            try:
                readings += _believable(self._parser.readings(_text(raw, first=number == 1)))
            except (NotUnderstood, ValueError) as problem:  # no reading is that large
                content = raw[:_SHOWN].decode("utf-8", "replace").strip()
                rejected.append(Rejected(number, str(problem), content))
        return Piece(
            len(readings) + len(rejected),
            tuple(readings),
            "",
            tuple(self._parser.found()),
            tuple(rejected),
        )

    def _rows(self, place: _Place) -> Iterator[list[bytes]]:
        try:
            with self._path.open("rb") as file:
                file.seek(place.offset)
                rows = _whole_rows(file, self._goes_on)
                while some := list(islice(rows, LINES_AT_ONCE)):
                    yield some
        except OSError as problem:
            raise UsageError(f"{self._path} cannot be read: {problem.strerror}") from None


def _believable(readings: Sequence[Reading]) -> Sequence[Reading]:
    """`readings` unless one has a time that no heat pump has lived in.

    It would be the newest one of its point for ever, or could not even be written in UTC.
    """
    for reading in readings:
        if reading.time.year not in _YEARS:
            raise NotUnderstood(f"its time lies in the year {reading.time.year}")
    return readings


def _whole_rows(lines: Iterator[bytes], goes_on: Callable[[bytes], bool]) -> Iterator[bytes]:
    """The lines, those of one row joined; a row that does not end is a line again."""
    waiting: deque[bytes] = deque()

    def following() -> bytes:
        return waiting.popleft() if waiting else next(lines, b"")

    while row := following():
        parts = [row]
        while goes_on(row) and len(parts) < _LONGEST_ROW and (part := following()):
            parts.append(part)
            row += part
        if goes_on(row):
            row, *rest = parts
            waiting.extendleft(reversed(rest))
        yield row


def _line_count(row: bytes) -> int:
    return row.count(b"\n") or 1


def _text(raw: bytes, *, first: bool) -> str:
    try:
        text = raw.decode("utf-8-sig" if first else "utf-8")
    except UnicodeDecodeError:
        raise NotUnderstood("it is not UTF-8 text") from None
    return text.rstrip("\r\n")


def beginning(path: Path) -> bytes:
    """The first 64 KiB of a file.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError as problem:
        raise UsageError(f"{path} cannot be read: {problem.strerror}") from None
