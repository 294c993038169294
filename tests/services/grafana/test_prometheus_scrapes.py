"""A real Prometheus scrapes our server, and its own API is asked back."""

import asyncio
import time
from asyncio.subprocess import PIPE, STDOUT
from dataclasses import replace
from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.model import Device, Point, PointKey, Reading
from pumphouse.core.ports import News, SystemClock
from pumphouse.sinks.prometheus import HouseFigures, PrometheusExposition, serving

DEADLINE_SECS = 120.0
CONFIGURATION = """\
scrape_configs:
  - job_name: pumphouse
    scrape_interval: 1s
    static_configs: [{{targets: ["{target}"]}}]
"""

Labels = frozenset[tuple[str, str]]


def everything(time: datetime) -> News:
    """One device with a reading of every metric that there is."""
    device = Device("house", 'odd "id" \\ é', "Cellar", "NIBE", "F1245")
    points, latest = {}, {}
    for name, metric in load_catalogue().metrics.items():
        if metric.text:
            continue
        key = PointKey("house", device.id, name)
        options = metric.options
        points[key] = Point(key, name, metric=name, unit=metric.unit, options=options)
        latest[key] = Reading(key, time, options[0].value if options else 21.5)
    return News((device,), points, latest, frozenset(latest), {"house": True})


async def ask(server, query: str) -> dict[Labels, float]:
    """What an instant query returns, the labels that Prometheus adds taken away."""
    answer = await asyncio.to_thread(server.get, "/api/v1/query", query=query)
    return {
        frozenset((k, v) for k, v in row["metric"].items() if k not in {"instance", "job"}): float(
            row["value"][1]
        )
        for row in answer["data"]["result"]
    }


async def wait_for(server, query: str, *, there: bool) -> None:
    deadline = time.monotonic() + DEADLINE_SECS
    while bool(await ask(server, query)) is not there:
        assert time.monotonic() < deadline, f"{query}: {'nothing' if there else 'still there'}"
        await asyncio.sleep(0.1)


async def test_prometheus_has_what_we_showed_and_forgets_what_is_stale(prometheus_with):
    exposition = PrometheusExposition(SystemClock())
    news = everything(datetime.now(UTC))
    await exposition.publish(news)
    async with serving(exposition, "127.0.0.1", 0) as address:
        with prometheus_with(
            CONFIGURATION.format(target=address.removeprefix("http://"))
        ) as server:
            await wait_for(server, "heatpump_source_up == 1", there=True)
            page = exposition.render().decode()
            shown = {
                frozenset({"__name__": sample.name, **sample.labels}.items()): sample.value
                for family in text_string_to_metric_families(page)
                for sample in family.samples
                if sample.name.startswith("heatpump_")
            }
            assert await ask(server, '{__name__=~"heatpump_.*"}') == shown

            await exposition.publish(replace(news, answering={"house": False}))
            await wait_for(server, "heatpump_source_up == 0", there=True)
            left = {dict(labels)["__name__"] for labels in await ask(server, '{job="pumphouse"}')}
            assert {name for name in left if name.startswith("heatpump_")} == {
                "heatpump_source_up",
                "heatpump_info",
                "heatpump_last_sample_timestamp_seconds",
            }


async def test_promtool_finds_nothing_to_criticise(promtool):
    exposition = PrometheusExposition(SystemClock())
    await exposition.publish(everything(datetime.now(UTC)))
    page = exposition.render(HouseFigures("0"))
    process = await asyncio.create_subprocess_exec(
        promtool, "check", "metrics", stdin=PIPE, stdout=PIPE, stderr=STDOUT
    )
    output, _ = await process.communicate(page)
    complaints = output.decode().splitlines()
    # the degree minute is heating's own unit; it is no way to say seconds
    assert [line for line in complaints if "degree_minutes" not in line] == []
