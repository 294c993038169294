import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pumphouse.core.errors import TransientError, Unreachable
from pumphouse.core.model import Point, PointKey, Reading
from pumphouse.core.ports import CursorSink, LiveSink

from .conftest import NOON, POINTS, FakeInflux, answer, open_sink, reading, serving
from .line_parser import parse

KEYS = list(POINTS)
DAY = [reading(number, minute, number + minute / 8) for minute in range(60) for number in range(6)]


def where(one):
    """Where a reading is to be found in the server."""
    metric = POINTS[one.key].metric
    stamp = int(one.time.timestamp())
    if metric is None:
        tags = (("device", "80105"), ("point", one.key.point), ("source", "ground"))
        return "heatpump_point", tags, "value", stamp
    return "heatpump", (("device", "80105"), ("source", "ground")), metric, stamp


def kept_by(readings):
    return {where(one): one.value for one in readings}


def refused(rejections):
    return sorted((r.key, r.time) for r in rejections)


def test_it_is_given_every_reading(opened):
    sink = opened(batch_size=77)
    assert (sink.name, sink.batch_size) == ("history", 77)
    assert isinstance(sink, CursorSink)
    assert not isinstance(sink, LiveSink)


@pytest.mark.parametrize("gzip", [True, False])
@pytest.mark.parametrize("version", [1, 2, 3])
async def test_metrics_go_into_one_measurement_and_points_without_one_into_another(
    influx, opened, version, gzip
):
    influx.version = version
    async with opened(gzip=gzip) as sink:
        assert not await sink.deliver(DAY, POINTS)
    assert influx.kept == kept_by(DAY)
    (request,) = influx.requests
    assert request.headers.get("Content-Encoding") == ("gzip" if gzip else None)
    assert len(parse(influx.bodies[0])) == 60 * 3


async def test_a_large_delivery_is_cut_into_requests(influx, opened):
    async with opened(batch_size=100) as sink:
        await sink.deliver(DAY, POINTS)
    assert len(influx.requests) == 4
    assert influx.kept == kept_by(DAY)


async def test_measurements_have_the_configured_names(influx, opened):
    async with opened(measurement="hp", point_measurement="hp_raw") as sink:
        await sink.deliver(DAY[:6], POINTS)
    assert {line.measurement for line in parse(influx.bodies[0])} == {"hp", "hp_raw"}


async def test_a_point_that_nobody_described_has_no_metric(influx, opened):
    async with opened() as sink:
        assert not await sink.deliver([reading(0, 0)], {})
    ((measurement, tags, field, _),) = influx.kept
    assert (measurement, field) == ("heatpump_point", "value")
    assert dict(tags)["point"] == KEYS[0].point


async def test_texts_are_left_out_and_count_as_delivered(influx, opened):
    async with opened() as sink:
        assert not await sink.deliver([reading(0, 0, "9478"), reading(1, 0)], POINTS)
        assert not await sink.deliver([reading(0, 1, "9478")], POINTS)
        assert not await sink.deliver([], POINTS)
    assert influx.kept == kept_by([reading(1, 0)])
    assert len(influx.requests) == 1


async def test_the_same_delivery_again_changes_nothing(influx, opened):
    async with opened() as sink:
        await sink.deliver(DAY, POINTS)
        before = dict(influx.kept)
        await sink.deliver(DAY, POINTS)
    assert influx.kept == before
    assert influx.bodies[0] == influx.bodies[1]


async def test_a_name_that_cannot_be_written_is_rejected_in_our_words(influx, opened):
    odd = Point(PointKey("ground", "80105", "a\\b"), "odd")
    strange = Reading(odd.key, NOON, 1.0)
    async with opened() as sink:
        (rejection,) = await sink.deliver([strange, reading(0, 0)], {**POINTS, odd.key: odd})
    assert (rejection.key, rejection.time) == (odd.key, NOON)
    assert "backslash" in rejection.reason
    assert influx.kept == kept_by([reading(0, 0)])


