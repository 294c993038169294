"""Against a real VictoriaMetrics: line protocol in, its own export back."""

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from pumphouse.core.errors import Unreachable
from pumphouse.core.model import Point, PointKey, Reading
from pumphouse.core.ports import Host
from pumphouse.sinks.influxdb import InfluxDbSettings
from pumphouse.sinks.influxdb.settling import VICTORIA_METRICS_SECS
from pumphouse.sinks.influxdb.sink import InfluxDb

from .databases import VictoriaMetrics
from .house_readings import START, house_readings, stored

DAY, POINTS = house_readings(1)
HOUR = [reading for reading in DAY if reading.time < START + timedelta(hours=1)]


@pytest.fixture
def victoria(tmp_path) -> Iterator[VictoriaMetrics]:
    served = VictoriaMetrics(tmp_path)
    served.start()
    yield served
    served.stop()


@pytest.fixture
def opened(victoria, host: Host) -> Callable[..., InfluxDb]:
    def sink(**settings: object) -> InfluxDb:
        chosen = InfluxDbSettings.model_validate({"url": victoria.url} | settings)
        return InfluxDb("history", chosen, host)

    return sink


def asked_back(victoria: VictoriaMetrics):
    """Everything that is in the database, in the shape of `stored`; nothing may be there twice."""
    found = {}
    for series in victoria.export('{__name__=~"heatpump_.*"}'):
        labels, stamps, values = series["metric"], series["timestamps"], series["values"]
        name = labels["__name__"].removeprefix("heatpump_")
        if name == "point_value":
            name = f"[{labels['point']}]"
        assert len(stamps) == len(set(stamps))
        for stamp, value in zip(stamps, values, strict=True):
            found[labels["source"], labels["device"], name, stamp] = value
    return found


@pytest.mark.parametrize(
    "settings", [{}, {"gzip": False}, {"version": 2, "org": "home"}], ids=["v1", "plain", "v2"]
)
async def test_a_day_of_the_house_is_asked_back_equal(victoria, opened, settings):
    async with opened(**settings) as sink:
        assert not await sink.deliver(DAY, POINTS)
    assert asked_back(victoria) == stored(DAY, POINTS)


async def test_the_same_delivery_again_changes_nothing(victoria, opened):
    async with opened() as sink:
        await sink.deliver(HOUR, POINTS)
        before = asked_back(victoria)
        assert not await sink.deliver(HOUR, POINTS)
    assert asked_back(victoria) == before == stored(HOUR, POINTS)


async def test_awkward_names_are_asked_back_equal(victoria, opened):
    names = ["a b", "a,b", "a=b", 'a"b', "Wärme", "a, b=c ", "1/44055", "🜁", "'", "#a"]
    keys = [PointKey(name, f"{name}.", f".{name}") for name in names]
    readings = [Reading(key, START + timedelta(milliseconds=250), 21.5) for key in keys]
    points = {key: Point(key, key.point) for key in keys}
    async with opened() as sink:
        assert not await sink.deliver(readings, points)
    assert asked_back(victoria) == stored(readings, points)


async def test_it_is_known_that_a_confirmation_has_to_settle(victoria, opened):
    async with opened() as sink:
        before = await sink.settling()
        assert before.secs == VICTORIA_METRICS_SECS
        assert await sink.settling() == before
        victoria.kill()
        await asyncio.sleep(float(before.run) + 1 - time.time())  # it tells whole seconds
        victoria.start()
        after = await sink.settling()
    assert float(after.run) > float(before.run)


async def test_stopped_for_a_while_every_reading_is_there_exactly_once(victoria, opened):
    half = len(DAY) // 2
    async with opened() as sink:
        await sink.deliver(DAY[:half], POINTS)
        victoria.stop()
        with pytest.raises(Unreachable, match=re.escape(f"127.0.0.1:{victoria.port}")):
            await sink.deliver(DAY[half:], POINTS)
        victoria.start()
        assert not await sink.deliver(DAY[half - 500 :], POINTS)
    assert asked_back(victoria) == stored(DAY, POINTS)
