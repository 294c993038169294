"""Years of somebody else's data, from real servers: every value is found again."""

import json
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

from pumphouse.core.errors import UsageError
from pumphouse.core.model import Interval, Site
from pumphouse.core.ports import SystemClock
from pumphouse.runtime.import_places import Wish, opened
from pumphouse.runtime.importing import bring
from pumphouse.stores.sqlite import open_store

from .databases import InfluxDb1, VictoriaMetrics

START = datetime(2025, 1, 1, tzinfo=UTC)
YEAR = Interval(START, START + timedelta(days=366))
#: parameters as the scripts publish them, and what they are
PARAMETERS = {"40004": "outdoor_temperature", "40008": "supply_temperature", "99999": None}
STEP = timedelta(minutes=30)
COUNT = timedelta(days=365) // STEP


@pytest.fixture
async def store(tmp_path):
    async with open_store(tmp_path / "p.db", site=Site(), clock=SystemClock()) as opened:
        yield opened


@pytest.fixture
def influxdb(tmp_path):
    folder = tmp_path / "influx"
    folder.mkdir()
    server = InfluxDb1(folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def victoria(tmp_path):
    folder = tmp_path / "victoria"
    folder.mkdir()
    server = VictoriaMetrics(folder)
    server.start()
    yield server
    server.stop()


def _value(parameter: str, number: int) -> float:
    return round(float(int(parameter) % 7 + number % 97) / 10, 1)


def _post(address: str, body: str) -> None:
    request = urllib.request.Request(address, body.encode(), method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status in (200, 204)


def _year_of_the_scripts(layout: str) -> str:
    lines = []
    for parameter in PARAMETERS:
        topic = f"myuplink/80105/{parameter}/value"
        head = f"mqtt,topic={topic}" if layout == "tag" else topic
        lines += [
            f"{head} value={_value(parameter, n)} {int((START + n * STEP).timestamp())}"
            for n in range(COUNT)
        ]
    return "\n".join(lines)


async def _bring(wish, store, host):
    async with opened(wish, store, host) as reader:
        return await bring(reader, store, SystemClock())


async def _assert_every_value(store):
    points = {point.key.point: point for point in await store.points()}
    assert {name: point.metric for name, point in points.items()} == PARAMETERS
    for name, point in points.items():
        found = [(r.time, r.value) for r in await store.readings(point.key, YEAR)]
        assert found == [(START + n * STEP, _value(name, n)) for n in range(COUNT)]


@pytest.mark.parametrize("layout", ["tag", "measurement"])
async def test_a_year_of_the_scripts_comes_from_influxdb(influxdb, store, host, layout):
    influxdb.query('CREATE DATABASE "home"')
    _post(f"{influxdb.url}/write?db=home&precision=s", _year_of_the_scripts(layout))
    wish = Wish(influxdb.url, YEAR, database="home")
    report = await _bring(wish, store, host)
    assert (report.read, report.stored) == (len(PARAMETERS) * COUNT,) * 2
    assert {device.id for device in await store.devices()} == {"80105"}
    await _assert_every_value(store)
    again = await _bring(wish, store, host)
    assert (again.stored, again.already) == (0, report.read)


class Killed(Exception):
    pass


async def test_an_interrupted_import_goes_on_in_the_middle_of_a_series(influxdb, store, host):
    influxdb.query('CREATE DATABASE "home"')
    _post(f"{influxdb.url}/write?db=home&precision=s", _year_of_the_scripts("tag"))
    wish = Wish(influxdb.url, YEAR, database="home")
    told: list[float | None] = []

    def stop_at_the_fourth(done: float | None) -> None:
        told.append(done)
        if len(told) == 4:
            raise Killed

    with pytest.raises(Killed):
        async with opened(wish, store, host) as reader:
            await bring(reader, store, SystemClock(), stop_at_the_fourth)
    report = await _bring(wish, store, host)
    assert (report.read, report.stored, report.already) == (len(PARAMETERS) * COUNT,) * 2 + (0,)
    await _assert_every_value(store)


async def test_our_own_layout_comes_back_from_victoriametrics(victoria, store, host):
    lines = [
        f"heatpump,device=80105,source=ground outdoor_temperature={_value('40004', n)}"
        f" {int((START + n * STEP).timestamp())}"
        for n in range(COUNT)
    ]
    lines += [
        f"heatpump_point,device=80105,point=47011,source=ground value=3 {int(START.timestamp())}"
    ]
    _post(f"{victoria.url}/write?precision=s", "\n".join(lines))
    victoria.ask("/internal/force_flush")
    wish = Wish(victoria.url, YEAR, form="prometheus", series='{__name__=~"heatpump.+"}')
    report = await _bring(wish, store, host)
    assert report.stored == COUNT + 1
    points = {point.key.point: point for point in await store.points()}
    assert set(points) == {"outdoor_temperature", "47011"}
    point = points["outdoor_temperature"]
    assert (point.key.source, point.key.device, point.unit.symbol) == ("ground", "80105", "°C")
    found = [(r.time, r.value) for r in await store.readings(point.key, YEAR)]
    assert found == [(START + n * STEP, _value("40004", n)) for n in range(COUNT)]
    again = await _bring(wish, store, host)
    assert (again.stored, again.already) == (0, COUNT + 1)


async def test_a_server_is_recognised_by_what_it_answers(influxdb, victoria, store, host):
    line = json.dumps(
        {
            "metric": {"__name__": "temperature", "room": "Wohnzimmer Süd \N{HOUSE BUILDING}"},
            "values": [21.5],
            "timestamps": [int(START.timestamp() * 1000)],
        },
        ensure_ascii=False,
    )
    _post(f"{victoria.url}/api/v1/import", line)
    victoria.ask("/internal/force_flush")
    report = await _bring(Wish(victoria.url.replace("http", "HTTP"), YEAR), store, host)
    assert report.stored == 1
    (point,) = await store.points()
    assert [one.value for one in await store.readings(point.key, YEAR)] == [21.5]
    with pytest.raises(UsageError, match="InfluxDB: say which database"):
        await _bring(Wish(influxdb.url, YEAR), store, host)


async def test_what_was_scraped_comes_back_in_our_units(victoria, store, host):
    samples = [
        {
            "metric": {
                "__name__": "heatpump_electricity_used_joules_total",
                "device": "80105",
                "source": "ground",
                "instance": "pi:8400",
            },
            "values": [3.6e9, 7.2e9],
            "timestamps": [int(START.timestamp() * 1000), int(START.timestamp() * 1000) + 60_000],
        }
    ]
    _post(f"{victoria.url}/api/v1/import", "\n".join(map(json.dumps, samples)))
    victoria.ask("/internal/force_flush")
    wish = Wish(victoria.url, YEAR, form="prometheus", series='{__name__=~"heatpump.+"}')
    await _bring(wish, store, host)
    (point,) = await store.points()
    assert (point.metric, point.unit.symbol) == ("electricity_used", "kWh")
    found = await store.readings(point.key, YEAR)
    assert [reading.value for reading in found] == [1000.0, 2000.0]


async def test_series_that_differ_in_a_tag_stay_apart(influxdb, store, host):
    influxdb.query('CREATE DATABASE "home"')
    time = int(START.timestamp())
    lines = [
        rf"room,na\=me=a\ b\,c\=d,dir=x\y value=4 {time}",
        f"room,name=bath value=3 {time}",
        f"room,name=bath,floor=1 value=2 {time}",
        f"room value=1 {time}",
    ]
    _post(f"{influxdb.url}/write?db=home&precision=s", "\n".join(lines))
    await _bring(Wish(influxdb.url, YEAR, database="home"), store, host)
    found = {
        point.key.point: await store.readings(point.key, YEAR) for point in await store.points()
    }
    assert {name: [one.value for one in readings] for name, readings in found.items()} == {
        "room value": [1.0],
        "room,floor=1,name=bath value": [2.0],
        "room,name=bath value": [3.0],
        "room,dir=x\\y,na=me=a b,c=d value": [4.0],
    }


async def test_another_retention_policy_is_read_when_it_is_named(influxdb, store, host):
    influxdb.query('CREATE DATABASE "home"')
    influxdb.query('CREATE RETENTION POLICY "years" ON "home" DURATION INF REPLICATION 1')
    _post(
        f"{influxdb.url}/write?db=home&rp=years&precision=s",
        f"tank t=48.5 {int(START.timestamp())}",
    )
    with pytest.raises(UsageError, match="empty"):
        await _bring(Wish(influxdb.url, YEAR, database="home"), store, host)
    report = await _bring(Wish(influxdb.url, YEAR, database="home/years"), store, host)
    assert report.stored == 1


async def _values(store):
    """What each point has, numbers and texts."""
    return {
        point.key.point: [
            one.value if one.text is None else one.text
            for one in await store.readings(point.key, YEAR)
        ]
        for point in await store.points()
    }


async def test_a_field_that_changed_its_type_keeps_all_its_values(influxdb, store, host):
    influxdb.query('CREATE DATABASE "home"')
    month = int(timedelta(days=30).total_seconds())
    for number, written in enumerate(("4i", "4.5", '"off"', "true")):
        time = int(START.timestamp()) + number * month
        _post(f"{influxdb.url}/write?db=home&precision=s", f"m v={written},w={number} {time}")
    await _bring(Wish(influxdb.url, YEAR, database="home"), store, host)
    assert await _values(store) == {"m v": [4.0, 4.5, "off", 1.0], "m w": [0.0, 1.0, 2.0, 3.0]}


async def test_a_field_may_be_called_like_a_tag(influxdb, store, host):
    influxdb.query('CREATE DATABASE "home"')
    time = int(START.timestamp())
    lines = f"m,host=a host=4,v=1 {time}\nm host=5 {time}\n"
    _post(f"{influxdb.url}/write?db=home&precision=s", lines)
    await _bring(Wish(influxdb.url, YEAR, database="home"), store, host)
    assert await _values(store) == {"m host": [5.0], "m,host=a host": [4.0], "m,host=a v": [1.0]}


async def test_a_field_beside_the_value_does_not_take_its_place(influxdb, store, host):
    influxdb.query('CREATE DATABASE "home"')
    line = f'mqtt,topic=nibe/8/40004/value a="C",value=3.5 {int(START.timestamp())}'
    _post(f"{influxdb.url}/write?db=home&precision=s", line)
    await _bring(Wish(influxdb.url, YEAR, database="home"), store, host)
    own_name = "mqtt,topic=nibe/8/40004/value a"
    assert await _values(store) == {"40004": [3.5], own_name: ["C"]}


@pytest.mark.parametrize("address", ["http://", "http://[::bad"])
async def test_what_is_no_address_is_told_in_a_sentence(store, host, address):
    with pytest.raises(UsageError, match="server"):
        await _bring(Wish(address, YEAR, database="home"), store, host)


async def test_an_unknown_database_is_told_in_a_sentence(influxdb, store, host):

    influxdb.query('CREATE DATABASE "home"')
    for name in ("home", "nowhere"):
        with pytest.raises(UsageError, match=name):
            await _bring(Wish(influxdb.url, YEAR, database=name), store, host)
