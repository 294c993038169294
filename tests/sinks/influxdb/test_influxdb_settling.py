"""What a server tells about itself decides when a confirmation can be relied upon."""

import pytest

from pumphouse.core.errors import Unreachable
from pumphouse.core.ports import Settling, SettlingSink
from pumphouse.sinks.influxdb.settling import VICTORIA_METRICS_SECS

from .conftest import answer

OF_VICTORIA = {"X_Server_Hostname": "pi"}
STARTED = """\
process_resident_memory_bytes 123
process_start_time_seconds 1795334089
vm_app_start_timestamp 1795334089
vm_app_uptime_seconds 2
"""
OF_INFLUXDB = "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds 1.79e+09\n"


@pytest.mark.parametrize(
    ("page", "settling"),
    [
        (answer(200, STARTED, **OF_VICTORIA), Settling(VICTORIA_METRICS_SECS, "1795334089")),
        (answer(401, "no", **OF_VICTORIA), Settling(VICTORIA_METRICS_SECS)),
        (answer(200, OF_INFLUXDB, X_Influxdb_Version="1.8.10"), Settling(0, "1.79e+09")),
        (answer(404, "404 page not found"), Settling()),
        (answer(307, "", Location="/login"), Settling()),
    ],
    ids=["VictoriaMetrics", "a guarded one", "InfluxDB", "no page", "a redirect"],
)
async def test_servers_are_known_by_their_page(influx, opened, page, settling):
    influx.scripted = [page]
    async with opened() as sink:
        assert isinstance(sink, SettlingSink)
        assert await sink.settling() == settling
    (request,) = influx.requests
    assert (request.method, request.path) == ("GET", "/metrics")


async def test_the_user_knows_better(influx, opened):
    influx.scripted = [answer(200, STARTED, **OF_VICTORIA), answer(200, OF_INFLUXDB)]
    async with opened(settling_secs=75) as sink:
        assert await sink.settling() == Settling(75, "1795334089")
        assert await sink.settling() == Settling(75, "1.79e+09")


async def test_whoever_says_that_nothing_has_to_settle_is_believed(influx, opened):
    async with opened(settling_secs=0) as sink:
        assert await sink.settling() == Settling()
    assert influx.requests == []


async def test_the_page_is_below_the_configured_path_and_asked_for_with_the_login(influx, opened):
    async with opened(url=f"{influx.url}/db/", user="me", password="s3cret") as sink:
        await sink.settling()
    (request,) = influx.requests
    assert request.path == "/db/metrics"
    assert request.headers["Authorization"].startswith("Basic ")
    assert "Content-Encoding" not in request.headers


async def test_a_server_that_is_not_there_has_not_settled_anything(opened):
    async with opened(url="http://127.0.0.1:9") as sink:
        with pytest.raises(Unreachable, match="'history'"):
            await sink.settling()
