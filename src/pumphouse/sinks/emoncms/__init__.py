"""emoncms: the feed names of openenergymonitor, the way to heatpumpmonitor.org."""

from pumphouse.core.ports import SinkPlugin
from pumphouse.sinks.emoncms.settings import EmoncmsSettings
from pumphouse.sinks.emoncms.sink import Emoncms

__all__ = ["PLUGIN", "Emoncms", "EmoncmsSettings"]

PLUGIN = SinkPlugin(EmoncmsSettings, Emoncms)
