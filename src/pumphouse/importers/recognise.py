"""Which format a place has: a file is looked at, an address says it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from pumphouse.core.errors import UsageError
from pumphouse.importers.destination import Destination
from pumphouse.importers.home_assistant import HomeAssistant, is_recorder
from pumphouse.importers.line_protocol import is_line_protocol, line_protocol_file
from pumphouse.importers.mapping import BUILT_IN, Rule
from pumphouse.importers.myuplink_csv import is_myuplink_csv, myuplink_csv_file
from pumphouse.importers.own_export import csv_file, is_csv, is_json_lines, json_lines_file
from pumphouse.importers.pieces import Reader
from pumphouse.importers.text_files import beginning

__all__ = ["FILE_FORMATS", "Manner", "open_file"]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a place is to be read.

    Attributes:
        zone: of times that are written without one.
        rules: what series are; the built-in ones come behind them.
        said: everything else that was asked for, so that the same place read otherwise is another.
    """

    destination: Destination
    zone: ZoneInfo
    rules: Sequence[Rule] = ()
    said: Sequence[str] = field(default=())

    @property
    def identity(self) -> str:
        """The same for the same manner."""
        rules = [rule.model_dump_json() for rule in self.rules]
        return hashlib.sha256("\0".join((self.zone.key, *self.said, *rules)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A format of files.

    Attributes:
        recognises: whether a file that begins so has it.
        open: makes a reader of a file.
    """

    what: str
    recognises: Callable[[Path, str], bool]
    open: Callable[[Path, Manner], Reader]


FILE_FORMATS: Mapping[str, FileFormat] = {
    "home-assistant": FileFormat(
        "the database of Home Assistant's recorder (home-assistant_v2.db)",
        is_recorder,
        lambda path, manner: HomeAssistant(
            path,
            destination=manner.destination,
            rules=manner.rules,
            how=manner.identity,
        ),
    ),
    "csv": FileFormat(
        "a CSV export of Pumphouse",
        lambda _, head: is_csv(head),
        lambda path, manner: csv_file(path, manner.destination, manner.identity),
    ),
    "jsonl": FileFormat(
        "an export of Pumphouse in JSON lines",
        lambda _, head: is_json_lines(head),
        lambda path, manner: json_lines_file(path, manner.destination, manner.identity),
    ),
    "myuplink-csv": FileFormat(
        "a CSV file downloaded from the myUplink app",
        lambda _, head: is_myuplink_csv(head),
        lambda path, manner: myuplink_csv_file(
            path, manner.destination, manner.zone, manner.identity
        ),
    ),
    "line-protocol": FileFormat(
        "InfluxDB's line protocol",
        lambda _, head: is_line_protocol(head),
        lambda path, manner: line_protocol_file(
            path, manner.destination, (*manner.rules, *BUILT_IN), manner.identity
        ),
    ),
}
"""Every format of files by the name that `--format` gives it, in the order they are tried."""


#: how files begin that could be read if they were stored otherwise
_FOREIGN: Mapping[bytes, str] = {
    b"\x1f\x8b": "is compressed; unpack it first, for example with `gunzip`",
    b"PK\x03\x04": "is an archive (ZIP); unpack it first",
    b"\xff\xfe": "is UTF-16 text; store it as UTF-8 first",
    b"\xfe\xff": "is UTF-16 text; store it as UTF-8 first",
}


def open_file(path: Path, manner: Manner, named: str | None = None) -> Reader:
    """A reader of the file at `path`.

    Args:
        named: the format; recognised by itself where it is None.

    Raises:
        UsageError: it cannot be read, or has no format that is known.
    """
    path = path.expanduser()
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name the files in it, for example {path}/*.csv")
    raw = beginning(path)
    head = raw.decode("utf-8-sig", "replace")
    for name, form in FILE_FORMATS.items():
        if name == named or (named is None and form.recognises(path, head)):
            return form.open(path, manner)
    known = "; ".join(f"{name}: {form.what}" for name, form in FILE_FORMATS.items())
    if not head:
        raise UsageError(f"{path} is empty")
    for mark, advice in _FOREIGN.items():
        if raw.startswith(mark):
            raise UsageError(f"{path} {advice}")
    raise UsageError(f"{path} is in no format that is known here. Known are {known}")
