"""The months that lie in files: which there are, and what is in them.

What a device has read in a month is either in the database or in one file, but for the first and
the newest reading of each point: these always stay in the database, so that what there is can be
said without opening a file.
"""

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from pumphouse.core.errors import StoreCorrupt, StoreError
from pumphouse.core.model import PointKey
from pumphouse.core.ports import ArchivedMonth
from pumphouse.stores.sqlite.instants import instant, milliseconds
from pumphouse.stores.sqlite.rows import Row

if TYPE_CHECKING:  # pyarrow and numpy are loaded only where a file is opened
    from pumphouse.stores.parquet.month_file import MonthFile, Series

__all__ = ["Archive", "FileGone", "FiledMonth", "StoreConnection", "month_of", "month_start"]

_SELECT: Final = "SELECT source, device, month, file, readings, bytes, sha256 FROM archive"
#: how many files stay open in memory, and how many of their series
_FILES: Final = 32
_SERIES: Final = 64
#: how many months are walked through at once: one per device
_WALKED: Final = 4
_MONTHS_PER_YEAR: Final = 12


class FileGone(StoreError):
    """A file was rewritten since the state of the store was read: read that again."""


class StoreConnection(sqlite3.Connection):
    """A connection to the store that knows where its archive is."""

    archive: "Archive"


class FiledMonth(NamedTuple):
    """A file of the archive.

    Attributes:
        month: of UTC, counted from January 1970.
        file: below the folder of the archive.
        sha256: of the whole file.
    """

    source: str
    device: str
    month: int
    file: str
    readings: int
    bytes: int
    sha256: str

    @property
    def told(self) -> ArchivedMonth:
        """The same for those outside."""
        month = f"{instant(self.start):%Y-%m}"
        return ArchivedMonth(self.source, self.device, month, self.file, self.readings, self.bytes)

    @property
    def start(self) -> int:
        """Its first millisecond."""
        return month_start(self.month)

    @property
    def end(self) -> int:
        """The first millisecond behind it."""
        return month_start(self.month + 1)


def month_of(time: int) -> int:
    """The month in which an instant lies."""
    moment = instant(time)
    return (moment.year - 1970) * _MONTHS_PER_YEAR + moment.month - 1


def month_start(month: int) -> int:
    """The first millisecond of a month."""
    years, months = divmod(month, _MONTHS_PER_YEAR)
    return milliseconds(datetime(1970 + years, months + 1, 1, tzinfo=UTC))


def months(
    connection: sqlite3.Connection, source: str, device: str, start: int, end: int
) -> list[FiledMonth]:
    """The archived months of a device that overlap with a stretch of time, in order."""
    if end <= start:
        return []
    rows = connection.execute(
        f"{_SELECT} WHERE source = ? AND device = ? AND month BETWEEN ? AND ? ORDER BY month",
        (source, device, month_of(max(start, FIRST)), month_of(min(end - 1, _LAST))),
    )
    return [FiledMonth(*row) for row in rows]


def all_months(connection: sqlite3.Connection) -> list[FiledMonth]:
    """Every archived month, by device."""
    rows = connection.execute(f"{_SELECT} ORDER BY source, device, month")
    return [FiledMonth(*row) for row in rows]


FIRST: Final = milliseconds(datetime.min.replace(tzinfo=UTC))
_LAST: Final = milliseconds(datetime.max.replace(tzinfo=UTC))


