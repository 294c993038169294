"""Against a real InfluxDB 1.x: what goes in is asked back through its own query language."""

import asyncio
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pumphouse.core.errors import (
    AccessDenied,
    CredentialsRefused,
    RequestRefused,
    TransientError,
)
from pumphouse.core.model import Point, PointKey, Reading
from pumphouse.core.ports import Host
from pumphouse.sinks.influxdb import InfluxDbSettings
from pumphouse.sinks.influxdb.sink import InfluxDb

from .databases import InfluxDb1
from .house_readings import START, house_readings, stored

DAY, POINTS = house_readings(1)
HOUR = [reading for reading in DAY if reading.time < START + timedelta(hours=1)]


@pytest.fixture
def influx(tmp_path) -> Iterator[InfluxDb1]:
    served = InfluxDb1(tmp_path)
    served.start()
    served.query('CREATE DATABASE "pumphouse"')
    yield served
    served.stop()


@pytest.fixture
def opened(influx, host: Host) -> Callable[..., InfluxDb]:
    def sink(**settings: object) -> InfluxDb:
        chosen = InfluxDbSettings.model_validate({"url": influx.url} | settings)
        return InfluxDb("history", chosen, host)

    return sink


def asked_back(influx: InfluxDb1, wide: str = "heatpump", long: str = "heatpump_point"):
    """Everything that is in the database, in the shape of `stored`."""
    found = {}
    for series in influx.query(f"SELECT * FROM {wide}, {long} GROUP BY device, source, point"):
        tags, columns = series["tags"], series["columns"]
        for stamp, *values in series["values"]:
            for column, value in zip(columns[1:], values, strict=True):
                name = column if series["name"] == wide else f"[{tags['point']}]"
                if value is not None:
                    found[tags["source"], tags["device"], name, stamp] = value
    return found


HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "influxdb.md"
QUERIES = re.findall(r"```influxql\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)


async def test_every_query_of_the_how_to_page_finds_something(influx, opened):
    async with opened() as sink:
        await sink.deliver(DAY, POINTS)
    assert all(influx.query(query) for query in QUERIES)
    assert QUERIES


@pytest.mark.parametrize("gzip", [True, False])
async def test_a_day_of_the_house_is_asked_back_equal(influx, opened, gzip):
    async with opened(gzip=gzip) as sink:
        assert not await sink.deliver(DAY, POINTS)
    assert asked_back(influx) == stored(DAY, POINTS)
    assert len(DAY) > 40_000


async def test_what_it_has_confirmed_need_not_settle(influx, opened):
    async with opened() as sink:
        assert (await sink.settling()).secs == 0
        assert (await sink.settling()).run


async def test_the_same_delivery_again_changes_nothing(influx, opened):
    async with opened() as sink:
        await sink.deliver(HOUR, POINTS)
        before = asked_back(influx), influx.query("SHOW SERIES")
        assert not await sink.deliver(HOUR, POINTS)
    assert (asked_back(influx), influx.query("SHOW SERIES")) == before
    (counts,) = influx.query("SELECT count(outdoor_temperature) FROM heatpump")
    assert counts["values"] == [[0, 2 * 12]]


async def test_a_field_of_another_type_is_set_aside_in_the_server_s_words(influx, opened):
    """A field that once became a text, and one that became a truth value in another series."""
    stamp = int(START.timestamp())
    lines = f'heatpump outdoor_temperature="mild" {stamp}\nheatpump_point value=true {stamp}'
    async with opened() as sink:
        await sink._push.post(lines.encode(), [("db", "pumphouse"), ("precision", "s")])
        rejections = await sink.deliver(HOUR, POINTS)
    clashing = [r for r in HOUR if POINTS[r.key].metric in {None, "outdoor_temperature"}]
    assert {(r.key, r.time) for r in rejections} == {(r.key, r.time) for r in clashing}
    assert len(rejections) == len(clashing) > 24
    for rejection in rejections:
        assert "field type conflict: input field" in rejection.reason
        assert "already exists as type" in rejection.reason
    good = [r for r in HOUR if r not in clashing]
    kept = asked_back(influx)
    assert {k: v for k, v in kept.items() if not isinstance(v, bool | str)} == stored(good, POINTS)


async def test_readings_beyond_the_retention_are_set_aside_in_the_server_s_words(influx, opened):
    influx.query('CREATE RETENTION POLICY "short" ON "pumphouse" DURATION 1h REPLICATION 1')
    now = Reading(DAY[0].key, sink_now := START.now(START.tzinfo).replace(microsecond=0), 1.0)
    async with opened(retention_policy="short") as sink:
        rejections = await sink.deliver([*HOUR, now], POINTS)
    assert {(r.key, r.time) for r in rejections} == {(r.key, r.time) for r in HOUR}
    assert {"points beyond retention policy" in r.reason for r in rejections} == {True}
    assert [stamp for *_, stamp in asked_back(influx, "short.heatpump", "short.x")] == [
        round(sink_now.timestamp() * 1000)
    ]


async def test_missing_places_are_named_with_a_way_to_make_them(opened):
    async with opened(database="nowhere") as sink:
        with pytest.raises(RequestRefused, match='CREATE DATABASE "nowhere"'):
            await sink.deliver(HOUR, POINTS)
    async with opened(retention_policy="ages") as sink:
        with pytest.raises(RequestRefused, match="retention policy not found: ages"):
            await sink.deliver(HOUR, POINTS)
    async with opened(version=2, org="home") as sink:
        with pytest.raises(RequestRefused, match="`url` or `version`"):
            await sink.deliver(HOUR, POINTS)


@pytest.fixture
def guarded(tmp_path) -> Iterator[InfluxDb1]:
    """A server that asks who is there; `guest` may not write."""
    served = InfluxDb1(tmp_path, auth_enabled=True)
    served.start()
    served.query("CREATE USER admin WITH PASSWORD 'über geheim' WITH ALL PRIVILEGES")
    served.login = (("u", "admin"), ("p", "über geheim"))
    served.query('CREATE DATABASE "pumphouse"')
    served.query("CREATE USER guest WITH PASSWORD 'gästeWC'")
    yield served
    served.stop()


async def test_with_the_right_login_a_guarded_server_takes_readings(guarded, host):
    login = {"user": "admin", "password": "über geheim"}
    settings = InfluxDbSettings.model_validate({"url": guarded.url} | login)
    async with InfluxDb("history", settings, host) as sink:
        assert not await sink.deliver(HOUR, POINTS)
    assert asked_back(guarded) == stored(HOUR, POINTS)


@pytest.mark.parametrize(
    ("login", "error"),
    [
        ({}, CredentialsRefused),
        ({"user": "admin", "password": "gästeWC"}, CredentialsRefused),
        ({"user": "guest", "password": "gästeWC"}, AccessDenied),
    ],
)
async def test_a_wrong_login_is_for_a_person_to_mend(guarded, host, login, error):
    settings = InfluxDbSettings.model_validate({"url": guarded.url} | login)
    async with InfluxDb("history", settings, host) as sink:
        with pytest.raises(error) as caught:
            await sink.deliver(HOUR, POINTS)
    assert "gästeWC" not in str(caught.value)
    assert not asked_back(guarded)


async def test_a_server_that_takes_small_requests_only_gets_small_ones(tmp_path, host):
    influx = InfluxDb1(tmp_path, max_body_size=3000)
    influx.start()
    try:
        influx.query('CREATE DATABASE "pumphouse"')
        settings = InfluxDbSettings(url=influx.url, gzip=False)
        async with InfluxDb("history", settings, host) as sink:
            assert not await sink.deliver(HOUR, POINTS)
        assert asked_back(influx) == stored(HOUR, POINTS)
    finally:
        influx.stop()


AWKWARD = [
    "a b",
    "a,b",
    "a=b",
    'a"b',
    "Wärme",
    "a, b=c ",
    " a",
    "1/44055",
    "🜁",
    "'",
    "#a",
    "\u00ad",
]


async def test_awkward_names_and_numbers_are_asked_back_equal(influx, opened):
    numbers = [0.0, -0.1, 5e-324, 1.7976931348623157e308, 1e22, 0.1 + 0.2, 123456789.123456789]
    keys = [PointKey(name, f"{name}.", f".{name}") for name in AWKWARD]
    points = {key: Point(key, key.point) for key in keys}
    points |= {k: replace(p, metric="metric") for k, p in list(points.items())[:5]}
    readings = [
        Reading(key, START + timedelta(milliseconds=250 * n), number)
        for key in keys
        for n, number in enumerate(numbers)
    ]
    async with opened() as sink:
        assert not await sink.deliver(readings, points)
    assert asked_back(influx) == stored(readings, points)


@pytest.mark.parametrize("seed", range(2))
async def test_killed_in_the_middle_every_reading_is_there_exactly_once(influx, opened, seed):
    """Three times SIGKILL at random instants under load; a batch counts when it is confirmed."""
    chance = random.Random(seed)
    batches = [DAY[start : start + 1000] for start in range(0, len(DAY), 1000)]
    deaths = set(chance.sample(range(len(batches) // 2), 3))
    murders: list[asyncio.Task[None]] = []
    failures = done = 0
    async with opened(batch_size=100, timeout_secs=60) as sink:
        while done < len(batches):
            if done in deaths:
                deaths.remove(done)
                murders.append(asyncio.create_task(_kill(influx, chance.uniform(0, 0.05))))
            try:
                assert not await sink.deliver(batches[done], POINTS)
                done += 1
            except TransientError:
                failures += 1
                await asyncio.gather(*murders)
                influx.start()
    assert 0 < failures <= 3
    assert asked_back(influx) == stored(DAY, POINTS)


async def _kill(influx: InfluxDb1, delay: float) -> None:
    await asyncio.sleep(delay)
    influx.kill()
