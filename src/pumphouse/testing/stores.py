"""What every store must do, as checks that any test framework can run.

Each check takes a function that opens the store under test, always the same one, empty at first,
for a site in Stockholm::

    @pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
    async def test_store(check, tmp_path):
        await check(lambda: open_store(tmp_path / "store.db", site=SITE, clock=SystemClock()))

A check fails with `AssertionError`.
"""

from dataclasses import replace
from typing import Final

from pumphouse.core.errors import StoreError
from pumphouse.core.model import Batch, Event, EventKind, Interval, PointKey, Severity
from pumphouse.core.ports import Bucket, Gap, SourceState, SourceStatus, Store
from pumphouse.testing.store_alarms import ALARM_CHECKS
from pumphouse.testing.store_data import (
    AROUND,
    BOX,
    DAY,
    FIRMWARE,
    HOUR,
    MIDNIGHT,
    MINUTE,
    MODE,
    OUTDOOR,
    POINTS,
    PUMP,
    SITE,
    OpenStore,
    StoreCheck,
    batch_of,
    reading_of,
)
from pumphouse.testing.store_deliveries import DELIVERY_CHECKS
from pumphouse.testing.store_sensors import SENSOR_CHECKS

__all__ = ["SITE", "STORE_CHECKS", "OpenStore", "StoreCheck"]


async def keeps_what_it_was_given(open_store: OpenStore) -> None:
    """Devices, points and readings come back equal, also after a restart."""
    readings = (
        reading_of(OUTDOOR, 0, -3.7),
        reading_of(MODE, 0, 1.0),
        reading_of(FIRMWARE, 5, "v2"),
    )
    async with open_store() as store:
        assert await store.append(batch_of(*readings)) == len(readings)
    async with open_store() as store:
        assert list(await store.devices()) == [PUMP, BOX]
        assert list(await store.points()) == list(POINTS)
        assert list(await store.points("box")) == [FIRMWARE]
        expected = list(zip(POINTS, readings, strict=True))
        assert list(await store.latest()) == expected
        assert list(await store.latest("pump")) == expected[:2]
        assert [pair async for pair in store.export(AROUND)] == expected
        for point, reading in expected:
            assert list(await store.readings(point.key, AROUND)) == [reading]


async def knows_nothing_of_strangers(open_store: OpenStore) -> None:
    """What was never seen has no readings, no buckets and no cursor; nothing fails."""
    stranger = PointKey("house", "pump", "nobody")
    async with open_store() as store:
        await store.append(batch_of(reading_of(OUTDOOR, 0, 1.0)))
        assert list(await store.readings(stranger, AROUND)) == []
        assert list(await store.buckets(stranger, AROUND, 3600)) == []
        assert list(await store.points("nobody")) == []
        assert list(await store.find_points("nobody")) == []
        assert await store.cursor("nobody") is None


async def finds_points_by_id_and_by_metric(open_store: OpenStore) -> None:
    """A point is found by its native id and by its metric, everywhere or in one device."""
    async with open_store() as store:
        await store.append(batch_of())
        assert list(await store.find_points("40004")) == [OUTDOOR]
        assert list(await store.find_points("outdoor_temperature", "pump")) == [OUTDOOR]
        assert list(await store.find_points("outdoor_temperature", "box")) == []


async def takes_the_same_batch_again_without_a_trace(open_store: OpenStore) -> None:
    """Storing twice is harmless: nothing is counted, nothing is journaled."""
    contradiction = (reading_of(MODE, 0, 0.0), reading_of(MODE, 0, 1.0))
    batch = batch_of(reading_of(OUTDOOR, 0, 1.5), *contradiction, reading_of(FIRMWARE, 0, "v1"))
    async with open_store() as store:
        assert await store.append(batch) == 3  # noqa: PLR2004  (of two words on one instant: the last)
        journal = list(await store.journal(0, 100))
        assert await store.append(batch) == 0
        assert list(await store.journal(0, 100)) == journal
    async with open_store() as store:
        assert await store.append(batch) == 0
        assert (await store.figures()).readings == 3  # noqa: PLR2004


