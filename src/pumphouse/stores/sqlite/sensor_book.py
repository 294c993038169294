"""What the store knows about the owner's sensors, for callers in the event loop."""

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from pumphouse.core.ports import Binding, SensorName
from pumphouse.stores.sqlite import sensors
from pumphouse.stores.sqlite.writer import Writer

__all__ = ["SqliteSensorBook"]

T = TypeVar("T")


class Read(Protocol):
    """Answers a query in a reading thread."""

    def __call__(self, query: Callable[[sqlite3.Connection], T], /) -> Awaitable[T]:
        """The result of `query`."""
        ...


class Write(Protocol):
    """Carries out a change in the writing thread."""

    def __call__(self, change: Callable[[Writer], T], /) -> Awaitable[T]:
        """The result of `change`."""
        ...


class SqliteSensorBook:
    """A `core.ports.SensorBook` in the tables of the store."""

    def __init__(self, read: Read, write: Write) -> None:
        self._read = read
        self._write = write

    async def names(self) -> Sequence[SensorName]:
        """What the owner has named, by source and device."""
        return await self._read(sensors.names)

    async def save_name(self, name: SensorName) -> None:
        """Replace what the owner says about one device; see `core.ports.SensorBook.save_name`."""
        await self._write(lambda writer: writer.name_sensor(name))

    async def bindings(self) -> Sequence[Binding]:
        """Which hardware stands behind which device, oldest first."""
        return await self._read(sensors.bindings)

    async def bind(self, binding: Binding) -> int:
        """Let hardware go on where a device has ended; see `core.ports.SensorBook.bind`."""
        return await self._write(lambda writer: writer.bind(binding))

    async def unbind(self, source: str, hardware: str) -> int:
        """Undo a binding; see `core.ports.SensorBook.unbind`."""
        return await self._write(lambda writer: writer.unbind(source, hardware))
