"""The two formats: a reading as one line, and back to what identifies it."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pumphouse.core.documents import LATEST_FIELDS, Document

__all__ = ["FORMATS", "Format", "Row"]


@dataclass(frozen=True, slots=True)
class Row:
    """What counts of a line.

    Attributes:
        place: source, device, point and time: which reading it is.
        content: what it says: the value, or the text where there is none; labels may change.
    """

    place: tuple[str, ...]
    content: str


class Format(Protocol):
    """How readings become lines."""

    def head(self) -> bytes:
        """What a file begins with."""
        ...

    def line(self, document: Document) -> bytes:
        """One reading, with the line feed at its end and none inside."""
        ...

    def row(self, line: bytes) -> Row:
        """What counts of a line.

        Raises:
            ValueError: it is no reading.
        """
        ...


class _JsonLines:
    def head(self) -> bytes:
        return b""

    def line(self, document: Document) -> bytes:
        return json.dumps(document, ensure_ascii=False).encode() + b"\n"

    def row(self, line: bytes) -> Row:
        document = json.loads(line)
        if not isinstance(document, dict):
            raise ValueError("no object")  # noqa: TRY004  (of the file, not of an argument)
        return _row([_told(document.get(name)) for name in LATEST_FIELDS])


class _Csv:
    def head(self) -> bytes:
        return ",".join(LATEST_FIELDS).encode() + b"\n"

    def line(self, document: Document) -> bytes:
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerow(
            " ".join(_told(document[name]).splitlines()) for name in LATEST_FIELDS
        )
        return buffer.getvalue().encode()

    def row(self, line: bytes) -> Row:
        (cells,) = csv.reader([line.decode()])
        if len(cells) != len(LATEST_FIELDS):
            raise ValueError("another number of columns")
        return _row(cells)


def _told(value: object) -> str:
    return "" if value is None else str(value)


def _row(cells: Sequence[str]) -> Row:
    source, device, point, _metric, _name, value, text, _unit, time = cells
    return Row((source, device, point, time), value or text)


FORMATS: dict[str, Format] = {"jsonl": _JsonLines(), "csv": _Csv()}
"""By the name that `format` gives it."""
