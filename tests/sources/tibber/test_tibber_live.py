"""Live events: what comes, how a connection ends, and that nobody fights for a place."""

import asyncio
import itertools
import json
from collections import defaultdict
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from tests.sources.tibber.simulated_tibber import simulated_tibber

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.errors import (
    AccessDenied,
    RequestRefused,
    ServerFailure,
    TransientError,
    Unreachable,
)
from pumphouse.core.model import Batch, Device, Site
from pumphouse.http.limits import TokenBucket
from pumphouse.http.session import ApiClient
from pumphouse.runtime.listener import Listener
from pumphouse.sources.selection import Selection
from pumphouse.sources.tibber.live import LiveEvents
from pumphouse.sources.tibber.measurement import MeasurementMapper
from pumphouse.sources.tibber.problems import explain
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.clock import FakeClock

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
STREAM = "/live-events"


@pytest.fixture
def clock() -> FakeClock:
    """Stands still until a test moves it."""
    return FakeClock(NOW)


# The mapping of a measurement


def mapper(clock, interval=0.0, selection=None) -> MeasurementMapper:
    return MeasurementMapper(
        "tibber", load_catalogue(), selection or Selection(), interval=interval, clock=clock
    )


METER = Device("tibber", "m", "Pulse")


def frame(seconds: float = 0, **values: object) -> dict[str, object]:
    return {"timestamp": (NOW + timedelta(seconds=seconds)).isoformat(), "power": 500} | values


def test_the_fields_of_a_measurement_have_metrics_and_units(clock):
    batch = mapper(clock).batch(
        METER,
        frame(
            accumulatedConsumption=1.5,
            accumulatedCost=2.25,
            currency="SEK",
            voltagePhase1=230.1,
            voltagePhase3=231.2,
            currentL1=None,
            brandNew=7,
            note="text",
        ),
    )
    points = {point.key.point: point for point in batch.points}
    assert {name: (point.metric, point.unit.symbol) for name, point in points.items()} == {
        "power": ("house_power", "W"),
        "accumulatedConsumption": ("house_energy_today", "kWh"),
        "accumulatedCost": ("house_cost_today", "SEK"),
        "voltagePhase1": ("house_voltage", "V"),
        "voltagePhase3": ("house_voltage_3", "V"),
        "brandNew": (None, ""),
    }
    assert {reading.time for reading in batch.readings} == {NOW}


def test_a_measurement_without_a_time_is_of_now(clock):
    assert mapper(clock).batch(METER, {"power": 1}).readings[0].time == clock.now()


def test_no_more_is_kept_than_wanted(clock):
    thin = mapper(clock, interval=10)
    kept = [second for second in range(0, 60, 2) if thin.batch(METER, frame(second)).readings]
    assert kept == [0, 10, 20, 30, 40, 50]


def test_each_meter_has_its_own_measure(clock):
    thin = mapper(clock, interval=10)
    other = Device("tibber", "n", "Pulse")
    assert thin.batch(METER, frame()).readings
    assert thin.batch(other, frame()).readings
    assert not thin.batch(METER, frame(1)).readings


# The stream, before a small server


class Meters:
    """Homes with meters; `script` says what each connection of a home is told."""

    def __init__(self) -> None:
        self.homes: dict[str, list[str]] = {"h": ["m"]}
        self.script: dict[str, list[list[tuple[str, object]]]] = defaultdict(list)
        self.opened: list[tuple[str, tuple[str, ...]]] = []
        self.closed: asyncio.Queue[str] = asyncio.Queue()
        self.url = ""

    async def list_homes(self, _request):
        return web.json_response({"homes": [{"id": home} for home in self.homes]})

    async def list_meters(self, request):
        found = self.homes[request.match_info["home"]]
        info = {"name": "Pulse", "brand": "Tibber"}
        return web.json_response({"devices": [{"id": one, "info": info} for one in found]})

    async def stream(self, request):
        home = request.match_info["home"]
        self.opened.append((home, tuple(request.query.getall("deviceId"))))
        reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await reply.prepare(request)
        try:
            for name, data in self.script[home].pop(0) if self.script[home] else ():
                while name == "hang":
                    await asyncio.sleep(0.005)
                    if request.transport is None or request.transport.is_closing():
                        return reply
                text = data if isinstance(data, str) else json.dumps(data)
                await reply.write(f"event: {name}\ndata: {text}\n\n".encode())
        finally:
            await self.closed.put(home)
        return reply


