"""NIBE Uplink: the cloud of NIBE's F-series, closed by NIBE in autumn 2024.

It is kept for recordings, simulated clouds and services that look like it.
"""

from pumphouse.core.ports import Host, Source, SourcePlugin
from pumphouse.sources.nibe_uplink.settings import NibeUplinkSettings

__all__ = ["PLUGIN", "NibeUplinkSettings"]


def _open(name: str, settings: NibeUplinkSettings, host: Host) -> Source:
    # Every command loads this package to know its settings; few houses need all kinds of source.
    from pumphouse.sources.nibe_uplink.source import NibeUplink  # noqa: PLC0415

    return NibeUplink(name, settings, host)


PLUGIN = SourcePlugin(NibeUplinkSettings, _open)