async def replaces_the_value_of_an_instant(open_store: OpenStore) -> None:
    """A new value for a stored instant replaces it, counts, and is journaled again."""
    other = reading_of(OUTDOOR, 0, 2.5)
    async with open_store() as store:
        await store.append(batch_of(reading_of(OUTDOOR, 0, 1.5)))
        assert await store.append(batch_of(other)) == 1
        assert list(await store.readings(OUTDOOR.key, AROUND)) == [other]
        assert [entry.readings for entry in await store.journal(0, 9)][-1] == (other,)
        assert (await store.figures()).readings == 1


async def puts_late_readings_in_their_place(open_store: OpenStore) -> None:
    """Series are in time order, whatever the order of arrival; the latest stays the latest."""
    minutes = (600, 0, 1200, 60, 599)
    async with open_store() as store:
        for minute in minutes:
            await store.append(batch_of(reading_of(OUTDOOR, minute, float(minute))))
        series = await store.readings(OUTDOOR.key, AROUND)
        assert [reading.value for reading in series] == sorted(map(float, minutes))
        ((_, latest),) = await store.latest()
        assert latest.value == 1200  # noqa: PLR2004


async def leaves_out_the_end_of_an_interval(open_store: OpenStore) -> None:
    """An interval holds its start and not its end."""
    first, second = reading_of(OUTDOOR, 0, 1.0), reading_of(OUTDOOR, 5, 2.0)
    async with open_store() as store:
        await store.append(batch_of(first, second))
        found = await store.readings(OUTDOOR.key, Interval(first.time, second.time))
        assert list(found) == [first]


async def tells_numbers_in_columns(open_store: OpenStore) -> None:
    """Times and values of one point as arrays, led by the value that holds at the start."""
    async with open_store() as store:
        minutes = (-90, -60, 0, 30, 60)
        await store.append(batch_of(*(reading_of(OUTDOOR, one, one / 8) for one in minutes)))
        await store.append(batch_of(reading_of(FIRMWARE, 0, "9443R3")))
        hour = Interval(MIDNIGHT, MIDNIGHT + HOUR)
        plain = await store.columns(OUTDOOR.key, hour)
        start = MIDNIGHT.timestamp()
        assert list(plain.times) == [start, start + 1800]
        assert list(plain.values) == [0.0, 3.75]
        held = await store.columns(OUTDOOR.key, hour, held=True)
        assert list(held.times) == [start - 3600, start, start + 1800]
        assert list(held.values) == [-7.5, 0.0, 3.75]
        assert not (await store.columns(FIRMWARE.key, AROUND)).times, "a text is no number"
        assert await store.has_texts(FIRMWARE.key, AROUND)
        assert not await store.has_texts(FIRMWARE.key, Interval(MIDNIGHT + HOUR, AROUND.end))
        assert not await store.has_texts(OUTDOOR.key, AROUND)
        stranger = await store.columns(PointKey("nobody", "none", "0"), hour, held=True)
        assert not stranger.times


async def describes_a_point_anew(open_store: OpenStore) -> None:
    """What a vendor calls a point, and its device, may change; its readings stay."""
    renamed = replace(OUTDOOR, name="Outside", metric=None)
    reading = reading_of(OUTDOOR, 0, 1.0)
    async with open_store() as store:
        await store.append(batch_of(reading))
        pump = replace(PUMP, connected=False, last_seen=MIDNIGHT + HOUR)
        await store.append(Batch("house", (pump,), (renamed,)))
        assert list(await store.latest()) == [(renamed, reading)]
        assert list(await store.devices()) == [pump, BOX]


