"""Ending: what is half done is finished, and nobody is waited for without end."""

import asyncio
import time

import pytest

from pumphouse.runtime import ending
from pumphouse.runtime.ending import end, finish


@pytest.fixture(autouse=True)
def short_grace(monkeypatch):
    monkeypatch.setattr(ending, "GRACE_SECS", 0.05)


async def started(work):
    task = asyncio.create_task(work)
    await asyncio.sleep(0)
    return task


async def test_who_did_not_hear_the_first_time_is_told_again():
    async def deaf():
        for _ in range(2):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue
        await asyncio.Event().wait()

    task = await started(deaf())
    await end([task])
    assert task.cancelled()


async def test_a_goodbye_may_take_a_moment_but_not_for_ever():
    said = []

    async def polite(pause):
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(pause)
            said.append(pause)

    tasks = [await started(polite(0.01)), await started(polite(60))]
    began = time.monotonic()
    await end(tasks)
    assert said == [0.01]
    assert time.monotonic() - began < 30


async def test_ending_nobody_returns():
    await end([])


async def test_a_failure_at_the_end_is_left_in_the_task():
    async def bad():
        try:
            await asyncio.Event().wait()
        finally:
            raise ZeroDivisionError

    task = await started(bad())
    await end([task])
    assert isinstance(task.exception(), ZeroDivisionError)


async def test_what_is_half_done_is_finished_before_a_cancellation_takes_effect():
    done = []

    async def save():
        await asyncio.sleep(0.01)
        done.append(True)

    task = await started(finish(save()))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done


async def test_what_cannot_be_finished_in_time_is_given_up():
    task = await started(finish(asyncio.Event().wait()))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_results_and_failures_come_through():
    async def divide(by):
        return 6 / by

    assert await finish(divide(3)) == 2
    with pytest.raises(ZeroDivisionError):
        await finish(divide(0))


async def test_a_failure_during_a_cancellation_is_a_cancellation():
    async def fail():
        await asyncio.sleep(0.01)
        raise ZeroDivisionError

    task = await started(finish(fail()))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
