"""1-Wire: thermometers, counters and hygrometers on a bus, by owserver or by the Linux kernel."""

from pumphouse.core.ports import Host, Source, SourcePlugin
from pumphouse.sources.onewire.settings import OneWireSettings

__all__ = ["PLUGIN", "OneWireSettings"]


def _open(name: str, settings: OneWireSettings, host: Host) -> Source:
    # Every command loads this package to know its settings; few houses need all kinds of source.
    from pumphouse.sources.onewire.source import OneWire  # noqa: PLC0415

    return OneWire(name, settings, host)


PLUGIN = SourcePlugin(OneWireSettings, _open)