async def keeps_readings_of_points_nobody_described(open_store: OpenStore) -> None:
    """A reading is not lost because its point was not described."""
    async with open_store() as store:
        await store.append(Batch("house", readings=(reading_of(OUTDOOR, 0, 1.0),)))
        ((point, _),) = await store.latest()
        assert point.key == OUTDOOR.key
        await store.append(batch_of())
        assert OUTDOOR in await store.points()


async def sums_up_hours_and_days_of_the_site(open_store: OpenStore) -> None:
    """Days begin at the site's midnight, also when a day has 23 hours; texts do not count."""
    minutes = range(0, 47 * 60, 30)
    async with open_store() as store:
        for minute in minutes:
            await store.append(batch_of(reading_of(OUTDOOR, minute, float(minute))))
        await store.append(batch_of(reading_of(OUTDOOR, 10, "a text")))
        first, second = await store.buckets(OUTDOOR.key, AROUND, 86400)
        assert first == Bucket(MIDNIGHT, 46, 0.0, 1350.0, 675.0, 1350.0)
        assert second == Bucket(MIDNIGHT + 23 * HOUR, 48, 1380.0, 2790.0, 2085.0, 2790.0)
        (both,) = await store.buckets(OUTDOOR.key, Interval(MIDNIGHT, MIDNIGHT + DAY), 14 * 86400)
        assert (both.count, both.minimum, both.maximum) == (48, 0.0, 1410.0)
        hours = await store.buckets(OUTDOOR.key, AROUND, 3600)
        assert [hour.start for hour in hours] == [MIDNIGHT + n * HOUR for n in range(47)]
        assert hours[1] == Bucket(MIDNIGHT + HOUR, 2, 60.0, 90.0, 75.0, 90.0)
        halves = await store.buckets(OUTDOOR.key, AROUND, 1800)
        assert [half.last for half in halves] == [float(minute) for minute in minutes]


async def sums_up_only_what_an_interval_holds(open_store: OpenStore) -> None:
    """A bucket that the interval cuts is summed up from what lies inside."""
    cut = Interval(MIDNIGHT + 90 * MINUTE, MIDNIGHT + 150 * MINUTE)
    async with open_store() as store:
        await store.append(
            batch_of(*(reading_of(OUTDOOR, m, float(m)) for m in range(0, 3000, 10)))
        )
        hours = await store.buckets(OUTDOOR.key, cut, 3600)
        assert [(hour.start, hour.count, hour.mean) for hour in hours] == [
            (MIDNIGHT + HOUR, 3, 100.0),
            (MIDNIGHT + 2 * HOUR, 3, 130.0),
        ]
        (day,) = await store.buckets(OUTDOOR.key, cut, 86400)
        assert day == Bucket(MIDNIGHT, 6, 90.0, 140.0, 115.0, 140.0)


async def sums_up_anew_what_came_late(open_store: OpenStore) -> None:
    """Late and replaced readings are in the buckets at once."""
    async with open_store() as store:
        await store.append(batch_of(*(reading_of(OUTDOOR, m, 1.0) for m in range(0, 3000, 30))))
        await store.append(batch_of(reading_of(OUTDOOR, 45, 7.0), reading_of(OUTDOOR, 0, -3.0)))
        hour, *_ = await store.buckets(OUTDOOR.key, AROUND, 3600)
        assert (hour.count, hour.minimum, hour.maximum, hour.last) == (3, -3.0, 7.0, 7.0)
        day, *_ = await store.buckets(OUTDOOR.key, AROUND, 86400)
        assert (day.count, day.minimum, day.maximum, day.last) == (47, -3.0, 7.0, 1.0)


async def keeps_events_and_how_they_ended(open_store: OpenStore) -> None:
    """An event that is told again is the same event; it may have ended since."""
    alarm = Event("a1", MIDNIGHT, EventKind.ALARM, "Low pressure", "house", "pump", Severity.ERROR)
    ended = replace(alarm, ended=MIDNIGHT + HOUR, detail={"alarm": "163"})
    house = Event("s1", MIDNIGHT - MINUTE, EventKind.STORE, "Pruned")
    async with open_store() as store:
        await store.append(Batch("house", events=(alarm, house)))
        await store.append(Batch("house", events=(alarm,)))
        assert list(await store.events(AROUND)) == [house, alarm]
        await store.append(Batch("house", events=(ended,)))
        assert list(await store.events(AROUND)) == [house, ended]
        assert list(await store.events(Interval(MIDNIGHT + HOUR, MIDNIGHT + DAY))) == []


