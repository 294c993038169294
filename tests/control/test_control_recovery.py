"""What another process has left behind is read back, noted, and never sent again."""

import asyncio

import pytest

from pumphouse.control import Control, Outcome, WriteRequest
from pumphouse.core.ports import Purpose

from .rig import House, open_house

MYUPLINK = ["myuplink"]


async def leave_behind(house: House, value: float, *, sent: bool) -> Control:
    """A change of a process that ends before, or after, it has sent it."""
    ended = house.another()
    point = await house.find("myuplink", "3671")
    draft = ended.draft(point.key, value, "another process", 0.0)
    noted = await house.store.write_log.begin(draft, None)
    assert not isinstance(noted, str)
    if sent:
        await house.sources["myuplink"].write(point, value)
    return ended


@pytest.mark.parametrize(
    ("sent", "outcome", "sentence"),
    [
        (True, Outcome.CONFIRMED, "The device shows 3."),
        (False, Outcome.IGNORED, "the device still shows 0. The change most likely never arrived."),
    ],
)
async def test_what_a_dead_process_has_left_is_closed_with_what_is_seen(
    tmp_path, sent, outcome, sentence
):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        dead = await leave_behind(house, 3, sent=sent)
        await dead.__aexit__(None, None, None)
        before = len(house.sent())
        (closed,) = await house.control.recover()
        assert closed.outcome is outcome
        assert closed.detail.startswith("Pumphouse was stopped while this was being sent")
        assert closed.detail.endswith(sentence)
        assert len(house.sent()) == before
        assert await house.control.recover() == []
        (logged,) = await house.control.writes()
        assert logged.outcome is outcome
        assert logged.by == "another process"


async def test_what_a_living_process_is_at_is_left_to_it(tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        living = await leave_behind(house, 3, sent=False)
        assert await house.control.recover() == []
        result = await house.set("myuplink", "3671", 5)
        assert result.outcome is Outcome.REFUSED
        assert "under way (by another process)" in result.detail
        assert house.sent() == []
        await living.__aexit__(None, None, None)
        assert (await house.set("myuplink", "3671", 5)).outcome is Outcome.CONFIRMED
        outcomes = [one.outcome for one in await house.control.writes()]
        assert outcomes == [Outcome.CONFIRMED, Outcome.IGNORED]


async def test_two_processes_close_what_was_left_once(tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house, house.another() as other:
        dead = await leave_behind(house, 3, sent=True)
        await dead.__aexit__(None, None, None)
        closed = await asyncio.gather(house.control.recover(), other.recover())
        assert sorted(map(len, closed)) == [0, 1]


async def test_two_changes_of_a_point_at_once_are_sent_one_after_the_other_or_refused(tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house, house.another() as other:
        point = await house.find("myuplink", "3671")
        requests = [(house.control, 1), (house.control, 2), (other, 3), (other, 4)]
        results = await asyncio.gather(
            *(one.write(WriteRequest(point.key, value, "test")) for one, value in requests)
        )
        confirmed = [one for one in results if one.outcome is Outcome.CONFIRMED]
        assert len(house.sent()) == len(confirmed) >= 1
        assert all("under way" in one.detail for one in results if one not in confirmed)


async def test_who_asks_may_go_away_and_the_change_is_seen_to_its_end(monkeypatch, tmp_path):
    async with open_house(tmp_path, vendors=MYUPLINK) as house:
        source, sending, ended = house.sources["myuplink"], asyncio.Event(), asyncio.Event()
        original, house.control.changed = source.write, ended.set

        async def write(point, value):
            sending.set()
            return await original(point, value)

        monkeypatch.setattr(source, "write", write)
        asking = asyncio.ensure_future(house.set("myuplink", "3671", 3))
        await sending.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.wait_for(ended.wait(), 60)
        (logged,) = await house.control.writes()
        assert logged.outcome is Outcome.CONFIRMED
        assert logged.purpose is Purpose.CHANGE
