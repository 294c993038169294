"""What a configuration describes, opened: the store, the grants, the sources and the sinks."""

import random
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.metadata import entry_points, version
from typing import TypeVar

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.config.load import Settings
from pumphouse.control import Control
from pumphouse.core.errors import ConfigurationError, UsageError
from pumphouse.core.ports import Clock, Host, Sink, Source, Store, SupportsPrices, SystemClock
from pumphouse.http.grants import FileGrantStore
from pumphouse.runtime.failures import Failures
from pumphouse.runtime.plugins import sink_plugins, source_plugins

__all__ = [
    "Installation",
    "build_host",
    "build_sinks",
    "build_sources",
    "no_such_source",
    "open_installation",
    "open_store",
]


SectionT = TypeVar("SectionT")
BuiltT = TypeVar("BuiltT")


@dataclass(frozen=True, slots=True)
class Installation:
    """The parts of a running house; sources and sinks are built, but not entered yet.

    Attributes:
        failures: how often reading has failed since the start; whoever polls counts.
        connected: what to do when somebody has logged in to a source, by its name.
        control: changes settings; by sources that have been entered.
    """

    settings: Settings
    store: Store
    host: Host
    sources: Mapping[str, Source]
    sinks: Mapping[str, Sink]
    failures: Failures = field(default_factory=Failures)
    connected: dict[str, Callable[[], None]] = field(default_factory=dict)
    control: Control = field(init=False)

    def __post_init__(self) -> None:
        control = Control(
            self.store,
            self.sources,
            self.settings.sources,
            load_catalogue(),
            self.host.clock,
            self.settings.store.path.parent / "senders",
        )
        object.__setattr__(self, "control", control)

    @asynccontextmanager
    async def entered(self, names: Iterable[str]) -> AsyncIterator[None]:
        """The sources called so and the control, ready to work; who is not configured is left out.

        Changes of settings that are under way end before their sources are left.
        """
        async with AsyncExitStack() as stack:
            for name in set(names) & self.sources.keys():
                await stack.enter_async_context(self.sources[name])
            await stack.enter_async_context(self.control)
            yield

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
    """What plugins are lent: grants beside the store, the system's clock, chance."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return Host(
        grants=FileGrantStore(settings.store.grants),
        clock=clock or SystemClock(),
        rng=random.Random(),  # noqa: S311  (jitter, no secrets)
        user_agent=f"Pumphouse/{version('pumphouse')} (Python {python})",
        site=settings.site.site(),
    )


def build_sources(settings: Settings, host: Host) -> Mapping[str, Source]:
    """Every configured source, built but not entered.

    Raises:
        ConfigurationError: settings that are fine one by one do not go together.
    """
    plugins = source_plugins()
    built = _built(settings.sources, lambda name, one: plugins[one.type].open(name, one, host))
    _check_price(built)
    return built


def _check_price(sources: Mapping[str, Source]) -> None:
    """A house has one price of electricity.

    Raises:
        ConfigurationError: several sources tell it.
    """
    telling = [
        name
        for name, one in sources.items()
        if isinstance(one, SupportsPrices) and one.tells_prices
    ]
    if len(telling) > 1:
        problem = (
            f"sources.{telling[1]}: {telling[0]} tells the price of electricity already, and a"
            ' house has one; write exclude = ["electricity_price"] in one of them'
        )
        raise ConfigurationError([problem])


def build_sinks(settings: Settings, host: Host) -> Mapping[str, Sink]:
    """Every configured sink, built but not entered.

    Raises:
        ConfigurationError: settings that are fine one by one do not go together.
    """
    plugins = sink_plugins()
    return _built(settings.sinks, lambda name, one: plugins[one.type].open(name, one, host))


def _built(
    sections: Mapping[str, SectionT], build: Callable[[str, SectionT], BuiltT]
) -> dict[str, BuiltT]:
    """What `build` makes of each section; all problems at once."""
    built: dict[str, BuiltT] = {}
    problems: list[str] = []
    for name, section in sections.items():
        try:
            built[name] = build(name, section)
        except ConfigurationError as problem:
            problems += problem.problems
    if problems:
        raise ConfigurationError(problems)
    return built


@asynccontextmanager
async def open_installation(
    settings: Settings, clock: Clock | None = None
) -> AsyncIterator[Installation]:
    """Open the store, build sources and sinks; everything is closed at the end."""
    host = build_host(settings, clock)
    sources, sinks = build_sources(settings, host), build_sinks(settings, host)
    async with open_store(settings, clock) as store:
        yield Installation(settings, store, host, sources, sinks, Failures(sources))
