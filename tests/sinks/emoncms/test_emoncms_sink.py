"""What openenergymonitor's heat pump app finds in emoncms."""

from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.errors import (
    BadResponse,
    CredentialsRefused,
    RequestRefused,
    ServerFailure,
    Unreachable,
)
from pumphouse.core.model import Option, Point, PointKey, Reading
from pumphouse.core.ports import CursorSink
from pumphouse.sinks.emoncms.inputs import _INPUTS

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
STAMP = int(NOON.timestamp())
NIBE_MODES = (Option(10, "Off"), Option(20, "Hot water"), Option(30, "Heating"))


def point(number, metric, options=(), device="80105"):
    return Point(PointKey("ground", device, number), metric or "nameless", metric, options=options)


SUPPLY = point("40008", "supply_temperature")
PRIORITY = point("43086", "priority", NIBE_MODES)
OTHER_SUPPLY = point("40008", "supply_temperature", device="emmy-r 123")
UNMAPPED = point("99999", None)
POINTS = {one.key: one for one in (SUPPLY, PRIORITY, OTHER_SUPPLY, UNMAPPED)}


def reading(one, value, minutes=0):
    text = value if isinstance(value, str) else None
    number = None if isinstance(value, str) else value
    return Reading(one.key, NOON + timedelta(minutes=minutes), number, text)


def test_it_is_given_every_reading(opened):
    assert isinstance(opened(), CursorSink)


async def test_readings_arrive_under_the_names_of_the_app_with_their_own_times(emoncms, opened):
    async with opened() as sink:
        refused = await sink.deliver(
            [reading(SUPPLY, 35.5), reading(SUPPLY, 36.5, minutes=5), reading(PRIORITY, 20.0)],
            POINTS,
        )
    assert list(refused) == []
    assert emoncms.kept == {
        ("pumphouse_80105", "heatpump_flowT", STAMP): 35.5,
        ("pumphouse_80105", "heatpump_flowT", STAMP + 300): 36.5,
        ("pumphouse_80105", "heatpump_dhw", STAMP): 1.0,
        ("pumphouse_80105", "heatpump_ch", STAMP): 0.0,
        ("pumphouse_80105", "heatpump_cooling", STAMP): 0.0,
    }


async def test_each_heat_pump_has_a_node_of_its_own(emoncms, opened):
    async with opened(node="cellar") as sink:
        await sink.deliver([reading(SUPPLY, 1.0), reading(OTHER_SUPPLY, 2.0)], POINTS)
    assert {node: value for (node, _, _), value in emoncms.kept.items()} == {
        "cellar_80105": 1.0,
        "cellar_emmy-r-123": 2.0,
    }


async def test_what_the_app_has_no_use_for_is_not_sent(emoncms, opened):
    async with opened() as sink:
        stranger = Reading(PointKey("ground", "80105", "nobody"), NOON, 1.0)
        await sink.deliver([reading(UNMAPPED, 1.0), reading(SUPPLY, "text"), stranger], POINTS)
    assert emoncms.requests == 0


async def test_a_large_delivery_is_cut_into_requests_and_twice_changes_nothing(emoncms, opened):
    many = [reading(SUPPLY, float(minute), minute) for minute in range(25)]
    async with opened(batch_size=10) as sink:
        await sink.deliver(many, POINTS)
        assert emoncms.requests == 3
        before = dict(emoncms.kept)
        await sink.deliver(many, POINTS)
    assert len(before) == 25
    assert emoncms.kept == before


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda: web.Response(status=401, text="Invalid API key"), CredentialsRefused),
        (lambda: web.Response(text='{"success": false, "message": "apikey"}'), CredentialsRefused),
        (lambda: web.Response(status=404, text="Not found"), RequestRefused),
        (lambda: web.Response(status=301, headers={"Location": "/elsewhere"}), RequestRefused),
        (lambda: web.Response(status=429), ServerFailure),
        (lambda: web.Response(status=503, text="busy"), ServerFailure),
        (lambda: web.Response(text="<html>a login page</html>"), BadResponse),
    ],
)
async def test_what_is_not_confirmed_is_an_error_that_says_what_to_do(
    emoncms, opened, answer, error
):
    emoncms.scripted.append(answer())
    async with opened() as sink:
        with pytest.raises(error) as caught:
            await sink.deliver([reading(SUPPLY, 1.0)], POINTS)
    assert "league" in str(caught.value)
    assert emoncms.kept == {}


async def test_a_wrong_key_is_named_nowhere(opened):
    async with opened(api_key="wrong-invented-key") as sink:
        with pytest.raises(CredentialsRefused) as caught:
            await sink.deliver([reading(SUPPLY, 1.0)], POINTS)
    assert "wrong-invented-key" not in f"{caught.value!r} {sink!r}"


async def test_a_server_that_is_gone_is_unreachable(opened):
    async with opened(url="http://127.0.0.1:9") as sink:
        with pytest.raises(Unreachable):
            await sink.deliver([reading(SUPPLY, 1.0)], POINTS)


def test_every_input_is_made_of_a_metric_that_exists():
    catalogue = load_catalogue()
    assert [metric for metric in _INPUTS if metric not in catalogue.metrics] == []


@pytest.mark.parametrize("vendor", ["priority", "priority_s_series"])
def test_the_modes_that_the_flags_ask_for_are_labels_of_the_catalogue(vendor):
    native = {"priority": ("nibe_uplink", "43086"), "priority_s_series": ("myuplink", "14950")}
    name, number = native[vendor]
    found = load_catalogue().vendor(name).get(number)
    assert found is not None
    labels = {option.label for option in found.options}
    assert {"Hot water", "Heating", "Cooling"} <= labels
