"""Filling gaps from a source's history: what is asked for, stored, and written into the ledger."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.sources.tibber.simulated_tibber import simulated_tibber

from pumphouse.core.errors import AccessDenied, RateLimited, StoreFull, Unreachable
from pumphouse.core.model import Batch, Device, Interval, Point, PointKey, Reading, Site
from pumphouse.core.ports import Gap, Store
from pumphouse.runtime.backfill import BEFORE_THE_START, GapFiller
from pumphouse.runtime.poller import Poller
from pumphouse.simulator.server import SimulatorOptions
from pumphouse.simulator.tibber.account import TibberHome, homes_of
from pumphouse.simulator.tibber.devices import Battery
from pumphouse.simulator.tibber.periods import periods
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.clock import FakeClock

HOUR = timedelta(hours=1)
SEED = SimulatorOptions().seed
PAST = PointKey("pump", "d1", "history.hour.energy")
EVER = Interval(datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))


class Remembering:
    """A source whose other side has kept every closed hour since `kept_from`, but for `holes`."""

    name = "pump"

    def __init__(self, clock: FakeClock, kept_from: datetime) -> None:
        self.clock = clock
        self.kept_from = kept_from
        self.holes: list[Interval] = []
        self.asked: list[Interval] = []
        self.fails: list[Exception] = []
        self.down = False

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def read(self) -> Batch:
        if self.down:
            raise Unreachable("gone")
        now = PointKey("pump", "d1", "now")
        return Batch(
            "pump",
            (Device("pump", "d1", "Heat pump"),),
            (Point(now, "now"),),
            (Reading(now, self.clock.now(), 1.0),),
        )

    async def history(self, interval: Interval) -> AsyncIterator[Batch]:
        self.asked.append(interval)
        time = max(interval.start, self.kept_from)
        time = time.replace(minute=0, second=0, microsecond=0)
        while time < interval.end and time + HOUR <= self.clock.now():
            if self.fails and self.asked:
                raise self.fails.pop(0)
            if not any(hole.start <= time < hole.end for hole in self.holes):
                reading = Reading(PAST, time, float(time.hour))
                yield Batch("pump", points=(Point(PAST, "energy"),), readings=(reading,))
            time += HOUR


@pytest.fixture
def source(clock):
    return Remembering(clock, clock.now() - timedelta(days=3))


@pytest.fixture
def filler(source, store, clock):
    return GapFiller(source, store, clock=clock)


@pytest.fixture
def poll(source, store, clock):
    """Poll once, as a process that has just been started."""

    async def once() -> None:
        await Poller(source, store, interval=300, clock=clock).poll(patience=1)

    return once


async def hours(store) -> list[datetime]:
    return [reading.time for reading in await store.readings(PAST, EVER)]


async def gap_of(store: Store, cause: str) -> Gap:
    (found,) = [gap for gap in await store.gaps(["pump"]) if gap.cause == cause]
    return found


NOT_RUNNING = "Pumphouse was not running"


async def test_before_the_first_poll_nothing_is_asked_for(filler, source):
    assert await filler.fill() > 0
    assert source.asked == []


async def test_at_the_first_start_the_whole_past_is_asked_for_once(
    filler, source, store, clock, poll
):
    await poll()
    await filler.fill()
    assert len(await hours(store)) == 72
    gap = await gap_of(store, BEFORE_THE_START)
    assert gap.start == source.kept_from
    assert gap.end == clock.now()
    assert gap.filled_by == "the history of pump: 72 readings of 1 points"
    await filler.fill()
    await GapFiller(source, store, clock=clock).fill()
    assert len(source.asked) == 1


async def test_a_past_of_which_nothing_was_kept_is_asked_for_once_too(
    filler, source, store, clock, poll
):
    source.kept_from = clock.now()
    await poll()
    await filler.fill()
    await GapFiller(source, store, clock=clock).fill()
    assert len(source.asked) == 1
    gap = await gap_of(store, BEFORE_THE_START)
    assert gap.end is not None
    assert gap.end - gap.start == timedelta(seconds=1)


async def test_a_time_in_which_pumphouse_was_not_running_is_filled(
    filler, source, store, clock, poll
):
    await poll()
    await filler.fill()
    await clock.advance(26 * 3600)
    await poll()
    await filler.fill()
    found = await hours(store)
    assert len(found) == len(set(found)) == 72 + 26
    assert {b - a for a, b in itertools.pairwise(found)} == {HOUR}
    gap = await gap_of(store, NOT_RUNNING)
    assert gap.filled_by == "the history of pump: 26 readings of 1 points"


async def test_an_outage_of_the_source_is_filled_when_it_answers_again(
    filler, source, store, clock
):
    polls = Poller(source, store, interval=300, clock=clock)
    await polls.poll(patience=1)
    await filler.fill()
    source.down = True
    for _ in range(24):
        await clock.advance(300)
        await polls.poll(patience=1)
    asked = len(source.asked)
    await filler.fill()
    assert len(source.asked) == asked  # it does not answer
    source.down = False
    await clock.advance(300)
    await polls.poll(patience=1)
    await filler.fill()
    gap = await gap_of(store, "gone")
    assert gap.filled_by is not None
    assert len(await hours(store)) == 74


async def test_each_gap_is_asked_for_once(filler, source, clock, poll):
    await poll()
    await filler.fill()
    await clock.advance(7200)
    await poll()
    for _ in range(3):
        await filler.fill()
    assert len(source.asked) == 2
    wanted = source.asked[1]
    assert wanted.end <= clock.now()
    assert wanted.duration == timedelta(hours=3)  # with an overlap in front


async def test_of_a_gap_that_nobody_knows_about_nothing_is_claimed(
    filler, source, store, clock, poll
):
    await poll()
    await filler.fill()
    source.holes.append(Interval(clock.now(), clock.now() + timedelta(days=9)))
    await clock.advance(7200)
    await poll()
    await filler.fill()
    await filler.fill()
    assert (await gap_of(store, NOT_RUNNING)).filled_by is None
    assert len(source.asked) == 2
    source.holes.clear()
    await GapFiller(source, store, clock=clock).fill()  # a new process asks again
    assert (await gap_of(store, NOT_RUNNING)).filled_by is not None


async def test_an_old_gap_that_nobody_knows_about_is_given_up(filler, source, store, clock, poll):
    await poll()
    await filler.fill()
    source.holes.append(Interval(clock.now(), clock.now() + timedelta(days=90)))
    await clock.advance(7200)
    await poll()
    await filler.fill()
    await clock.advance(31 * 86400)
    await poll()
    source.asked.clear()
    await GapFiller(source, store, clock=clock).fill()
    assert len(source.asked) == 1  # the month without us, not the two hours before


async def test_a_short_lived_process_fills_what_it_has_ended_itself(source, store, clock, poll):
    await poll()
    await GapFiller(source, store, clock=clock).fill()
    source.holes.append(Interval(clock.now(), clock.now() + timedelta(hours=3)))
    await clock.advance(7200)
    await poll()
    await GapFiller(source, store, clock=clock).fill(since=clock.now())
    await clock.advance(300)
    source.asked.clear()
    await poll()
    await GapFiller(source, store, clock=clock).fill(since=clock.now())
    assert source.asked == []


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (Unreachable("gone"), 60),
        (RateLimited("slow down", retry_after=500.0), 500),
        (RateLimited("in 30,000 years", retry_after=1e12), 86400),
        (AccessDenied("no"), 3600),
        (ValueError("a bug"), 60),
    ],
)
async def test_a_failure_leaves_the_gap_and_is_tried_again(
    filler, source, store, poll, error, pause
):
    await poll()
    source.fails.append(error)
    assert await filler.fill() == pause
    assert await store.gaps() == []
    await filler.fill()
    assert len(await hours(store)) == 72


async def test_failures_in_a_row_are_tried_less_and_less(filler, source, poll):
    await poll()
    source.fails = [Unreachable("gone") for _ in range(9)]
    pauses = [await filler.fill() for _ in range(9)]
    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


async def test_a_store_that_fails_is_no_reason_to_die(filler, store, poll, monkeypatch):
    await poll()

    async def full(_batch: Batch) -> int:
        raise StoreFull("no room")

    monkeypatch.setattr(store, "append", full)
    assert await filler.fill() == 60
    monkeypatch.undo()
    await filler.fill()
    assert len(await hours(store)) == 72


async def test_sinks_are_told_of_what_was_stored(source, store, clock, poll):
    told: list[None] = []
    await poll()
    await GapFiller(source, store, clock=clock, stored=lambda: told.append(None)).fill()
    assert len(told) == 72


async def test_it_goes_on_for_years(filler, source, store, clock, poll):
    task = asyncio.create_task(filler.run())
    await poll()
    while not source.asked:
        await clock.until_asleep()
        await clock.advance(60)
        await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert source.asked


@pytest.mark.parametrize("start", ["2026-01-15", "2026-03-26", "2026-10-22"])
async def test_a_week_without_us_is_filled_from_tibbers_history(tmp_path, start):
    """The truth is the simulated house's own: every period once, none missing, summer time too."""
    clock = FakeClock(datetime.fromisoformat(f"{start}T12:00:00+00:00"), impatient=True)
    async with (
        open_store(tmp_path / "p.db", site=Site(), clock=clock) as store,
        simulated_tibber(tmp_path, clock, devices=("energy_systems",)) as tibber,
    ):
        for _ in range(3):  # an hour of polls, and twice a week without us
            async with tibber.open() as source:
                for _ in range(12):
                    await Poller(source, store, interval=300, clock=clock).poll(patience=1)
                    await clock.advance(300)
                await GapFiller(source, store, clock=clock).fill()
            await clock.advance(7 * 86400)
        assert tibber.simulator.house is not None
        (home, _) = homes_of(tibber.simulator.house, tibber.simulator.house_clock, SEED)
        await _is_the_truth(store, home, clock.now() - timedelta(days=7))
        gaps = await store.gaps(["tibber"])
        assert len(gaps) == 3
        assert all((gap.filled_by or "").startswith("the history of tibber: ") for gap in gaps)
    assert tibber.asked("/history") < 60


async def _is_the_truth(store: Store, home: TibberHome, until: datetime) -> None:
    """Compare what was stored with what the house has really used."""
    (battery,) = [device for device in home.devices if isinstance(device, Battery)]
    assert home.contract is not None
    household = home.contract.household
    for resolution in ("quarterHour", "hour", "day"):
        key = PointKey("tibber", battery.id, f"history.{resolution}.energyFlow.gridImport")
        stored = await store.readings(key, EVER)
        wanted = {
            start: household.imported_kwh(start, end)
            for start, end in periods(resolution, home.paired, until, home.zone)
            if not battery.is_hole(start, resolution)
        }
        assert [reading.time for reading in stored] == list(wanted)
        assert [reading.value for reading in stored] == pytest.approx(
            list(wanted.values()), abs=1e-4
        )