@pytest.fixture
async def meters():
    served = Meters()
    app = web.Application()
    app.router.add_get("/v1/homes", served.list_homes)
    app.router.add_get("/v1/homes/{home}/live-events/devices", served.list_meters)
    app.router.add_get("/v1/homes/{home}/live-events", served.stream)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.url = "http://{}:{}".format(*runner.addresses[0][:2])
    yield served
    await runner.cleanup()


@pytest.fixture
async def live(meters, host, clock):
    client = ApiClient(
        meters.url,
        host=host,
        registration=None,
        limiter=TokenBucket(1000.0, 1000, host.clock),
        explain=explain,
    )
    async with client:
        yield LiveEvents(
            "tibber", client, mapper(clock), clock=clock, rng=host.rng, silence_secs=0.2
        )


async def heard(live: LiveEvents) -> list[tuple[float, ...]]:
    """The powers of each batch, to the end of the stream."""
    return [
        tuple(r.value for r in batch.readings if r.key.point == "power" and r.value is not None)
        async for batch in live.stream()
    ]


async def test_measurements_and_pings_come_to_the_end(live, meters):
    meters.script["h"] = [
        [("measurement", frame(0, power=1)), ("ping", {}), ("measurement", frame(2, power=2))]
    ]
    assert await heard(live) == [(1,), (), (2,)]
    assert meters.opened == [("h", ("m",))]


@pytest.mark.parametrize("data", ["no json", "[1]", '"text"'])
async def test_a_measurement_that_is_not_understood_is_told(live, meters, data):
    meters.script["h"] = [[("measurement", data), ("measurement", frame())]]
    found = [batch async for batch in live.stream()]
    assert [bool(batch.problems) for batch in found] == [True, False]


async def test_of_several_meters_each_has_its_own(live, meters):
    meters.homes["h"] = ["a", "b"]
    meters.script["h"] = [
        [
            ("measurement", frame(deviceId="b")),
            ("measurement", frame(deviceId="c")),
            ("measurement", frame()),
        ]
    ]
    found = [batch async for batch in live.stream()]
    assert [tuple(d.id for d in batch.devices) for batch in found] == [("b",), (), ()]
    assert [bool(batch.problems) for batch in found] == [False, True, True]


async def test_five_meters_fit_into_a_connection(live, meters):
    meters.homes["h"] = list("abcdefg")
    found = [batch async for batch in live.stream()]
    assert meters.opened == [("h", tuple("abcde"))]
    assert len(found) == 1
    assert "5 meters" in found[0].problems[0]


async def test_without_a_meter_a_person_has_to_act(live, meters):
    meters.homes["h"] = []
    with pytest.raises(AccessDenied, match="paired"):
        await heard(live)
    assert meters.opened == []


async def test_silence_ends_the_connection(live, meters):
    meters.script["h"] = [[("ping", {}), ("hang", None)]]
    with pytest.raises(Unreachable):
        await heard(live)


async def test_leaving_early_closes_every_connection(live, meters):
    meters.homes = {"h": ["m"], "i": ["n"]}
    for home in "hi":
        meters.script[home] = [[("ping", {})] * 3 + [("hang", None)]]
    async with aclosing(live.stream()) as batches:
        async for _ in batches:
            break
    closed = {await asyncio.wait_for(meters.closed.get(), 60) for _ in meters.opened}
    assert closed <= {"h", "i"}


@pytest.mark.parametrize(
    ("words", "retry_after"),
    [
        ({"code": "upstream", "transient": True}, None),
        ({"code": "upstream", "transient": True, "retryAfter": 30}, 30),
        ({"code": "upstream", "transient": True, "retryAfter": "soon"}, None),
        ({"code": "upstream", "transient": True, "retryAfter": -1}, None),
        ({"code": "upstream", "transient": True, "retryAfter": True}, None),
        ({"code": "upstream", "transient": True, "retryAfter": 10**400}, None),
        ({"code": "upstream", "transient": True, "retryAfter": 1e12}, 86400),
        ({"code": "upstream"}, None),
        ({}, None),
        ("no json", None),
    ],
)
async def test_a_passing_error_says_how_long_to_stay_away(live, meters, words, retry_after):
    meters.script["h"] = [[("stream_error", words)]]
    with pytest.raises(TransientError) as caught:
        await heard(live)
    assert caught.value.retry_after == retry_after


