"""What a configuration describes, opened: the store, the grants and the sources."""

import random
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import entry_points, version

from pumphouse.config.load import Settings
from pumphouse.core.errors import ConfigurationError, UsageError
from pumphouse.core.ports import Clock, Host, Source, Store, SystemClock
from pumphouse.http.grants import FileGrantStore
from pumphouse.runtime.plugins import source_plugins

__all__ = [
    "Installation",
    "build_host",
    "build_sources",
    "no_such_source",
    "open_installation",
    "open_store",
]


@dataclass(frozen=True, slots=True)
class Installation:
    """The parts of a running house; sources are built, but not entered yet."""

    settings: Settings
    store: Store
    host: Host
    sources: Mapping[str, Source]

    def chosen(self, names: Iterable[str]) -> Mapping[str, Source]:
        """The sources called `names`, or all where none is named.

        Raises:
            UsageError: there is no such source.
        """
        wanted = tuple(names) or tuple(self.sources)
        for name in wanted:
            if name not in self.sources:
                raise UsageError(no_such_source(name, self.sources))
        return {name: self.sources[name] for name in wanted}


def no_such_source(name: str, known: Iterable[str]) -> str:
    """A sentence for a name that is not configured, with the nearest one that is."""
    names = sorted(known)
    if not names:
        return f'there is no source "{name}": the configuration has no sources yet'
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names)}"
    return f'there is no source "{name}"; {hint}'


def open_store(settings: Settings, clock: Clock | None = None) -> Store:
    """The store of this configuration, to be entered with `async with`."""
    (entry,) = entry_points(group="pumphouse.stores", name="sqlite")
    opened: Store = entry.load()(
        settings.store.path, site=settings.site.site(), clock=clock or SystemClock()
    )
    return opened


def build_host(settings: Settings, clock: Clock | None = None) -> Host:
    """What sources are lent: grants beside the store, the system's clock, chance."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return Host(
        grants=FileGrantStore(settings.store.grants),
        clock=clock or SystemClock(),
        rng=random.Random(),  # noqa: S311  (jitter, no secrets)
        user_agent=f"Pumphouse/{version('pumphouse')} (Python {python})",
    )


def build_sources(settings: Settings, host: Host) -> Mapping[str, Source]:
    """Every configured source, built but not entered.

    Raises:
        ConfigurationError: settings that are fine one by one do not go together.
    """
    plugins = source_plugins()
    sources: dict[str, Source] = {}
    problems: list[str] = []
    for name, section in settings.sources.items():
        try:
            sources[name] = plugins[section.type].open(name, section, host)
        except ConfigurationError as problem:
            problems += problem.problems
    if problems:
        raise ConfigurationError(problems)
    return sources


@asynccontextmanager
async def open_installation(
    settings: Settings, clock: Clock | None = None
) -> AsyncIterator[Installation]:
    """Open the store and build the sources; everything is closed at the end."""
    host = build_host(settings, clock)
    sources = build_sources(settings, host)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings, clock))
        yield Installation(settings, store, host, sources)
