"""1-Wire: thermometers, counters and hygrometers on a bus, by owserver or by the Linux kernel."""

from pumphouse.core.ports import SourcePlugin
from pumphouse.sources.onewire.settings import OneWireSettings
from pumphouse.sources.onewire.source import OneWire

__all__ = ["PLUGIN", "OneWire", "OneWireSettings"]

PLUGIN = SourcePlugin(OneWireSettings, OneWire)