async def test_an_error_that_does_not_pass_needs_a_person(live, meters):
    meters.script["h"] = [[("stream_error", {"code": "forbidden", "transient": False})]]
    with pytest.raises(RequestRefused, match="forbidden"):
        await heard(live)


async def test_a_meter_that_is_refused_is_left_out_and_the_others_go_on(live, meters):
    meters.homes["h"] = ["a", "b"]
    words = {"code": "device_gone", "transient": False, "deviceId": "a"}
    meters.script["h"] = [[("stream_error", words)]]
    with pytest.raises(TransientError, match="device_gone"):
        await heard(live)
    await heard(live)
    assert meters.opened == [("h", ("a", "b")), ("h", ("b",))]


EVICTED = ("stream_error", {"code": "evicted", "transient": False})


async def test_who_is_evicted_stays_away_for_long_and_longer_each_time(live, meters, clock):
    waits = []
    for _ in range(8):
        meters.script["h"] = [[EVICTED]]
        with pytest.raises(TransientError, match="Another program") as caught:
            await heard(live)
        waits.append(caught.value.retry_after or 0)
        await clock.advance(waits[-1])
    assert 900 <= waits[0] <= 1200
    assert all(1.5 * a < b for a, b in itertools.pairwise(waits[:5]))
    assert max(waits) <= 6 * 3600 * 1.25
    assert len(meters.opened) == 8


async def test_no_connection_is_opened_before_the_time(live, meters, clock):
    meters.script["h"] = [[EVICTED]]
    with pytest.raises(TransientError):
        await heard(live)
    for _ in range(5):
        with pytest.raises(TransientError) as caught:
            await heard(live)
        assert caught.value.retry_after is not None
        await clock.advance(100)
    assert len(meters.opened) == 1
    await clock.advance(caught.value.retry_after)
    await heard(live)
    assert len(meters.opened) == 2


async def test_what_the_server_asks_for_is_longer(live, meters):
    words = {"code": "evicted", "transient": True, "retryAfter": 86400}
    meters.script["h"] = [[("stream_error", words)]]
    with pytest.raises(TransientError) as caught:
        await heard(live)
    assert caught.value.retry_after == 86400


async def test_a_place_that_was_long_ours_is_looked_for_soon(live, meters, clock):
    for _ in range(3):
        meters.script["h"] = [[EVICTED]]
        with pytest.raises(TransientError) as caught:
            await heard(live)
        await clock.advance(caught.value.retry_after or 0)
    meters.script["h"] = [[("ping", {})] * 3 + [EVICTED]]

    async def listen() -> None:
        async for _ in live.stream():
            await clock.advance(4000)

    with pytest.raises(TransientError) as caught:
        await listen()
    assert (caught.value.retry_after or 0) <= 1200


async def test_the_eviction_from_one_home_does_not_silence_the_other(live, meters, clock):
    meters.homes = {"h": ["m"], "i": ["n"]}
    meters.script["h"] = [[EVICTED]]
    meters.script["i"] = [[("hang", None)], [("measurement", frame(power=3)), ("hang", None)]]
    with pytest.raises(TransientError) as caught:
        await heard(live)
    assert caught.value.retry_after is None  # the other home need not wait
    meters.opened.clear()
    powers = []
    async for batch in live.stream():
        powers += [reading.value for reading in batch.readings]
        await clock.advance(1200)  # then the stream ends, to be opened with both
    assert powers == [3]
    assert meters.opened == [("i", ("n",))]
    meters.opened.clear()
    await heard(live)
    assert {home for home, _ in meters.opened} == {"h", "i"}


async def test_a_bug_in_one_home_is_raised_and_not_hidden(live, meters, monkeypatch):
    meters.script["h"] = [[("measurement", frame())]]

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(MeasurementMapper, "batch", broken)
    with pytest.raises(ZeroDivisionError):
        await heard(live)


# The simulated cloud


async def first(source, count: int = 1) -> list[Batch]:
    """Listen until so many batches came."""
    found: list[Batch] = []
    async with aclosing(source.live()) as batches:
        async for batch in batches:
            found.append(batch)
            if len(found) == count:
                break
    return found


