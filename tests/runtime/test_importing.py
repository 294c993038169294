"""An import into a real store: again, in pieces, and whose readings they become."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Interval, Site
from pumphouse.core.ports import SystemClock
from pumphouse.importers.destination import Destination
from pumphouse.importers.pieces import Piece, Reader
from pumphouse.importers.recognise import Manner, open_file
from pumphouse.runtime.importing import bring, preview
from pumphouse.stores.sqlite import open_store

START = datetime(2025, 1, 1, tzinfo=UTC)
ROWS = 12_000
HEADER = "timestamp;[Return line (BT3)][°C][40012];\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "export.csv"
    rows = (f"{START + timedelta(minutes=n):%Y-%m-%dT%H:%M:%SZ};{n % 50};\n" for n in range(ROWS))
    path.write_text(HEADER + "".join(rows) + "soon;1;\n", encoding="utf-8")
    return path


@pytest.fixture
async def store(tmp_path):
    clock = SystemClock()
    async with open_store(tmp_path / "p.db", site=Site(), clock=clock) as opened:
        yield opened


@pytest.fixture
def reader(file, store):
    """Makes a reader of the file as the command would, of the store as it is now."""

    async def make(device: str | None = None) -> Reader:
        to = Destination(
            load_catalogue(), await store.devices(), await store.points(), chosen=device
        )
        return open_file(file, Manner(to, ZoneInfo("UTC"), said=(device or "",)))

    return make


class Killed(Exception):
    pass


class StopsAfter:
    """A reader that ends with an error behind some pieces, as a killed process does."""

    def __init__(self, reader: Reader, pieces: int) -> None:
        self._reader = reader
        self._left = pieces
        self.what, self.identity = reader.what, reader.identity

    async def pieces(self, after: str | None = None) -> AsyncIterator[Piece]:
        async for piece in self._reader.pieces(after):
            if self._left == 0:
                raise Killed
            self._left -= 1
            yield piece


async def _stored(store):
    (point,) = await store.points()
    whole = Interval(START, START + timedelta(days=30))
    return [reading.value for reading in await store.readings(point.key, whole)]


async def test_everything_is_stored_once_however_often_it_is_brought(store, reader):
    first = await bring(await reader(), store, SystemClock())
    again = await bring(await reader(), store, SystemClock())
    assert (first.read, first.stored, first.already, first.rejected) == (ROWS + 1, ROWS, 0, 1)
    assert (again.read, again.stored, again.already, again.rejected) == (ROWS + 1, 0, ROWS, 1)
    assert await _stored(store) == [n % 50 for n in range(ROWS)]
    (device,) = await store.devices()
    assert (device.source, device.id) == ("imported", "imported")


@pytest.mark.parametrize("pieces", [0, 1, 2])
async def test_an_interrupted_import_goes_on_where_it_was(store, reader, pieces):
    with pytest.raises(Killed):
        await bring(StopsAfter(await reader(), pieces), store, SystemClock())
    shares: list[float | None] = []
    report = await bring(await reader(), store, SystemClock(), shares.append)
    assert (report.read, report.stored, report.already) == (ROWS + 1, ROWS, 0)
    assert await _stored(store) == [n % 50 for n in range(ROWS)]
    assert len(shares) == 3 - pieces
    assert shares[-1] == 1.0


async def test_a_preview_stores_nothing(store, reader):
    report = await preview(await reader())
    assert (report.read, report.rejected, report.stored) == (ROWS + 1, 1, 0)
    assert [found.name for found in report.found] == ["Return line (BT3) (40012)"]
    assert await store.points() == []


async def test_the_same_file_for_another_device_is_another_import(store, reader):
    await bring(await reader(), store, SystemClock())
    report = await bring(await reader("pump"), store, SystemClock())
    assert report.stored == ROWS
    assert {device.id for device in await store.devices()} == {"imported", "pump"}
