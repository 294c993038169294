"""Readings as Parquet files, a file for each device and month, in a folder or at S3.

The files are those of the archive, so whatever reads the one reads the other. Their names tell
only device and month, so that a later export takes the place of an earlier one.
"""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pumphouse.core.errors import UsageError
from pumphouse.core.model import Device, Interval, Point, Reading
from pumphouse.core.ports import Store

if TYPE_CHECKING:  # pyarrow and numpy are loaded only where a file is written
    from pumphouse.stores.parquet.month_file import Series

__all__ = ["export_parquet"]

_S3 = "s3://"


class _Place(Protocol):
    """Where files are put."""

    def put(self, file: Path, place: str) -> None:
        """Put a finished file to its place below the folder; the one that is there goes.

        Raises:
            OSError: it cannot be put there.
        """
        ...


async def export_parquet(store: Store, interval: Interval, out: str) -> tuple[int, int]:
    """Write everything in `interval`.

    Args:
        out: a folder, or `s3://bucket/folder`; the login at S3 is that of the environment
            (`AWS_ACCESS_KEY_ID` and so on; `AWS_ENDPOINT_URL` for another server than Amazon's).

    Returns:
        how many readings and how many files.

    Raises:
        UsageError: nothing can be written there.
    """
    from pumphouse.stores.parquet.month_file import (  # noqa: PLC0415  (60 MB, only where it is used)
        PointMonth,
        write_month,
    )

    readings = files = 0
    points = await store.points()
    try:
        place = _place(out)
        with tempfile.TemporaryDirectory() as folder:
            for device in await store.devices():
                own = [one for one in points if one.key[:2] == (device.source, device.id)]
                own.sort(key=lambda point: point.key.point)
                for month in _months(await _span(store, own, interval)):
                    found = [
                        PointMonth(one, _series(rows))
                        for one in own
                        if (rows := await store.readings(one.key, month))
                    ]
                    if found:
                        written = await asyncio.to_thread(write_month, Path(folder), device, found)
                        name = f"{month.start:%Y-%m}/{_name(written.path, device)}"
                        await asyncio.to_thread(place.put, written.path, name)
                        readings += written.readings
                        files += 1
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise UsageError(f"{out} cannot be written: {reason}") from problem
    return readings, files


def _name(written: Path, device: Device) -> str:
    """The name of a device's file: that of the archive, with a hash of the device at its end."""
    stem = written.name.rpartition("-")[0]
    whose = hashlib.sha256(f"{device.source}\0{device.id}".encode()).hexdigest()
    return f"{stem}-{whose[:8]}.parquet"


def _place(out: str) -> _Place:
    return _Bucket(out) if out.startswith(_S3) else _Folder(Path(out).expanduser())


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, file: Path, place: str) -> None:
        """See `_Place.put`."""
        target = self._folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}")
        draft.write_bytes(file.read_bytes())
        draft.replace(target)
        file.unlink()


class _Bucket:
    def __init__(self, address: str) -> None:
        from pyarrow import fs  # noqa: PLC0415  (60 MB, only where it is used)

        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        scheme, _, host = (endpoint or "").rpartition("://")
        self._files = fs.S3FileSystem(
            **({"endpoint_override": host, "scheme": scheme or "https"} if endpoint else {})
        )
        self._path = address.removeprefix(_S3).rstrip("/")
        if not self._path.partition("/")[0]:
            raise UsageError(f"{address} names no bucket: write s3://bucket/folder")

    def put(self, file: Path, place: str) -> None:
        """See `_Place.put`."""
        with self._files.open_output_stream(f"{self._path}/{place}") as stream:
            stream.write(file.read_bytes())
        file.unlink()


async def _span(store: Store, points: Sequence[Point], interval: Interval) -> Interval | None:
    """The part of `interval` that holds readings of some points."""
    starts: list[datetime] = []
    for point in points:
        years = await store.buckets(point.key, interval, 366 * 86400)
        if await store.has_texts(point.key, interval):
            starts += [row.time for row in await store.readings(point.key, interval)]
        starts += [year.start for year in years]
    if not starts:
        return None
    return Interval(max(interval.start, min(starts)), interval.end)


def _months(span: Interval | None) -> Iterator[Interval]:
    """The months of UTC in a stretch of time, the first and the last cut off at its bounds."""
    if span is None:
        return
    start, end = span.start.astimezone(UTC), span.end.astimezone(UTC)
    while start < end:
        year, month = divmod(start.year * 12 + start.month, 12)
        behind = min(datetime(year, month + 1, 1, tzinfo=UTC), end)
        yield Interval(start, behind)
        start = behind


def _series(rows: Sequence[Reading]) -> "Series":
    """The same as columns, which take a tenth of the memory: a month may hold a million rows."""
    import numpy as np  # noqa: PLC0415  (only where it is used)

    from pumphouse.stores.parquet.month_file import Series  # noqa: PLC0415  (see above)

    times = np.array([round(row.time.timestamp() * 1000) for row in rows], np.int64)
    values = np.array([np.nan if row.value is None else row.value for row in rows], np.float64)
    return Series(
        times, values, {n: row.text for n, row in enumerate(rows) if row.text is not None}
    )
