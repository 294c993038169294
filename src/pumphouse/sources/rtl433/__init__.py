"""rtl_433: radio sensors of many makers on 433 and 868 MHz, heard by a small receiver."""

from pumphouse.core.ports import SourcePlugin
from pumphouse.sources.rtl433.settings import Rtl433Settings
from pumphouse.sources.rtl433.source import Rtl433

__all__ = ["PLUGIN", "Rtl433", "Rtl433Settings"]

PLUGIN = SourcePlugin(Rtl433Settings, Rtl433)
