"""What every command is handed: where the configuration is, and how to open what it describes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pumphouse.config.load import Settings, load
from pumphouse.core.errors import UsageError
from pumphouse.core.model import Point
from pumphouse.core.ports import Store
from pumphouse.runtime.installation import Installation, open_installation, open_store
from pumphouse.runtime.plugins import sink_types, source_types

__all__ = ["AsJson", "Context", "InContext", "one_point"]


@dataclass(frozen=True, slots=True)
class Context:
    """The global options of one call."""

    config: Path
    debug: bool = False

    def settings(self) -> Settings:
        """The validated configuration."""
        return load(self.config, source_types(), sink_types())

    @asynccontextmanager
    async def installation(self) -> AsyncIterator[Installation]:
        """Store, sources and sinks, opened."""
        async with open_installation(self.settings()) as installation:
            yield installation

    @asynccontextmanager
    async def store(self) -> AsyncIterator[tuple[Settings, Store]]:
        """The store alone: no source or sink is built, no login needed."""
        settings = self.settings()
        async with open_store(settings) as store:
            yield settings, store


InContext = Annotated[Context, Parameter(parse=False)]
"""A command's first argument; given by the launcher, never by the user."""

AsJson = Annotated[
    bool, Parameter(name="--json", negative=(), help="Print one JSON document and nothing else.")
]


async def one_point(store: Store, name: str, device: str | None) -> Point:
    """The one point called `name`, by native id or metric.

    Raises:
        UsageError: there is none, or several devices have one.
    """
    found = await store.find_points(name, device)
    if not found:
        where = f" on {device}" if device else ""
        raise UsageError(f'there is no point "{name}"{where}; `pumphouse points` lists all')
    if len(found) > 1:
        devices = ", ".join(sorted({point.key.device for point in found}))
        raise UsageError(f'"{name}" exists more than once; add --device, one of: {devices}')
    return found[0]
