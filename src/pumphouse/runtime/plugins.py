"""Sources and sinks, found by name through entry points; ours use the same door as a stranger's."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import TypeVar

from pumphouse.config.settings import SinkSettings, SourceSettings
from pumphouse.core.errors import ConfigurationError
from pumphouse.core.ports import SinkPlugin, SourcePlugin

__all__ = ["sink_plugins", "sink_types", "source_plugins", "source_types"]

PluginT = TypeVar("PluginT")


@cache
def source_plugins() -> Mapping[str, SourcePlugin[SourceSettings]]:
    """Every installed kind of source, by the name that `type` gives it.

    Raises:
        ConfigurationError: an installed plugin cannot be loaded.
    """
    return _plugins("sources", SourcePlugin)


@cache
def sink_plugins() -> Mapping[str, SinkPlugin[SinkSettings]]:
    """Every installed kind of sink, by the name that `type` gives it.

    Raises:
        ConfigurationError: an installed plugin cannot be loaded.
    """
    return _plugins("sinks", SinkPlugin)


def source_types() -> Mapping[str, type[SourceSettings]]:
    """The settings model of every installed kind of source."""
    return {name: plugin.settings for name, plugin in source_plugins().items()}


def sink_types() -> Mapping[str, type[SinkSettings]]:
    """The settings model of every installed kind of sink."""
    return {name: plugin.settings for name, plugin in sink_plugins().items()}


def _plugins(kind: str, wanted: type[PluginT]) -> dict[str, PluginT]:
    plugins: dict[str, PluginT] = {}
    for entry in entry_points(group=f"pumphouse.{kind}"):
        what = f'the plugin for {kind} of type "{entry.name}"'
        try:
            plugin = entry.load()
        except (ImportError, AttributeError) as problem:
            raise ConfigurationError([f"{what} cannot be loaded: {problem}"]) from problem
        if not isinstance(plugin, wanted):
            raise ConfigurationError([f"{what} is no {wanted.__name__}"])
        plugins[entry.name] = plugin
    return plugins
