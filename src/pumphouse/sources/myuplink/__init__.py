"""myUplink: the cloud of NIBE and its sister brands, public API v2."""

from pumphouse.core.ports import SourcePlugin
from pumphouse.sources.myuplink.settings import MyUplinkSettings
from pumphouse.sources.myuplink.source import MyUplink

__all__ = ["PLUGIN", "MyUplink", "MyUplinkSettings"]

PLUGIN = SourcePlugin(MyUplinkSettings, MyUplink)
