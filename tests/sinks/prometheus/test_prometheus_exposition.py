"""What is shown, and what is not."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pumphouse.core.model import Device, Option, Point, PointKey, Reading
from pumphouse.core.ports import (
    LiveSink,
    News,
    SinkState,
    SinkStatus,
    SourceState,
    SourceStatus,
    StoreFigures,
)
from pumphouse.sinks.prometheus import HouseFigures

PRIORITY = (Option(10, "Off"), Option(20, "Hot water"), Option(30, "Heating"))
OUTDOOR = 'heatpump_outdoor_temperature_celsius{device="80105",source="house"}'
LABELS = '{device="80105",source="house"}'


def status(**changes: object) -> SourceStatus:
    since = changes.pop("since")
    known = SourceStatus("house", SourceState.OK, since=since, interval=300.0)  # type: ignore[arg-type]  # a test's time
    return replace(known, **changes)  # type: ignore[arg-type]  # the names are checked by replace


def test_it_is_a_live_sink(exposition):
    assert exposition.name == "prometheus"
    assert isinstance(exposition, LiveSink)


async def test_the_newest_news_are_shown(exposition, news, samples):
    await exposition.publish(news([("outdoor_temperature", "°C", 4.0)]))
    await exposition.publish(news([("outdoor_temperature", "°C", -3.5)]))
    assert samples()[OUTDOOR] == -3.5


async def test_nothing_is_shown_after_the_end(exposition, news, samples):
    async with exposition:
        await exposition.publish(news())
    assert samples() == {}


async def test_nobody_ever_asks_again(exposition):
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(exposition.asked_again(), 0.01)


async def test_an_enumeration_is_one_series_per_state(exposition, news, samples):
    await exposition.publish(news([("priority", "", 20.0, PRIORITY)]))
    shown = {name: value for name, value in samples().items() if "priority" in name}
    assert shown == {
        'heatpump_priority{device="80105",source="house",state="off"}': 0,
        'heatpump_priority{device="80105",source="house",state="hot_water"}': 1,
        'heatpump_priority{device="80105",source="house",state="heating"}': 0,
    }


async def test_an_unknown_code_is_no_known_state(exposition, news, samples):
    await exposition.publish(news([("priority", "", 99.0, PRIORITY)]))
    assert {value for name, value in samples().items() if "priority" in name} == {0.0}


async def test_several_codes_of_one_state_are_one_series(exposition, news, samples):
    defrosting = (Option(120, "Defrosting"), Option(140, "Defrosting"), Option(20, "Off"))
    await exposition.publish(news([("compressor_status", "", 120.0, defrosting)]))
    shown = {name: value for name, value in samples().items() if "compressor_status" in name}
    assert sorted(shown.values()) == [0, 1]


@pytest.mark.parametrize(
    ("options", "value", "shown"),
    [
        ((Option(0, "No"), Option(1, "Yes")), 1.0, 1.0),
        ((Option(0, "No"), Option(1, "Yes")), 0.0, 0.0),
        ((Option(0, "Nej"), Option(1, "Ja")), 1.0, 1.0),
        ((Option(5, "Yes"), Option(1, "No")), 1.0, 0.0),
        ((), 1.0, 1.0),
    ],
)
async def test_yes_and_no_are_1_and_0(exposition, news, samples, options, value, shown):
    await exposition.publish(news([("defrosting_active", "", value, options)]))
    assert samples()[f"heatpump_defrosting_active{LABELS}"] == shown


async def test_a_device_is_described_once(exposition, news, samples):
    await exposition.publish(news())
    assert (
        samples()[
            'heatpump_info{device="80105",firmware="9478",manufacturer="NIBE",model="F1245",'
            'name="Cellar",source="house"}'
        ]
        == 1
    )


async def test_label_values_are_escaped(exposition, news):
    device = Device("house", 'a"b\\c\nd', "x")
    await exposition.publish(news(device=device))
    text = exposition.render().decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    [sample] = families["heatpump_outdoor_temperature_celsius"].samples
    assert sample.labels["device"] == device.id


async def test_points_without_a_meaning_and_texts_are_left_out(exposition, news, samples):
    device = Device("house", "80105", "Cellar")
    key, text_key = PointKey("house", "80105", "99999"), PointKey("house", "80105", "version")
    time = news().latest[PointKey("house", "80105", "40000")].time
    await exposition.publish(
        News(
            (device,),
            {key: Point(key, "?"), text_key: Point(text_key, "v", metric="software_version")},
            {key: Reading(key, time, 1.0), text_key: Reading(text_key, time, None, "9478")},
            frozenset(),
            {"house": True},
        )
    )
    assert {name.split("{")[0] for name in samples()} == {
        "heatpump_info",
        "heatpump_source_up",
        "heatpump_last_sample_timestamp_seconds",
    }


async def test_no_line_has_a_time_and_each_family_is_written_once(exposition, news):
    rows = [("supply_temperature", "°C", 30.0), ("priority", "", 10.0, PRIORITY)]
    await exposition.publish(news(rows))
    lines = exposition.render(HouseFigures("0")).decode().splitlines()
    heads = [line for line in lines if line.startswith("# TYPE")]
    assert len(heads) == len(set(heads))
    assert all(re.fullmatch(r"#.*|\w+({.*})? \S+", line) for line in lines)


class TestStaleness:
    async def test_values_of_a_source_that_does_not_answer_disappear(
        self, exposition, news, samples
    ):
        await exposition.publish(news(answering=False))
        shown = samples()
        assert OUTDOOR not in shown
        assert shown['heatpump_source_up{source="house"}'] == 0
        assert f"heatpump_last_sample_timestamp_seconds{LABELS}" in shown

    @pytest.mark.parametrize(("connected", "shown"), [(True, True), (None, True), (False, False)])
    async def test_values_of_a_device_out_of_contact_disappear(
        self, exposition, news, samples, connected, shown
    ):
        device = Device("house", "80105", "Cellar", connected=connected)
        await exposition.publish(news(device=device))
        assert (OUTDOOR in samples()) is shown
        assert (f"heatpump_device_connected{LABELS}" in samples()) is (connected is not None)

    async def test_an_old_value_of_an_answering_source_stays(
        self, exposition, news, samples, clock
    ):
        await exposition.publish(news(time=clock.now() - timedelta(days=40)))
        assert OUTDOOR in samples(HouseFigures("0", (status(since=clock.now()),)))

    @pytest.mark.parametrize(("minutes", "shown"), [(14, True), (16, False)])
    async def test_values_disappear_when_the_last_success_is_three_intervals_old(
        self, exposition, news, samples, clock, minutes, shown
    ):
        await exposition.publish(news())
        books = status(since=clock.now(), last_success=clock.now() - timedelta(minutes=minutes))
        assert (OUTDOOR in samples(HouseFigures("0", (books,)))) is shown


def test_the_house_tells_its_own_figures(samples, clock):
    books = status(
        since=clock.now(), last_success=clock.now(), polls=9, failures=2, requests=40,
        rate_remaining=11,
    )  # fmt: skip
    history = SinkStatus(
        "history", SinkState.RETRYING, since=clock.now(), lag=7, delivered=100, rejected=1
    )
    shown = samples(
        HouseFigures(
            "1.2",
            (books,),
            (history,),
            StoreFigures("/somewhere", 4096, 1000, 90),
            {"house": {"Unreachable": 2}},
            writable=False,
            free_bytes=4096.0,
        )
    )
    assert shown == {
        'pumphouse_build_info{version="1.2"}': 1,
        'pumphouse_source_state{source="house",state="new"}': 0,
        'pumphouse_source_state{source="house",state="ok"}': 1,
        'pumphouse_source_state{source="house",state="retrying"}': 0,
        'pumphouse_source_state{source="house",state="login_required"}': 0,
        'pumphouse_source_state{source="house",state="stopped"}': 0,
        'pumphouse_source_polls_total{source="house"}': 9,
        'pumphouse_source_poll_failures_total{source="house"}': 2,
        'pumphouse_source_requests_total{source="house"}': 40,
        'pumphouse_source_requests_remaining{source="house"}': 11,
        'pumphouse_source_poll_interval_seconds{source="house"}': 300,
        'pumphouse_source_last_success_timestamp_seconds{source="house"}': clock.now().timestamp(),
        'pumphouse_source_errors_total{error="Unreachable",source="house"}': 2,
        'pumphouse_sink_state{sink="history",state="new"}': 0,
        'pumphouse_sink_state{sink="history",state="ok"}': 0,
        'pumphouse_sink_state{sink="history",state="retrying"}': 1,
        'pumphouse_sink_state{sink="history",state="stopped"}': 0,
        'pumphouse_sink_lag_readings{sink="history"}': 7,
        'pumphouse_sink_delivered_total{sink="history"}': 100,
        'pumphouse_sink_rejected_total{sink="history"}': 1,
        "pumphouse_store_size_bytes": 4096,
        "pumphouse_store_readings": 1000,
        "pumphouse_store_points": 90,
        "pumphouse_store_writable": 0,
        "pumphouse_store_free_bytes": 4096,
    }
