"""Whatever is appended in whatever order, series, buckets and journal say the same as a dict."""

import asyncio
import math
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pumphouse.core.model import Batch, Interval, PointKey, Reading, Site
from pumphouse.core.ports import Bucket, Store
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.clock import FakeClock

KEYS = tuple(PointKey("house", "pump", str(number)) for number in range(2))
ZONES = (
    "UTC",
    "Europe/Stockholm",
    "America/St_Johns",  # half an hour off
    "Asia/Kathmandu",  # a quarter of an hour off
    "America/Havana",  # midnight comes twice, or not at all
    "Australia/Lord_Howe",  # half an hour of summer time
)
#: around changes to and from summer time, and when nothing happens
STARTS = (
    datetime(2025, 3, 8, 20, tzinfo=UTC),
    datetime(2025, 3, 29, 20, tzinfo=UTC),
    datetime(2025, 10, 4, 10, tzinfo=UTC),
    datetime(2025, 10, 25, 20, tzinfo=UTC),
    datetime(2025, 11, 1, 20, tzinfo=UTC),
    datetime(2025, 7, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 12, tzinfo=UTC),
)
Model = dict[tuple[PointKey, datetime], float | str]


@dataclass(frozen=True, slots=True)
class Step:
    """One append; `ahead` is how far our own clock has come by then."""

    readings: tuple[Reading, ...]
    ahead: timedelta
    reopened: str | None


@st.composite
def readings(draw: st.DrawFn, start: datetime) -> Reading:
    minutes = draw(st.integers(0, 3 * 24 * 12)) * 5
    time = start + timedelta(minutes=minutes, milliseconds=draw(st.sampled_from((0, 0, 0, 1, 999))))
    key = draw(st.sampled_from(KEYS))
    if draw(st.integers(0, 9)) == 0:
        return Reading(key, time, None, draw(st.text("ab", max_size=2)))
    return Reading(key, time, draw(st.sampled_from((0.0, 1.0, -3.7, 21.3, 1e9, 0.1))))


@st.composite
def histories(draw: st.DrawFn) -> tuple[datetime, str, list[Step]]:
    start = draw(st.sampled_from(STARTS))
    step = st.builds(
        Step,
        st.lists(readings(start), max_size=40).map(tuple),
        st.integers(-1, 5 * 24).map(lambda hours: timedelta(hours=hours)),
        st.none() | st.sampled_from(ZONES),
    )
    zone = draw(st.sampled_from(ZONES))
    return start, zone, draw(st.lists(step, min_size=1, max_size=6))


async def _replay(store: Store, batch: Sequence[Reading], model: Model) -> None:
    before = dict(model)
    model.update({(r.key, r.time): _content(r) for r in batch})
    changed = {place for place in model if model[place] != before.get(place)}
    assert await store.append(Batch("house", readings=tuple(batch))) == len(changed)
    assert await store.append(Batch("house", readings=tuple(model_readings(model)))) == 0


def _content(reading: Reading) -> float | str:
    content = reading.text if reading.value is None else reading.value
    assert content is not None
    return content


def model_readings(model: Model) -> list[Reading]:
    return [
        Reading(key, time, None, value) if isinstance(value, str) else Reading(key, time, value)
        for (key, time), value in sorted(model.items(), key=lambda item: item[0])
    ]


def naive_buckets(
    model: Model, key: PointKey, interval: Interval, step: timedelta, zone: str
) -> list[Bucket]:
    filled: dict[datetime, list[float]] = defaultdict(list)
    for (of, time), value in sorted(model.items(), key=lambda item: item[0]):
        if of == key and isinstance(value, float) and interval.start <= time < interval.end:
            filled[_bucket_start(time, step, ZoneInfo(zone))].append(value)
    return [
        Bucket(
            start,
            len(values),
            min(values),
            max(values),
            math.fsum(values) / len(values),
            values[-1],
        )
        for start, values in sorted(filled.items())
    ]


def _bucket_start(time: datetime, step: timedelta, zone: ZoneInfo) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    if step % timedelta(days=1):
        return epoch + (time - epoch) // step * step
    naive_epoch = epoch.replace(tzinfo=None)
    day = naive_epoch + (time.astimezone(zone).replace(tzinfo=None) - naive_epoch) // step * step
    return day.replace(tzinfo=zone).astimezone(UTC)


def assert_close(found: Sequence[Bucket], expected: Sequence[Bucket]) -> None:
    assert [b.start for b in found] == [b.start for b in expected]
    for one, other in zip(found, expected, strict=True):
        assert (one.count, one.minimum, one.maximum, one.last) == (
            other.count,
            other.minimum,
            other.maximum,
            other.last,
        )
        assert one.mean == pytest.approx(other.mean, rel=1e-9, abs=1e-6)


async def _check(store: Store, model: Model, start: datetime, zone: str) -> None:
    assert await store.check() == []
    everything = Interval(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    assert [reading async for _, reading in store.export(everything)] == model_readings(model)
    assert (await store.figures()).readings == len(model)
    part = Interval(start + timedelta(hours=7, minutes=25), start + timedelta(hours=51, minutes=3))
    for key in KEYS:
        for interval in (everything, part):
            for hours in (0.1, 1, 1.7, 2.001, 5, 8.76, 24, 48, 25, 30.5):
                step = timedelta(hours=hours)
                found = await store.buckets(key, interval, step.total_seconds())
                assert_close(found, naive_buckets(model, key, interval, step, zone))
        mine = [r for r in model_readings(model) if r.key == key]
        assert await store.readings(key, everything) == mine
        inside = [r for r in mine if part.start <= r.time < part.end]
        assert await store.readings(key, part) == inside
    newest = {r.key: r for r in model_readings(model)}
    assert {r.key: r for _, r in await store.latest()} == newest


async def _journal_replayed(store: Store) -> Model:
    model: Model = {}
    after = 0
    while entries := await store.journal(after, 3):
        after = entries[-1].sequence
        for reading in (reading for entry in entries for reading in entry.readings):
            model[reading.key, reading.time] = _content(reading)
    return model


async def _live(history: tuple[datetime, str, list[Step]]) -> None:
    start, zone, steps = history
    model: Model = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        for step in steps:
            zone = step.reopened or zone
            clock = FakeClock(start + step.ahead)
            async with open_store(path, site=Site("Home", zone), clock=clock) as store:
                await _replay(store, step.readings, model)
                await _check(store, model, start, zone)
                assert await _journal_replayed(store) == model


@given(history=histories())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_store_says_what_a_dict_would_say(history):
    asyncio.run(_live(history))
