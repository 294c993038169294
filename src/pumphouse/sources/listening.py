"""Reading a source that only speaks by itself: listening for a while."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from pumphouse.core.errors import SourceError
from pumphouse.core.model import Batch, Device, Event, Point, PointKey, Reading

__all__ = ["listened"]


async def listened(source: str, stream: AsyncGenerator[Batch, None], seconds: float) -> Batch:
    """Everything that `stream` tells within `seconds`, as one batch.

    A connection that fails after it has brought something is told in the batch's problems.

    Raises:
        SourceError: the connection failed before it brought anything.
    """
    devices: dict[str, Device] = {}
    points: dict[PointKey, Point] = {}
    readings: list[Reading] = []
    events: list[Event] = []
    problems: dict[str, None] = {}
    async with aclosing(stream):
        try:
            async with asyncio.timeout(seconds):
                async for batch in stream:
                    devices.update((device.id, device) for device in batch.devices)
                    points.update((point.key, point) for point in batch.points)
                    readings += batch.readings
                    events += batch.events
                    problems.update(dict.fromkeys(batch.problems))
        except TimeoutError:
            pass
        except SourceError as failure:
            if not readings:
                raise
            problems[str(failure)] = None
    if not readings:
        problems[f"nothing was heard within {seconds:.0f} s"] = None
    return Batch(
        source,
        tuple(devices.values()),
        tuple(points.values()),
        tuple(readings),
        tuple(events),
        tuple(problems),
    )
