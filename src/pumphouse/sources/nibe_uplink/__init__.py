"""NIBE Uplink: the cloud of NIBE's F-series, closed by NIBE in autumn 2024.

It is kept for recordings, simulated clouds and services that look like it.
"""

from pumphouse.core.ports import SourcePlugin
from pumphouse.sources.nibe_uplink.settings import NibeUplinkSettings
from pumphouse.sources.nibe_uplink.source import NibeUplink

__all__ = ["PLUGIN", "NibeUplink", "NibeUplinkSettings"]

PLUGIN = SourcePlugin(NibeUplinkSettings, NibeUplink)