@given(
    version=st.sampled_from([1, 2, 3]),
    clashing=st.frozensets(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=12),
    clashing_always=st.frozensets(st.integers(0, 5), max_size=2),
    horizon=st.integers(-1, 12),
    order=st.permutations([(n, m) for n in range(6) for m in range(10)]),
)
@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_exactly_what_the_server_refuses_is_rejected(
    host, version, clashing, clashing_always, horizon, order
):
    """Whatever is wrong with any fields at any instants; each version in its own words."""
    readings = [reading(n, m, n + m / 8) for n, m in order]
    bad = [
        r
        for r, (n, m) in zip(readings, order, strict=True)
        if (n, m) in clashing or n in clashing_always or m < horizon
    ]
    clashes = {where(reading(n, m)) for n, m in clashing} | {
        where(reading(n, m)) for n in clashing_always for m in range(10)
    }

    async def deliver():
        async with serving(FakeInflux()) as influx:
            influx.version = version
            influx.horizon = int(NOON.timestamp()) + 60 * horizon
            influx.conflicts = lambda line, name: (
                (line.measurement, line.tags, name, line.stamp) in clashes
            )
            async with open_sink(influx, host) as sink:
                rejections = await sink.deliver(readings, POINTS)
            return influx.kept, rejections

    kept, rejections = asyncio.run(deliver())
    assert refused(rejections) == refused(bad)
    assert kept == kept_by(r for r in readings if r not in bad)
    assert all("dropped=" in r.reason or "invalid column type" in r.reason for r in rejections)


@pytest.mark.parametrize("version", [1, 2, 3])
async def test_one_field_of_another_type_costs_three_requests_however_long_the_delivery(
    influx, opened, version
):
    influx.version = version
    influx.conflicts = lambda _line, name: name == "metric_2"
    async with opened() as sink:
        rejections = await sink.deliver(DAY, POINTS)
    assert refused(rejections) == refused(r for r in DAY if r.key == KEYS[2])
    assert influx.kept == kept_by(r for r in DAY if r.key != KEYS[2])
    assert len(influx.requests) == 3


async def test_readings_older_than_the_retention_are_rejected_in_few_requests(influx, opened):
    influx.horizon = int(NOON.timestamp()) + 37 * 60
    async with opened() as sink:
        rejections = await sink.deliver(DAY, POINTS)
    assert len(rejections) == 37 * 6
    assert {r.reason for r in rejections} <= {
        f"partial write: points beyond retention policy dropped={n}" for n in range(200)
    }
    assert len(influx.requests) < 20


async def test_a_request_that_is_too_large_is_split(influx, opened):
    influx.largest_body = 900
    async with opened(gzip=False) as sink:
        assert not await sink.deliver(DAY, POINTS)
    assert influx.kept == kept_by(DAY)


async def test_a_failure_in_the_middle_is_raised_and_the_rest_is_delivered_again(influx, opened):
    async with opened(batch_size=100) as sink:
        await sink.deliver(DAY[:100], POINTS)
        influx.scripted = [answer(204), answer(503, "down", Retry_After="7")]
        with pytest.raises(TransientError) as caught:
            await sink.deliver(DAY[100:], POINTS)
        assert caught.value.retry_after == 7
        assert not await sink.deliver(DAY[100:], POINTS)
    assert influx.kept == kept_by(DAY)


async def test_a_server_that_is_not_there_is_a_passing_matter(opened):
    async with opened(url="http://127.0.0.1:9") as sink:
        with pytest.raises(Unreachable, match="'history'"):
            await sink.deliver(DAY, POINTS)


async def test_a_server_that_does_not_answer_is_a_passing_matter(influx, opened, monkeypatch):
    async with opened() as sink:
        monkeypatch.setattr(sink._push._wire, "_timeout_secs", 0.05)
        monkeypatch.setattr(influx, "before_answering", asyncio.Event().wait)
        with pytest.raises(Unreachable, match="in time"):
            await sink.deliver(DAY, POINTS)


async def test_milliseconds_survive(influx, opened):
    late = Reading(KEYS[0], NOON + timedelta(milliseconds=250), 1.0)
    async with opened() as sink:
        await sink.deliver([late], POINTS)
    assert influx.requests[0].query["precision"] == "ms"
    assert [stamp for *_, stamp in influx.kept] == [int(NOON.timestamp()) * 1000 + 250]
