"""Files as a sink: each reading is a line in the file of its day, in the site's zone."""

import asyncio
import errno
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from zoneinfo import ZoneInfo

from pumphouse.core.disk import FORBIDDEN
from pumphouse.core.documents import latest_document
from pumphouse.core.errors import AccessDenied, ServerFailure, SourceError
from pumphouse.core.model import Point, PointKey, Reading
from pumphouse.core.ports import Host, Rejection
from pumphouse.sinks.file.day_file import DayFile
from pumphouse.sinks.file.formats import FORMATS
from pumphouse.sinks.file.settings import FileSettings

__all__ = ["FileSink"]

_BATCH: Final = 5000
#: of how many days it is remembered what their files say
_REMEMBERED_DAYS: Final = 4
#: what only a person can mend; anything else, such as a full disk, may pass
_PERMANENT: Final = FORBIDDEN | {errno.ENOTDIR, errno.EISDIR}


class FileSink:
    """Appends to `FOLDER/NAME-2026-01-31.jsonl`, which nobody but the user may read (0600).

    A corrected value is a further line: the last line about a reading counts.
    """

    def __init__(self, name: str, settings: FileSettings, host: Host) -> None:
        self._name = name
        self._folder = settings.folder
        self._suffix = settings.format
        self._form = FORMATS[settings.format]
        self._zone = ZoneInfo(host.site.timezone)
        self._files: OrderedDict[date, DayFile] = OrderedDict()

    @property
    def name(self) -> str:
        """The name it has in the configuration."""
        return self._name

    @property
    def batch_size(self) -> int:
        """How many readings are written at once at most."""
        return _BATCH

    async def __aenter__(self) -> Self:
        self._files.clear()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._files.clear()

    async def deliver(
        self, readings: Sequence[Reading], points: Mapping[PointKey, Point]
    ) -> Sequence[Rejection]:
        """See `CursorSink.deliver`; nothing is ever refused."""
        writing = asyncio.ensure_future(asyncio.to_thread(self._deliver, readings, points))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            # A thread cannot be stopped, and the next delivery must not overlap with it.
            await asyncio.gather(writing, return_exceptions=True)
            raise
        except OSError as problem:
            self._files.clear()
            raise self._explained(problem) from problem
        return ()

    def _deliver(self, readings: Sequence[Reading], points: Mapping[PointKey, Point]) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ordered = sorted(readings, key=self._day)  # keeps the order within a day
        for day, some in groupby(ordered, self._day):
            self._file(day).append(
                latest_document(points.get(one.key) or Point(one.key, one.key.point), one)
                for one in some
            )

    def _day(self, reading: Reading) -> date:
        return reading.time.astimezone(self._zone).date()

    def _file(self, day: date) -> DayFile:
        file = self._files.pop(day, None) or DayFile(self._path(day), self._form)
        self._files[day] = file
        while len(self._files) > _REMEMBERED_DAYS:
            self._files.popitem(last=False)
        return file

    def _path(self, day: date) -> Path:
        return self._folder / f"{self._name}-{day.isoformat()}.{self._suffix}"

    def _explained(self, problem: OSError) -> SourceError:
        reason = problem.strerror or "an error of the disk"
        if problem.errno in _PERMANENT:
            return AccessDenied(
                f"{self._folder} cannot be written ({reason}): give this user write permission,"
                f" or set sinks.{self._name}.folder to another place"
            )
        return ServerFailure(
            f"{self._folder} cannot be written ({reason}); it is tried again, and nothing is lost"
        )