async def keeps_a_ledger_of_gaps(open_store: OpenStore) -> None:
    """A gap opens once, closes once, and is listed newest first."""
    first = Gap("house", MIDNIGHT, None, "no answer")
    async with open_store() as store:
        await store.open_gap(first)
        await store.open_gap(replace(first, start=MIDNIGHT + HOUR, cause="still none"))
        assert list(await store.gaps()) == [first]
        await store.close_gap("house", MIDNIGHT + HOUR)
        await store.close_gap("house", MIDNIGHT + 2 * HOUR)
        second = Gap("house", MIDNIGHT + 3 * HOUR, None, "again")
        await store.open_gap(second)
        closed = replace(first, end=MIDNIGHT + HOUR)
        assert list(await store.gaps()) == [second, closed]
        assert list(await store.gaps(["house"])) == [second, closed]
        assert list(await store.gaps(["other"])) == []


async def keeps_the_status_of_sources(open_store: OpenStore) -> None:
    """The status of a source is replaced as a whole and survives a restart."""
    ok = SourceStatus("house", SourceState.OK, MIDNIGHT, MIDNIGHT, polls=1)
    bad = replace(ok, state=SourceState.RETRYING, last_error="no answer", resumes_at=MIDNIGHT)
    async with open_store() as store:
        await store.save_source_status(ok)
        await store.save_source_status(replace(bad, requests=7, rate_remaining=3, interval=300.0))
        await store.save_source_status(replace(ok, source="another"))
    async with open_store() as store:
        assert list(await store.source_statuses()) == [
            replace(ok, source="another"),
            replace(bad, requests=7, rate_remaining=3, interval=300.0),
        ]


async def says_how_big_it_is(open_store: OpenStore) -> None:
    """Figures count what is there; a healthy store has nothing to complain about."""
    async with open_store() as store:
        await store.append(batch_of(reading_of(OUTDOOR, 0, 1.0), reading_of(FIRMWARE, 0, "v1")))
        figures = await store.figures()
        assert (figures.readings, figures.points) == (2, 3)
        assert figures.bytes > 0
        assert list(await store.check()) == []


async def refuses_work_when_closed(open_store: OpenStore) -> None:
    """Before it is entered and after it is left, a store raises `StoreError`."""
    store = open_store()
    await _refuses(store)
    async with store:
        await store.append(batch_of())
    await _refuses(store)


async def _refuses(store: Store) -> None:
    try:
        await store.append(batch_of())
    except StoreError:
        return
    raise AssertionError("a closed store must raise StoreError")


#: everything a store must do
STORE_CHECKS: Final[tuple[StoreCheck, ...]] = (
    keeps_what_it_was_given,
    knows_nothing_of_strangers,
    finds_points_by_id_and_by_metric,
    takes_the_same_batch_again_without_a_trace,
    replaces_the_value_of_an_instant,
    puts_late_readings_in_their_place,
    leaves_out_the_end_of_an_interval,
    tells_numbers_in_columns,
    describes_a_point_anew,
    keeps_readings_of_points_nobody_described,
    sums_up_hours_and_days_of_the_site,
    sums_up_only_what_an_interval_holds,
    sums_up_anew_what_came_late,
    keeps_events_and_how_they_ended,
    keeps_a_ledger_of_gaps,
    keeps_the_status_of_sources,
    says_how_big_it_is,
    refuses_work_when_closed,
    *DELIVERY_CHECKS,
    *SENSOR_CHECKS,
    *ALARM_CHECKS,
)
