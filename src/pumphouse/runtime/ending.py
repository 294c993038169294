"""Ending what runs: what is half done is finished, and nobody is waited for without end."""

import asyncio
from collections.abc import Collection, Coroutine
from typing import TypeVar

__all__ = ["GRACE_SECS", "end", "finish"]

ResultT = TypeVar("ResultT")

#: how long somebody may take to end before being told again, in seconds
GRACE_SECS = 0.5


async def end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel `tasks` and return when all have ended.

    Who still runs after a while is cancelled again: who says goodbye to somebody that does not
    answer has then had a chance. Before Python 3.12 a cancellation may also get lost, where a
    library waits with `asyncio.wait_for` and the answer comes in the same moment.
    """
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=GRACE_SECS)


async def finish(work: Coroutine[object, object, ResultT]) -> ResultT:
    """Await `work`; a cancellation in the middle of it takes effect when it is done.

    It is for short work that would otherwise have to be done again, and has `GRACE_SECS` for it.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        done, _ = await asyncio.wait({task}, timeout=GRACE_SECS)
        task.cancel()
        for ended in done:
            ended.cancelled() or ended.exception()  # looked at, so that nobody complains
        raise