async def test_the_simulated_meter_is_heard(tmp_path):
    async with (
        simulated_tibber(tmp_path, devices=(), live=True, live_interval_secs=0) as tibber,
        tibber.open() as source,
    ):
        found = await first(source, 5)
    metrics = {point.metric for batch in found for point in batch.points}
    assert {"house_power", "house_energy_today", "house_cost_today", "house_current_3"} <= metrics
    assert {device.id for batch in found for device in batch.devices} != set()


async def until_it_ends(source, *, robbed_by=None) -> BaseException | None:
    """Listen to the end; somebody else may take the place as soon as something came."""
    try:
        async with aclosing(source.live()) as batches:
            async for _ in batches:
                if robbed_by is not None:
                    await first(robbed_by)
                    robbed_by = None
    except TransientError as error:
        return error
    return None


async def test_two_programs_do_not_throw_each_other_out_all_day(tmp_path):
    """Whenever we are back, the other one takes the place: a few times a day, not thousands."""
    async with (
        simulated_tibber(tmp_path, devices=(), live=True) as tibber,
        tibber.open() as ours,
        tibber.open() as theirs,
    ):
        begun, rounds = tibber.clock.now(), 0
        while tibber.clock.now() - begun < timedelta(days=1):
            error = await until_it_ends(ours, robbed_by=theirs)
            assert isinstance(error, TransientError)
            await tibber.clock.advance(error.retry_after or 1.0)
            rounds += 1
    assert _streams(tibber) == 2 * rounds
    assert rounds <= 10


async def test_the_runner_leaves_the_place_to_the_other_program(tmp_path):
    """Six evictions in a row take the better part of a day."""
    async with (
        simulated_tibber(tmp_path, devices=(), live=True) as tibber,
        tibber.open_live() as source,
        open_store(tmp_path / "p.db", site=Site(), clock=tibber.clock) as store,
    ):
        listener = Listener(source, store, interval=300, clock=tibber.clock, rng=tibber.host.rng)
        begun = tibber.clock.now()
        for _ in range(6):
            tibber.simulator.faults.add("tibber", "evicted")
            await listener.listen()
        took = tibber.clock.now() - begun
        (status,) = await store.source_statuses()
    assert _streams(tibber) == 6
    assert took > timedelta(hours=12)
    assert status.source == "tibber"  # there is nothing to poll besides
    assert "Another program" in (status.last_error or "")


async def test_a_token_that_has_expired_is_renewed_on_the_way(tmp_path):
    async with (
        simulated_tibber(tmp_path, devices=(), live=True) as tibber,
        tibber.open() as source,
    ):
        tibber.simulator.faults.add("tibber", "expire_tokens", 1, "/v1/homes/*/live-events")
        before = tibber.asked("/connect/token")
        assert await first(source)
    assert tibber.asked("/connect/token") - before == 1


def _streams(tibber) -> int:
    return sum(record.path.endswith(STREAM) for record in tibber.simulator.requests)


@pytest.mark.parametrize(("kind", "retry_after"), [("evicted", 900), ("stream_error", 30)])
async def test_the_faults_of_the_stream_end_as_documented(tmp_path, kind, retry_after):
    async with (
        simulated_tibber(tmp_path, devices=(), live=True) as tibber,
        tibber.open() as source,
    ):
        for _ in range(5):
            tibber.simulator.faults.add("tibber", kind, 1, seconds=30)
        error = await until_it_ends(source)
        assert isinstance(error, TransientError)
        assert (error.retry_after or 0) >= retry_after
        assert _streams(tibber) == 1


async def test_without_the_scope_for_meters_a_person_has_to_act(tmp_path):
    async with (
        simulated_tibber(tmp_path, live=False) as tibber,
        tibber.open(live=True) as source,
    ):
        with pytest.raises(AccessDenied, match="live"):
            await first(source)


async def test_a_server_that_fails_is_told_as_everywhere(tmp_path):
    async with (
        simulated_tibber(tmp_path, devices=(), live=True) as tibber,
        tibber.open() as source,
    ):
        tibber.simulator.faults.add("tibber", "server_error", 1, "/v1/homes/*/live-events")
        with pytest.raises(ServerFailure):
            await first(source)
