"""A source that only speaks by itself: reading it means listening for a while."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from contextlib import aclosing
from types import TracebackType
from typing import Self

from pumphouse.core.errors import SourceError
from pumphouse.core.model import Batch, Device, Event, Point, PointKey, Reading

__all__ = ["ListeningSource", "listened"]


class ListeningSource(ABC):
    """What all such sources share: nothing is asked, and nothing is open but while they listen.

    Args:
        listen_secs: for how long `read` listens.
    """

    def __init__(self, name: str, *, listen_secs: float) -> None:
        self._name = name
        self._listen_secs = listen_secs

    @property
    def name(self) -> str:
        """The name it has in the configuration."""
        return self._name

    @property
    def polled(self) -> bool:
        """Never: there is nothing to ask."""
        return False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None

    async def read(self) -> Batch:
        """Listen for a while; see `core.ports.Source.read`."""
        return await listened(self._name, self.live(), self._listen_secs)

    @abstractmethod
    def live(self) -> AsyncGenerator[Batch, None]:
        """What is heard, as it is heard; see `core.ports.SupportsLive`."""


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
