"""Everything that a store holds, and everything that the servers say they hold, in one shape."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

import aiomqtt

from pumphouse.core.model import Interval, Point, Reading
from pumphouse.core.ports import Store
from pumphouse.sinks.mqtt.names import device_name, point_name

from .databases import InfluxDb1, VictoriaMetrics
from .mosquitto import Mosquitto

Key: TypeAlias = tuple[str, str, str]
"""Source, device, and the metric or, in brackets, the native id."""
Numbers: TypeAlias = Mapping[Key, Mapping[int, float]]
"""The value of every series at every instant, in milliseconds since 1970."""

EVER = Interval(datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
_SWITCHES = {"on": "ON", "yes": "ON", "off": "OFF", "no": "OFF"}


async def in_store(store: Store) -> Numbers:
    """Every number of the store."""
    found: dict[Key, dict[int, float]] = {}
    async for point, reading in store.export(EVER):
        if reading.value is not None:
            name = point.metric or f"[{point.key.point}]"
            series = found.setdefault((point.key.source, point.key.device, name), {})
            series[round(reading.time.timestamp() * 1000)] = reading.value
    return found


def in_influxdb(influx: InfluxDb1) -> Numbers:
    """Every number of an InfluxDB 1."""
    return _once(_rows_of_influxdb(influx))


def in_victoria(victoria: VictoriaMetrics) -> Numbers:
    """Every number of a VictoriaMetrics."""
    return _once(_rows_of_victoria(victoria))


def as_victoria_keeps(numbers: Numbers) -> Numbers:
    """The same in the 15 digits that VictoriaMetrics keeps of a number: 33.800000000000004 is 33.8.

    What a vendor sends in steps has fewer; what was calculated may have more.
    """
    return {
        key: {stamp: float(f"{value:.15g}") for stamp, value in series.items()}
        for key, series in numbers.items()
    }


def count(numbers: Numbers) -> int:
    """How many there are."""
    return sum(map(len, numbers.values()))


def differences(found: Numbers, expected: Numbers) -> list[str]:
    """What is in one and not, or not the same, in the other: a few sentences, none if all is."""
    if found == expected:
        return []
    said = [f"no such series: {key}" for key in found.keys() - expected.keys()]
    for key, series in expected.items():
        other = found.get(key, {})
        wrong = {t for t in series.keys() | other.keys() if series.get(t) != other.get(t)}
        if wrong:
            at = min(wrong)
            values = f"{other.get(at)}, not {series.get(at)}"
            said.append(f"{key}: {len(wrong)} of {len(series)}; at {at} it is {values}")
    return said[:10]


def _once(rows: Iterator[tuple[Key, int, float]]) -> Numbers:
    found: dict[Key, dict[int, float]] = {}
    for key, stamp, value in rows:
        series = found.setdefault(key, {})
        assert stamp not in series, (key, stamp)
        series[stamp] = value
    return found


def _rows_of_influxdb(influx: InfluxDb1) -> Iterator[tuple[Key, int, float]]:
    for series in influx.query("SELECT * FROM /.*/ GROUP BY device, source, point"):
        tags, columns = series["tags"], series["columns"]
        for stamp, *values in series["values"]:
            for column, value in zip(columns[1:], values, strict=True):
                name = f"[{tags['point']}]" if tags["point"] else column
                if value is not None:
                    yield (tags["source"], tags["device"], name), int(stamp), value


def _rows_of_victoria(victoria: VictoriaMetrics) -> Iterator[tuple[Key, int, float]]:
    for series in victoria.export('{__name__!=""}'):
        labels = series["metric"]
        point = labels.get("point")
        name = f"[{point}]" if point else labels["__name__"].removeprefix("heatpump_")
        for stamp, value in zip(series["timestamps"], series["values"], strict=True):
            yield (labels["source"], labels["device"], name), stamp, float(f"{value:.15g}")


async def in_mosquitto(broker: Mosquitto) -> Mapping[str, str]:
    """What the broker retains of devices, by the topic below `pumphouse/`."""
    kept: dict[str, str] = {}
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        await client.subscribe("pumphouse/+/#")
        await client.subscribe("the/end")
        await client.publish("the/end", qos=1)
        async for message in client.messages:
            if str(message.topic) == "the/end":
                break
            assert isinstance(message.payload, bytes)
            if message.retain:
                kept[str(message.topic).removeprefix("pumphouse/")] = message.payload.decode()
    return kept


async def told_wrongly(store: Store, kept: Mapping[str, str]) -> list[str]:
    """The topics whose retained value is not that of the newest reading of its point."""
    wrong = []
    for point, reading in await store.latest():
        device = device_name(point.key.source, point.key.device)
        topic = f"{device}/{point.metric or f'points/{point_name(point.key.point)}'}"
        if topic not in kept or not _tells(kept[topic], point, reading):
            wrong.append(f"{topic}: {kept.get(topic)!r}, not {reading}")
        if point.metric and point.metric not in json.loads(kept.get(f"{device}/state", "{}")):
            wrong.append(f"{device}/state: no {point.metric}")
    return wrong


def _tells(text: str, point: Point, reading: Reading) -> bool:
    if reading.value is None:
        return text == reading.text
    if not point.options:
        return abs(float(text) - reading.value) < 1e-6
    word = point.label(reading.value) or ""
    return text in {word, _SWITCHES.get(word.casefold())}
