"""The demonstration: everything configured, logged in, polled, named, and with a past."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from pumphouse.cli.polling import poll_once
from pumphouse.core.errors import UsageError
from pumphouse.core.model import Interval
from pumphouse.core.ports import Store
from pumphouse.runtime.demo import demo, write_configuration
from pumphouse.runtime.installation import open_installation
from pumphouse.simulator.server import Announcement

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAYS = 2
SOURCES = {"ground", "air", "tibber", "bus", "radio"}


class Told:
    """The demonstration after its past was told."""

    def __init__(self, folder: Path, store: Store, progress: list[float]) -> None:
        self.folder = folder
        self.store = store
        self.progress = progress

    async def past(self, device: str, metric: str) -> list[datetime]:
        """The times of all readings of a device that bears a name."""
        devices = {one.id for one in await self.store.devices() if one.name == device}
        point = next(
            one
            for one in await self.store.points()
            if one.metric == metric and one.key.device in devices
        )
        now = datetime.now(UTC)
        stretch = Interval(now - timedelta(days=DAYS + 1), now)
        return [one.time for one in await self.store.readings(point.key, stretch)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "house"
    progress: list[float] = []
    async with (
        demo(folder, days=DAYS, seed=3, port=8400) as running,
        open_installation(running.settings) as house,
    ):
        outcomes = await poll_once(house, house.sources)
        assert [outcome.error for outcome in outcomes] == [None] * len(SOURCES)
        await running.tell_the_past(house.store, progress.append)
        yield Told(folder, house.store, progress)


async def test_every_source_has_readings(told):
    assert {point.key.source for point, _ in await told.store.latest()} == SOURCES


async def test_sensors_bear_the_names_of_their_places(told):
    names = {one.name for one in await told.store.devices() if one.source in ("bus", "radio")}
    assert names == {
        *("Tank top", "Tank bottom", "Supply pipe", "Return pipe", "Floor slab", "North wall"),
        *("Living room", "Bedroom", "Garden"),
    }


@pytest.mark.parametrize(
    ("device", "metric"),
    [
        ("Tank top", "hot_water_top_temperature"),
        ("Floor slab", "sensor_temperature"),
        ("Living room", "room_temperature"),
        ("Garden", "sensor_humidity"),
        ("S320 + S2125", "room_temperature"),
    ],
)
async def test_the_past_is_told_every_five_minutes(told, device, metric):
    times = await told.past(device, metric)
    assert len(times) >= DAYS * 288


async def test_the_price_of_every_quarter_is_known(told):
    times = await told.past("Home", "electricity_price")
    assert len(times) >= DAYS * 96
    assert {time.minute % 15 for time in times} == {0}


async def test_the_truth_is_that_of_both_pumps(told):
    truth = json.loads((told.folder / "truth.json").read_text(encoding="utf-8"))
    assert len(truth) == 2
    for days in truth.values():
        assert all("electricity_kwh" in day for day in days.values())


async def test_progress_ends_with_all_of_it(told):
    assert told.progress[-1] == 1.0


async def test_a_folder_is_not_written_twice(tmp_path):
    clouds = Announcement("http://x", "http://x/n", "http://x/m", "http://x/t")
    path = write_configuration(tmp_path, clouds, port=1)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UsageError, match="choose an empty folder"):
        write_configuration(tmp_path, clouds, port=1)
