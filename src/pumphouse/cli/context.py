"""What every command is handed: where the configuration is, and how to open what it describes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from pumphouse.cli.output import clean, say
from pumphouse.config.load import Settings, load
from pumphouse.core.errors import StoreError, UsageError
from pumphouse.core.model import Point
from pumphouse.core.ports import Store
from pumphouse.runtime.installation import Installation, open_installation, open_store
from pumphouse.runtime.plugins import sink_types, source_types

__all__ = ["AsJson", "Context", "InContext", "one_point"]


#: for how long a store that was found whole is not read again for that alone
_LOOK_KEPT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Context:
    """The global options of one call.

    Attributes:
        damage: what was found to be wrong with the store, a sentence each.
    """

    config: Path
    debug: bool = False
    damage: list[str] = field(default_factory=list, init=False)

    def settings(self) -> Settings:
        """The validated configuration."""
        return load(self.config, source_types(), sink_types())

    @asynccontextmanager
    async def installation(self) -> AsyncIterator[Installation]:
        """Store, sources and sinks, opened."""
        async with open_installation(self.settings()) as installation:
            await self._look_for_damage(installation.store)
            yield installation

    @asynccontextmanager
    async def store(self) -> AsyncIterator[tuple[Settings, Store]]:
        """The store alone: no source or sink is built, no login needed."""
        settings = self.settings()
        async with open_store(settings) as store:
            await self._look_for_damage(store)
            yield settings, store

    async def _look_for_damage(self, store: Store) -> None:
        """Nothing damaged is shown or used without a word."""
        with suppress(StoreError):  # somebody else is busy there: the next command looks
            self.damage.extend(await store.damage(known_for=_LOOK_KEPT))
        if self.damage:
            told = "\n".join(map(clean, self.damage))
            say(f"{told}\nWhat follows may be wrong; `pumphouse check --deep` says more.")


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
