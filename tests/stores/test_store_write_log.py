"""The log of changes: noted before it is sent, one at a time, counted, taken over once."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pumphouse.core.model import Event, EventKind, Interval, PointKey, Site
from pumphouse.core.ports import (
    Limits,
    LoggedWrite,
    Outcome,
    Override,
    OverrideState,
    Purpose,
    Store,
)
from pumphouse.stores.sqlite import open_store
from pumphouse.testing.clock import FakeClock

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
KEY, OTHER = PointKey("pump", "d", "47011"), PointKey("pump", "d", "47398")
CHANGE = LoggedWrite(KEY, 2.0, "test", NOW, "sender", before=0.0)
EVENT = Event("write 1", NOW, EventKind.WRITE, "it was set", source="pump")


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[tuple[Store, Store]]:
    """One file, opened by two."""
    path, clock = tmp_path / "p.db", FakeClock(NOW)
    async with (
        open_store(path, site=Site(), clock=clock) as one,
        open_store(path, site=Site(), clock=clock) as two,
    ):
        yield one, two


async def begun(store: Store, write: LoggedWrite = CHANGE, **more) -> LoggedWrite:
    noted = await store.write_log.begin(write, None, **more)
    assert not isinstance(noted, str), noted
    return noted


async def ended(store: Store, write: LoggedWrite, outcome: Outcome) -> bool:
    done = replace(write, outcome=outcome, ended_at=NOW, after=write.requested, detail="so")
    return await store.write_log.finish(done, replace(EVENT, id=f"write {write.id}"))


async def test_a_change_is_in_the_log_before_and_after(stores):
    one, two = stores
    noted = await begun(one)
    assert await two.write_log.unfinished() == [noted]
    assert await ended(one, noted, Outcome.CONFIRMED)
    assert await two.write_log.unfinished() == []
    logged = await two.write_log.write(noted.id)
    assert logged is not None
    assert (logged.outcome, logged.after, logged.detail) == (Outcome.CONFIRMED, 2.0, "so")
    (event,) = await two.events(Interval(NOW, NOW + timedelta(seconds=1)))
    assert event.kind is EventKind.WRITE
    assert not await ended(two, noted, Outcome.IGNORED)


async def test_two_changes_of_a_point_are_never_under_way_at_once(stores):
    one, two = stores
    first = await begun(one)
    assert "under way (by test)" in str(await two.write_log.begin(CHANGE, None))
    await begun(two, replace(CHANGE, key=OTHER))
    await ended(one, first, Outcome.CONFIRMED)
    await begun(two)


async def test_of_two_that_take_a_change_over_one_gets_it(stores):
    one, two = stores
    noted = await begun(one)
    taken = [await store.write_log.take_over(noted, f"heir {store}") for store in stores]
    assert [change is None for change in taken] == [False, True]
    assert not await ended(two, noted, Outcome.CONFIRMED), "it is not the first sender's any more"


async def test_what_restores_is_not_counted_and_an_hour_later_nothing_is(stores):
    store, _ = stores
    limits = Limits(per_point=2, per_source=3)

    async def sent(write: LoggedWrite) -> bool:
        noted = await store.write_log.begin(write, limits)
        if isinstance(noted, str):
            return False
        return await ended(store, noted, Outcome.CONFIRMED)

    restoring = replace(CHANGE, purpose=Purpose.RESTORE)
    for _ in range(5):
        await ended(store, await begun(store, restoring), Outcome.CONFIRMED)
    assert [await sent(CHANGE) for _ in range(3)] == [True, True, False]
    elsewhere = replace(CHANGE, key=OTHER)
    assert [await sent(elsewhere) for _ in range(2)] == [True, False]
    assert await sent(replace(CHANGE, asked_at=NOW + timedelta(hours=1)))


async def test_an_override_is_restored_by_one_and_resumed_where_that_comes_to_nothing(stores):
    one, two = stores
    until = NOW + timedelta(hours=1)
    noted = await begun(one, override=Override(KEY, 2.0, 0.0, NOW, until, "test"))
    await ended(one, noted, Outcome.CONFIRMED)
    (override,) = await two.write_log.overrides()
    assert (override.id, override.until) == (noted.override, until)
    restoring = replace(CHANGE, requested=0.0, purpose=Purpose.RESTORE)
    first = await one.write_log.begin_restore(override, restoring)
    assert first is not None
    assert await two.write_log.begin_restore(override, restoring) is None
    await ended(one, first, Outcome.IGNORED)
    (override,) = await two.write_log.overrides()
    assert override.state is OverrideState.ACTIVE
    second = await two.write_log.begin_restore(override, restoring)
    assert second is not None
    await ended(two, second, Outcome.CONFIRMED)
    assert await one.write_log.overrides() == []
    (over,) = await one.write_log.overrides(ended=True)
    assert over.state is OverrideState.ENDED


async def test_the_last_change_of_each_point_and_its_renewals(stores):
    store, _ = stores
    for number in range(2):
        for key in (KEY, OTHER):
            write = replace(CHANGE, key=key, requested=float(number))
            await ended(store, await begun(store, write), Outcome.CONFIRMED)
    last = await store.write_log.last_of_each()
    assert [(one.key, one.requested) for one in last] == [(KEY, 1.0), (OTHER, 1.0)]
    await store.write_log.renew(last[0].id, NOW)
    renewed = await store.write_log.write(last[0].id)
    assert renewed is not None
    assert (renewed.renewals, renewed.renewed_at) == (1, NOW)
    assert [one.id for one in await store.write_log.writes(limit=3)] == [4, 3, 2]
