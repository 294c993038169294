"""Bringing readings from elsewhere into the store: again and again, with the same result."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from pumphouse.core.model import Batch, Device, Point, Reading
from pumphouse.core.ports import Clock, ImportProgress, Store
from pumphouse.importers.pieces import Found, Piece, Reader, Rejected

__all__ = ["Report", "bring", "preview"]

#: how many rejected rows are remembered for people; all of them are counted
REMEMBERED = 1000


@dataclass(slots=True)
class Report:
    """What came of an import, those of its parts included that ran before it was interrupted.

    Attributes:
        read: how many readings stood there.
        stored: how many were new or changed what was stored.
        already: how many were there.
        rejected: how many rows were set aside.
        found: every series that was met in this run.
        rows: the first of the rows that were set aside in this run.
    """

    read: int = 0
    stored: int = 0
    already: int = 0
    rejected: int = 0
    found: list[Found] = field(default_factory=list)
    rows: list[Rejected] = field(default_factory=list)

    def note(self, piece: Piece) -> None:
        """Add what `piece` brought."""
        self.read += piece.read
        self.rejected += len(piece.rejected)
        self.rows += piece.rejected[: REMEMBERED - len(self.rows)]
        known = {found.name for found in self.found}
        self.found += [found for found in piece.found if found.name not in known]


async def preview(reader: Reader) -> Report:
    """Read everything and store nothing."""
    report = Report()
    async for piece in reader.pieces():
        report.note(piece)
    return report


async def bring(
    reader: Reader,
    store: Store,
    clock: Clock,
    progress: Callable[[float | None], None] = lambda _: None,
    aside: Callable[[Sequence[Rejected]], None] = lambda _: None,
) -> Report:
    """Store what `reader` reads; where an earlier run was interrupted, it goes on behind that.

    A reading that is there already changes nothing, so the whole may be run again at any time.

    Args:
        progress: is told the share that is done, 0 to 1, None where nobody knows.
        aside: takes the rows that are set aside; those of a piece again if it was interrupted.

    Raises:
        UsageError: the place cannot be read.
        SourceError: the server behind it fails; what came until then is stored.
        StoreError: the store's.
    """
    begun = await store.import_progress(reader.identity)
    report = Report()
    after = None
    if begun is not None and not begun.finished:
        report = Report(begun.read, begun.stored, begun.already, begun.rejected)
        after = begun.position
    books = ImportProgress(reader.identity, reader.what, after or "", updated=clock.now())
    series: dict[tuple[str, str, str], tuple[Device, Point]] = {}
    async for piece in reader.pieces(after):
        for found in piece.found:
            if found.device is not None and found.point is not None:
                series[found.point.key] = (found.device, found.point)
        stored = await _store(store, piece, series)
        report.note(piece)
        report.stored += stored
        report.already += len(piece.readings) - stored
        aside(piece.rejected)
        books = replace(
            books,
            position=piece.position,
            read=report.read,
            stored=report.stored,
            already=report.already,
            rejected=report.rejected,
            updated=clock.now(),
        )
        await store.save_import_progress(books)
        progress(piece.done)
    await store.save_import_progress(replace(books, finished=True))
    return report


async def _store(
    store: Store, piece: Piece, series: dict[tuple[str, str, str], tuple[Device, Point]]
) -> int:
    by_source: dict[str, list[Reading]] = {}
    for reading in piece.readings:
        by_source.setdefault(reading.key.source, []).append(reading)
    stored = 0
    for source, readings in by_source.items():
        met = dict.fromkeys(reading.key for reading in readings)
        described = [series[key] for key in met if key in series]
        devices = {device.id: device for device, _ in described}
        points = tuple(point for _, point in described)
        stored += await store.append(
            Batch(source, tuple(devices.values()), points, tuple(readings))
        )
    return stored