class Archive:
    """The files of one store, for all threads of a process; what was read last is kept.

    Args:
        folder: where the files are; made with the first of them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._files: OrderedDict[str, MonthFile] = OrderedDict()
        self._series: OrderedDict[tuple[str, str], Series] = OrderedDict()
        self._walked: OrderedDict[str, Mapping[str, Series]] = OrderedDict()

    def series(self, month: FiledMonth, point: str) -> "Series":
        """What one point has read in a month.

        Raises:
            FileGone: the file was rewritten meanwhile.
            StoreCorrupt: it is damaged or missing.
        """
        with self._lock:
            key = (month.sha256, point)
            if key not in self._series:
                self._series[key] = self._file(month).series(point)
                if len(self._series) > _SERIES:
                    self._series.popitem(last=False)
            self._series.move_to_end(key)
            return self._series[key]

    def everything(self, month: FiledMonth) -> "Mapping[str, Series]":
        """What a device has read in a month, by native id; raises as `series`."""
        with self._lock:
            return self._file(month).everything()

    def walked(
        self, month: FiledMonth, numbers: Mapping[str, int], behind: tuple[int, int], end: int
    ) -> list[Row]:
        """Rows (time, point, value) of a month behind a time and point and before `end`; unsorted.

        Whoever walks through a month in order of time asks for it many times: it is kept.

        Args:
            numbers: what each point is called in the rows.
        """
        with self._lock:
            if month.sha256 not in self._walked:
                self._walked[month.sha256] = self._file(month).everything()
                if len(self._walked) > _WALKED:
                    self._walked.popitem(last=False)
            series = self._walked[month.sha256]
        time, point = behind
        rows: list[Row] = []
        for name, whole in series.items():
            number = numbers[name]
            part = whole.between(time if number > point else time + 1, end)
            values: list[float | None] = part.values.tolist()
            for place in part.texts:
                values[place] = None
            rows += [(t, number, v) for t, v in zip(part.times.tolist(), values, strict=True)]
        return rows

    def _file(self, month: FiledMonth) -> "MonthFile":
        from pumphouse.stores.parquet.month_file import MonthFile  # noqa: PLC0415 (60 MB, if used)

        if month.sha256 not in self._files:
            try:
                self._files[month.sha256] = MonthFile(self.folder / month.file, month.sha256)
            except FileNotFoundError:
                raise FileGone(str(self.folder / month.file)) from None
            if len(self._files) > _FILES:
                self._files.popitem(last=False)
        self._files.move_to_end(month.sha256)
        return self._files[month.sha256]


def series_of(
    connection: StoreConnection, key: PointKey, start: int, end: int
) -> "Iterator[Series]":
    """The archived readings of a point between two instants, month by month."""
    for month in months(connection, key.source, key.device, start, end):
        part = connection.archive.series(month, key.point).between(start, end)
        if len(part.times):
            yield part


def rows_of(
    connection: StoreConnection, key: PointKey, start: int, end: int, limit: int = -1
) -> list[Row]:
    """The first `limit` archived rows (time, value, text) of a point; all where it is negative."""
    rows: list[Row] = []
    for part in series_of(connection, key, start, end):
        texts = part.texts
        rows += [
            (time, None if place in texts else value, texts.get(place))
            for place, (time, value) in enumerate(
                zip(part.times.tolist(), part.values.tolist(), strict=True)
            )
        ]
        if 0 <= limit <= len(rows):
            return rows[:limit]
    return rows


def newest_number(connection: StoreConnection, key: PointKey, before: int) -> int | None:
    """The newest archived instant before another at which a point has a number."""
    for month in reversed(months(connection, key.source, key.device, FIRST, before)):
        part = connection.archive.series(month, key.point).between(FIRST, before).numbers()
        if len(part.times):
            return int(part.times[-1])
    return None


def numbers_of(
    connection: StoreConnection, key: PointKey, start: int, end: int, rows: Sequence[Row]
) -> "Series":
    """The archived numbers of a point together with rows (time, value) from the database."""
    import numpy as np  # noqa: PLC0415  (loaded only where a file was opened)

    from pumphouse.stores.parquet.month_file import Series  # noqa: PLC0415

    parts = [part.numbers() for part in series_of(connection, key, start, end)]
    times = np.concatenate([*(p.times for p in parts), np.array([r[0] for r in rows], np.int64)])
    values = np.concatenate([*(p.values for p in parts), np.array([r[1] for r in rows], float)])
    order = np.argsort(times, kind="stable")
    return Series(times[order], values[order], {})


def first_from(connection: sqlite3.Connection, time: int, other: int | None) -> int | None:
    """The earlier of an instant and the first from `time` on at which a file may hold anything."""
    (month,) = connection.execute(
        "SELECT min(month) FROM archive WHERE month >= ?", (month_of(max(time, FIRST)),)
    ).fetchone()
    if month is None:
        return other
    begins = max(time, month_start(month))
    return begins if other is None else min(begins, other)


def rows_by_time(connection: StoreConnection, behind: tuple[int, int], end: int) -> list[Row]:
    """The archived rows (time, point, value) of all points behind a place and before `end`."""
    time, _ = behind
    rows: list[Row] = []
    for month in all_months(connection):
        if month.start < end and month.end > time:
            numbers = _numbers(connection, month)
            rows += connection.archive.walked(month, numbers, behind, end)
    return rows


def text_at(connection: StoreConnection, key: PointKey, time: int) -> str | None:
    """The archived text of a point at an instant."""
    return next((text for _, _, text in rows_of(connection, key, time, time + 1)), None)


def _numbers(connection: sqlite3.Connection, month: FiledMonth) -> dict[str, int]:
    rows = connection.execute(
        "SELECT point, id FROM points WHERE source = ? AND device = ?", month[:2]
    )
    return dict(rows.fetchall())


def problems(connection: StoreConnection) -> list[str]:
    """What is wrong with the files, one line each; reads all of them."""
    from pumphouse.stores.parquet.month_file import MonthFile  # noqa: PLC0415  (60 MB, if used)

    found: list[str] = []
    for month in all_months(connection):
        path = connection.archive.folder / month.file
        try:
            held = sum(
                len(one.times) for one in MonthFile(path, month.sha256).everything().values()
            )
        except FileNotFoundError:
            found.append(f"the archive file {path} is missing: put it back from a backup")
        except StoreCorrupt as problem:
            found.append(str(problem))
        else:
            if held != month.readings:
                found.append(f"{path} holds {held} readings, but {month.readings} were noted")
    return found
