"""Makes a store of the layout of the code that is imported, packed: `keep.py layout-2.db.gz`.

Run it once with the code of each layout, from its commit; what it has written is never made anew.
"""

import asyncio
import gzip
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pumphouse.core.model import Batch, Device, Event, EventKind, Point, PointKey, Reading, Site
from pumphouse.core.ports import Gap
from pumphouse.core.units import parse_unit
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.clock import FakeClock

START = datetime(2025, 3, 28, tzinfo=UTC)
NOW = START + timedelta(days=6)
DEVICE = Device("house", "pump", "F1255", "NIBE")
POINTS = tuple(
    Point(PointKey("house", "pump", str(number)), f"Point {number}", None, parse_unit("°C"))
    for number in range(5)
)
VERSION = Point(PointKey("house", "pump", "version"), "Version")
POLLS = 4 * 24 * 5


def readings() -> dict[PointKey, list[Reading]]:
    """What every kept store holds."""
    held = {
        point.key: [Reading(point.key, _time(n), (n * (place + 3) % 97) / 10) for n in range(POLLS)]
        for place, point in enumerate(POINTS)
    }
    held[VERSION.key] = [Reading(VERSION.key, _time(n), None, f"v{n}") for n in (0, 200, 400)]
    return held


def _time(poll: int) -> datetime:
    return START + poll * timedelta(minutes=15)


async def keep(path: Path) -> None:
    """Write the readings poll by poll, an event, a gap and a sink that has read some of them."""
    held = readings()
    async with open_store(path, site=Site("Home", "Europe/Stockholm"), clock=FakeClock(NOW)) as s:
        for number in range(POLLS):
            time = _time(number)
            now = tuple(r for series in held.values() for r in series if r.time == time)
            await s.append(Batch("house", (DEVICE,), (*POINTS, VERSION), now))
            if number == 100:
                await s.save_cursor("broker", await s.journal_end())
        event = Event("e1", START, EventKind.SOURCE, "Något hände", "house", detail={"a": "b"})
        await s.append(Batch("house", events=(event,)))
        await s.open_gap(Gap("house", START, START + timedelta(hours=1), "No answer"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(keep(Path(folder) / "p.db"))
        content = (Path(folder) / "p.db").read_bytes()
    Path(sys.argv[1]).write_bytes(gzip.compress(content, mtime=0))
