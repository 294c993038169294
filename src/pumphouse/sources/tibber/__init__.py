"""Tibber: its Data API for devices and live power, its GraphQL API for prices."""

from pumphouse.core.ports import Host, Source, SourcePlugin
from pumphouse.sources.tibber.settings import TibberSettings

__all__ = ["PLUGIN", "TibberSettings"]


def _open(name: str, settings: TibberSettings, host: Host) -> Source:
    # Every command loads this package to know its settings; few houses need the rest of it.
    from pumphouse.sources.tibber.source import open_tibber  # noqa: PLC0415

    return open_tibber(name, settings, host)


PLUGIN = SourcePlugin(TibberSettings, _open)
