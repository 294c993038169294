"""What the tests of formats share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Device, Point, Reading
from pumphouse.importers.destination import Destination
from pumphouse.importers.pieces import Found, Reader, Rejected

RECORDINGS = Path(__file__).parents[1] / "recordings" / "myuplink_csv"


@pytest.fixture
def to() -> Callable[..., Destination]:
    """Makes a destination with some devices and points of a store."""

    def make(
        devices: tuple[Device, ...] = (), points: tuple[Point, ...] = (), chosen: str | None = None
    ) -> Destination:
        return Destination(load_catalogue(), devices, points, chosen=chosen)

    return make


async def everything(
    reader: Reader, after: str | None = None
) -> tuple[list[Reading], list[Rejected], list[Found]]:
    readings: list[Reading] = []
    rejected: list[Rejected] = []
    found: list[Found] = []
    async for piece in reader.pieces(after):
        readings += piece.readings
        rejected += piece.rejected
        found += piece.found
        assert piece.read == len(piece.readings) + len(piece.rejected)
    return readings, rejected, found
