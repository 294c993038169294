"""Sources, found by name through entry points; ours use the same door as a stranger's."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points

from pumphouse.config.settings import SourceSettings
from pumphouse.core.errors import ConfigurationError
from pumphouse.core.ports import SourcePlugin

__all__ = ["source_plugins", "source_types"]


@cache
def source_plugins() -> Mapping[str, SourcePlugin[SourceSettings]]:
    """Every installed kind of source, by the name that `type` gives it.

    Raises:
        ConfigurationError: an installed plugin cannot be loaded.
    """
    plugins: dict[str, SourcePlugin[SourceSettings]] = {}
    for entry in entry_points(group="pumphouse.sources"):
        try:
            plugin = entry.load()
        except (ImportError, AttributeError) as problem:
            raise ConfigurationError(
                [f'the plugin for sources of type "{entry.name}" cannot be loaded: {problem}']
            ) from problem
        if not isinstance(plugin, SourcePlugin):
            raise ConfigurationError(
                [f'the plugin for sources of type "{entry.name}" is no SourcePlugin']
            )
        plugins[entry.name] = plugin
    return plugins


def source_types() -> Mapping[str, type[SourceSettings]]:
    """The settings model of every installed kind of source."""
    return {name: plugin.settings for name, plugin in source_plugins().items()}
